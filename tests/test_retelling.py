"""Stories told again: the same under the rules that were in force; under others, what would really have come of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from domain import Event
from domain.calendar import HolidayDeclared
from domain.conduct import ConfirmSlip, DecideSlipAppeal, ReturnSlip
from domain.counselor_logs import ExemptWeek, OfLog, ReviewWeeklyLog
from domain.duties import Duty
from domain.exams import RecordExamHeld
from domain.grades import CourseGradesPublished, GradeCorrected, MakeupMarkRecorded, ReturnGradeSheet
from domain.notices import MarkNoticeRead, PublishNotice, RecallNotice
from domain.notices.events import OfReceipt
from domain.policies import Policy, Rulebook, Value
from domain.retelling import Retelling, Setting, Supposed, Told, beside, missed, moved
from domain.roll_call import CorrectPeriodsTaught, GrantRollCallWaiver, RequestRollCallWaiver, RollCallTaken
from domain.tasks import AcceptTask, DeclineTask, DelegateTask, WithdrawAssignment
from domain.teaching_hours import HoursNotRecognised, HoursRecognised, HoursRecognitionOverridden, OverrideRecognition
from tests import rolls, sheets, tasking
from tests.college import ANN, BO, CHEN, COLLEGE, LI, OFFICE, SECRETARY_MATHS, TEACHER_LI, TERM, WU, at, staff
from tests.retelling import Play, Wish, changed, duties, retelling_of, retellings, stories, told_again
from tests.rolls import DEAN, SESSION, STUDENT_BO
from tests.scenario import SHANGHAI
from tests.test_conduct import slips
from tests.test_counselor_logs import corps
from tests.test_grades.test_makeups import makeup
from tests.test_notices.test_publishing import BOSS, BY_LI, SAID

BEGAN = at(1, "00:00")
ROUNDS = 40


def holiday(dice: Random) -> HolidayDeclared | None:
    day = at(dice.randrange(8, 16), "12:00").date()
    return HolidayDeclared(term_id=TERM, day=day, name="假") if dice.random() < 0.5 else None


def moment(dice: Random, first: datetime, hours: float) -> datetime:
    """A moment of the hours after one, at times to the second of a whole hour."""
    if dice.random() < 0.3:
        return first + timedelta(hours=dice.randrange(int(hours) + 1), seconds=dice.randrange(2))
    return first + timedelta(seconds=dice.uniform(0, hours * 3600))


def of_rolls(dice: Random) -> tuple[tuple[Event, ...], list[Wish]]:
    """A session: its roll taken early, in time, late or not; periods corrected, waivers, overridings."""
    past = [*rolls.PAST[:1], staff(LI), staff(WU, "department:arts"), rolls.ROSTER]
    wishes = []
    if dice.random() < 0.8:
        taken = moment(dice, rolls.SCHEDULED.starts_at, 100)
        wishes.append(Wish(taken, rolls.TAKE, TEACHER_LI))
        again = CorrectPeriodsTaught(session_id=SESSION, periods_taught=dice.randrange(3), reason="记错了节数")
        wishes += [Wish(moment(dice, taken, 60), again, TEACHER_LI)] * (dice.random() < 0.4)
    if dice.random() < 0.4:
        asked = moment(dice, rolls.ENDS, 400)
        ask = RequestRollCallWaiver(session_id=SESSION, waiver_id="w1", reason="机房断网两天", evidence="证明 1")
        wishes.append(Wish(asked, ask, TEACHER_LI))
        grant = GrantRollCallWaiver(session_id=SESSION, waiver_id="w1")
        wishes += [Wish(moment(dice, asked, 90), grant, DEAN)] * (dice.random() < 0.8)
    if dice.random() < 0.2:
        said = {"reason": "专家组核定课时", "document_no": "教〔2026〕9号"}
        override = OverrideRecognition(session_id=SESSION, recognised_periods=1, **said)
        wishes.append(Wish(moment(dice, rolls.ENDS, 300), override, DEAN))
    return tuple(past), wishes


def of_logs(dice: Random) -> tuple[tuple[Event, ...], list[Wish]]:
    """A counselor's week: the log handed in, read, exempted, or not."""
    wishes = []
    if dice.random() < 0.8:
        handed = moment(dice, corps.monday(1), 220)
        wishes.append(Wish(handed, corps.submit(1), corps.MEI_ACTS))
        review = ReviewWeeklyLog(person_id=corps.MEI, term_id=TERM, week=1)
        wishes += [Wish(moment(dice, handed, 60), review, corps.AFFAIRS)] * (dice.random() < 0.4)
    if dice.random() < 0.3:
        exempt = ExemptWeek(person_id=corps.MEI, term_id=TERM, week=1, grounds="leave", reason="病假一周在家")
        wishes.append(Wish(moment(dice, corps.monday(1), 300), exempt, corps.AFFAIRS))
    return corps.CORPS, wishes


