"""Issuing a slip 开具奖罚单."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Annotated, Any, Self

from domain import (
    Actor,
    Command,
    Conflict,
    Context,
    Day,
    Event,
    Line,
    Personal,
    Reads,
    StudentId,
    TeachingClassId,
    Text,
    Unknown,
    named,
)
from domain.access import (
    ACADEMIC,
    ACADEMIC_HEAD,
    COUNSELOR,
    DEPUTY,
    HEAD,
    STUDENT_AFFAIRS,
    STUDENT_AFFAIRS_HEAD,
    TEACHER,
    anywhere,
)
from domain.conduct.catalogue import (
    CATALOGUE_FACTS,
    Category,
    Code,
    Points,
    SlipCategoryDefined,
    SlipCategoryRetired,
    category_tag,
)
from domain.conduct.events import SlipConfirmed, SlipId, SlipIssued
from domain.conduct.rules import CONFIRM_WORKDAYS, PENALTY_DAYS, end_of_workday
from domain.conduct.whereabouts import (
    CALENDAR,
    Place,
    Whereabouts,
    acting,
    cared_for,
    check_counselor,
    own_department,
    own_squad,
    placed,
)
from domain.duties import Duty
from domain.rosters import ROSTER_FACTS, Roster, RosterSet, StudentJoined, StudentLeft
from domain.time_grid import ClockTime
from domain.timetable import OfferingOpened


@dataclass(frozen=True)
class Occurrence:
    """What issuing a slip must know: its line of the catalogue, where the student belongs, whose class it was."""

    known: SlipIssued | None = None
    category: Category = field(default_factory=Category)
    homes: Whereabouts = field(default_factory=Whereabouts)
    roster: Roster = field(default_factory=Roster)
    offering: OfferingOpened | None = None

    def after(self, event: Event) -> Self:
        match event:
            case SlipIssued():
                return replace(self, known=event)
            case SlipCategoryDefined() | SlipCategoryRetired():
                return replace(self, category=self.category.after(event))
            case RosterSet() | StudentJoined() | StudentLeft():
                return replace(self, roster=self.roster.after(event))
            case OfferingOpened():
                return replace(self, offering=event)
        return replace(self, homes=self.homes.after(event))


def own_student(command: Any, state: Any, actor: Actor) -> bool:
    """c: a teacher of a class to which the student belonged on the day."""
    if state.offering is None or not acting(actor) & set(state.offering.teacher_ids):
        return False
    return any(stint.on(command.occurred_on) for stint in state.roster.stints(command.student_id))


class IssueSlip(Command[Occurrence]):
    """开具奖罚单.  Notes what a student did well or badly, under a code of the catalogue.  Seed: D16.

    A teacher names the teaching class.  Under a category that needs no approval the slip counts at once.
    """

    may = {
        TEACHER: own_student,
        COUNSELOR: own_squad,
        HEAD: own_department,
        DEPUTY: own_department,
        ACADEMIC: anywhere,
        ACADEMIC_HEAD: anywhere,
        STUDENT_AFFAIRS: anywhere,
        STUDENT_AFFAIRS_HEAD: anywhere,
    }
    slip_id: SlipId
    student_id: StudentId
    code: Code
    points_hundredths: Points
    occurred_on: Day
    occurred_time: ClockTime | None = None
    teaching_class_id: TeachingClassId | None = None
    place: Annotated[Line | None, Personal("student_id")] = None
    description: Annotated[Text, Personal("student_id")]
    evidence: Annotated[Line | None, Personal("student_id")] = None

    def reads(self) -> list[Reads]:
        asked = [
            Reads((SlipIssued,), (self.slip_id,)),
            Reads(CATALOGUE_FACTS, (category_tag(self.code),)),
            placed(self.student_id),
            CALENDAR,
        ]
        if self.teaching_class_id:
            asked.append(Reads((OfferingOpened,), (named(self.teaching_class_id),)))
            asked.append(Reads(ROSTER_FACTS, (self.teaching_class_id, self.student_id)))
        return asked

    def more(self, state: Occurrence) -> Sequence[Reads]:
        asked = [cared_for(self.home(state).squad_id)] if state.homes.places else []
        if self.teaching_class_id and state.offering is None:
            # Offerings opened before they carried a tag of their own are looked for among all that mentions the class.
            asked.append(Reads((OfferingOpened,), (self.teaching_class_id,)))
        return asked

    def home(self, state: Occurrence) -> Place:
        """Where the student belonged on the day, or first."""
        return state.homes.on(self.occurred_on) or state.homes.places[0]

    def find(self, state: Occurrence) -> None:
        if state.category.told is None:
            raise Unknown("slip_category_unknown", category=self.code)
        if not state.homes.places:
            raise Unknown("student_unknown", student=self.student_id)
        if self.teaching_class_id and state.offering is None:
            raise Unknown("offering_unknown", teaching_class=self.teaching_class_id)

    def decide(self, state: Occurrence, given: Context) -> Iterator[Event]:
        if self._repeated(state):
            return
        place = self.home(state)
        check_counselor(self, state, given)
        category = self._checked(state, given)
        rules, actor = given.rules.at(given.now), given.actor
        row: dict[str, Any] = {
            **state.homes.stated(place, self.occurred_on),
            **self.model_dump(include={"slip_id", "code", "points_hundredths", "teaching_class_id"}),
            "category_version": category.version,
            "kind": category.kind,
            "issued_by": actor.person_id,
            "issued_for": actor.on_behalf_of,
            "issued_as": actor.role,
            "issuer_department_id": actor.department_id,
            "issued_at": given.now,
        }
        duty = self._owed(state, place, given, rules(CONFIRM_WORKDAYS)) if category.needs_approval else None
        yield SlipIssued(
            **row,
            place=self.place,
            description=self.description,
            evidence=self.evidence,
            occurred_at=self._moment(given),
            duty=duty,
            policies=rules.used(CONFIRM_WORKDAYS, PENALTY_DAYS),
        )
        if duty is None:
            yield SlipConfirmed(**row | {"state": "confirmed", "confirmed_at": given.now})

    def _repeated(self, state: Occurrence) -> bool:
        """Whether exactly this was issued before; texts are sealed and never compared."""
        if state.known is None:
            return False
        said = (self.student_id, self.code, self.points_hundredths, self.occurred_on, self.teaching_class_id)
        known = state.known
        if (known.student_id, known.code, known.points_hundredths, known.day, known.teaching_class_id) != said:
            raise Conflict("slip_already_issued", slip=self.slip_id)
        return True

    def _checked(self, state: Occurrence, given: Context) -> SlipCategoryDefined:
        """The category, if the slip keeps to it and to the time allowed."""
        if (category := state.category.in_force) is None:
            raise Conflict("slip_category_retired", category=self.code)
        if self.occurred_on > given.today:
            raise Conflict("day_in_the_future", day=self.occurred_on)
        if state.homes.on(self.occurred_on) is None:
            raise Conflict("student_not_active", student=self.student_id, day=self.occurred_on)
        least, most = category.least_hundredths, category.most_hundredths
        if not least <= self.points_hundredths <= most:
            raise Conflict("points_out_of_range", category=self.code, least_hundredths=least, most_hundredths=most)
        last = self.occurred_on + timedelta(days=given.rules.at(given.now)(PENALTY_DAYS))
        if category.kind == "penalty" and given.today > last:
            raise Conflict("penalty_too_old", slip=self.slip_id, last_day=last)
        return category

    def _moment(self, given: Context) -> datetime | None:
        if self.occurred_time is None:
            return None
        return datetime.combine(self.occurred_on, time.fromisoformat(self.occurred_time), given.zone)

    def _owed(self, state: Occurrence, place: Place, given: Context, workdays: int) -> Duty:
        """The confirmation, owed by the counselor; by the department where nobody but the issuer is that."""
        counselor = state.homes.counselor(place.squad_id, given.today)
        return Duty(
            key=f"slip_confirmation/{self.slip_id}",
            kind="slip_confirmation",
            about=self.slip_id,
            person_id=None if counselor in acting(given.actor) else counselor,
            department_id=place.department_id,
            opened_at=given.now,
            due_at=end_of_workday(given.today, workdays, state.homes.holidays, given.zone),
        )
