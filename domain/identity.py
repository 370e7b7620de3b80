"""Identity 身份: accounts, granted roles, and authority lent to another for a while.  Seed: D01.

The events of roles and delegations are words every decision reads and stand in domain.access; passwords and
sessions are no facts of the college and stay out of the log.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, StringConstraints

from domain import (
    Actor,
    Command,
    Conflict,
    Context,
    Day,
    DepartmentId,
    Event,
    Line,
    Moment,
    NotAllowed,
    Personal,
    PersonId,
    Reads,
    Unknown,
    blind,
    named,
)
from domain.access import (
    GRANTS,
    HR,
    IMPORT,
    IT,
    ROLES,
    SYSTEM,
    AccountRestored,
    AccountSuspended,
    AuthorityDelegated,
    DelegationEnded,
    Grants,
    RoleGranted,
    RoleRevoked,
    anywhere,
)
from domain.organisation import DepartmentRegistered, StaffRegistered
from domain.policies import Policy
from domain.students import StudentAdmitted

GRANT_MAX_DAYS = Policy(
    "access.grant_max_days", int, 366, "ours", "授权最长天数", "Longest grant of a role", "days", least=1, most=3660
)
POLICIES = (GRANT_MAX_DAYS,)

REFUSALS = {
    "person_unknown": ("没有这个人", "There is no such person"),
    "role_unknown": ("没有这一角色", "There is no such role"),
    "role_not_grantable": ("系统自身的角色不可授予", "A role of the system's own is never granted"),
    "self_grant_forbidden": ("不得给自己授予角色", "Nobody grants a role to themselves"),
    "grant_unknown": ("没有这一授权", "There is no such grant"),
    "role_grant_already_made": ("该授权编号已用于别的授权", "This grant id is already used by another grant"),
    "grant_days_reversed": ("授权截止日早于起始日", "The grant ends before it begins"),
    "grant_too_long": ("授权期限过长,到期应续授", "The grant is too long; it is to be renewed instead"),
    "grant_overlaps": ("与该人员同一角色的授权日期重叠", "The days overlap another grant of the same role"),
    "grant_ended": ("授权已被撤销", "The grant was revoked"),
    "delegation_unknown": ("没有这一委托", "There is no such delegation"),
    "delegation_already_made": ("该委托编号已用于别的委托", "This delegation id is already used by another one"),
    "self_delegation_forbidden": ("不得委托给自己", "Nobody delegates to themselves"),
    "delegation_not_passed_on": ("受托的权限不得再转委托", "Borrowed authority is not lent on"),
    "delegation_span_reversed": ("委托截止时间不晚于起始时间", "The delegation ends before it begins"),
    "delegation_outside_grant": ("委托期限超出授权期限", "The delegation reaches beyond the grant"),
    "command_unknown": ("没有这一操作", "There is no such command"),
    "command_not_of_role": ("该角色不能执行所委托的操作", "The role may not give one of these commands"),
    "login_taken": ("登录名已被使用", "The login name is already taken"),
}

GrantId = Annotated[str, StringConstraints(pattern=r"^grant:[0-9a-z][0-9a-z-]{0,62}$")]
DelegationId = Annotated[str, StringConstraints(pattern=r"^delegation:[0-9a-z][0-9a-z-]{0,62}$")]
PEOPLE = (StaffRegistered, StudentAdmitted)


class AccountOpened(Event):
    """A person may log in under a name; how they prove who they are is kept elsewhere."""

    NAME: ClassVar[str] = "identity.account_opened"
    TITLE: ClassVar[str] = "开通账号"
    TAGS: ClassVar[tuple[str, ...]] = ("person_id",)
    person_id: PersonId
    login: Annotated[Line, Personal("person_id")]

    def tags(self) -> tuple[str, ...]:
        return (*super().tags(), blind("login", self.login))


@dataclass(frozen=True)
class Standing:
    """What is known of the persons, grants and delegations a command names."""

    grants: Grants = field(default_factory=Grants)
    granted: Mapping[str, RoleGranted] = field(default_factory=dict)
    delegated: Mapping[str, AuthorityDelegated] = field(default_factory=dict)
    ended: frozenset[str] = frozenset()
    staff: frozenset[str] = frozenset()
    students: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()

    def after(self, event: Event) -> Self:
        now = replace(self, grants=self.grants.after(event))
        match event:
            case RoleGranted():
                return replace(now, granted={**self.granted, event.grant_id: event})
            case RoleRevoked():
                return replace(now, ended=self.ended | {event.grant_id})
            case AuthorityDelegated():
                return replace(now, delegated={**self.delegated, event.delegation_id: event})
            case DelegationEnded():
                return replace(now, ended=self.ended | {event.delegation_id})
            case StaffRegistered():
                return replace(now, staff=self.staff | {event.person_id})
            case StudentAdmitted():
                return replace(now, students=self.students | {event.person_id})
            case DepartmentRegistered():
                return replace(now, departments=self.departments | {event.department_id})
            case AccountOpened():
                return replace(now, accounts=self.accounts | {event.person_id})
        return now

    def find_person(self, person_id: str, actor: Actor | None = None) -> None:
        """Raise if nobody registered the person; an installation appoints its first people before anybody could."""
        if person_id not in self.staff | self.students and (actor is None or actor.role != IMPORT):
            raise Unknown("person_unknown", person=person_id)

    def lent_by(self, person_id: str, grant_id: str | None = None) -> Iterator[DelegationEnded]:
        """The end of every delegation the person gave (from one grant, if named) that has not ended."""
        for key, lent in self.delegated.items():
            if key not in self.ended and lent.person_id == person_id and grant_id in (None, lent.grant_id):
                yield DelegationEnded(delegation_id=key, person_id=person_id, delegate_id=lent.delegate_id)


def on_appointment(command: Any, state: Any, actor: Actor) -> bool:
    """s: human resources grant roles to the people they appoint, staff and external teachers."""
    return command.person_id in state.staff


class GrantRole(Command[Standing]):
    """授予角色.  A role, for a department or the whole college, for at most a year at a time.  Seed: D01.

    A grant lying within one of the same role and department is a no-op.
    """

    may = {IT: anywhere, HR: on_appointment, IMPORT: anywhere}
    grant_id: GrantId
    person_id: PersonId
    role: Line
    department_id: DepartmentId | None = None
    valid_from: Day
    valid_until: Day

    def reads(self) -> list[Reads]:
        asked = [
            Reads((RoleGranted, RoleRevoked), (self.grant_id,)),
            Grants.reads(self.person_id),
            Reads(PEOPLE, (self.person_id,)),
        ]
        if self.department_id:
            asked.append(Reads((DepartmentRegistered,), (named(self.department_id),)))
        return asked

    def find(self, state: Standing) -> None:
        if self.role not in ROLES and self.role not in SYSTEM:
            raise Unknown("role_unknown", role=self.role)
        if self.department_id and self.department_id not in state.departments:
            raise Unknown("department_unknown", department=self.department_id)

    def decide(self, state: Standing, given: Context) -> Iterator[Event]:
        state.find_person(self.person_id, given.actor)
        if self.role in SYSTEM:
            raise NotAllowed("role_not_grantable", role=self.role)
        if self.person_id in (given.actor.person_id, given.actor.on_behalf_of):
            raise NotAllowed("self_grant_forbidden", person=self.person_id)
        if made := state.granted.get(self.grant_id):
            if made.model_dump(exclude={"granted_by", "policies"}) != self.model_dump():
                raise Conflict("role_grant_already_made", grant=self.grant_id)
            if self.grant_id in state.ended:
                raise Conflict("grant_ended", grant=self.grant_id)
            return
        if self.valid_until < self.valid_from:
            raise Conflict("grant_days_reversed", valid_from=self.valid_from, valid_until=self.valid_until)
        rules = given.rules.at(given.now)
        most = rules(GRANT_MAX_DAYS)
        if (self.valid_until - self.valid_from).days >= most:
            raise Conflict("grant_too_long", most_days=most)
        if not self._covered(state):
            by = given.actor.person_id
            yield RoleGranted(**self.model_dump(), granted_by=by, policies=rules.used(GRANT_MAX_DAYS))

    def _covered(self, state: Standing) -> bool:
        """Whether a grant in being already gives every day asked for; raises if one gives only some."""
        for held in state.grants.granted.values():
            if (held.person_id, held.role, held.department_id) != (self.person_id, self.role, self.department_id):
                continue
            if held.valid_from <= self.valid_from and self.valid_until <= held.valid_until:
                return True
            if held.valid_from <= self.valid_until and self.valid_from <= held.valid_until:
                raise Conflict("grant_overlaps", grant=held.grant_id)
        return False


class RevokeRole(Command[Standing]):
    """撤销角色.  Ends a grant before its time, and with it whatever was lent from it.  Seed: D01."""

    may = {IT: anywhere, HR: anywhere, IMPORT: anywhere}
    grant_id: GrantId
    reason: Line

    def reads(self) -> list[Reads]:
        return [Reads((RoleGranted, RoleRevoked), (self.grant_id,))]

    def more(self, state: Standing) -> Sequence[Reads]:
        made = state.granted.get(self.grant_id)
        return [Reads((AuthorityDelegated, DelegationEnded), (made.person_id,))] if made else []

    def find(self, state: Standing) -> None:
        if self.grant_id not in state.granted:
            raise Unknown("grant_unknown", grant=self.grant_id)

    def decide(self, state: Standing, given: Context) -> Iterator[Event]:
        if self.grant_id in state.ended:
            return
        made = state.granted[self.grant_id]
        yield RoleRevoked(
            grant_id=self.grant_id,
            person_id=made.person_id,
            role=made.role,
            department_id=made.department_id,
            reason=self.reason,
        )
        yield from state.lent_by(made.person_id, self.grant_id)


def holder(command: Any, state: Any, actor: Actor) -> bool:
    """o: the actor stands here by the very grant to be lent."""
    made = state.granted[command.grant_id]
    same = (made.person_id, made.role, made.department_id) == (actor.person_id, actor.role, actor.department_id)
    return same or actor.on_behalf_of == made.person_id


class DelegateAuthority(Command[Standing]):
    """委托代办.  Lends a role one holds to another person, for named commands, until a moment.  Seed: D01."""

    may = {role: holder for role in ROLES}
    delegation_id: DelegationId
    delegate_id: PersonId
    grant_id: GrantId
    commands: Annotated[tuple[Line, ...], Field(min_length=1, max_length=100)]
    from_: Moment
    until: Moment

    def reads(self) -> list[Reads]:
        return [
            Reads((RoleGranted, RoleRevoked), (self.grant_id,)),
            Reads((AuthorityDelegated, DelegationEnded), (self.delegation_id,)),
            Reads(PEOPLE, (self.delegate_id,)),
        ]

    def find(self, state: Standing) -> None:
        if self.grant_id not in state.granted:
            raise Unknown("grant_unknown", grant=self.grant_id)
        state.find_person(self.delegate_id)
        for name in self.commands:
            if name not in Command.by_name:
                raise Unknown("command_unknown", command=name)

    def decide(self, state: Standing, given: Context) -> Iterator[Event]:
        if given.actor.on_behalf_of:
            raise NotAllowed("delegation_not_passed_on", grant=self.grant_id)
        if self.delegate_id == given.actor.person_id:
            raise NotAllowed("self_delegation_forbidden", person=self.delegate_id)
        if self.grant_id in state.ended:
            raise Conflict("grant_ended", grant=self.grant_id)
        grant = state.granted[self.grant_id]
        said = AuthorityDelegated(
            **self.model_dump(), person_id=grant.person_id, role=grant.role, department_id=grant.department_id
        )
        if made := state.delegated.get(self.delegation_id):
            if made != said or self.delegation_id in state.ended:
                raise Conflict("delegation_already_made", delegation=self.delegation_id)
            return
        self._check_span(grant, given)
        for name in self.commands:
            if grant.role not in Command.by_name[name].may:
                raise Conflict("command_not_of_role", command=name, role=grant.role)
        yield said

    def _check_span(self, grant: RoleGranted, given: Context) -> None:
        """The span runs forward, within the local days of the grant."""
        if self.until <= self.from_:
            raise Conflict("delegation_span_reversed", delegation=self.delegation_id)
        first = datetime.combine(grant.valid_from, time(), given.zone)
        after = datetime.combine(grant.valid_until + timedelta(days=1), time(), given.zone)
        if self.from_ < first or self.until >= after:
            raise Conflict("delegation_outside_grant", grant=grant.grant_id)


def party(command: Any, state: Any, actor: Actor) -> bool:
    """o: whoever lent the authority or borrowed it."""
    lent = state.delegated[command.delegation_id]
    return actor.person_id in (lent.person_id, lent.delegate_id) and actor.on_behalf_of is None


class EndDelegation(Command[Standing]):
    """结束委托.  Ends a delegation before its time; either side may, and the information office.  Seed: D01."""

    may = {**{role: party for role in ROLES}, IT: anywhere}
    delegation_id: DelegationId

    def reads(self) -> list[Reads]:
        return [Reads((AuthorityDelegated, DelegationEnded), (self.delegation_id,))]

    def find(self, state: Standing) -> None:
        if self.delegation_id not in state.delegated:
            raise Unknown("delegation_unknown", delegation=self.delegation_id)

    def decide(self, state: Standing, given: Context) -> Iterator[Event]:
        if self.delegation_id not in state.ended:
            lent = state.delegated[self.delegation_id]
            yield DelegationEnded(
                delegation_id=self.delegation_id, person_id=lent.person_id, delegate_id=lent.delegate_id
            )


class AboutAccount(Command[Standing]):
    """账号.  What the commands on one person's account share."""

    person_id: PersonId

    def reads(self) -> list[Reads]:
        return [Reads(PEOPLE, (self.person_id,)), Reads(GRANTS, (self.person_id,))]

    def find(self, state: Standing) -> None:
        state.find_person(self.person_id)


