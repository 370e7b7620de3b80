"""Merit 评优: who may be awarded in an academic year, nominations, awards, and what a third miss does to them.

The consequence covers the whole academic year, both semesters; the misses are counted within one semester.
A nomination refused is a refused command (`merit_ineligible`), kept with the refusals and not in the log.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from domain import Command, Conflict, Context, Event, Line, NotAllowed, PersonId, Reads, Reason, Unknown
from domain.access import (
    DEPUTY,
    HEAD,
    PRESIDENT,
    REACTION,
    STUDENT_AFFAIRS,
    STUDENT_AFFAIRS_HEAD,
    anywhere,
    own_department,
)
from domain.counselor_logs.events import (
    MeritAwarded,
    MeritAwardQuestioned,
    MeritAwardRevoked,
    MeritAwardUpheld,
    MeritEligibilityRestored,
    MeritIneligible,
    MeritNominated,
    OfLog,
    OfNomination,
    WeekExempted,
    WeeklyLogMissed,
    Year,
    merit_of,
)
from domain.counselor_logs.log import not_about_oneself, place
from domain.counselor_logs.rules import MAX_MISSED
from domain.organisation import CounselorAssigned, StaffPlaced, StaffRegistered

NOMINATIONS = (MeritNominated, MeritAwarded, MeritAwardQuestioned, MeritAwardUpheld, MeritAwardRevoked)
STORY = (WeeklyLogMissed, WeekExempted, MeritIneligible, MeritEligibilityRestored, *NOMINATIONS)


@dataclass(frozen=True)
class Standing:
    """One counselor in one academic year: misses standing by semester, eligibility, nominations, and place."""

    misses: Mapping[str, tuple[OfLog, ...]] = field(default_factory=dict)
    ineligible: MeritIneligible | None = None
    restored: MeritEligibilityRestored | None = None
    pardoned: frozenset[tuple[str, int]] = frozenset()
    nominations: Mapping[str, OfNomination] = field(default_factory=dict)
    counselor: bool = False
    places: tuple[StaffRegistered | StaffPlaced, ...] = ()

    def after(self, event: Event) -> Self:
        match event:
            case WeeklyLogMissed():
                return self._missed(event.term_id, (*self.misses.get(event.term_id, ()), event))
            case WeekExempted():
                left = tuple(m for m in self.misses.get(event.term_id, ()) if m.week != event.week)
                return self._missed(event.term_id, left)
            case MeritIneligible():
                return replace(self, ineligible=event, restored=None)
            case MeritEligibilityRestored():
                forgiven = {(event.term_id, week) for week in event.missed_weeks if event.ground == "document"}
                return replace(self, ineligible=None, restored=event, pardoned=self.pardoned | forgiven)
            case OfNomination():
                return replace(self, nominations={**self.nominations, event.nomination_id: event})
            case CounselorAssigned():
                return replace(self, counselor=True)
            case StaffRegistered() | StaffPlaced():
                return replace(self, places=(*self.places, event))
        return self

    def _missed(self, term_id: str, misses: tuple[OfLog, ...]) -> Self:
        return replace(self, misses={**self.misses, term_id: misses})

    @property
    def department_id(self) -> str | None:
        return self.places[-1].department_id if self.places else None

    def counted(self, term_id: str) -> list[OfLog]:
        """The misses of a semester that count for merit."""
        return [m for m in self.misses.get(term_id, ()) if (term_id, m.week) not in self.pardoned]


def row_of(nomination: OfNomination) -> dict[str, Any]:
    """What an event says of a nomination."""
    return {name: getattr(nomination, name) for name in OfNomination.model_fields}


class AboutMerit(Command[Standing]):
    """评优资格.  What the commands on one counselor's eligibility in one academic year share."""

    person_id: PersonId
    year: Year

    def reads(self) -> Sequence[Reads]:
        return [Reads(STORY, (merit_of(self.person_id, self.year),))]


class JudgeMerit(AboutMerit):
    """评优资格认定.  After a miss or an exemption: whether one semester's misses cost the year's merit.  Seed: D19.

    By the rule in force at the semester's last miss.  An award already given stays and is put up for decision.
    """

    may = {REACTION: anywhere}

    def decide(self, state: Standing, given: Context) -> Iterator[Event]:
        lost = [found for term_id in state.misses if (found := self._lost(state, term_id, given))]
        before = state.ineligible
        if lost and (before is None or before.term_id not in {found.term_id for found in lost}):
            yield lost[0]
            for nomination in state.nominations.values():
                if isinstance(nomination, MeritAwarded | MeritAwardUpheld):
                    yield MeritAwardQuestioned(**row_of(nomination), document_no=nomination.document_no)
        elif before and not lost:
            left = tuple(m.week for m in state.counted(before.term_id))
            row = before.model_dump(exclude={"policies", "eligible", "missed_weeks"})
            yield MeritEligibilityRestored(**row, missed_weeks=left, ground="miss_exempted")

    def _lost(self, state: Standing, term_id: str, given: Context) -> MeritIneligible | None:
        misses = sorted(state.counted(term_id), key=lambda m: m.week)
        if not misses:
            return None
        rules = given.rules.at(max(m.due_at for m in misses))
        if len(misses) < rules(MAX_MISSED):
            return None
        return MeritIneligible(
            merit_id=merit_of(self.person_id, self.year),
            person_id=self.person_id,
            department_id=misses[-1].department_id,
            year=self.year,
            term_id=term_id,
            missed_weeks=tuple(m.week for m in misses),
            policies=rules.used(MAX_MISSED),
        )


