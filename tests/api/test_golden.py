"""Golden scenario (a), through HTTP on an offset clock, to the second: rolled in time, a second late, waived.

Session of Monday 7 September 2026, 08:00–09:40; the college's plan says 48 hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from domain import Conflict, derived
from domain.calendar import OpenTerm
from domain.organisation import RegisterDepartment, RegisterStaff
from domain.roll_call import TakeRollCall
from domain.rosters import SetRoster
from domain.students import AdmitStudent, FormSquad
from domain.time_grid import Period, SetTimeGrid, StartScheduling
from domain.timetable import OpenOffering, Placement, PlaceOffering
from tests.trial import Trial, trial

TERM, MATHS = "term:2026-1", "department:maths"
LI, WU, BO, CHEN = "person:li", "person:wu", "student:bo", "student:chen"
CLASSES = {"teaching_class:algebra": LI, "teaching_class:logic": WU}
ENDED = datetime(2026, 9, 7, 1, 40, tzinfo=UTC)


def session(teaching_class: str, week: int = 1) -> str:
    day = date(2026, 9, 7) + timedelta(weeks=week - 1)
    return derived("session", teaching_class, day, 1, 2, "")


def staff(person_id: str) -> RegisterStaff:
    who = {"staff_number": person_id, "name": "老师", "department_id": MATHS, "kind": "staff"}
    return RegisterStaff(person_id=person_id, from_day=date(2026, 9, 1), **who)


def squad(number: int) -> str:
    return f"squad:m{number}"


def student(name: str, squad_id: str) -> AdmitStudent:
    return AdmitStudent(
        student_id=f"student:{name}", student_number=name, name=name, squad_id=squad_id, from_day=date(2026, 9, 1)
    )


@pytest.fixture(scope="module")
def college() -> Iterator[Trial]:
    """Two classes of one department, each with a student of its own, both on Mondays from eight."""
    with trial("--clock-from", "2026-09-06T00:00:00") as served:
        times = ("08:00", "08:45"), ("08:55", "09:40")
        served.install(
            [
                RegisterDepartment(department_id=MATHS, code="M", name="数学系", name_en="Maths", kind="academic"),
                staff(LI),
                staff(WU),
                FormSquad(squad_id=squad(1), name="数学一班", department_id=MATHS, cohort=2026),
                FormSquad(squad_id=squad(2), name="数学二班", department_id=MATHS, cohort=2026),
                student("bo", squad(1)),
                student("chen", squad(2)),
                OpenTerm(term_id=TERM, name="秋季", name_en="Autumn", year=2026, starts_on=date(2026, 9, 7), weeks=16),
                SetTimeGrid(
                    term_id=TERM,
                    days=(1, 2, 3, 4, 5),
                    periods=tuple(Period(number=n, starts=a, ends=b) for n, (a, b) in enumerate(times, 1)),
                ),
                StartScheduling(term_id=TERM),
            ]
        )
        for number, (teaching_class, teacher) in enumerate(CLASSES.items(), 1):
            served.install(
                [
                    OpenOffering(
                        teaching_class_id=teaching_class,
                        term_id=TERM,
                        department_id=MATHS,
                        course_code=teaching_class[-5:],
                        course_name="课程",
                        teacher_ids=(teacher,),
                        squad_ids=(squad(number),),
                    ),
                    PlaceOffering(
                        teaching_class_id=teaching_class,
                        placements=(Placement(weeks=(1, 2, 3), weekday=1, begin_period=1, end_period=2),),
                    ),
                    SetRoster(
                        teaching_class_id=teaching_class,
                        student_ids=((BO, CHEN)[number - 1],),
                        effective_on=date(2026, 9, 1),
                    ),
                ]
            )
        yield served


class Desk:
    """The API, asked as one person."""

    def __init__(self, college: Trial, open_until: ExitStack, person: str, role: str, department: str | None = None):
        headers = {"Authorization": f"Bearer {college.token(person, role, department)}"}
        self.http = open_until.enter_context(httpx.Client(base_url=college.url, headers=headers, timeout=90))

    def command(self, name: str, key: str, **body: Any) -> httpx.Response:
        return self.http.post(f"/api/commands/{name}", json=body, headers={"Idempotency-Key": key})

    def clock(self, to: datetime) -> None:
        answer = self.http.post("/api/clock", json={"to": to.isoformat(), "frozen": True})
        assert answer.status_code == 200, answer.text

    def roll(self, teaching_class: str, student: str, week: int = 1) -> httpx.Response:
        return self.command(
            "take-roll-call",
            f"roll/{teaching_class}/{week}",
            session_id=session(teaching_class, week),
            teaching_class_id=teaching_class,
            marks={student: "present"},
            periods_taught=2,
        )

    def told(self, tag: str, after: int = 0) -> list[dict[str, Any]]:
        answer = self.http.get("/api/events", params={"tag": tag, "after": after, "limit": 200})
        assert answer.status_code == 200, answer.text
        events: list[dict[str, Any]] = answer.json()["events"]
        return events

    def types(self, tag: str) -> list[str]:
        return [e["type"] for e in self.told(tag)]

    def figure(self, key: str, **asked: Any) -> dict[str, Any]:
        answer = self.http.get(f"/api/figures/{key}", params=asked)
        assert answer.status_code == 200, answer.text
        (reading,) = answer.json()["readings"]
        return reading  # type: ignore[no-any-return]  # JSON


@pytest.fixture(scope="module")
def people(college: Trial) -> Iterator[dict[str, Desk]]:
    """Everybody of the story, each with a token of their own."""
    told = {"it": "it", "auditor": "auditor", "office": "academic_head", "boss": "president"}
    with ExitStack() as stack:
        desks = {name: Desk(college, stack, f"person:{name}", role) for name, role in told.items()}
        desks |= {name: Desk(college, stack, f"person:{name}", "teacher", MATHS) for name in ("li", "wu")}
        yield desks


def test_golden_a(people: dict[str, Desk]) -> None:
    algebra, logic = CLASSES
    it, auditor, office, li, wu = (people[name] for name in ("it", "auditor", "office", "li", "wu"))

    early = li.roll(algebra, BO)
    assert (early.status_code, early.json()["code"]) == (409, "too_early")

    it.clock(ENDED + timedelta(hours=48))
    assert li.roll(algebra, BO).status_code == 201
    it.clock(ENDED + timedelta(hours=48, seconds=1))
    late = wu.roll(logic, CHEN)
    assert late.status_code == 201
    before = auditor.figure("hours_recognised_rate")
    it.clock(ENDED + timedelta(hours=48, minutes=2))

    in_time = {e["type"]: e["data"] for e in auditor.told(session(algebra))}
    too_late = {e["type"]: e["data"] for e in auditor.told(session(logic))}
    assert in_time["roll_call.taken"]["on_time"] is True
    assert too_late["roll_call.taken"]["on_time"] is False
    assert too_late["roll_call.taken"]["marks"] == {CHEN: "present"}
    assert "teaching_hours.recognised" in in_time
    assert "teaching_hours.not_recognised" not in in_time
    assert "teaching_hours.not_recognised" in too_late
    assert "teaching_hours.recognised" not in too_late
    assert before["state"] == "none_due"
    half = auditor.figure("hours_recognised_rate")
    assert (float(half["value"]), float(half["numerator"]), float(half["denominator"])) == (50, 2, 4)

    asked = wu.command(
        "request-roll-call-waiver",
        "w1",
        waiver_id="waiver:1",
        session_id=session(logic),
        reason="the network was down that morning",
        evidence="photograph 17 of the notice",
    )
    assert asked.status_code == 201, asked.text
    own = wu.command("grant-roll-call-waiver", "w2", waiver_id="waiver:1", session_id=session(logic))
    assert own.status_code == 403
    granted = office.command("grant-roll-call-waiver", "w3", waiver_id="waiver:1", session_id=session(logic))
    assert granted.status_code == 201, granted.text
    it.clock(ENDED + timedelta(hours=48, minutes=3))
    whole = auditor.figure("hours_recognised_rate")
    assert (float(whole["value"]), float(whole["numerator"])) == (100, 4)
    as_known = auditor.figure("hours_recognised_rate", as_of=granted.json()["events"][0]["position"] - 1)
    assert float(as_known["value"]) == 50


def test_a_deadline_revised_to_24_hours(college: Trial, people: dict[str, Desk]) -> None:
    """24 hours from the third week's Monday on: the second week's sessions keep their 48."""
    algebra, logic = CLASSES
    it, auditor, office, li, wu, boss = (people[name] for name in ("it", "auditor", "office", "li", "wu", "boss"))
    second, third = ENDED + timedelta(weeks=1), ENDED + timedelta(weeks=2)
    proposed = office.command(
        "propose-policy",
        "p1",
        proposal_id="proposal:1",
        policy="rollcall.deadline_hours",
        value=24,
        effective_from=(third - timedelta(days=1)).isoformat(),
        document_no="思院教〔2026〕7号",
    )
    assert proposed.status_code == 201, proposed.text
    assert boss.command("approve-policy", "p2", proposal_id="proposal:1").status_code == 201
    it.clock(second + timedelta(hours=48))
    assert li.roll(algebra, BO, week=2).status_code == 201
    it.clock(third + timedelta(hours=24))
    assert wu.roll(logic, CHEN, week=3).status_code == 201
    it.clock(third + timedelta(hours=24, seconds=1))
    assert li.roll(algebra, BO, week=3).status_code == 201

    def on_time(teaching_class: str, week: int) -> bool:
        (taken,) = [e for e in auditor.told(session(teaching_class, week)) if e["type"] == "roll_call.taken"]
        used = {p["key"]: p["version"] for p in taken["policies"]}
        assert used["rollcall.deadline_hours"] == (0 if week == 2 else 1)
        kept: bool = taken["data"]["on_time"]
        return kept

    assert [on_time(algebra, 2), on_time(logic, 3), on_time(algebra, 3)] == [True, True, False]
    assert "roll_call.deadline_lapsed" in auditor.types(session(logic, 2))

    async def a_retry_of_what_came_in_time(campus: Any) -> None:
        wish = TakeRollCall(
            session_id=session(logic, 2), teaching_class_id=logic, marks={CHEN: "present"}, periods_taught=2
        )
        in_time = second + timedelta(hours=47)
        with pytest.raises(Conflict, match="deadline_lapsed"):
            await campus.desk.submit(wish, person_id=WU, key="retry", received_at=in_time)

    college.with_campus(a_retry_of_what_came_in_time)
