"""Causes and consequences on a real chain: three logs nobody handed in, the merit lost by them, and who was told."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from psycopg.sql import SQL, Identifier
from rich.console import Console

from api.events import told as told_over_http
from dashboards.parts.markup import as_html
from dashboards.replay.slider import position_of, step_of
from dashboards.routes import routed
from domain import Actor, Command, Unknown
from domain.access import AUDITOR, COUNSELOR, HEAD, IMPORT, SYSTEM
from domain.calendar import OpenTerm
from domain.counselor_logs import SubmitWeeklyLog
from domain.identity import GrantRole
from domain.organisation import RegisterDepartment
from domain.students import AssignCounselor, FormSquad
from infra.campus import Campus
from infra.cli.common import load_areas
from infra.cli.explorer import as_json, branches, gathered, kinds, located
from infra.log import Row
from infra.projector import Projector
from infra.readings import Viewer
from infra.sight import Sight
from infra.story.asked import Asked
from infra.story.changes import Change, changes
from infra.story.timeline import Span
from infra.story.tree import Causes, Tree, envelope
from infra.viewer import current_viewer
from tests.api.test_golden import MATHS, TERM, staff
from tests.db.test_forty_eight_hours import pass_until, reacted

ARTS = "department:arts"
MEI, RUI = "person:mei", "person:rui"
SHANGHAI = ZoneInfo("Asia/Shanghai")
EVERYTHING = Viewer("person:auditor", (Actor("person:auditor", AUDITOR),))
BEGIN = datetime(2026, 9, 7, 4, tzinfo=UTC)
EVER = 2**53
FOUNDING: list[Command[Any]] = [
    RegisterDepartment(department_id=MATHS, code="M", name="数学系", name_en="Maths", kind="academic"),
    RegisterDepartment(department_id=ARTS, code="A", name="文学院", name_en="Arts", kind="academic"),
    *(staff(person) for person in (MEI, RUI)),
    *(FormSquad(squad_id=f"squad:m{n}", name=f"{n}班", department_id=MATHS, cohort=2026) for n in (1, 2)),
    *(
        AssignCounselor(squad_id=f"squad:m{n}", person_id=person, from_day=date(2026, 9, 7))
        for n, person in ((1, MEI), (2, RUI))
    ),
    *(
        GrantRole(
            grant_id=f"grant:{person[7:]}",
            person_id=person,
            role=COUNSELOR,
            department_id=MATHS,
            valid_from=date(2026, 9, 1),
            valid_until=date(2027, 8, 1),
        )
        for person in (MEI, RUI)
    ),
    OpenTerm(term_id=TERM, name="秋季", name_en="Autumn", year=2026, starts_on=date(2026, 9, 7), weeks=5),
]


@pytest.fixture
async def college(campus: Campus) -> AsyncIterator[Campus]:
    """Five weeks: one counselor hands every log in, the other none; the reactor is at work."""
    reactor = asyncio.create_task(campus.reactor().run())
    for number, command in enumerate(FOUNDING):
        key = f"found/{number}"
        await campus.desk.submit(command, person_id=SYSTEM[IMPORT].person_id, key=key, source=IMPORT)
    for week in range(5):
        await pass_until(campus, BEGIN + timedelta(weeks=week, hours=1))
        parts = {"class_situation": "平稳", "attendance_handling": "已处理", "next_week_plan": "走访"}
        log = SubmitWeeklyLog(person_id=RUI, term_id=TERM, week=week + 1, **parts)
        await campus.desk.submit(log, person_id=RUI, key=f"log/{week}")
    await pass_until(campus, BEGIN + timedelta(weeks=6))
    await reacted(campus)
    projector = Projector(campus.institution, load_areas().tables)
    await projector.prepare()
    await projector.catch_up()
    yield campus
    reactor.cancel()
    with suppress(asyncio.CancelledError):
        await reactor


def causes(campus: Campus) -> Causes:
    declared = campus.declared
    return Causes(campus.pool, campus.institution.schema, campus.codec, SHANGHAI, declared.entries, declared.reactions)


async def rows(campus: Campus, *types: str) -> list[Row]:
    return await campus.log.page(0, types=types, limit=1000)


def told(tree: Tree) -> list[tuple[str, str, int | None]]:
    return [(deed.name, deed.how, deed.cause) for deed in (*tree.before, *tree.deeds)]


async def a_lost_merit(college: Campus) -> None:
    """From the third miss: the term opened → the week's log owed → missed → the merit lost → a notice → its lapse."""
    missed = await rows(college, "counselor_logs.missed")
    (lost,) = await rows(college, "counselor_logs.merit_ineligible")
    (term,) = await rows(college, "calendar.term_opened")
    (notice,) = await rows(college, "notices.published")
    assert len(missed) == 5
    third = missed[2]
    tree = await causes(college).tree(third)
    owed = next(deed for deed in tree.before if deed.name == "open-log-week").rows[0]
    assert told(tree)[:5] == [
        ("open-term", "person", None),
        ("open-log-week", "clock", term.position),
        ("settle-weekly-log", "clock", owed.position),
        ("judge-merit", "reaction", third.position),
        ("publish-notice", "reaction", lost.position),
    ]
    assert [row.type for row in tree.rows][:3] == [term.type, "counselor_logs.due", third.type]
    assert not tree.more
    lapsed = [deed for deed in tree.deeds if deed.name == "lapse-notice"]
    assert [(deed.how, deed.cause) for deed in lapsed] in ([], [("clock", notice.position)])
    # The same tree, seen from its end: all of it stands above.
    end = await causes(college).tree(notice)
    assert [deed.name for deed in end.before] == ["open-term", "open-log-week", "settle-weekly-log", "judge-merit"]
    assert [deed.rows[0].position for deed in end.before] == [
        term.position,
        owed.position,
        third.position,
        lost.position,
    ]
    # What a person did has nothing above it; a miss that changed nothing has nothing below it.
    (handed, *_) = await rows(college, "counselor_logs.submitted")
    assert told(await causes(college).tree(handed)) == [("submit-weekly-log", "person", None)]
    first = await causes(college).tree(missed[0])
    assert [deed.name for deed in first.deeds] == ["settle-weekly-log"]


