"""The hours of a session: recognised, not recognised, decided otherwise by a document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field

from domain import (
    Command,
    Conflict,
    Context,
    DepartmentId,
    Event,
    Fact,
    Line,
    NotAllowed,
    PersonId,
    Reads,
    Reason,
    SessionId,
    Unknown,
)
from domain.access import ACADEMIC_HEAD, CLOCK, REACTION, anywhere
from domain.duties import Done, Due
from domain.organisation import StaffPlaced, StaffRegistered
from domain.policies import PolicyUse
from domain.roll_call import (
    OfSession,
    PeriodsTaughtCorrected,
    RollCallDeadlineLapsed,
    RollCallTaken,
    RollCallWaiverGranted,
)
from domain.roll_call.events import Taught
from domain.roll_call.roll import CORE, Roll, of_session
from domain.timetable import SessionEnded

POLICIES = ()
REFUSALS = {
    "deadline_not_over": ("点名时限未到,尚不能认定课时", "The roll call's deadline is not over yet"),
    "hours_not_settled": ("该课次课时尚未认定", "The hours of this session have not been settled yet"),
}
SETTLED_AFTER = timedelta(seconds=60)

Hundredths = Annotated[int, Field(ge=0, le=3_000)]


class HourShare(Fact):
    """One teacher's part of a session, in hundredths of a period; `department_id` is theirs on the day (A-staff)."""

    teacher_id: PersonId
    department_id: DepartmentId
    planned_hundredths: Hundredths
    recognised_hundredths: Hundredths


class HoursRecognised(OfSession, Event):
    """The hours of a session count: the roll call was in time, or its lateness was waived."""

    NAME: ClassVar[str] = "teaching_hours.recognised"
    TITLE: ClassVar[str] = "课时认定"
    TAGS: ClassVar[tuple[str, ...]] = ("session_id", "teacher_ids", "teaching_class_id", "department_id")
    shares: tuple[HourShare, ...]
    outcome: Literal["recognised", "waived"]
    policies: tuple[PolicyUse, ...] = ()


class HoursNotRecognised(OfSession, Event):
    """The hours of a session do not count."""

    NAME: ClassVar[str] = "teaching_hours.not_recognised"
    TITLE: ClassVar[str] = "课时未认定"
    TAGS: ClassVar[tuple[str, ...]] = ("session_id", "teacher_ids", "teaching_class_id", "department_id")
    shares: tuple[HourShare, ...]
    reason: Literal["no_roll_call", "late_roll_call"]
    policies: tuple[PolicyUse, ...] = ()


class HoursRecognitionOverridden(OfSession, Event):
    """The head of academic affairs decided otherwise about the hours of a session, by a document."""

    NAME: ClassVar[str] = "teaching_hours.recognition_overridden"
    CORRECTS: ClassVar[bool] = True
    TITLE: ClassVar[str] = "改定课时认定"
    TAGS: ClassVar[tuple[str, ...]] = ("session_id", "teacher_ids", "teaching_class_id", "department_id")
    shares: tuple[HourShare, ...]
    outcome: Literal["overridden"] = "overridden"
    reason: Reason
    document_no: Line
    decided_by: PersonId


OUTCOMES = (HoursRecognised, HoursNotRecognised, HoursRecognitionOverridden)
Outcome = HoursRecognised | HoursNotRecognised | HoursRecognitionOverridden


@dataclass(frozen=True)
class Settlement:
    """A session's roll, where its teachers belong, and what was said of its hours last."""

    roll: Roll = field(default_factory=Roll)
    places: Mapping[str, tuple[StaffRegistered | StaffPlaced, ...]] = field(default_factory=dict)
    outcome: Outcome | None = None

    def after(self, event: Event) -> Self:
        match event:
            case StaffRegistered() | StaffPlaced():
                places = (*self.places.get(event.person_id, ()), event)
                return replace(self, places={**self.places, event.person_id: places})
            case HoursRecognised() | HoursNotRecognised() | HoursRecognitionOverridden():
                return replace(self, outcome=event)
        return replace(self, roll=self.roll.after(event))

    def shares(self, periods: int) -> tuple[HourShare, ...]:
        """Each teacher's part of the planned and of the recognised periods."""
        session = self.roll.session
        assert session
        planned = divided(session.planned_periods * 100, session.teacher_parts)
        recognised = divided(periods * 100, session.teacher_parts)
        return tuple(
            HourShare(
                teacher_id=teacher,
                department_id=self._department(teacher),
                planned_hundredths=planned[n],
                recognised_hundredths=recognised[n],
            )
            for n, teacher in enumerate(session.teacher_ids)
        )

    def _department(self, teacher: str) -> str:
        """Where the teacher belonged on the day of the session; the offering's department if nobody said."""
        session = self.roll.session
        assert session
        places = self.places.get(teacher, ())
        known = [p.department_id for p in places if p.from_day <= session.day]
        return known[-1] if known else places[0].department_id if places else session.department_id