class SuspendAccount(AboutAccount):
    """停用账号.  The person may not act until restored, nor anybody by authority they lent.  Seed: D01."""

    may = {IT: anywhere, HR: anywhere}
    reason: Line

    def decide(self, state: Standing, given: Context) -> Iterator[Event]:
        if not state.grants.suspended:
            yield AccountSuspended(person_id=self.person_id, reason=self.reason)
            yield from state.lent_by(self.person_id)


class RestoreAccount(AboutAccount):
    """恢复账号.  A suspended person may act again; what they had lent stays ended.  Seed: D01."""

    may = {IT: anywhere, HR: anywhere}

    def decide(self, state: Standing, given: Context) -> Iterator[Event]:
        if state.grants.suspended:
            yield AccountRestored(person_id=self.person_id)


class OpenAccount(AboutAccount):
    """开通账号.  Gives a person a login name nobody else has; one who has an account keeps it.  Seed: D01."""

    may = {IT: anywhere, HR: anywhere, IMPORT: anywhere}
    login: Annotated[Line, Personal("person_id")]

    def reads(self) -> list[Reads]:
        return [
            Reads(PEOPLE, (self.person_id,)),
            Reads((AccountOpened,), (self.person_id,)),
            Reads((AccountOpened,), (blind("login", self.login),)),
        ]

    def find(self, state: Standing) -> None:
        return

    def decide(self, state: Standing, given: Context) -> Iterator[Event]:
        state.find_person(self.person_id, given.actor)
        if state.accounts - {self.person_id}:
            raise Conflict("login_taken", person=self.person_id)
        if self.person_id not in state.accounts:
            yield AccountOpened(**self.model_dump())