async def on_the_command_line(campus: Campus) -> None:
    """campus tree draws the same; an event is named by its position or its id; what is not there is unknown."""
    (lost,) = await rows(campus, "counselor_logs.merit_ineligible")
    for name in (str(lost.position), f"#{lost.position}", str(lost.id)):
        assert (await located(campus, name)).position == lost.position
    for name in ("999999", "nonsense", str(UUID(int=1))):
        with pytest.raises(Unknown, match="event_unknown"):
            await located(campus, name)
    tree = await causes(campus).tree(lost)
    written = Console(width=200, record=True, file=StringIO())
    written.print(branches(tree, SHANGHAI))
    text = written.export_text()
    assert [text.index(word) for word in ("开设学期", "缺交结算", "取消评优资格", "发布通知")] == sorted(
        text.index(word) for word in ("开设学期", "缺交结算", "取消评优资格", "发布通知")
    )
    assert as_json(tree)["commands"][0]["command_name"] == "judge-merit"
    assert kinds(["notices", "notices.read"]) == (("notices.read",), ("notices",))
    with pytest.raises(Unknown, match="event_type_unknown"):
        kinds(["notices.nothing"])
    found = await gathered(campus, Asked(areas=("counselor_logs",)), 7)
    assert [row.type.partition(".")[0] for row in found.rows] == ["counselor_logs"] * 7


async def to_each_their_own(campus: Campus) -> None:
    """Of a tree nobody is told more than they see; the rest is counted for those who hold a role."""
    (lost,) = await rows(campus, "counselor_logs.merit_ineligible")
    tree = await causes(campus).tree(lost)
    mei, rui = (Viewer(one, (Actor(one, COUNSELOR),)) for one in (MEI, RUI))
    whole, mine = told_over_http(tree, Sight(EVERYTHING), EVER), told_over_http(tree, Sight(mei), EVER)
    # The term and the end of the notice's time name nobody.
    assert (whole["hidden"], mine["hidden"]) == (0, 2)
    assert [deed["command_name"] for deed in mine["before"]] == ["open-log-week", "settle-weekly-log"]
    assert [deed["cause"] for deed in mine["commands"]] == [deed["cause"] for deed in whole["commands"]]
    assert mine["commands"][0]["events"][0]["titles"] == ("取消评优资格", "Merit ineligible")
    other = told_over_http(tree, Sight(rui), EVER)
    assert (other["before"], other["commands"], other["hidden"]) == ([], [], len(tree.rows))
    own = await page(campus, mei, f"replay/{lost.position}")
    assert "不在您的范围内" in own
    assert told_over_http(tree, Sight(Viewer(MEI, ())), EVER)["hidden"] == 0
    assert "不在您的范围内" not in await page(campus, Viewer(MEI, ()), f"replay/{lost.position}")
    assert "开设学期" not in own
    # As it was then, nothing had followed yet, and what was not yet recorded has no page.
    assert [deed.name for deed in tree.grown(lost.position).deeds] == ["judge-merit"]
    then = await page(campus, EVERYTHING, f"replay/{lost.position}?as_of={lost.position}")
    assert "story-event here" in then
    assert "发布通知" not in then
    assert "event_unknown" in await page(campus, EVERYTHING, f"replay/{lost.position}?as_of={lost.position - 1}")