def divided(hundredths: int, parts: Sequence[int]) -> list[int]:
    """A whole shared by parts, in whole hundredths, the remainder to the first."""
    shares = [hundredths * part // sum(parts) for part in parts]
    return [share + (hundredths - sum(shares) if n == 0 else 0) for n, share in enumerate(shares)]


class AboutHours(Command[Settlement]):
    """课时.  What the commands on one session's hours share."""

    session_id: SessionId

    def reads(self) -> list[Reads]:
        return [Reads((*CORE, PeriodsTaughtCorrected, *OUTCOMES), (self.session_id,))]

    def more(self, state: Settlement) -> Sequence[Reads]:
        session = state.roll.session
        return [Reads((StaffRegistered, StaffPlaced), (t,)) for t in session.teacher_ids] if session else []

    def find(self, state: Settlement) -> None:
        if state.roll.session is None:
            raise Unknown("session_unknown", session=self.session_id)

    def told(self, state: Settlement) -> dict[str, Any]:
        session = state.roll.session
        assert session
        return of_session(session)


class SettleSession(AboutHours):
    """课时认定.  Once the deadline is over: recognises the hours of a session, or lapses its duty.  Seed: D11."""

    may = {CLOCK: anywhere}

    def decide(self, state: Settlement, given: Context) -> Iterator[Event]:
        roll, duty = state.roll, state.roll.duty()
        if state.outcome or duty is None:
            return
        if given.second <= duty.due_at:
            raise Conflict("deadline_not_over", session=self.session_id, due_at=duty.due_at)
        judged = roll.ended or roll.taken
        told = self.told(state) | {"policies": judged.policies if judged else ()}
        if roll.taken and roll.taken.on_time:
            yield HoursRecognised(**told, shares=state.shares(roll.periods), outcome="recognised")
            return
        if not roll.taken and not roll.lapsed and roll.session:
            planned = roll.session.planned_periods
            yield RollCallDeadlineLapsed(**told, planned_periods=planned, duty=duty.lapsed())
        reason = "late_roll_call" if roll.taken else "no_roll_call"
        yield HoursNotRecognised(**told, shares=state.shares(0), reason=reason)


class RecogniseWaivedHours(AboutHours):
    """补认定课时.  Recognises hours whose late roll call was waived; a decision of the office stands.  Seed: D11."""

    may = {REACTION: anywhere}
    waiver_id: Line

    def decide(self, state: Settlement, given: Context) -> Iterator[Event]:
        if isinstance(state.outcome, HoursRecognised | HoursRecognitionOverridden):
            return
        roll = state.roll
        assert roll.session
        periods = roll.periods if roll.taken else roll.session.planned_periods
        yield HoursRecognised(**self.told(state), shares=state.shares(periods), outcome="waived")


class OverrideRecognition(AboutHours):
    """改判课时.  Decides otherwise how many periods of a session count, by a document.  Seed: D11."""

    may = {ACADEMIC_HEAD: anywhere}
    recognised_periods: Taught
    reason: Reason
    document_no: Line

    def decide(self, state: Settlement, given: Context) -> Iterator[Event]:
        session = state.roll.session
        assert session
        if state.outcome is None:
            raise Conflict("hours_not_settled", session=self.session_id)
        if {given.actor.person_id, given.actor.on_behalf_of} & set(session.teacher_ids):
            raise NotAllowed("self_approval_forbidden", session=self.session_id)
        if self.recognised_periods > session.planned_periods:
            planned = session.planned_periods
            raise Conflict("periods_exceed_planned", session=self.session_id, planned_periods=planned)
        said = HoursRecognitionOverridden(
            **self.told(state),
            shares=state.shares(self.recognised_periods),
            reason=self.reason,
            document_no=self.document_no,
            decided_by=given.actor.person_id,
        )
        if said != state.outcome:
            yield said


def _owed(event: SessionEnded) -> Iterator[Due | Done]:
    if event.duty is None:
        yield Done(f"session/{event.session_id}")
    else:
        command = SettleSession(session_id=event.session_id)
        yield Due(f"session/{event.session_id}", event.duty.due_at + SETTLED_AFTER, command)


def _owed_late(event: RollCallTaken) -> Iterator[Due | Done]:
    """A roll taken though nobody was expected when the session ended: its hours are settled like any other's."""
    if event.duty.opened_at > event.ended_at:
        command = SettleSession(session_id=event.session_id)
        yield Due(f"unforeseen/{event.session_id}", event.duty.due_at + SETTLED_AFTER, command)


def _settled(event: HoursRecognised | HoursNotRecognised) -> Iterator[Due | Done]:
    yield Done(f"session/{event.session_id}")
    yield Done(f"unforeseen/{event.session_id}")


def _waived(event: RollCallWaiverGranted) -> Iterator[RecogniseWaivedHours]:
    yield RecogniseWaivedHours(session_id=event.session_id, waiver_id=event.waiver_id)


AGENDA = {
    SessionEnded: _owed,
    RollCallTaken: _owed_late,
    HoursRecognised: _settled,
    HoursNotRecognised: _settled,
}
REACTIONS = {RollCallWaiverGranted: _waived}
