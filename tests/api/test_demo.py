"""The demo: a college made up around a real timetable, and a semester that can be interrupted and goes on."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, timedelta
from itertools import combinations
from typing import Any

import pytest

from api.accounts import Accounts
from api.imports.lines import Rows
from api.imports.sjtu_college import department
from infra.agenda import Agenda
from infra.campus import Campus
from infra.demo import FIRST_MOMENT, DemoReport, play
from infra.demo.chances import DEADLINE, Chances
from infra.demo.college import ENOUGH_SESSIONS, SAMPLE, College, college, first_monday
from infra.demo.founding import offices
from infra.demo.names import name_of
from infra.demo.playing import ACCOUNTS_SHOWN
from infra.demo.semester import Semester

SCHOOLS = ("数学科学学院", "外国语学院")


def section(number: int, day: int) -> bytes:
    """A section that meets in the first two weeks and in the last; a short one is over after nine."""
    said: dict[str, Any] = {
        "identifier": f"S{number}",
        "code": f"MA{number}",
        "holder_school": SCHOOLS[number % 2],
        "name": f"课程{number}",
        "teacher": [f"T0000{number % 3}"],
        "student_number": 60,
        "arrangements": [
            {
                "weeks": [1, 2, 9 if number < 3 else 16],
                "week_day": day,
                "sessions": [1, 2],
                "campus": "闵行",
                "classroom": f"上院{number}",
            }
        ],
    }
    return json.dumps(said, ensure_ascii=False).encode()


SMALL = Rows([], [section(n, 1 + n % 5) for n in range(6)])


@pytest.fixture(scope="module")
def planned() -> College:
    return college(2026, full=False)


def test_departments_are_the_largest_until_there_is_enough_to_see(planned: College):
    assert planned.schools[0] == "电子信息与电气工程学院"
    assert ENOUGH_SESSIONS <= planned.sessions < 2 * ENOUGH_SESSIONS
    assert len(college(2026, full=True).schools) > 40


def test_classes_are_of_a_size_and_nobody_sits_in_two_rooms_at_once(planned: College):
    assert all(30 <= len(squad.students) <= 45 for squad in planned.squads)
    students = [s for squad in planned.squads for s in squad.students]
    assert len(students) == len(set(students))
    attended: dict[str, list[Any]] = {}
    for key, squads in planned.attending.items():
        for squad in squads:
            attended.setdefault(squad.squad_id, []).append(planned.timetable.sections[key])
    for sections in attended.values():
        for one, other in combinations(sections, 2):
            assert not any(a.meets(b) for a in one.slots for b in other.slots)


def test_an_office_that_also_teaches_is_one_department():
    known = {o.department_id: o for o in offices()}
    for school in college(2026, full=True).schools:
        said = department(school)
        assert known.setdefault(said.department_id, said) == said
    assert len({d.code for d in known.values()}) == len(known)


def test_the_plan_is_the_same_every_time(planned: College):
    assert [s.squad_id for s in college(2026, full=False).squads] == [s.squad_id for s in planned.squads]


def test_names_are_chinese_the_same_for_a_seed_and_of_many_families():
    names = [name_of(1, f"person:{n}") for n in range(2_000)]
    assert names == [name_of(1, f"person:{n}") for n in range(2_000)]
    assert all(2 <= len(name) <= 4 and all("\u4e00" <= c <= "\u9fff" for c in name) for name in names)
    assert len({name[0] for name in names}) > 80


@pytest.mark.parametrize("days", range(14))
def test_the_semester_is_just_over(days: int):
    today = date(2026, 11, 24) + timedelta(days)
    over = first_monday(today) + timedelta(weeks=16, days=3)
    assert first_monday(today).isoweekday() == 1
    assert timedelta(0) <= today - over < timedelta(days=7)


def test_roll_calls_come_as_late_as_the_college_plan_expects():
    departments = [f"department:d{n}" for n in range(10)]
    chances = Chances(2026, departments)
    delays = [
        chances.delay(f"session:{n}", departments[n % 10], f"person:t{n % 300}", 1 + n % 16) for n in range(20_000)
    ]
    late = sum(d is not None and d > DEADLINE for d in delays) / len(delays)
    never = sum(d is None for d in delays) / len(delays)
    quick = sum(d is not None and d <= timedelta(hours=2) for d in delays) / len(delays)
    assert 0.015 < late < 0.06
    assert 0.004 < never < 0.02
    assert 0.6 < quick < 0.75


def test_marks_are_mixed_as_the_college_plan_expects():
    students = [f"student:00000000-0000-0000-0000-{n:012x}" for n in range(1_000)]
    home = dict.fromkeys(students, "department:d")
    marks: Counter[str] = Counter()
    for number in range(100):
        marks.update(Chances(2026, ["department:d"]).marks(f"session:{number}", 1, students, home).values())
    share = {mark: count / 100_000 for mark, count in marks.items()}
    assert 0.93 < share["present"] < 0.96
    assert 0.017 < share["leave"] < 0.023
    assert 0.008 < share["absent"] < 0.03


async def test_a_semester_is_played_once_whatever_interrupts_it(campus: Campus, monkeypatch: pytest.MonkeyPatch):
    await campus.clock.resume(FIRST_MOMENT)
    days = 0

    async def interrupted(self: Any, *said: Any) -> None:
        nonlocal days
        days += 1
        if days == 5:
            raise ConnectionError("the power went")
        await whole(self, *said)

    whole = Semester._one_day
    monkeypatch.setattr(Semester, "_one_day", interrupted)
    with pytest.raises(ConnectionError):
        await play(campus, sample=SMALL)
    monkeypatch.undo()
    report = await play(campus, sample=SMALL)
    assert report.sessions == 18
    assert report.refused == {}
    told = Counter(row.type for row in await campus.log.page(0, limit=100_000))
    check_teaching(told)
    check_further(told)
    again = await play(campus, sample=SMALL)
    assert again.events == report.events
    await check_accounts(campus, again)
    await check_nothing_lapses_on_opening(campus)


def check_teaching(told: Counter[str]) -> None:
    """Sessions, roll calls and hours."""
    assert told["timetable.session_ended"] == told["timetable.session_scheduled"] == 18
    settled = told["teaching_hours.recognised"] + told["teaching_hours.not_recognised"]
    assert settled == 18 + told["roll_call.waiver_granted"]
    assert told["roll_call.taken"] + told["roll_call.deadline_lapsed"] >= 18
    assert told["students.student_placed"] > 0
    assert told["rosters.student_joined"] > 0


def check_further(told: Counter[str]) -> None:
    """Everything else that is owed, done in time and late, and what comes of it."""
    owed = ("submitted", "submitted_late", "missed", "week_exempted")
    logs = [told[f"counselor_logs.{outcome}"] for outcome in owed]
    assert told["counselor_logs.due"] == 4 * 16
    assert sum(logs) >= 64
    assert told["counselor_logs.missed"] >= 6
    assert told["counselor_logs.merit_ineligible"] == 2  # one counselor before any award, one after it
    assert told["counselor_logs.merit_revoked"] == 1
    assert told["conduct.slip_issued"] > 40
    assert told["conduct.slip_confirmed"] > 40
    assert told["conduct.sanction_proposed"] > told["conduct.discipline_delivered"] > 2
    assert told["tasks.assigned"] > told["tasks.evaluated"] > 100
    assert told["tasks.overdue"] > 0
    assert told["exams.exam_held"] >= told["grades.published"] > 1
    assert told["grades.mark_recorded"] > 400
    assert told["notices.read"] > told["notices.unread_lapsed"] > 0
    assert told["notices.login_recorded"] > 1_000


async def check_accounts(campus: Campus, report: DemoReport) -> None:
    """Whoever is shown may log in and act."""
    assert [account.login for account in report.accounts] == list(ACCOUNTS_SHOWN)
    for account in report.accounts:
        person, must_change = await Accounts(campus).check(account.login, account.password, "127.0.0.1")
        assert (person, must_change) == (account.person_id, False)
        assert await campus.desk.actors(account.person_id)


async def check_nothing_lapses_on_opening(campus: Campus) -> None:
    """Whatever fell due until the last event has been settled: a clock that runs on from there has nothing to do."""
    _, last = await campus.log.head()
    assert last is not None
    agenda = Agenda(campus.log, campus.codec, campus.desk, campus.clock, campus.declared.entries)
    await agenda.catch_up()
    before, _ = await campus.log.head()
    await agenda.settle_dues(last)
    assert (await campus.log.head())[0] == before


def test_the_sample_ships_with_its_licence():
    licences = (SAMPLE.parent / "LICENCES.md").read_text("utf-8")
    for said in ("yuetsin/NG-Course", "Permission is hereby granted", "Apache-2.0", SAMPLE.name):
        assert said in licences
