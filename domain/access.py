"""Roles, scopes, grants and the one check 权限: who may do what, decided on the log.  Seed: D01."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar, Final, Self
from zoneinfo import ZoneInfo

from domain import Actor, Day, DepartmentId, Event, Line, Moment, NotAllowed, PersonId, PolicyUse, Reads

STUDENT: Final = "student"
TEACHER: Final = "teacher"
COUNSELOR: Final = "counselor"
SECRETARY: Final = "secretary"
HEAD: Final = "head"
DEPUTY: Final = "deputy"
ACADEMIC: Final = "academic"
ACADEMIC_HEAD: Final = "academic_head"
STUDENT_AFFAIRS: Final = "student_affairs"
STUDENT_AFFAIRS_HEAD: Final = "student_affairs_head"
HR: Final = "hr"
ASSETS: Final = "assets"
FINANCE: Final = "finance"
IT: Final = "it"
LEADER: Final = "leader"
PRESIDENT: Final = "president"
AUDITOR: Final = "auditor"
# People of the system's own, never granted: the clock, reactions, and a named import or installation.
CLOCK: Final = "clock"
REACTION: Final = "reaction"
IMPORT: Final = "import"

ROLES: Final[dict[str, tuple[str, str]]] = {
    STUDENT: ("学生", "Student"),
    TEACHER: ("教师", "Teacher"),
    COUNSELOR: ("辅导员", "Counselor"),
    SECRETARY: ("教学秘书", "Teaching secretary"),
    HEAD: ("系部负责人", "Department head"),
    DEPUTY: ("系部副书记", "Department deputy for student affairs"),
    ACADEMIC: ("教务处", "Academic affairs"),
    ACADEMIC_HEAD: ("教务处处长", "Head of academic affairs"),
    STUDENT_AFFAIRS: ("学生处", "Student affairs"),
    STUDENT_AFFAIRS_HEAD: ("学生处处长", "Head of student affairs"),
    HR: ("人事处", "Human resources"),
    ASSETS: ("资产处", "Asset office"),
    FINANCE: ("财务处", "Finance office"),
    IT: ("信息化办公室", "Information office"),
    LEADER: ("中层以上领导", "Leader"),
    PRESIDENT: ("校长室", "President"),
    AUDITOR: ("审计", "Auditor"),
}
SYSTEM: Final[dict[str, Actor]] = {role: Actor(f"person:{role}", role) for role in (CLOCK, REACTION, IMPORT)}

REFUSALS = {
    "role_lacking": ("您没有执行此操作的角色", "None of your roles may do this"),
    "out_of_scope": ("超出您的管理范围", "This is outside your scope"),
    "account_suspended": ("账号已停用", "The account is suspended"),
}

Scope = Callable[[Any, Any, Actor], bool]


def anywhere(command: Any, state: Any, actor: Actor) -> bool:
    """s: the whole college."""
    return True


def own_department(command: Any, state: Any, actor: Actor) -> bool:
    """d: the department the grant names, against `state.department_id` or else `command.department_id`."""
    of = getattr(state, "department_id", None) or getattr(command, "department_id", None)
    return actor.department_id is not None and actor.department_id == of


def oneself(command: Any, state: Any, actor: Actor) -> bool:
    """o: the person acting is `command.person_id`."""
    of = getattr(command, "person_id", None)
    return of is not None and of in (actor.person_id, actor.on_behalf_of)


class RoleGranted(Event):
    """A person holds a role from one day to another, both included; `department_id` None is the whole college."""

    NAME: ClassVar[str] = "access.role_granted"
    TITLE: ClassVar[str] = "授予角色"
    TAGS: ClassVar[tuple[str, ...]] = ("grant_id", "person_id", "department_id")
    grant_id: Line
    person_id: PersonId
    role: Line
    department_id: DepartmentId | None
    valid_from: Day
    valid_until: Day
    granted_by: PersonId
    policies: tuple[PolicyUse, ...] = ()


class RoleRevoked(Event):
    """A grant ended before its time."""

    NAME: ClassVar[str] = "access.role_revoked"
    TITLE: ClassVar[str] = "撤销角色"
    TAGS: ClassVar[tuple[str, ...]] = ("grant_id", "person_id", "department_id")
    grant_id: Line
    person_id: PersonId
    role: Line
    department_id: DepartmentId | None
    reason: Line


class AuthorityDelegated(Event):
    """`person_id` lent a role they hold to `delegate_id`, for the named commands, until a moment."""

    NAME: ClassVar[str] = "access.authority_delegated"
    TITLE: ClassVar[str] = "授权代办"
    TAGS: ClassVar[tuple[str, ...]] = ("delegation_id", "delegate_id", "person_id", "department_id")
    delegation_id: Line
    person_id: PersonId
    delegate_id: PersonId
    grant_id: Line
    role: Line
    department_id: DepartmentId | None
    commands: tuple[Line, ...]
    from_: Moment
    until: Moment


class DelegationEnded(Event):
    """A delegation ended before its time."""

    NAME: ClassVar[str] = "access.delegation_ended"
    TITLE: ClassVar[str] = "结束代办授权"
    TAGS: ClassVar[tuple[str, ...]] = ("delegation_id", "delegate_id", "person_id")
    delegation_id: Line
    person_id: PersonId
    delegate_id: PersonId


class AccountSuspended(Event):
    """The person may not act until restored."""

    NAME: ClassVar[str] = "access.account_suspended"
    TITLE: ClassVar[str] = "停用账号"
    TAGS: ClassVar[tuple[str, ...]] = ("person_id",)
    person_id: PersonId
    reason: Line


class AccountRestored(Event):
    """The person may act again."""

    NAME: ClassVar[str] = "access.account_restored"
    TITLE: ClassVar[str] = "恢复账号"
    TAGS: ClassVar[tuple[str, ...]] = ("person_id",)
    person_id: PersonId


GRANTS = (RoleGranted, RoleRevoked, AuthorityDelegated, DelegationEnded, AccountSuspended, AccountRestored)


@dataclass(frozen=True)
class Grants:
    """What one person holds: their own grants, and what others lent them or they lent others."""

    granted: Mapping[str, RoleGranted] = field(default_factory=dict)
    delegated: Mapping[str, AuthorityDelegated] = field(default_factory=dict)
    suspended: bool = False

    @staticmethod
    def reads(person_id: str) -> Reads:
        return Reads(GRANTS, (person_id,))

    def after(self, event: Event) -> Self:
        match event:
            case RoleGranted():
                return replace(self, granted={**self.granted, event.grant_id: event})
            case RoleRevoked():
                return replace(self, granted={k: v for k, v in self.granted.items() if k != event.grant_id})
            case AuthorityDelegated():
                return replace(self, delegated={**self.delegated, event.delegation_id: event})
            case DelegationEnded():
                left = {k: v for k, v in self.delegated.items() if k != event.delegation_id}
                return replace(self, delegated=left)
            case AccountSuspended():
                return replace(self, suspended=True)
            case AccountRestored():
                return replace(self, suspended=False)
        return self

    def held(self, person_id: str, now: datetime, zone: ZoneInfo) -> Iterator[RoleGranted]:
        """The person's own grants in force."""
        today = now.astimezone(zone).date()
        for grant in self.granted.values():
            if grant.person_id == person_id and grant.valid_from <= today <= grant.valid_until:
                yield grant

    def actors(self, person_id: str, command: type[Any] | None, now: datetime, zone: ZoneInfo) -> list[Actor]:
        """Every way in which the person may stand before a command (None: in general), own roles first."""
        if self.suspended:
            raise NotAllowed("account_suspended", person=person_id)
        own = [Actor(person_id, g.role, g.department_id) for g in self.held(person_id, now, zone)]
        lent = [
            Actor(person_id, d.role, d.department_id, on_behalf_of=d.person_id)
            for d in self.delegated.values()
            if command is not None
            and d.delegate_id == person_id
            and d.from_ <= now <= d.until
            and command.NAME in d.commands
        ]
        return own + lent


def standing(command: type[Any], actors: Sequence[Actor]) -> list[Actor]:
    """The actors whose role the command admits at all; raises `role_lacking` if there is none."""
    if admitted := [a for a in actors if a.role in command.may]:
        return admitted
    raise NotAllowed("role_lacking", command=command.NAME)


def within_scope(command: Any, state: Any, actors: Sequence[Actor]) -> Actor:
    """The first actor in whose scope the matter lies; raises `out_of_scope`."""
    for actor in actors:
        if command.may[actor.role](command, state, actor):
            return actor
    raise NotAllowed("out_of_scope", command=command.NAME)
