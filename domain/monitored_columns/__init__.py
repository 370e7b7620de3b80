"""Monitored columns 栏目: what is watched, which office answers for it, and what leaders said on seeing it.  Seed: D08.

A column is a proposal until the president's office has named its owner department; the first responsible person
is whoever heads that department when the figure is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, StringConstraints

from domain import (
    Actor,
    Command,
    Conflict,
    Context,
    DepartmentId,
    Event,
    Fact,
    Line,
    PersonId,
    Reads,
    TermId,
    Text,
    Unknown,
    named,
)
from domain.access import ACADEMIC_HEAD, HEAD, IMPORT, IT, LEADER, PRESIDENT, anywhere
from domain.organisation import DepartmentRegistered

REFUSALS = {
    "column_unknown": ("没有这一栏目", "There is no such column"),
    "column_already_defined": ("该栏目已以其他内容定义", "The column is already defined otherwise"),
    "column_number_taken": ("栏目序号已被使用", "The column number is already taken"),
    "column_without_owner": ("栏目尚未经校长室确认责任部门", "The president's office has not confirmed an owner yet"),
    "figure_unknown": ("该栏目没有这一指标", "The column shows no such figure"),
    "threshold_reversed": ("绿色与黄色阈值的顺序颠倒", "The green and the amber threshold are the wrong way round"),
    "review_already_made": ("该查阅编号已用于别的查阅", "This review id is already used by another review"),
    "annotation_already_made": ("该批示编号已用于别的批示", "This annotation id is already used by another one"),
}

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
ReviewId = Annotated[str, StringConstraints(pattern=r"^review:[0-9a-z][0-9a-z-]{0,62}$")]
AnnotationId = Annotated[str, StringConstraints(pattern=r"^annotation:[0-9a-z][0-9a-z-]{0,62}$")]
Unit = Literal["percent", "per_mille", "per_hundred", "periods", "count", "days", "score"]
Axis = Literal["A-teach", "A-staff", "A-student", "A-owner"]
Better = Literal["higher", "lower"]
Tenths = Annotated[int, Field(ge=0, le=1_000_000)]


class Column(Fact):
    """One column as defined: what it shows, how it is reckoned, to whom it is attributed, and who says so."""

    number: Annotated[int, Field(ge=1, le=999)]
    zh: Line
    en: Line
    definition_zh: Line
    definition_en: Line
    unit: Unit
    axis: Axis
    figures: tuple[Key, ...]
    duties: tuple[Line, ...]
    origin: Literal["seed", "practice", "ours"]


class ColumnDefined(Event):
    """A column was proposed; it is nobody's rule yet."""

    NAME: ClassVar[str] = "monitored_columns.column_defined"
    TITLE: ClassVar[str] = "拟定监测栏目"
    TAGS: ClassVar[tuple[str, ...]] = ("column_key",)
    column_key: Key
    version: int
    column: Column


class ColumnOwnerAssigned(Event):
    """The president's office confirmed this version of a column and named the one department answering for it."""

    NAME: ClassVar[str] = "monitored_columns.column_owner_assigned"
    TITLE: ClassVar[str] = "确认监测栏目责任部门"
    TAGS: ClassVar[tuple[str, ...]] = ("column_key", "department_id")
    column_key: Key
    version: int
    column: Column
    department_id: DepartmentId
    document_no: Line
    assigned_by: PersonId


class ColumnRevised(Event):
    """A new version of a column, to be confirmed again; charts of the past keep the version they were drawn by."""

    NAME: ClassVar[str] = "monitored_columns.column_revised"
    TITLE: ClassVar[str] = "修订监测栏目"
    TAGS: ClassVar[tuple[str, ...]] = ("column_key",)
    column_key: Key
    version: int
    column: Column
    department_id: DepartmentId | None
    document_no: Line


class ThresholdSet(Event):
    """From which value a figure is green and from which amber, in tenths of its unit."""

    NAME: ClassVar[str] = "monitored_columns.threshold_set"
    TITLE: ClassVar[str] = "设定监测目标"
    TAGS: ClassVar[tuple[str, ...]] = ("column_key",)
    column_key: Key
    figure_key: Key
    green: Tenths
    amber: Tenths
    better: Better


