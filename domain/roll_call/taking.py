"""Taking the roll 点名, and the end of the session that makes it owed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time
from typing import Annotated

from pydantic import Field

from domain import Conflict, Context, Event, Reads, StudentId, TeachingClassId, Unknown
from domain.access import CLOCK, TEACHER, anywhere
from domain.roll_call.events import MARKS, Counts, Mark, RollCallTaken, RosterDifference, Taught
from domain.roll_call.roll import CORE, HOLIDAYS, AboutRoll, Roll, WithHolidays, of_session, own_session, roster_reads
from domain.roll_call.rules import EARLIEST, LATE_ACCEPT
from domain.timetable import Meeting, SessionEnded


class EndSession(WithHolidays):
    """课次结束.  A session is over: its roll call is owed from now on, unless nobody was to be there.  Seed: D10."""

    may = {CLOCK: anywhere}
    TYPES = CORE
    teaching_class_id: TeachingClassId

    def reads(self) -> list[Reads]:
        return [*super().reads(), roster_reads(self.teaching_class_id)]

    def decide(self, state: Roll, given: Context) -> Iterator[Event]:
        session = state.session
        assert session
        if state.removed or state.ended:
            return
        if given.second < session.ends_at:
            raise Conflict("session_not_over", session=self.session_id, ends_at=session.ends_at)
        duty, policies = state.owed(given)
        if state.taken:
            yield _ended(session, duty=state.taken.duty, policies=policies)
        elif state.roster.on(session.day):
            yield _ended(session, duty=duty, policies=policies)
        else:
            yield _ended(session, duty=None)


def _ended(session: Meeting, **said: object) -> SessionEnded:
    return SessionEnded.model_validate({**session.row(), "ended_at": session.ends_at, **said})


class TakeRollCall(AboutRoll):
    """点名.  Marks the whole roster once; a late roll is kept as attendance, its hours are another fact.  Seed: D10.

    The roster is that of the day of the session.  If it changed on that day or later, the roll is taken as it is
    and the difference recorded: a change behind a teacher's back never costs a deadline.
    """

    may = {TEACHER: own_session}
    TYPES = CORE
    teaching_class_id: TeachingClassId
    marks: Annotated[dict[StudentId, Mark], Field(max_length=1_000)]
    periods_taught: Taught

    def reads(self) -> list[Reads]:
        return [*super().reads(), roster_reads(self.teaching_class_id)]

    def more(self, state: Roll) -> Sequence[Reads]:
        if state.session is None or (state.ended and state.ended.duty):
            return ()
        return [Reads(HOLIDAYS, (state.session.term_id,))]

    def find(self, state: Roll) -> None:
        super().find(state)
        if state.session and state.session.teaching_class_id != self.teaching_class_id:
            raise Unknown("session_unknown", session=self.session_id, teaching_class=self.teaching_class_id)

    def decide(self, state: Roll, given: Context) -> Iterator[Event]:
        session = state.session
        assert session
        self._check_open(state, session, given)
        if state.ended and state.ended.duty:
            duty, policies = state.ended.duty, state.judged_by(given)
        else:
            duty, policies = state.owed(given, opened_at=given.now if state.ended else None)
        self._check_moment(state, session, duty.due_at, given)
        homes = state.roster.homes(session.day)
        difference = self._difference(state, homes, session, given)
        counts = counted(self.marks, homes)
        first = counts[0].department_id if counts else session.department_id
        if difference.departed:
            homes = {**{s: state.roster.stints(s)[-1].member.department_id for s in difference.departed}, **homes}
        elsewhere = {s: d for s, d in homes.items() if d != first} if difference.departed or len(counts) > 1 else {}
        on_time = given.second <= duty.due_at
        yield RollCallTaken(
            **of_session(session),
            teacher_id=given.actor.person_id,
            marks=self.marks,
            counts=counts,
            departments=elsewhere,
            roster_difference=difference,
            periods_taught=self.periods_taught,
            planned_periods=session.planned_periods,
            ended_at=session.ends_at,
            taken_at=given.now,
            elapsed_minutes=int((given.second - session.ends_at).total_seconds() // 60),
            on_time=on_time,
            duty=state.waived or duty.done(given.now),
            policies=(*policies, *given.rules.at(given.now).used(EARLIEST, LATE_ACCEPT)),
        )

    def _check_open(self, state: Roll, session: Meeting, given: Context) -> None:
        if state.removed:
            raise Conflict("session_removed", session=self.session_id)
        if state.taken:
            raise Conflict("roll_already_taken", session=self.session_id)
        at_end = given.rules.at(given.now)(EARLIEST) == "session_end"
        earliest = session.ends_at if at_end else session.starts_at
        if given.second < earliest:
            raise Conflict("too_early", session=self.session_id, earliest=earliest)
        if self.periods_taught > session.planned_periods:
            planned = session.planned_periods
            raise Conflict("periods_exceed_planned", session=self.session_id, planned_periods=planned)

    def _check_moment(self, state: Roll, session: Meeting, due_at: datetime, given: Context) -> None:
        if given.second <= due_at:
            if state.lapsed:
                raise Conflict("deadline_lapsed", session=self.session_id, due_at=due_at)
            return
        until = given.rules.at(given.now)(LATE_ACCEPT)
        if until == "deadline" or (until == "term_end" and given.today > session.term_ends_on):
            raise Conflict("roll_call_closed", session=self.session_id, due_at=due_at)

    def _difference(self, state: Roll, roster: Mapping[str, str], session: Meeting, given: Context) -> RosterDifference:
        """How the roll differs from the roster; raises where no change of that day or later explains it."""
        if not roster and not self.marks:
            raise Conflict("roster_empty", session=self.session_id)
        if self.marks.keys() == roster.keys():
            return RosterDifference()
        began = datetime.combine(session.day, time(), given.zone)
        extra = [s for s in self.marks if s not in roster]
        missing = [s for s in roster if s not in self.marks]
        joined, left = set(state.roster.joined_since(began)), set(state.roster.left_since(began))
        if strangers := [s for s in extra if s not in joined | left]:
            raise Conflict("student_not_on_roster", session=self.session_id, students=strangers)
        if unmarked := [s for s in missing if s not in joined]:
            raise Conflict("marks_incomplete", session=self.session_id, students=unmarked)
        return RosterDifference(departed=tuple(extra), joined=tuple(missing))


def counted(marks: Mapping[str, Mark], departments: Mapping[str, str]) -> tuple[Counts, ...]:
    """Marks by department of the students, the largest first; whoever is not on the roster is not counted."""
    homes = set(departments.values())
    if len(homes) == 1 and marks.keys() == departments.keys():  # the ordinary class: everybody of one department
        tally: Counter[str] = Counter(marks.values())
        return (Counts(department_id=homes.pop(), roster=len(marks), **tally),)
    numbers: dict[str, Counter[str]] = defaultdict(Counter)
    for student, mark in marks.items():
        if student in departments:
            numbers[departments[student]][mark] += 1
    order = sorted(numbers, key=lambda d: (-numbers[d].total(), d))
    return tuple(Counts(department_id=d, roster=numbers[d].total(), **{m: numbers[d][m] for m in MARKS}) for d in order)