def of_entries(dice: Random) -> tuple[tuple[Event, ...], list[Wish]]:
    """A sheet filled, and submitted before or after its exam was put on record, or not at all; perhaps twice."""
    held = Wish(moment(dice, at(17, "10:00"), 200), RecordExamHeld(**sheets.CLASS, held_on=sheets.EXAM_DAY), OFFICE)
    past = sheets.filled().past
    wishes = [held]
    if dice.random() < 0.8:
        sent = moment(dice, at(17, "10:00"), 400)
        wishes.append(Wish(sent, sheets.SUBMIT, TEACHER_LI))
        if dice.random() < 0.5:
            back = moment(dice, sent, 50)
            wishes.append(Wish(back, RETURN_SHEET, SECRETARY_MATHS))
            wishes.append(Wish(moment(dice, back, 80), sheets.SUBMIT, TEACHER_LI))
    return past, wishes


RETURN_SHEET = ReturnGradeSheet(**sheets.CLASS, reason="期末成绩有一处漏录")


def of_grades(dice: Random) -> tuple[tuple[Event, ...], list[Wish]]:
    """Grades of any height, published; whoever failed may sit the exam again."""
    points = {s: tuple(float(dice.randrange(20, 101)) for _ in range(3)) for s in sheets.POINTS}
    wishes = [
        Wish(at(20, "10:00"), sheets.SUBMIT, TEACHER_LI),
        Wish(at(20, "11:00"), sheets.CONFIRM, SECRETARY_MATHS),
        Wish(at(20, "12:00"), sheets.PUBLISH, OFFICE),
    ]
    for student in (BO, CHEN):
        if dice.random() < 0.6:
            wishes.append(Wish(at(28, "10:00"), makeup(student, float(dice.randrange(30, 100))), TEACHER_LI))
    return sheets.filled(points=points).past, wishes


def of_slips(dice: Random) -> tuple[tuple[Event, ...], list[Wish]]:
    """A slip confirmed, returned or revoked, appealed against and decided, each at its time or never."""
    issued = moment(dice, slips.ISSUED_AT, 200)
    wishes = [Wish(issued, slips.ISSUE, TEACHER_LI)]
    confirmed = moment(dice, issued, 200)
    kind: Any = dice.choice((ConfirmSlip, ConfirmSlip, ReturnSlip, None))
    if kind is not None:
        said = {"reason": "当天有请假条"} if kind is ReturnSlip else {}
        wishes.append(Wish(confirmed, kind(slip_id=slips.SLIP, **said), slips.QIAN))
    if dice.random() < 0.6:
        appealed = moment(dice, confirmed, 300)
        wishes.append(Wish(appealed, slips.APPEAL, STUDENT_BO))
        decide = DecideSlipAppeal(slip_id=slips.SLIP, uphold=dice.random() < 0.5, reason="医务室记录属实")
        wishes += [Wish(moment(dice, appealed, 300), decide, slips.DEPUTY_MATHS)] * (dice.random() < 0.7)
    if dice.random() < 0.3:
        wishes.append(Wish(moment(dice, issued, 500), slips.REVOKE, slips.AFFAIRS))
    return (*slips.COLLEGE, staff(slips.QIAN.person_id)), wishes


def of_notices(dice: Random) -> tuple[tuple[Event, ...], list[Wish]]:
    """A notice to two people, read or not; at times recalled, at times with a limit of its publisher's own."""
    own = {"must_read_until": at(14, "12:00")} if dice.random() < 0.2 else {}
    sent = moment(dice, at(10, "09:00"), 30)
    wishes = [Wish(sent, PublishNotice(**SAID, persons=(LI, ANN), **own), BOSS)]
    if dice.random() < 0.7:
        wishes.append(Wish(moment(dice, sent, 120), MarkNoticeRead(notice_id="notice:1", person_id=LI), BY_LI))
    if dice.random() < 0.2:
        wishes.append(Wish(moment(dice, sent, 120), RecallNotice(notice_id="notice:1", reason="发错了对象"), BOSS))
    return COLLEGE, wishes


def of_tasks(dice: Random) -> tuple[tuple[Event, ...], list[Wish]]:
    """An assignment accepted, declined, passed on, taken back, or left lying."""
    wishes = [Wish(tasking.SET, tasking.ASSIGN, tasking.PRESIDENTS)]
    steps: list[Any] = [
        (AcceptTask(**tasking.ids), tasking.LI_WORKS),
        (DeclineTask(**tasking.ids, reason="与本人职责无关"), tasking.LI_WORKS),
        (DelegateTask(**tasking.ids, person_id=WU, reason="由吴老师主办"), tasking.LI_WORKS),
        (AcceptTask(**tasking.ids), tasking.WU_WORKS),
        (WithdrawAssignment(**tasking.ids, reason="任务并入另一项"), tasking.PRESIDENTS),
    ]
    for command, by in dice.sample(steps, dice.randrange(4)):
        wishes.append(Wish(moment(dice, tasking.SET, 300), command, by))
    return tasking.PUBLISHED, wishes