async def every_reaction(college: Campus) -> None:
    """The log keeps only the cause of an effect; reckoned from the cause, every effect is found, and nothing else."""
    everything = await campus_rows(college)
    by_id = {str(row.id): row for row in everything}
    named = {
        (envelope(row)["command"], by_id[cause].position) for row in everything if (cause := envelope(row)["causation"])
    }
    given = {envelope(row)["command"]: envelope(row)["source"] for row in everything}
    found = {pair for pair in causes(college).consequences(everything) if given.get(pair[0]) == "reaction"}
    assert found == named != set()
    clocked = {command for command, source in given.items() if source == "clock"}
    assert clocked == {c for c, _ in causes(college).consequences(everything) if given.get(c) == "clock"}


async def campus_rows(campus: Campus) -> list[Row]:
    head, _ = await campus.log.head()
    return await campus.log.page(0, head, limit=head)


async def a_large_tree(college: Campus) -> None:
    (term,) = await rows(college, "calendar.term_opened")
    whole = await causes(college).tree(term)
    assert not whole.more
    assert len(whole.rows) > 20
    for most in (1, 5, 12):
        cut = await causes(college).tree(term, most)
        assert cut.more
        assert sum(len(deed.rows) for deed in cut.deeds) == most
        assert {row.position for row in cut.rows} <= {row.position for row in whole.rows}


async def changed(campus: Campus, row: Row, viewer: Viewer = EVERYTHING) -> dict[str, Change]:
    return {c.table: c for c in await changes(campus, campus.declared.tables, viewer, row)}


async def before_and_after(college: Campus) -> None:
    """A miss closes a duty and turns a log; the merit lost is a new row; others see what is in their scope."""
    missed = await rows(college, "counselor_logs.missed")
    told_ = await changed(college, missed[2])
    assert told_.keys() == {"duty", "weekly_log"}
    log = told_["weekly_log"]
    assert log.before is not None
    assert log.after is not None
    assert (log.columns, log.before["state"], log.after["state"]) == (["state"], "due", "missed")
    assert (log.after["since"], log.before["until"]) == (missed[2].position, missed[2].position)
    (lost,) = await rows(college, "counselor_logs.merit_ineligible")
    merit = (await changed(college, lost))["merit"]
    assert merit.before is None
    assert merit.after is not None
    assert (merit.after["eligible"], "eligible" in merit.columns) == (False, True)
    own = Viewer(MEI, (Actor(MEI, COUNSELOR),))
    other = Viewer(RUI, ())
    of_arts = Viewer("person:head", (Actor("person:head", HEAD, ARTS),))
    assert (await changed(college, missed[2], own)).keys() == {"duty", "weekly_log"}
    assert await changed(college, missed[2], other) == await changed(college, missed[2], of_arts) == {}


async def every_row(college: Campus) -> None:
    """Exactly those the tables hold as made true or closed by it, counted by the tables themselves."""
    tables = college.declared.tables
    counted: dict[int, int] = {}
    reader = college.readings
    async with reader._pool.connection() as db, db.transaction():
        await db.execute("select set_config('campus.breadth', 'college', true)")
        for table in tables:
            relation = Identifier(college.institution.read_schema, table.name)
            keys = SQL(", ").join(map(Identifier, table.keys))
            until = SQL("") if table.fixed else SQL(" union select {}, until from {} where until is not null")
            query = SQL("select {}, since as position from {}").format(keys, relation) + until.format(keys, relation)
            found = await db.execute(SQL("select position, count(*) from ({}) t group by 1").format(query))
            for position, many in await found.fetchall():
                counted[position] = counted.get(position, 0) + many
    for row in await campus_rows(college):
        told_ = await changes(college, tables, EVERYTHING, row)
        assert len(told_) == counted.get(row.position, 0), (row.position, row.type)
    head, _ = await college.log.head()
    late = Row(head + 1, row.id, "counselor_logs.missed", row.tags, row.body, row.recorded_at)
    assert await changes(college, tables, EVERYTHING, late) == []


