"""Weekly logs: due, handed in, added to, missed.  Seed: D19."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import ValidationError

from domain import Conflict, NotAllowed, Unknown
from domain.access import CLOCK, SYSTEM
from domain.calendar import HolidayDeclared, HolidayWithdrawn
from domain.counselor_logs import (
    AGENDA,
    AmendWeeklyLog,
    OpenLogWeek,
    SettleWeeklyLog,
    WeekExempted,
    WeeklyLogAmended,
    WeeklyLogDue,
    WeeklyLogMissed,
    WeeklyLogSubmitted,
    WeeklyLogSubmittedLate,
)
from domain.counselor_logs.log import row_of
from domain.counselor_logs.rules import DUE
from domain.duties import Done, Due
from domain.organisation import StaffPlaced
from domain.policies import PolicyRevised
from tests.college import ARTS, M1, MATHS, MONDAY, OPENED, TERM
from tests.scenario import given
from tests.test_counselor_logs.corps import (
    CORPS,
    MEI,
    MEI_ACTS,
    QIN,
    QIN_ACTS,
    assigned,
    due,
    missed,
    monday,
    opened,
    owed,
    submit,
)

SECOND = timedelta(seconds=1)
SETTLE = SettleWeeklyLog(person_id=MEI, term_id=TERM, week=3)


def holidays(week: int, days: int) -> tuple[HolidayDeclared, ...]:
    first = MONDAY + timedelta(weeks=week - 1)
    return tuple(HolidayDeclared(term_id=TERM, day=first + timedelta(days=n), name="国庆") for n in range(days))


def revised(value: str) -> PolicyRevised:
    told = {"proposal_id": "p1", "document_no": "学〔2026〕1号", "proposed_by": MEI, "approved_by": QIN}
    return PolicyRevised(policy=DUE.key, value=value, effective_from=monday(1), **told)


def test_the_week_opens_for_every_counselor_once_whatever_their_classes():
    logs = opened(3)
    assert {(e.person_id, e.department_id, e.week, e.day) for e in logs} == {
        (MEI, MATHS, 3, date(2026, 9, 21)),
        (QIN, ARTS, 3, date(2026, 9, 21)),
    }
    assert {(e.due_at, e.duty.kind, e.duty.state, e.year) for e in logs} == {(due(3), "weekly_log", "open", 2026)}


def test_who_is_counselor_counts_on_the_monday():
    handed_over = assigned(M1, QIN, MATHS, MONDAY + timedelta(days=1))
    later = assigned("squad:m2", QIN, MATHS, MONDAY + timedelta(days=8))
    assert {e.person_id for e in opened(1, handed_over, later)} == {MEI, QIN}
    assert {e.person_id for e in opened(2, handed_over, later)} == {MEI, QIN}
    assert {e.person_id for e in opened(3, handed_over, later)} == {QIN}


def test_the_department_is_the_counselors_own_on_the_day():
    moved = StaffPlaced(
        person_id=MEI,
        department_id=ARTS,
        former_department_id=MATHS,
        kind="staff",
        from_day=MONDAY + timedelta(weeks=1),
    )
    assert [e.department_id for e in opened(1, moved) if e.person_id == MEI] == [MATHS]
    assert [e.department_id for e in opened(2, moved) if e.person_id == MEI] == [ARTS]


def test_a_week_of_holidays_or_already_over_is_not_due():
    assert opened(4, *holidays(4, 5)) == ()
    assert len(opened(4, *holidays(4, 4))) == 2
    back = HolidayWithdrawn(term_id=TERM, day=MONDAY + timedelta(weeks=3), reason="改为上课日期")
    assert len(opened(4, *holidays(4, 5), back)) == 2
    assert len(opened(4, now=due(4))) == 2
    assert opened(4, now=due(4) + SECOND) == ()


def test_a_week_opens_on_its_monday_and_of_a_term_that_exists():
    early = OpenLogWeek(term_id=TERM, week=2)
    given(*CORPS).when(early, now=monday(2) - SECOND).rejected(Conflict, "week_not_begun")
    given().when(early, now=monday(2)).rejected(Unknown, "term_unknown")


@pytest.mark.parametrize(
    ("choice", "last"),
    [
        ("sunday_235959", datetime(2026, 9, 27, 15, 59, 59, tzinfo=UTC)),
        ("friday_170000", datetime(2026, 9, 25, 9, tzinfo=UTC)),
        ("monday_120000", datetime(2026, 9, 28, 4, tzinfo=UTC)),
    ],
)
def test_the_deadline_is_inclusive_and_the_rulebooks(choice, last):
    (log, _) = opened(3, revised(choice))
    assert (log.due_at, log.policies[0].version) == (last, 1)
    for late in (False, True):
        told = given(OPENED, log).when(submit(3), by=MEI_ACTS, now=last + SECOND * late).happens()
        assert isinstance(told[-1], WeeklyLogSubmittedLate if late else WeeklyLogSubmitted)


def test_a_log_in_time_is_done():
    now = due(3).replace(microsecond=999_999)
    (told,) = given(OPENED, owed(3)).when(submit(3, talks="与两名学生谈心"), by=MEI_ACTS, now=now).happens()
    assert isinstance(told, WeeklyLogSubmitted)
    assert (told.state, told.on_time, told.submitted_at, told.duty.state) == ("submitted", True, now, "done")
    assert (told.talks, told.incidents) == ("与两名学生谈心", None)


def test_a_late_log_is_kept_and_is_a_miss_all_the_same():
    now = due(3) + SECOND
    lapse, told = given(OPENED, owed(3)).when(submit(3), by=MEI_ACTS, now=now).happens()
    assert isinstance(lapse, WeeklyLogMissed)
    assert isinstance(told, WeeklyLogSubmittedLate)
    assert (lapse.duty.state, told.duty.state, told.duty.settled_at) == ("lapsed", "done_late", now)
    (later,) = given(OPENED, *missed(3)).when(submit(3), by=MEI_ACTS, now=due(4)).happens()
    assert (later.state, later.on_time) == ("submitted_late", False)


def test_what_was_received_in_time_but_after_the_recorded_miss_is_late():
    (told,) = given(OPENED, *missed(3)).when(submit(3), by=MEI_ACTS, now=due(3)).happens()
    assert told.duty.state == "done_late"


def test_the_clock_settles_after_the_deadline_and_once():
    log = owed(3)
    given(log).when(SETTLE, now=due(3)).rejected(Conflict, "log_deadline_not_over")
    given().when(SETTLE, now=due(3) + SECOND).rejected(Conflict, "log_not_due")
    after = due(3) + SECOND
    given(log).when(SETTLE, now=after).then(WeeklyLogMissed(**row_of(log, state="missed"), duty=log.duty.lapsed()))
    given(*missed(3)).when(SETTLE, now=after).then()
    handed_in = given(OPENED, log).when(submit(3), by=MEI_ACTS, now=due(3)).happens()
    given(log, *handed_in).when(SETTLE, now=after).then()


def test_one_log_a_week_of_a_week_that_has_begun_and_is_owed():
    given(OPENED, owed(3)).when(submit(3), by=MEI_ACTS, now=monday(3) - SECOND).rejected(Conflict, "week_not_begun")
    given(OPENED).when(submit(17), by=MEI_ACTS, now=due(3)).rejected(Conflict, "week_outside_term")
    given(OPENED).when(submit(3), by=MEI_ACTS, now=due(3)).rejected(Conflict, "log_not_due")
    given().when(submit(3), by=MEI_ACTS, now=due(3)).rejected(Unknown, "term_unknown")
    log = owed(3)
    handed_in = given(OPENED, log).when(submit(3), by=MEI_ACTS, now=due(3)).happens()
    given(OPENED, log, *handed_in).when(submit(3), by=MEI_ACTS, now=due(3)).rejected(Conflict, "log_already_submitted")
    given(OPENED, log).when(submit(3), by=QIN_ACTS, now=due(3)).rejected(NotAllowed, "out_of_scope")
    exempt = WeekExempted(
        **row_of(log, state="exempt"), grounds="leave", reason="病假五个工作日", after_miss=False, exempted_by=QIN
    )
    given(OPENED, log, exempt).when(submit(3), by=MEI_ACTS, now=due(3)).rejected(Conflict, "week_exempt")


def test_an_addition_keeps_the_original_and_asks_to_be_read_again():
    amend = AmendWeeklyLog(person_id=MEI, term_id=TERM, week=3, text="补充:夜查情况")
    log = owed(3)
    handed_in = given(OPENED, log).when(submit(3), by=MEI_ACTS, now=due(3)).happens()
    (told,) = given(OPENED, log, *handed_in).when(amend, by=MEI_ACTS, now=due(5)).happens()
    assert isinstance(told, WeeklyLogAmended)
    assert (told.state, told.submitted_at, told.review) == ("submitted", due(3), "none")
    given(OPENED, log).when(amend, by=MEI_ACTS).rejected(Conflict, "log_not_submitted")


def test_a_log_says_what_the_college_asks_for():
    with pytest.raises(ValidationError):
        submit(3, class_situation="")
    with pytest.raises(ValidationError):
        submit(0)


def test_the_agenda_of_a_term_is_its_mondays_at_local_midnight():
    weeks = list(AGENDA[OPENED.__class__](OPENED))
    assert (len(weeks), weeks[0].at, weeks[2].at) == (16, datetime(2026, 9, 7), datetime(2026, 9, 21))  # noqa: DTZ001 - local time, as an agenda says it
    log = owed(3)
    done, settle = AGENDA[WeeklyLogDue](log)
    assert done == Done(weeks[2].key)
    assert settle == Due(log.duty.key, due(3) + timedelta(seconds=60), SETTLE)
    assert list(AGENDA[WeeklyLogMissed](missed(3)[-1])) == [Done(log.duty.key)]
    assert SYSTEM[CLOCK].role in OpenLogWeek.may