class RestoreMeritEligibility(AboutMerit):
    """恢复评优资格.  By a document, the misses counted until now are pardoned.  Seed: D19."""

    may = {STUDENT_AFFAIRS_HEAD: anywhere}
    document_no: Line
    reason: Reason

    def decide(self, state: Standing, given: Context) -> Iterator[Event]:
        not_about_oneself(self.person_id, given.actor)
        lost = state.ineligible
        if lost is None:
            if state.restored and state.restored.document_no == self.document_no:
                return
            raise Conflict("merit_not_lost", person=self.person_id, year=self.year)
        weeks = tuple(sorted(m.week for m in state.counted(lost.term_id)))
        yield MeritEligibilityRestored(
            **lost.model_dump(exclude={"policies", "eligible", "missed_weeks"}),
            missed_weeks=weeks,
            ground="document",
            document_no=self.document_no,
            reason=self.reason,
            restored_by=given.actor.person_id,
        )


class NominateForMerit(AboutMerit):
    """推荐评优.  Puts a counselor forward for an award of an academic year; never oneself.  Seed: D19."""

    may = {
        HEAD: own_department,
        DEPUTY: own_department,
        STUDENT_AFFAIRS: anywhere,
        STUDENT_AFFAIRS_HEAD: anywhere,
    }
    nomination_id: Line
    title: Line
    reason: Reason

    def reads(self) -> Sequence[Reads]:
        person = Reads((CounselorAssigned, StaffRegistered, StaffPlaced), (self.person_id,))
        return [*super().reads(), Reads((MeritNominated,), (self.nomination_id,)), person]

    def find(self, state: Standing) -> None:
        if not (state.counselor and state.places):
            raise Unknown("counselor_unknown", person=self.person_id)

    def decide(self, state: Standing, given: Context) -> Iterator[Event]:
        if self.person_id in (given.actor.person_id, given.actor.on_behalf_of):
            raise NotAllowed("self_nomination_forbidden", person=self.person_id)
        if known := state.nominations.get(self.nomination_id):
            if (known.person_id, known.year, known.title) == (self.person_id, self.year, self.title):
                return
            raise Conflict("nomination_already_made", nomination=self.nomination_id)
        if state.ineligible:
            raise Conflict("merit_ineligible", person=self.person_id, year=self.year)
        yield MeritNominated(
            **self.model_dump(),
            merit_id=merit_of(self.person_id, self.year),
            department_id=place(state.places, given.today),
            nominated_by=given.actor.person_id,
            nominated_for=given.actor.on_behalf_of,
        )


class AboutNomination(Command[Standing]):
    """评优推荐.  What the commands on one nomination share."""

    nomination_id: Line

    def reads(self) -> Sequence[Reads]:
        return [Reads(NOMINATIONS, (self.nomination_id,))]

    def more(self, state: Standing) -> Sequence[Reads]:
        known = state.nominations.get(self.nomination_id)
        return [Reads(STORY, (known.merit_id,))] if known else ()

    def find(self, state: Standing) -> None:
        if self.nomination_id not in state.nominations:
            raise Unknown("nomination_unknown", nomination=self.nomination_id)


class AwardMerit(AboutNomination):
    """评优授予.  Gives the award nominated for; by somebody other than the nominator and the nominee.  Seed: D19."""

    may = {STUDENT_AFFAIRS_HEAD: anywhere, PRESIDENT: anywhere}
    document_no: Line

    def decide(self, state: Standing, given: Context) -> Iterator[Event]:
        known = state.nominations[self.nomination_id]
        for person_id in (known.person_id, known.nominated_by, known.nominated_for):
            if person_id:
                not_about_oneself(person_id, given.actor)
        if not isinstance(known, MeritNominated):
            if isinstance(known, MeritAwarded) and known.document_no == self.document_no:
                return
            raise Conflict("merit_already_decided", nomination=self.nomination_id)
        if state.ineligible:
            raise Conflict("merit_ineligible", person=known.person_id, year=known.year)
        yield MeritAwarded(**row_of(known), document_no=self.document_no, awarded_by=given.actor.person_id)


class DecideMeritAward(AboutNomination):
    """评优复核.  Whether an award given before the year's eligibility was lost stays.  Seed: D19."""

    may = {STUDENT_AFFAIRS_HEAD: anywhere, PRESIDENT: anywhere}
    upheld: bool
    document_no: Line
    reason: Reason

    def decide(self, state: Standing, given: Context) -> Iterator[Event]:
        known = state.nominations[self.nomination_id]
        not_about_oneself(known.person_id, given.actor)
        if not isinstance(known, MeritAwardQuestioned):
            raise Conflict("award_not_questioned", nomination=self.nomination_id)
        outcome = MeritAwardUpheld if self.upheld else MeritAwardRevoked
        yield outcome(
            **row_of(known), document_no=self.document_no, reason=self.reason, decided_by=given.actor.person_id
        )