async def page(campus: Campus, viewer: Viewer, path: str, language: Any = "zh") -> str:
    """A page of the board as that person sees it, as markup."""
    token = current_viewer.set(viewer)
    try:
        where, _, search = path.partition("?")
        return as_html(await routed(campus, where, search, language))
    finally:
        current_viewer.reset(token)


async def every_page(college: Campus) -> None:
    """Its story, its envelope and what it changed, without a code for what has a name, or a handler in the markup."""
    seen: set[str] = set()
    for row in await campus_rows(college):
        if row.type in seen:
            continue
        seen.add(row.type)
        for language in ("zh", "en"):
            told_ = await page(college, EVERYTHING, f"replay/{row.position}", language)
            assert "failure" not in told_, (row.type, told_)
            assert 'aria-current="true"' in told_
            assert not re.search(r"<[^>]+\son\w+=", told_), row.type
            assert (">它改变了什么<" in told_) == (language == "zh")
    assert len(seen) > 12


async def in_sight(college: Campus) -> None:
    """The list, the lanes and the slider of a moment; somebody without a role sees their own events alone."""
    head, _ = await college.log.head()
    (lost,) = await rows(college, "counselor_logs.merit_ineligible")
    whole = await page(college, EVERYTHING, "replay")
    assert f'data-event="{head}"' in whole
    assert 'id="replay-slide"' in whole
    then = await page(college, EVERYTHING, f"replay?as_of={lost.position}")
    assert f"#{lost.position:,}" in then
    assert f'data-event="{lost.position + 1}"' not in then
    assert f'href="/dash/?as_of={lost.position}"' in then
    told_ = await page(college, EVERYTHING, "replay?what=counselor_logs.missed")
    shown = set(map(int, re.findall(r'data-event="(\d+)"', told_)))
    assert shown == {row.position for row in await rows(college, "counselor_logs.missed")}
    own = await page(college, Viewer(RUI, ()), "replay")
    mine = {row.position for row in await campus_rows(college) if RUI in row.tags}
    assert set(map(int, re.findall(r'data-event="(\d+)"', own))) == mine
    assert MEI not in own
    hidden = await page(college, Viewer(RUI, ()), f"replay/{lost.position}")
    assert "event_unknown" in hidden
    for strange in ("replay/0", "replay/x", "replay/999999999999999999", "replay?what=%00&since=x&slide=9999999"):
        assert "failure" not in await page(college, EVERYTHING, strange) or strange.startswith("replay/")
    misread = await page(college, EVERYTHING, "replay?what=nonsense&since=2026-99-01&source=moon")
    assert "since, source, what" in misread


# A college takes some seconds to play, so that what changes nothing in it shares one.


async def test_an_event_is_followed_to_its_cause_and_its_consequences(college: Campus) -> None:
    await a_lost_merit(college)
    await every_reaction(college)
    await a_large_tree(college)
    await on_the_command_line(college)
    await to_each_their_own(college)


async def test_what_an_event_changed_is_told_within_scope(college: Campus) -> None:
    await before_and_after(college)
    await every_row(college)


async def test_the_explorers_pages_tell_what_is_in_sight(college: Campus) -> None:
    await every_page(college)
    await in_sight(college)


def test_a_step_of_the_slider_means_the_position_it_came_from() -> None:
    """Over every bar, empty ones too; the ends are the first and the last event."""
    at = BEGIN
    spans = [Span(at, at, 1, 40), Span(at, at, 41, 40), Span(at, at, 41, 41), Span(at, at, 42, 1_000)]
    assert (position_of(0, spans), position_of(400, spans), position_of(-5, spans)) == (1, 1_000, 1)
    steps = [position_of(step, spans) for step in range(401)]
    assert steps == sorted(steps)
    for position in (1, 7, 40, 41, 42, 500, 1_000):
        assert abs(position_of(step_of(position, spans), spans) - position) <= 5
