"""Read models of identity: who is who (sealed), who holds which role, who lent what, who may log in."""

from __future__ import annotations

from domain.access import (
    AccountRestored,
    AccountSuspended,
    AuthorityDelegated,
    DelegationEnded,
    RoleGranted,
    RoleRevoked,
)
from domain.identity import AccountOpened
from domain.organisation import StaffCorrected, StaffRegistered
from domain.students import StudentAdmitted, StudentCorrected
from projections import Scope, Table

# Names and numbers stay sealed here: {"sealed", "of"}, opened for whoever may see them, unreadable once erased.
PERSON_DIRECTORY = Table(
    "person_directory",
    keys=("person_id", "kind"),
    columns={
        "person_id": "text",
        "kind": "text",  # staff, external or student; one person may be several
        "name": "json",
        "number": "json",
        "department_id": "text",  # where the person was first registered
    },
    types=(StaffRegistered.NAME, StaffCorrected.NAME, StudentAdmitted.NAME, StudentCorrected.NAME),
    select="""
        select d.person_id, coalesce(d.kind, 'student') as kind, d.name,
            coalesce(d.staff_number, d.student_number) as number, d.department_id, position
        from batch, json_to_record(data)
            as d(person_id text, kind text, name json, staff_number json, student_number json, department_id text)
    """,
    scope=Scope(department="department_id", persons=("person_id",)),
)

ROLE_GRANT = Table(
    "role_grant",
    keys=("grant_id",),
    columns={
        "grant_id": "text",
        "person_id": "text",
        "role": "text",
        "department_id": "text",
        "valid_from": "date",
        "valid_until": "date",
        "granted_by": "text",
    },
    types=(RoleGranted.NAME, RoleRevoked.NAME),
    select="""
        select d.*, position
        from batch, json_to_record(data)
            as d(grant_id text, person_id text, role text, department_id text, valid_from date, valid_until date,
                 granted_by text)
        where type = 'access.role_granted'
    """,
    ends="select data->>'grant_id' as grant_id, position from batch where type = 'access.role_revoked'",
    scope=Scope(department="department_id", persons=("person_id",)),
    indexes=(("person_id",), ("role", "department_id")),
)

DELEGATION = Table(
    "delegation",
    keys=("delegation_id",),
    columns={
        "delegation_id": "text",
        "person_id": "text",
        "delegate_id": "text",
        "grant_id": "text",
        "role": "text",
        "department_id": "text",
        "commands": "text[]",
        "lent_from": "timestamptz",
        "lent_until": "timestamptz",
    },
    types=(AuthorityDelegated.NAME, DelegationEnded.NAME),
    select="""
        select d.delegation_id, d.person_id, d.delegate_id, d.grant_id, d.role, d.department_id, d.commands,
            d.from_ as lent_from, d.until as lent_until, position
        from batch, json_to_record(data)
            as d(delegation_id text, person_id text, delegate_id text, grant_id text, role text, department_id text,
                 commands text[], from_ timestamptz, until timestamptz)
        where type = 'access.authority_delegated'
    """,
    ends="select data->>'delegation_id' as delegation_id, position from batch where type = 'access.delegation_ended'",
    scope=Scope(department="department_id", persons=("person_id", "delegate_id")),
    indexes=(("person_id",), ("delegate_id",)),
)

ACCOUNT = Table(
    "account",
    keys=("person_id",),
    columns={"person_id": "text", "login": "json", "opened_at": "timestamptz"},
    types=(AccountOpened.NAME,),
    select="""
        select d.*, received_at as opened_at, position
        from batch, json_to_record(data) as d(person_id text, login json)
    """,
    scope=Scope(persons=("person_id",)),
)

SUSPENSION = Table(
    "suspension",
    keys=("person_id",),
    columns={"person_id": "text", "reason": "text", "suspended_at": "timestamptz"},
    types=(AccountSuspended.NAME, AccountRestored.NAME),
    select="""
        select d.*, received_at as suspended_at, position
        from batch, json_to_record(data) as d(person_id text, reason text)
        where type = 'access.account_suspended'
    """,
    ends="select data->>'person_id' as person_id, position from batch where type = 'access.account_restored'",
    scope=Scope(persons=("person_id",)),
)