class Reading(Fact):
    """What somebody saw: a figure's parts, for a department and week or the whole, as of a log position."""

    figure_key: Key
    department_id: DepartmentId | None = None
    term_id: TermId | None = None
    week: Annotated[int, Field(ge=1, le=30)] | None = None
    numerator_hundredths: Annotated[int, Field(ge=-(2**53), le=2**53)]
    denominator_hundredths: Annotated[int, Field(ge=0, le=2**53)]
    position: Annotated[int, Field(ge=0, le=2**53)]


class ReadingReviewed(Event):
    """A leader read a figure and says so."""

    NAME: ClassVar[str] = "monitored_columns.reading_reviewed"
    TITLE: ClassVar[str] = "领导阅示"
    TAGS: ClassVar[tuple[str, ...]] = ("review_id", "column_key", "reviewed_by")
    review_id: ReviewId
    column_key: Key
    version: int
    reading: Reading
    reviewed_by: PersonId


class ReadingAnnotated(Event):
    """A leader wrote a remark 批示 on what a figure showed."""

    NAME: ClassVar[str] = "monitored_columns.reading_annotated"
    TITLE: ClassVar[str] = "领导批示"
    TAGS: ClassVar[tuple[str, ...]] = ("annotation_id", "column_key", "annotated_by")
    annotation_id: AnnotationId
    column_key: Key
    version: int
    reading: Reading
    remark: Text
    annotated_by: PersonId


VERSIONS = (ColumnDefined, ColumnRevised, ColumnOwnerAssigned)


@dataclass(frozen=True)
class Watched:
    """The column a command names, as it stands, and what else the command asked for."""

    column: Column | None = None
    version: int = 0
    department_id: str | None = None
    confirmed: bool = False
    departments: frozenset[str] = frozenset()
    thresholds: Mapping[str, ThresholdSet] = field(default_factory=dict)
    said: ReadingReviewed | ReadingAnnotated | None = None

    def after(self, event: Event) -> Self:
        match event:
            case ColumnDefined():
                return replace(self, column=event.column, version=event.version)
            case ColumnRevised():
                return replace(self, column=event.column, version=event.version, confirmed=False)
            case ColumnOwnerAssigned():
                return replace(self, department_id=event.department_id, confirmed=True)
            case DepartmentRegistered():
                return replace(self, departments=self.departments | {event.department_id})
            case ThresholdSet():
                return replace(self, thresholds={**self.thresholds, event.figure_key: event})
            case ReadingReviewed() | ReadingAnnotated():
                return replace(self, said=event)
        return self


class AboutColumn(Command[Watched]):
    """栏目.  What the commands on one column share."""

    column_key: Key

    def reads(self) -> list[Reads]:
        return [Reads(VERSIONS, (self.column_key,))]

    def find(self, state: Watched) -> None:
        if state.column is None:
            raise Unknown("column_unknown", column=self.column_key)

    def check_figure(self, state: Watched, figure_key: str) -> None:
        assert state.column
        if figure_key not in state.column.figures:
            raise Unknown("figure_unknown", column=self.column_key, figure=figure_key)


@dataclass(frozen=True)
class Shelf:
    """Every column ever defined, by key and by number."""

    defined: Mapping[str, ColumnDefined] = field(default_factory=dict)

    def after(self, event: ColumnDefined) -> Self:
        return replace(self, defined={**self.defined, event.column_key: event})


class DefineColumn(Command[Shelf]):
    """定义栏目.  Proposes a column, with a number of its own; it waits for the president's office.  Seed: D08."""

    may = {IT: anywhere, IMPORT: anywhere}
    column_key: Key
    column: Column

    def reads(self) -> list[Reads]:
        return [Reads((ColumnDefined,))]  # every column there is: some tens

    def decide(self, state: Shelf, given: Context) -> Iterator[Event]:
        said = ColumnDefined(column_key=self.column_key, version=1, column=self.column)
        known = state.defined.get(self.column_key)
        if known and known != said:
            raise Conflict("column_already_defined", column=self.column_key)
        if known:
            return
        for other in state.defined.values():
            if other.column.number == self.column.number:
                raise Conflict("column_number_taken", column=other.column_key)
        yield said


