"""The catalogue of slips 奖罚目录: for what a slip may be issued, and with how many points."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, StringConstraints

from domain import Command, Conflict, Context, Event, Fact, Line, PersonId, Reads, Reason, Unknown
from domain.access import IMPORT, STUDENT_AFFAIRS, STUDENT_AFFAIRS_HEAD, anywhere

Code = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9-]{0,15}$")]
Kind = Literal["reward", "penalty"]
# Hundredths of a conduct point, never negative: the kind says whether they are given or taken.
Points = Annotated[int, Field(ge=0, le=10_000)]
Version = Annotated[int, Field(ge=1, le=1_000)]


def category_tag(code: str) -> str:
    """The tag of one line of the catalogue."""
    return f"slip_category:{code.lower()}"


class OfCategory(Fact):
    """A line of the catalogue, whole; a code that was retired and defined anew is its next version."""

    code: Code
    version: Version
    title: Line
    title_en: Line
    kind: Kind
    least_hundredths: Points
    most_hundredths: Points
    needs_approval: bool

    def tags(self) -> tuple[str, ...]:
        return (category_tag(self.code),)


class SlipCategoryDefined(OfCategory, Event):
    """From now on slips may be issued under this code; without `needs_approval` they count as soon as issued."""

    NAME: ClassVar[str] = "conduct.slip_category_defined"
    TITLE: ClassVar[str] = "设定奖罚项目"
    defined_by: PersonId


class SlipCategoryRetired(OfCategory, Event):
    """No further slip may be issued under this code; those issued stand."""

    NAME: ClassVar[str] = "conduct.slip_category_retired"
    TITLE: ClassVar[str] = "停用奖罚项目"
    retired_by: PersonId
    reason: Reason


CATALOGUE_FACTS = (SlipCategoryDefined, SlipCategoryRetired)


@dataclass(frozen=True)
class Category:
    """One line of the catalogue as it stands."""

    told: SlipCategoryDefined | SlipCategoryRetired | None = None

    def after(self, event: SlipCategoryDefined | SlipCategoryRetired) -> Self:
        return replace(self, told=event)

    @property
    def in_force(self) -> SlipCategoryDefined | None:
        return self.told if isinstance(self.told, SlipCategoryDefined) else None


class AboutCategory(Command[Category]):
    """奖罚目录.  What the commands on one line of the catalogue share."""

    code: Code

    def reads(self) -> list[Reads]:
        return [Reads(CATALOGUE_FACTS, (category_tag(self.code),))]


class DefineSlipCategory(AboutCategory):
    """设置奖罚项目.  For what slips may be issued, within which points.  Seed: D16.

    Another content needs the code to be retired first, so that no slip changes its meaning.
    """

    may = {STUDENT_AFFAIRS: anywhere, STUDENT_AFFAIRS_HEAD: anywhere, IMPORT: anywhere}
    title: Line
    title_en: Line
    kind: Kind
    least_hundredths: Points
    most_hundredths: Points
    needs_approval: bool = True

    def decide(self, state: Category, given: Context) -> Iterator[Event]:
        if self.least_hundredths > self.most_hundredths:
            raise Conflict("points_range_reversed", category=self.code)
        version = state.told.version if state.told else 0
        said = SlipCategoryDefined(
            **self.model_dump(), version=version + (state.in_force is None), defined_by=given.actor.person_id
        )
        if (known := state.in_force) is None:
            yield said
        elif known.model_copy(update={"defined_by": said.defined_by}) != said:
            raise Conflict("slip_category_already_defined", category=self.code)


class RetireSlipCategory(AboutCategory):
    """停用奖罚项目.  No further slip under this code; those issued stand.  Seed: D16."""

    may = {STUDENT_AFFAIRS: anywhere, STUDENT_AFFAIRS_HEAD: anywhere}
    reason: Reason

    def find(self, state: Category) -> None:
        if state.told is None:
            raise Unknown("slip_category_unknown", category=self.code)

    def decide(self, state: Category, given: Context) -> Iterator[Event]:
        if known := state.in_force:
            told = known.model_dump(exclude={"defined_by"})
            yield SlipCategoryRetired(**told, retired_by=given.actor.person_id, reason=self.reason)