PLAYS: dict[str, Callable[[Random], tuple[tuple[Event, ...], list[Wish]]]] = {
    "rollcall.deadline_hours": of_rolls,
    "counselorlog.due": of_logs,
    "grade.entry_days": of_entries,
    "grade.pass_mark": of_grades,
    "slip.confirm_workdays": of_slips,
    "notice.read_workdays": of_notices,
    "task.accept_workdays": of_tasks,
}


def value_of(policy: Policy[Any], dice: Random) -> Value:
    """A value the policy allows, near its default."""
    if policy.kind is bool:
        return dice.random() < 0.5
    if policy.choices:
        return dice.choice(policy.choices)
    least, most = max(policy.least or 0, policy.default // 4), min(policy.most or 400, policy.default * 2 + 2)
    return dice.randrange(least, most + 1)


def test_every_retelling_is_played():
    assert sorted(PLAYS) == sorted(told.policies[0].key for told in retellings())
    keys = [policy.key for told in retellings() for policy in told.policies]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("policy", PLAYS)
def test_under_the_rules_in_force_every_story_is_told_as_it_was(policy):
    told = retelling_of(policy)
    for seed in range(ROUNDS):
        dice = Random(f"{policy} {seed}")  # noqa: S311 - a workload
        past, wishes = PLAYS[policy](dice)
        rules = [changed(p.key, value_of(p, dice)) for p in told.policies if dice.random() < 0.3]
        until = moment(dice, at(8, "00:00"), 800)
        log = Play((*rules, *past, *filter(None, [holiday(dice)])), BEGAN).until(until, wishes)
        assert told_again(log, told, until, {}) == of(log, told), seed


def hours(log: Sequence[Told]) -> dict[str, Any]:
    found = {}
    for one in log:
        if isinstance(one.event, HoursRecognised | HoursNotRecognised | HoursRecognitionOverridden):
            found[one.event.session_id] = (one.event.shares, one.event.NAME)
        if isinstance(one.event, RollCallTaken):
            found["on_time"] = one.event.on_time
    return found


def rows(log: Sequence[Told]) -> dict[str, Any]:
    """What the read tables of logs, receipts and grades would say."""
    found: dict[str, Any] = {}
    for one in log:
        match one.event:
            case OfLog() as log_:
                found[log_.log_id] = (log_.due_at, log_.state, log_.submitted_at, log_.review)
            case OfReceipt() as receipt:
                found[receipt.receipt_id] = (receipt.due_at, receipt.day, receipt.state, receipt.read_at)
            case CourseGradesPublished() as published:
                found |= published.grades
            case MakeupMarkRecorded() | GradeCorrected() as later:
                found[later.student_id] = later.grade
    return found


def truth(log: Sequence[Told]) -> tuple[dict[str, Duty], dict[str, Any], dict[str, Any]]:
    told = sorted(log, key=lambda one: one.position)
    return duties(told), hours(told), rows(told)


def of(log: Sequence[Told], told: Retelling) -> list[Told]:
    """The events of a retelling's stories."""
    return [one for story in stories(log, told) for one in story]


NEVER = {RequestRollCallWaiver, GrantRollCallWaiver, OverrideRecognition, ExemptWeek}


@pytest.mark.parametrize(
    "policy",
    [
        *PLAYS,
        "rollcall.holiday_extension",
        "rollcall.waiver",
        "rollcall.waiver_days",
        "grade.excellent_mark",
        "slip.appeal_workdays",
    ],
)
def test_told_again_by_another_rule_it_is_as_it_would_have_been(policy):
    """The same wishes played under the rule itself come to the same duties, hours and rows.

    Left out are wishes people would not have had, or would have had at another moment, under the other rule.
    """
    told, by_key = retelling_of(policy), Policy.by_key[policy]
    play = PLAYS[told.policies[0].key]
    different = 0
    for seed in range(ROUNDS):
        dice = Random(f"{policy} {seed} too")  # noqa: S311 - a workload
        past, wishes = play(dice)
        if "waiver" not in policy:
            wishes = [w for w in wishes if type(w.command) not in NEVER]
        if policy == "grade.pass_mark":
            wishes = [w for w in wishes if not isinstance(w.command, type(makeup()))]
        past = (*past, *filter(None, [holiday(dice)]))
        until, value = moment(dice, at(20, "12:00"), 400), value_of(by_key, dice)
        was = Play(past, BEGAN).until(until, wishes)
        if policy == "rollcall.waiver_days" and value > 10:
            continue  # what was refused is in no log
        really = Play((changed(policy, value), *past), BEGAN).until(until, wishes)
        again = told_again(was, told, until, {policy: value})
        assert truth(again) == truth(of(really, told)), (seed, value)
        different += truth(of(was, told)) != truth(again)
    assert different


def test_a_late_roll_that_would_have_been_refused_was_never_taken():
    late = rolls.DUE + timedelta(hours=5)
    log = Play(rolls.PAST, BEGAN).until(at(12, "09:00"), [Wish(late, rolls.TAKE, TEACHER_LI)])
    told = retelling_of("rollcall.late_accept")
    again = told_again(log, told, at(12, "09:00"), {"rollcall.late_accept": "deadline"})
    assert not any(isinstance(one.event, RollCallTaken) for one in again)
    assert [d.state for d in duties(again).values()] == ["lapsed"]


def test_a_make_up_exam_nobody_would_have_needed_is_left_out():
    points = {**sheets.POINTS, CHEN: (70.0, 60.0, 40.0)}
    _, wishes = of_grades(Random(1))  # noqa: S311 - a workload
    sat = [*wishes[:3], Wish(at(28, "10:00"), makeup(CHEN, 72), TEACHER_LI)]
    log = Play(sheets.filled(points=points).past, BEGAN).until(at(29, "10:00"), sat)
    told = retelling_of("grade.pass_mark")
    again = told_again(log, told, at(29, "10:00"), {"grade.pass_mark": 50})
    assert not any(isinstance(one.event, MakeupMarkRecorded) for one in again)
    assert rows(again)[CHEN].passed


@pytest.mark.parametrize("late", [True, False])
@pytest.mark.parametrize(("policy", "value"), [("rollcall.waiver", "never"), ("rollcall.deadline_hours", 49)])
def test_hours_waived_before_the_clock_settled_them_are_settled_where_there_is_no_waiver(late, policy, value):
    """In the minute between the deadline and the clock: nothing but the waiver says what became of the hours."""
    past = [*rolls.PAST[:1], staff(LI), staff(WU, "department:arts"), rolls.ROSTER]
    ask = RequestRollCallWaiver(session_id=SESSION, waiver_id="w1", reason="机房断网两天", evidence="证明 1")
    wishes = [
        Wish(rolls.DUE + timedelta(seconds=20), ask, TEACHER_LI),
        Wish(rolls.DUE + timedelta(seconds=40), GrantRollCallWaiver(session_id=SESSION, waiver_id="w1"), DEAN),
    ]
    wishes = [Wish(rolls.DUE + timedelta(seconds=10), rolls.TAKE, TEACHER_LI)] * late + wishes
    until, told = at(12, "00:00"), retelling_of(policy)
    was = Play(past, BEGAN).until(until, wishes)
    assert not any(isinstance(one.event, HoursNotRecognised) for one in was)
    really = Play((changed(policy, value), *past), BEGAN).until(until, wishes if late or "waiver" in policy else [])
    again = told_again(was, told, until, {policy: value})
    if late or "waiver" in policy:
        assert truth(again) == truth(of(really, told))
    assert hours(again), "hours never vanish"


def test_a_supposed_rulebook_keeps_its_versions_and_what_was_before():
    since = at(7, "00:00")
    rules = Supposed(instead={"rollcall.deadline_hours": 24}, since=since).after(changed("rollcall.deadline_hours", 36))
    assert rules.in_force("rollcall.deadline_hours", since) == (24, 1)
    assert rules.in_force("rollcall.deadline_hours", since - timedelta(seconds=1)) == (36, 1)
    assert Rulebook().in_force("rollcall.deadline_hours", since) == (48, 0)


def test_a_duty_that_is_moved_is_judged_anew_and_one_that_is_not_stays():
    duty = Duty(
        key="x/1",
        kind="x",
        about="1",
        person_id=LI,
        department_id="department:maths",
        opened_at=at(7, "08:00"),
        due_at=at(8, "08:00"),
    ).done(at(8, "09:00"))
    assert moved(duty, duty.due_at) is duty
    assert moved(duty, at(8, "10:00")).state == "done"
    assert moved(duty.lapsed(), at(9, "08:00")).settled_at == at(9, "08:00")


def test_a_miss_is_on_record_a_minute_after_the_due_moment_and_not_if_it_was_done():
    due, was = at(9, "08:00"), at(8, "08:00")
    early = Setting(Rulebook(), SHANGHAI, due + timedelta(seconds=59), 1)
    later = Setting(Rulebook(), SHANGHAI, due + timedelta(seconds=60), 1)
    assert (missed(due, was, None, True, early), missed(due, was, None, False, later)) == (False, True)
    assert missed(was, was, None, True, early)
    assert not missed(due, was, due, True, later)
    assert beside([])[""] == []
