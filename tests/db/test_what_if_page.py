"""The page of other rules: asked in a form, answered beside it, in both languages; it adopts nothing itself."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import pytest

from dashboards.parts.markup import as_html
from dashboards.routes import part, routed
from domain import Actor
from domain.access import PRESIDENT, TEACHER
from infra.campus import Campus
from infra.readings import Viewer
from infra.viewer import current_viewer
from tests.db.played import Played

BOSS = Viewer("person:boss", (Actor("person:boss", PRESIDENT),))
ASKED = "policy=rollcall.deadline_hours&rollcall.deadline_hours=2"


@pytest.fixture
async def campus(played: Played) -> AsyncIterator[Campus]:
    async with played.opened() as there:
        token = current_viewer.set(BOSS)
        yield there
        current_viewer.reset(token)


async def painted(campus: Campus, search: str = "", language: str = "zh") -> str:
    return as_html(await routed(campus, "what-if", search, language))  # type: ignore[arg-type]  # zh or en


async def answered(campus: Campus, search: str = ASKED, language: str = "zh") -> str:
    found = await part(campus, "parts/what-if", search, language)  # type: ignore[arg-type]  # zh or en
    assert found is not None
    return as_html(found)


async def test_the_page_asks_first_and_names_every_policy(campus: Campus):
    page = await painted(campus)
    assert "选一条规则和一个取值开始" in page
    assert page.count('class="askable"') == sum(one.retold for one in campus.what_if.askable.values())
    assert "只影响以后的决定，不能重述已发生的事" in page
    assert "data-part" not in page
    assert "May be asked" in await painted(campus, "", "en")


async def test_a_policy_shows_its_value_in_force_and_whose_it_is(campus: Campus):
    page = await painted(campus, "policy=rollcall.deadline_hours")
    assert "48 小时" in page
    assert "学院方案所定" in page
    [place] = re.findall(r'<input[^>]*name="rollcall.deadline_hours"[^>]*>', page)
    assert {'type="number"', 'min="1"', 'max="336"', 'step="1"'} <= set(place.strip("<>").split())
    ours = await painted(campus, "policy=notice.read_workdays")
    assert "系统建议值，非学校规定" in ours
    choices = await painted(campus, "policy=counselorlog.due")
    assert "周五 17:00" in choices
    assert "Friday 17:00" in await painted(campus, "policy=counselorlog.due", "en")
    assert "不在可取范围内" in await painted(campus, "policy=rollcall.deadline_hours&rollcall.deadline_hours=0")


async def test_a_value_makes_a_place_that_the_script_fills_in(campus: Campus):
    page = await painted(campus, ASKED)
    [address] = re.findall(r'data-part="([^"]+)"', page)
    asked = parse_qs(urlsplit(address.replace("&amp;", "&")).query)
    assert asked == {"policy": ["rollcall.deadline_hours"], "rollcall.deadline_hours": ["2"]}
    assert 'role="progressbar"' in page
    past = await painted(campus, f"{ASKED}&as_of=1000")
    assert "as_of=1000" in re.findall(r'data-part="([^"]+)"', past)[0]
    assert re.search(r'<input[^>]*name="as_of"[^>]*value="1000"|<input[^>]*value="1000"[^>]*name="as_of"', past)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_the_answer_shows_figures_departments_people_and_how_to_adopt(campus: Campus, language: str):
    told = await answered(campus, language=language)
    assert told.count('class="dumbbell"') >= 2
    assert 'data-person="person:' in told
    assert "POST /api/commands/propose-policy" in told
    assert "POST /api/commands/approve-policy" in told
    assert '"value": 2' in told
    assert ("点名及时率" if language == "zh" else "Roll calls in time") in told
    assert ("做过的事照旧" if language == "zh" else "What was done stays") in told
    assert "<form" not in told


async def test_another_figure_is_opened_and_the_value_in_force_changes_nothing(campus: Campus):
    told = await answered(campus, f"{ASKED}&figure=hours_forfeited")
    assert re.search(r'class="card what-if-card [a-z]+ chosen"[^>]*', told)
    assert "figure=hours_forfeited" in told
    same = await answered(campus, "policy=rollcall.deadline_hours&rollcall.deadline_hours=48")
    assert "没有任何指标会不同" in same
    assert "与现行相同" in same


async def test_who_sees_no_department_is_told_so(campus: Campus):
    current_viewer.set(Viewer("person:li", (Actor("person:li", TEACHER, "department:maths"),)))
    assert "您的范围内没有可供试算的部门数据" in await painted(campus, ASKED)
    assert "您的范围内没有可供试算的部门数据" in await answered(campus)
