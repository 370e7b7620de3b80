"""Golden scenario (d), through HTTP on an offset clock: weeks 3 and 9 missed, 14 late, no merit.  Seed: D19."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from api.texts import WrittenTexts
from domain.calendar import OpenTerm
from domain.counselor_logs import log_of, merit_of
from domain.organisation import RegisterDepartment
from domain.students import AssignCounselor, FormSquad
from infra.keys import ERASED
from tests.api.reading import erase, looks, readers, texts
from tests.api.test_erasure import dumped, found
from tests.api.test_golden import MATHS, TERM, Desk, staff
from tests.trial import Trial, trial

ARTS = "department:arts"
SPRING = "term:2026-2"
FIRST = date(2026, 9, 7)
COUNSELORS = {"mei": FIRST, "qin": FIRST + timedelta(weeks=13), "rui": FIRST + timedelta(weeks=16)}
PARTS = {"class_situation": "平稳", "attendance_handling": "已处理", "next_week_plan": "走访宿舍"}
ADDED, ASKED = "补记周三夜间送医一人", "请写明两名缺课学生的去向"


def monday(week: int) -> datetime:
    """Monday noon of a week of the year; the spring begins with week 17."""
    return datetime(2026, 9, 7, 4, tzinfo=UTC) + timedelta(weeks=week - 1)


def due(week: int) -> datetime:
    return datetime(2026, 9, 13, 15, 59, 59, tzinfo=UTC) + timedelta(weeks=week - 1)


def squad(number: int) -> FormSquad:
    return FormSquad(squad_id=f"squad:m{number}", name=f"数学{number}班", department_id=MATHS, cohort=2026)


@pytest.fixture(scope="module")
def college() -> Iterator[Trial]:
    with trial("--clock-from", "2026-09-06T00:00:00") as served:
        yield served


@pytest.fixture(scope="module")
def people(college: Trial) -> Iterator[dict[str, Desk]]:
    """A counselor of one department from the first week, one from week 14, one from the spring on."""
    served = college
    with ExitStack() as stack:
        year = {"name": "学期", "name_en": "Term", "year": 2026}
        served.install(
            [
                RegisterDepartment(department_id=MATHS, code="M", name="数学系", name_en="Maths", kind="academic"),
                RegisterDepartment(department_id=ARTS, code="A", name="文学院", name_en="Arts", kind="academic"),
                OpenTerm(term_id=TERM, **year, starts_on=FIRST, weeks=16),
                OpenTerm(term_id=SPRING, **year, starts_on=FIRST + timedelta(weeks=16), weeks=3),
            ]
        )
        for number, (name, from_day) in enumerate(COUNSELORS.items()):
            care = AssignCounselor(squad_id=f"squad:m{number}", person_id=f"person:{name}", from_day=from_day)
            served.install([squad(number), staff(f"person:{name}"), care])
        told = {"it": "it", "auditor": "auditor", "affairs": "student_affairs", "dean": "student_affairs_head"}
        desks = {name: opened(served, stack, name, role) for name, role in told.items()}
        desks |= {name: opened(served, stack, name, name) for name in ("president", "hr")}
        desks |= {name: opened(served, stack, name, name, MATHS) for name in ("deputy", "head", "secretary")}
        desks["elsewhere"] = opened(served, stack, "elsewhere", "deputy", ARTS)
        yield desks | {name: opened(served, stack, name, "counselor", MATHS) for name in COUNSELORS}


def opened(served: Trial, stack: ExitStack, name: str, role: str, department: str | None = None) -> Desk:
    return Desk(served, stack, f"person:{name}", role, department)


def submit(people: dict[str, Desk], name: str, week: int, term_id: str = TERM) -> httpx.Response:
    log = {"person_id": f"person:{name}", "term_id": term_id, "week": week}
    return people[name].command("submit-weekly-log", f"log/{term_id}/{week}", **log, **PARTS)


def nominate(people: dict[str, Desk], name: str, key: str, year: int = 2026) -> httpx.Response:
    said = {"nomination_id": f"merit/{key}", "title": "优秀辅导员", "reason": "班风学风全系第一"}
    return people["deputy"].command("nominate-for-merit", key, person_id=f"person:{name}", year=year, **said)


def code(answer: httpx.Response) -> tuple[int, Any]:
    return answer.status_code, answer.json().get("code")


def merit(people: dict[str, Desk], name: str) -> list[dict[str, Any]]:
    return [e for e in people["auditor"].told(merit_of(f"person:{name}", 2026)) if ".merit_" in e["type"]]


def test_golden_d(people: dict[str, Desk]) -> None:
    clock, auditor = people["it"].clock, people["auditor"]
    assert code(submit(people, "mei", 1)) == (409, "week_not_begun")
    for week in (1, 2, 4, 5, 6, 7, 8, 10, 11, 12):
        clock(monday(week))
        assert code(submit(people, "mei", week)) == (201, None), week
    assert code(submit(people, "mei", 12)) == (201, None)  # the same key again: the same receipt
    other = {"person_id": "person:mei", "term_id": TERM, "week": 11}
    assert code(people["mei"].command("submit-weekly-log", "k", **other, **PARTS)) == (409, "log_already_submitted")
    assert code(people["qin"].command("submit-weekly-log", "k", **other, **PARTS)) == (403, "out_of_scope")

    clock(due(13))
    assert submit(people, "mei", 13).status_code == 201
    in_time = auditor.told(log_of("person:mei", TERM, 13))[-1]["data"]
    assert (in_time["state"], in_time["on_time"], in_time["duty"]["state"]) == ("submitted", True, "done")
    assert "走访宿舍" not in str(in_time)
    assert merit(people, "mei") == []

    clock(due(14) + timedelta(seconds=1))
    assert submit(people, "mei", 14).status_code == 201
    clock(due(14) + timedelta(minutes=5))
    story = auditor.told(log_of("person:mei", TERM, 14))
    assert [e["type"] for e in story] == [f"counselor_logs.{t}" for t in ("due", "missed", "submitted_late")]
    (lost,) = merit(people, "mei")
    assert (lost["type"], lost["data"]["missed_weeks"]) == ("counselor_logs.merit_ineligible", [3, 9, 14])
    assert (lost["correlation"], lost["causation"]) == (story[1]["correlation"], story[1]["id"])
    assert code(nominate(people, "mei", "n1")) == (409, "merit_ineligible")

    log = auditor.figure("counselor_log", term=TERM)
    assert (float(log["numerator"]), float(log["denominator"])) == (11, 15)
    exempt = {"person_id": "person:mei", "term_id": TERM, "week": 9, "grounds": "leave", "reason": "病假五个工作日"}
    assert code(people["deputy"].command("exempt-week", "e1", **exempt)) == (403, "role_lacking")
    assert people["affairs"].command("exempt-week", "e1", **exempt).status_code == 201
    clock(due(14) + timedelta(minutes=10))
    assert merit(people, "mei")[-1]["type"] == "counselor_logs.merit_restored"
    missed = auditor.figure("counselor_log_missed", term=TERM)
    assert float(missed["numerator"]) == 3  # mei's 3 and 14, qin's 14


def test_two_misses_in_one_semester_and_one_in_the_other(people: dict[str, Desk]) -> None:
    """Qin missed weeks 14 and 15 of the autumn and the first of the spring: three in the year, and still eligible."""
    clock = people["it"].clock
    clock(monday(16))
    assert submit(people, "qin", 16).status_code == 201
    clock(due(17) + timedelta(minutes=5))
    missed = people["auditor"].told("person:qin")
    weeks = [(e["data"]["term_id"], e["data"]["week"]) for e in missed if e["type"] == "counselor_logs.missed"]
    assert weeks == [(TERM, 14), (TERM, 15), (SPRING, 1)]
    assert merit(people, "qin") == []
    assert nominate(people, "qin", "n2").status_code == 201
    # Refusals are written in the background.
    deadline, codes = time.monotonic() + 10, list[str]()
    while not codes and time.monotonic() < deadline:
        refusals = people["auditor"].http.get("/api/refusals").json()["refusals"]
        codes = [r["code"] for r in refusals if r["command_name"] == "nominate-for-merit"]
        time.sleep(0.1)
    assert codes == ["merit_ineligible"]


def test_an_award_given_before_the_third_miss_stays_and_is_put_up_for_decision(people: dict[str, Desk]) -> None:
    clock, dean = people["it"].clock, people["dean"]
    clock(due(18) + timedelta(minutes=5))
    assert nominate(people, "rui", "n3").status_code == 201
    award = {"nomination_id": "merit/n3", "document_no": "学〔2027〕3号"}
    assert code(people["deputy"].command("award-merit", "a0", **award)) == (403, "role_lacking")
    assert dean.command("award-merit", "a1", **award).status_code == 201
    clock(due(19) + timedelta(minutes=5))
    assert [e["type"].partition("merit_")[2] for e in merit(people, "rui")] == [
        *("nominated", "awarded", "ineligible", "questioned")
    ]
    decide = {"nomination_id": "merit/n3", "upheld": True, "document_no": "学〔2027〕8号", "reason": "综合全年表现"}
    assert dean.command("decide-merit-award", "d1", **decide).status_code == 201
    restore = {
        "person_id": "person:rui",
        "year": 2026,
        "document_no": "学〔2027〕9号",
        "reason": "系统故障期间未能提交",
    }
    assert code(people["affairs"].command("restore-merit-eligibility", "r1", **restore)) == (403, "role_lacking")
    assert dean.command("restore-merit-eligibility", "r1", **restore).status_code == 201
    assert nominate(people, "rui", "n4").status_code == 201


def test_a_log_is_read_by_who_answers_for_its_counselor_and_goes_with_them(
    college: Trial, people: dict[str, Desk]
) -> None:
    log, of = log_of("person:mei", TERM, 13), {"person_id": "person:mei", "term_id": TERM, "week": 13}
    assert code(people["mei"].command("amend-weekly-log", "add", **of, text=ADDED)) == (201, None)
    returned = people["deputy"].command("return-weekly-log", "back", **of, comment=ASKED)
    assert code(returned) == (201, None)
    read = texts(people["deputy"], log, at_least=returned.json()["positions"][-1])
    assert [(t["section"], t["text"], t["written_by"]) for t in read] == [
        *((section, text, "person:mei") for section, text in PARTS.items()),
        ("amendment", ADDED, "person:mei"),
        ("comment", ASKED, "person:deputy"),
    ]
    assert texts(people["mei"], log) == read
    described = people["mei"].http.get("/openapi.json").json()["paths"]["/api/texts"]["get"]["responses"]["200"]
    for told in ({"texts": read}, described["content"]["application/json"]["example"]):
        assert WrittenTexts.model_validate(told).texts
    responsible = {"deputy", "head", "affairs", "dean", "president", "auditor"}
    assert readers(people, log) == {"mei", *responsible}
    assert {(viewer, about) for viewer, figure, about in looks(college) if figure == f"texts/{log}"} == {
        (f"person:{name}", '["person:mei"]') for name in responsible
    }
    sentinels = (ADDED, ASKED, PARTS["next_week_plan"])
    assert found(dumped(college), sentinels) == []

    erase("person:mei", people["hr"], people["president"], people["auditor"], log)
    assert {t["text"] for t in texts(people["deputy"], log)} == {ERASED}
    qins = texts(people["auditor"], log_of("person:qin", TERM, 16))
    assert [t["text"] for t in qins] == list(PARTS.values())
    assert found(dumped(college), sentinels) == []
