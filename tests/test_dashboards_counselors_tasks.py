"""What the pages of counselors, tasks and notices reckon, as far as it can be told without a college."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dashboards.counselors.corps import Corps, Counselor, state_of
from dashboards.counselors.log_matrix import cell, gauge, missed_weeks, standing
from dashboards.counselors.logs import margin, steps
from dashboards.counselors.standing import AWARDS
from dashboards.notices.unread import rank as notice_rank, standing as notice_standing
from dashboards.parts.columns import Opening
from dashboards.parts.ground import Ground
from dashboards.parts.markup import as_html
from dashboards.parts.naming import names_from, names_switch
from dashboards.parts.rules import Rulebook
from dashboards.parts.visit import Visit
from dashboards.parts.words import Words
from dashboards.tasks import story as stories, work as works
from dashboards.tasks.lists import rank
from dashboards.tasks.load import Burden, burdens
from dashboards.tasks.work import Task, Work
from domain import Actor
from domain.counselor_logs import (
    MeritAwarded,
    MeritAwardQuestioned,
    MeritAwardRevoked,
    MeritAwardUpheld,
    MeritNominated,
)
from domain.counselor_logs.rules import DUE, MAX_MISSED
from infra.readings import Viewer

NOW = datetime(2026, 10, 11, 12, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = date(2026, 9, 7)
PRESIDENT = Viewer("person:p", (Actor("person:p", "president"),))
COUNSELOR = Viewer("person:c", (Actor("person:c", "counselor", "department:a"),))
TERM = {"term_id": "term:x", "starts_on": MONDAY, "ends_on": date(2027, 1, 10), "weeks": 18, "year": 2026}


def here(viewer: Viewer = PRESIDENT, language: Any = "zh", **changes: Any) -> Visit:
    return Visit(SimpleNamespace(), viewer, Words(language, ZONE), now=NOW, **changes)  # type: ignore[arg-type]  # no readings are asked for


def log(week: int, state: str, **more: Any) -> dict[str, Any]:
    due = datetime(2026, 9, 13, 15, 59, 59, tzinfo=UTC) + timedelta(days=7 * (week - 1))
    row = {"log_id": f"weekly_log:{week}", "week": week, "state": state, "due_at": due, "review": "none"}
    return row | {"submitted_at": None, "reviewed_by": None, "since": 100 + week, "person_id": "person:c"} | more


def corps(*logs: dict[str, Any], told: dict[str, Any] | None = None, holidays: frozenset[date] = frozenset()) -> Corps:
    one = Counselor("person:c", "department:a", 2, {row["week"]: row for row in logs})
    return Corps(TERM, Rulebook(NOW, told or {}), [one], holidays)


@pytest.mark.parametrize(
    ("row", "state"),
    [
        (log(1, "submitted"), "in_time"),
        (log(1, "submitted_late"), "late"),
        (log(1, "missed"), "missed"),
        (log(1, "exempt"), "exempt"),
        (log(5, "due"), "due"),
        (log(4, "due"), "missed"),
    ],
)
def test_a_log_past_its_deadline_is_missed_though_the_clock_has_not_come_to_it(row, state):
    assert state_of(row, NOW) == state


def test_the_last_second_of_a_deadline_is_still_in_it():
    row = log(4, "due")
    assert state_of(row, row["due_at"]) == "due"
    assert state_of(row, row["due_at"] + timedelta(seconds=1)) == "missed"


def test_a_week_without_a_log_is_to_come_not_owed_or_a_holiday():
    holidays = frozenset(MONDAY + timedelta(days=28 + n) for n in range(5))
    one = corps(log(1, "submitted"), holidays=holidays)
    today = date(2026, 10, 11)
    states = [one.state(one.counselors[0], week, today) for week in (1, 2, 5, 6)]
    assert states == ["in_time", "not_owed", "holiday", "not_yet"]


def test_late_and_missing_logs_are_misses_and_cost_merit_at_the_number_in_force():
    one = corps(log(1, "missed"), log(2, "submitted_late"), log(3, "submitted"))
    counselor = one.counselors[0]
    assert (counselor.misses(NOW), one.most) == (2, 3)
    assert standing(2, counselor, one) == ("amber", "misses_warning")
    stricter = corps(log(1, "missed"), log(2, "submitted_late"), told={MAX_MISSED.key: 2})
    assert standing(2, stricter.counselors[0], stricter) == ("red", "misses_lost")
    assert standing(0, counselor, one) == ("green", "misses_none")
    assert missed_weeks(counselor, one) == [1]


def test_the_year_of_a_counselor_goes_before_the_count_of_the_semester():
    one = corps()
    lost = Counselor("person:c", "department:a", 1, standing={"eligible": False})
    restored = Counselor("person:c", "department:a", 1, standing={"eligible": True})
    assert standing(0, lost, one) == ("red", "misses_lost")
    assert standing(3, restored, one) == ("amber", "misses_restored")


def test_a_gauge_says_number_and_word_beside_its_marks():
    one = corps(log(1, "missed"))
    markup = as_html(gauge(1, one.counselors[0], one, Words("en", ZONE)))
    assert markup.count('class="pip full"') == 1
    assert markup.count('class="pip"') == 2
    assert "1 / 3" in markup
    assert "Some missed" in markup


def test_so_many_marks_that_nobody_counts_them_are_left_out():
    one = corps(told={MAX_MISSED.key: 12})
    assert "pip" not in as_html(gauge(1, one.counselors[0], one, Words("zh", ZONE)))


def test_a_cell_speaks_for_itself_and_leads_to_its_log():
    one = corps(log(2, "submitted", review="returned")).counselors[0]
    markup = as_html(cell(one, 2, "in_time", here()))
    assert 'href="/dash/counselors/logs/weekly_log:2"' in markup
    assert "第 2 周 · 按时 · 到期 2026-09-20 23:59:59 · 已退回" in markup
    assert "<a" not in as_html(cell(one, 3, "not_yet", here()))


def test_a_log_is_told_event_by_event():
    due = log(2, "due", since=1)
    missed = log(2, "missed", since=2)
    late = log(2, "submitted_late", since=3, submitted_at=due["due_at"] + timedelta(hours=30))
    returned = late | {"since": 4, "review": "returned", "reviewed_by": "person:d"}
    amended = late | {"since": 5}
    reviewed = late | {"since": 6, "review": "reviewed", "reviewed_by": "person:d"}
    told = list(steps([due, missed, late, returned, amended, reviewed], Words("zh", ZONE)))
    assert [step.title for step in told] == ["应交", "缺交", "逾期补交", "退回补充", "补充", "批阅"]
    assert (told[3].person, told[4].person) == ("person:d", None)
    assert margin(late, Words("zh", ZONE)) == "逾期 1 天 6 小时"
    early = late | {"submitted_at": due["due_at"] + timedelta(milliseconds=400)}
    assert margin(early, Words("zh", ZONE)) == "提前 0 天 0 小时"


def test_every_outcome_of_a_nomination_has_words():
    events = (MeritNominated, MeritAwarded, MeritAwardQuestioned, MeritAwardUpheld, MeritAwardRevoked)
    assert set(AWARDS) == {event.NAME.removeprefix("counselor_logs.merit_") for event in events}


def test_a_rule_revised_is_the_rule_told():
    assert Rulebook(NOW, {})(DUE) == "sunday_235959"
    assert Rulebook(NOW, {DUE.key: "friday_170000"})(DUE) == "friday_170000"


def test_names_of_the_whole_college_are_looked_at_only_when_asked_for():
    assert names_from(here(), "tasks") is None
    assert names_from(here(by="person"), "tasks") == "tasks"
    assert names_from(here(department="department:a"), "tasks") == "tasks"
    assert names_from(here(COUNSELOR), "tasks") == "tasks"
    assert names_switch(here(COUNSELOR)) is None
    assert "by=person" in as_html(names_switch(here()))
    assert "by=person" not in as_html(names_switch(here(by="person")))


def assignment(number: int, state: str, **more: Any) -> dict[str, Any]:
    row = {
        "assignment_id": f"assignment:{number}",
        "task_id": "task:x",
        "title": "x",
        "priority": "normal",
        "publisher_id": "person:p",
        "task_department_id": "department:o",
        "part": "lead",
        "holder_id": f"person:{number}",
        "department_id": "department:a",
        "first_due_at": NOW - timedelta(days=2),
        "due_at": NOW - timedelta(days=2),
        "accept_by": NOW,
        "assigned_at": NOW,
        "accepted_at": None,
        "evaluated_at": None,
        "submitted_at": None,
        "overdue_at": None,
        "progress": 0,
        "extensions": 0,
        "rejections": 0,
        "turn": 1,
        "score": None,
        "state": state,
        "since": number,
        "until": None,
        "position": number,
    }
    return row | more


LATER = {"due_at": NOW + timedelta(days=1)}


@pytest.mark.parametrize(
    ("row", "state"),
    [
        (assignment(1, "assigned"), "overdue"),
        (assignment(1, "assigned", **LATER), "waiting"),
        (assignment(1, "in_progress", **LATER), "under_way"),
        (assignment(1, "in_progress", due_at=NOW), "under_way"),
        (assignment(1, "submitted"), "in_time"),
        (assignment(1, "evaluated", overdue_at=NOW), "late"),
        (assignment(1, "declined"), "declined"),
        (assignment(1, "cancelled", overdue_at=NOW), "cancelled"),
    ],
)
def test_an_assignment_is_overdue_after_its_moment_and_late_for_ever(row, state):
    assert works.state_of(row, NOW) == state


def test_a_task_stands_as_the_worst_of_what_is_open():
    def told(*rows: dict[str, Any], state: str = "open") -> str:
        return Task("task:x", {"state": state, "due_at": NOW}, rows).state(NOW)

    done, late = assignment(1, "evaluated"), assignment(2, "evaluated", overdue_at=NOW)
    assert told(done, assignment(3, "assigned")) == "overdue"
    assert told(done, late) == "late"
    assert told(done) == "in_time"
    assert told() == "waiting"
    assert told(assignment(3, "assigned"), state="cancelled") == "cancelled"


def test_a_task_out_of_sight_is_told_by_its_assignments():
    task = Task("task:x", None, [assignment(1, "assigned", **LATER)])
    assert (task.setter, task.any["title"]) == ("department:o", "x")
    assert task.due_at == NOW - timedelta(days=2)
    assert task.last_due_at == NOW + timedelta(days=1)


def test_overdue_tasks_come_first_then_open_ones_by_due_moment_then_the_ended():
    def task(key: str, *rows: dict[str, Any], due: int = 0) -> Task:
        return Task(key, {"state": "open", "due_at": NOW + timedelta(days=due)}, rows)

    ended = task("task:ended", assignment(1, "evaluated"), due=-1)
    soon = task("task:soon", assignment(1, "assigned", **LATER), due=1)
    later = task("task:later", assignment(1, "assigned", due_at=NOW + timedelta(days=9)), due=9)
    over = task("task:over", assignment(1, "assigned"), due=-2)
    told = Work(NOW, [ended, later, soon, over])
    ranked = sorted(told.tasks, key=lambda t: rank(t, told))
    assert [t.task_id for t in ranked] == ["task:over", "task:soon", "task:later", "task:ended"]


def test_burdens_count_what_is_open_and_how_old_the_oldest_is():
    rows = [
        assignment(1, "assigned", due_at=NOW - timedelta(days=3)),
        assignment(2, "in_progress", **LATER),
        assignment(3, "assigned", department_id="department:b", **LATER),
        assignment(4, "evaluated"),
    ]
    told = Work(NOW, [Task("task:x", None, rows)])
    found = burdens(told.open, "department_id", told)
    assert list(found) == ["department:a", "department:b"]
    first = found["department:a"]
    assert (len(first.open), len(first.overdue), first.oldest) == (2, 1, 3)
    assert Burden.of([], told).oldest == 0


def opening(terms: list[dict[str, Any]], term: dict[str, Any]) -> Opening:
    return Opening(here(), Ground(terms, term, {}, {}, {}), {}, None)  # type: ignore[arg-type]  # no part of the term is asked for


def test_a_task_belongs_to_the_term_after_whose_beginning_it_is_due():
    spring = TERM | {"term_id": "term:y", "starts_on": date(2027, 3, 1)}
    autumn = works.window(opening([TERM, spring], TERM))
    assert autumn["from"].year == 1900
    assert autumn["until"] == datetime(2027, 3, 1, tzinfo=ZONE)
    last = works.window(opening([TERM, spring], spring))
    assert last["from"] == autumn["until"]
    assert last["until"].year == 9000


def test_a_task_is_told_event_by_event():
    first = assignment(1, "assigned", since=2, **LATER)
    versions = [
        first,
        first | {"since": 3, "turn": 2, "holder_id": "person:7"},
        first | {"since": 4, "state": "accepted"},
        first | {"since": 5, "state": "in_progress", "progress": 40},
        first | {"since": 6, "state": "in_progress", "progress": 40},  # a request for more time
        first | {"since": 7, "state": "in_progress", "progress": 40, "overdue_at": NOW},
        first | {"since": 8, "state": "submitted", "progress": 100, "overdue_at": NOW, "submitted_at": NOW},
        first | {"since": 9, "state": "in_progress", "rejections": 1, "overdue_at": NOW},
        first | {"since": 10, "state": "submitted", "rejections": 1, "overdue_at": NOW, "submitted_at": NOW},
        first | {"since": 11, "state": "evaluated", "rejections": 1, "overdue_at": NOW, "score": 4},
    ]
    versions[2:] = [row | {"turn": 2} for row in versions[2:]]
    asked = {"since": 6, "assignment_id": "assignment:1", "state": "requested", "granted_due_at": None}
    asked |= {
        "asked_due_at": NOW,
        "from_due_at": NOW,
        "reason": "设备未到货",
        "answer": None,
        "requested_by": "person:7",
    }
    asked |= {"requested_at": NOW, "decided_at": None}
    task = {"state": "open", "publisher_id": "person:p", "published_at": NOW}
    thread: Any = SimpleNamespace(
        versions=[task | {"since": 1}, task | {"since": 12, "state": "closed"}],
        assignments=versions,
        extensions=[asked],
        duties=[],
    )
    told = sorted(stories.story(thread, Ground((), None, {}, {}, {}), here()), key=lambda step: step.position)
    titles = ["发布", "分派给", "转办给", "接收", "进度 40%", "申请延期", "逾期", "提交办结", "退回重办", "提交办结"]
    assert [step.title for step in told] == [*titles, "评价 4 分", "全部办结"]
    assert told[5].said == "设备未到货"
    assert (told[7].kind, told[7].at) == ("bad", NOW)


def test_an_acceptance_that_lapsed_is_told_from_its_duty():
    row = assignment(1, "assigned", since=4)
    lapsed = {"since": 5, "about": "assignment:1", "kind": "task_acceptance", "state": "lapsed"}
    thread: Any = SimpleNamespace(versions=[], assignments=[row, row | {"since": 5}], extensions=[], duties=[lapsed])
    told = [step.title for step in stories.story(thread, Ground((), None, {}, {}, {}), here())]
    assert told == ["分派给", "逾期未接收"]


def notice(**more: Any) -> dict[str, Any]:
    row = {"notice_id": "notice:x", "published_at": NOW - timedelta(days=3), "due_at": NOW - timedelta(hours=30)}
    return row | {"unread": 2, "state": "published", "moment": NOW} | more


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (notice(), "■ 逾期 1 天 6 小时"),
        (notice(unread=0), "● 全部已阅"),
        (notice(due_at=None), "○ 仅供知悉"),
        (notice(due_at=NOW + timedelta(hours=5)), "◇ 剩 0 天 5 小时"),
        (notice(state="recalled"), "○ 已撤回"),
    ],
)
def test_a_notice_says_how_long_it_has_been_unread(row, said):
    markup = as_html(notice_standing(row, SimpleNamespace(visit=here())))  # type: ignore[arg-type]  # only its words
    assert "".join(part.partition(">")[2] for part in markup.split("<")).strip() == said


def test_the_longest_unread_notice_comes_first():
    rows = [
        notice(notice_id="notice:new", due_at=None),
        notice(),
        notice(notice_id="notice:old", due_at=NOW - timedelta(days=9)),
    ]
    assert [row["notice_id"] for row in sorted(rows, key=notice_rank)] == ["notice:old", "notice:x", "notice:new"]