class AssignColumnOwner(AboutColumn):
    """指定责任部门.  Confirms a column and names the one department answering for it.  Seed: D08."""

    may = {PRESIDENT: anywhere}
    department_id: DepartmentId
    document_no: Line

    def reads(self) -> list[Reads]:
        return [*super().reads(), Reads((DepartmentRegistered,), (named(self.department_id),))]

    def find(self, state: Watched) -> None:
        super().find(state)
        if self.department_id not in state.departments:
            raise Unknown("department_unknown", department=self.department_id)

    def decide(self, state: Watched, given: Context) -> Iterator[Event]:
        if state.confirmed and state.department_id == self.department_id:
            return
        assert state.column
        yield ColumnOwnerAssigned(
            **self.model_dump(), version=state.version, column=state.column, assigned_by=given.actor.person_id
        )


class ReviseColumn(AboutColumn):
    """调整栏目.  A new version of a column; its owner stays, and must be confirmed again.  Seed: D08."""

    may = {IT: anywhere}
    column: Column
    document_no: Line

    def decide(self, state: Watched, given: Context) -> Iterator[Event]:
        assert state.column
        if state.column == self.column:
            return
        if state.column.number != self.column.number:
            raise Conflict("column_number_taken", column=self.column_key)
        yield ColumnRevised(
            column_key=self.column_key,
            version=state.version + 1,
            column=self.column,
            department_id=state.department_id,
            document_no=self.document_no,
        )


class SetThreshold(AboutColumn):
    """设定阈值.  From which value a figure of the column is green, and from which amber.  Seed: D08."""

    may = {IT: anywhere, PRESIDENT: anywhere}
    figure_key: Key
    green: Tenths
    amber: Tenths
    better: Better

    def reads(self) -> list[Reads]:
        return [Reads((*VERSIONS, ThresholdSet), (self.column_key,))]

    def find(self, state: Watched) -> None:
        super().find(state)
        self.check_figure(state, self.figure_key)

    def decide(self, state: Watched, given: Context) -> Iterator[Event]:
        high, low = (self.green, self.amber) if self.better == "higher" else (self.amber, self.green)
        if high < low:
            raise Conflict("threshold_reversed", green=self.green, amber=self.amber)
        said = ThresholdSet(**self.model_dump())
        if state.thresholds.get(self.figure_key) != said:
            yield said


def own_reading(command: Any, state: Any, actor: Actor) -> bool:
    """d: a head speaks of the figures of the department headed."""
    return actor.department_id is not None and command.reading.department_id == actor.department_id


class ReviewReading(AboutColumn):
    """查阅确认.  A leader confirms having read a figure of a confirmed column.  Seed: D08, L24."""

    may = {LEADER: anywhere, PRESIDENT: anywhere, ACADEMIC_HEAD: anywhere, HEAD: own_reading}
    review_id: ReviewId
    reading: Reading

    def reads(self) -> list[Reads]:
        return [*super().reads(), Reads((ReadingReviewed,), (self.review_id,))]

    def find(self, state: Watched) -> None:
        super().find(state)
        self.check_figure(state, self.reading.figure_key)

    def decide(self, state: Watched, given: Context) -> Iterator[Event]:
        if not state.confirmed:
            raise Conflict("column_without_owner", column=self.column_key)
        by = given.actor.person_id
        if isinstance(state.said, ReadingReviewed):
            if (state.said.column_key, state.said.reading, state.said.reviewed_by) != (
                self.column_key,
                self.reading,
                by,
            ):
                raise Conflict("review_already_made", review=self.review_id)
            return
        yield ReadingReviewed(**self.model_dump(), version=state.version, reviewed_by=by)


class AnnotateReading(AboutColumn):
    """批示.  A leader's remark on what a figure showed.  Seed: D08."""

    may = {LEADER: anywhere, PRESIDENT: anywhere}
    annotation_id: AnnotationId
    reading: Reading
    remark: Text

    def reads(self) -> list[Reads]:
        return [*super().reads(), Reads((ReadingAnnotated,), (self.annotation_id,))]

    def find(self, state: Watched) -> None:
        super().find(state)
        self.check_figure(state, self.reading.figure_key)

    def decide(self, state: Watched, given: Context) -> Iterator[Event]:
        by = given.actor.person_id
        said = ReadingAnnotated(**self.model_dump(), version=state.version, annotated_by=by)
        if state.said is None:
            yield said
        elif state.said.model_dump(exclude={"version"}) != said.model_dump(exclude={"version"}):
            raise Conflict("annotation_already_made", annotation=self.annotation_id)
