"""Departments 部门: those that teach and the offices, their codes and names.  Seed: D33."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal, Self

from domain import Command, Conflict, Context, DepartmentId, Event, Line, Reads, Unknown, blind, named
from domain.access import HR, IMPORT, anywhere

DepartmentKind = Literal["academic", "office"]


class DepartmentRegistered(Event):
    """A department that teaches (academic, 系部) or an office (office, 职能部门) exists."""

    NAME: ClassVar[str] = "organisation.department_registered"
    TITLE: ClassVar[str] = "登记部门"
    TAGS: ClassVar[tuple[str, ...]] = ("department_id",)
    department_id: DepartmentId
    code: Line
    name: Line
    name_en: Line
    kind: DepartmentKind

    def tags(self) -> tuple[str, ...]:
        return (*super().tags(), named(self.department_id), blind("department_code", self.code))


class DepartmentRenamed(Event):
    """A department has another name from now on; what was recorded under the old one keeps it."""

    NAME: ClassVar[str] = "organisation.department_renamed"
    TITLE: ClassVar[str] = "部门更名"
    TAGS: ClassVar[tuple[str, ...]] = ("department_id",)
    department_id: DepartmentId
    code: Line
    name: Line
    name_en: Line
    kind: DepartmentKind
    document_no: Line

    def tags(self) -> tuple[str, ...]:
        return (*super().tags(), named(self.department_id))


@dataclass(frozen=True)
class Departments:
    """The departments a command names: as registered, and as called now."""

    registered: Mapping[str, DepartmentRegistered] = field(default_factory=dict)
    called: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def after(self, event: Event) -> Self:
        match event:
            case DepartmentRegistered():
                known = {**self.registered, event.department_id: event}
                called = {**self.called, event.department_id: (event.name, event.name_en)}
                return replace(self, registered=known, called=called)
            case DepartmentRenamed():
                return replace(self, called={**self.called, event.department_id: (event.name, event.name_en)})
        return self


class RegisterDepartment(Command[Departments]):
    """登记部门.  A department or office with a code of its own.  Seed: D33."""

    may = {HR: anywhere, IMPORT: anywhere}
    department_id: DepartmentId
    code: Line
    name: Line
    name_en: Line
    kind: DepartmentKind

    def reads(self) -> list[Reads]:
        code = blind("department_code", self.code)
        return [Reads((DepartmentRegistered,), (named(self.department_id),)), Reads((DepartmentRegistered,), (code,))]

    def decide(self, state: Departments, given: Context) -> Iterator[Event]:
        said = DepartmentRegistered(**self.model_dump())
        known = state.registered.get(self.department_id)
        if known == said:
            return
        if known:
            raise Conflict("department_already_registered", department=self.department_id)
        if state.registered:
            raise Conflict("department_code_taken", department=next(iter(state.registered)))
        yield said


class RenameDepartment(Command[Departments]):
    """更名部门.  The old name stays with what was recorded under it.  Seed: D33."""

    may = {HR: anywhere, IMPORT: anywhere}
    department_id: DepartmentId
    name: Line
    name_en: Line
    document_no: Line

    def reads(self) -> list[Reads]:
        return [Reads((DepartmentRegistered, DepartmentRenamed), (named(self.department_id),))]

    def find(self, state: Departments) -> None:
        if self.department_id not in state.registered:
            raise Unknown("department_unknown", department=self.department_id)

    def decide(self, state: Departments, given: Context) -> Iterator[Event]:
        known = state.registered[self.department_id]
        if state.called[self.department_id] != (self.name, self.name_en):
            yield DepartmentRenamed(**self.model_dump(), code=known.code, kind=known.kind)
