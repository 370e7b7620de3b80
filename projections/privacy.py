"""Read models of privacy: requests to erase a person and what became of them, and the holds the law places."""

from __future__ import annotations

from domain.privacy import (
    ErasureDeclined,
    ErasureReapplied,
    ErasureRequested,
    LegalHoldLifted,
    LegalHoldPlaced,
    LiftingDeclined,
    LiftingRequested,
    PersonErased,
    PersonRestricted,
    RestrictionDeclined,
    RestrictionLifted,
    RestrictionRequested,
)
from projections import Scope, Table

ERASURE = Table(
    "erasure",
    keys=("request_id",),
    columns={
        "request_id": "text",
        "person_id": "text",
        "grounds": "text",
        "document_no": "text",
        "requested_by": "text",
        "decided_by": "text",
        "state": "text",  # requested, declined, erased, or reapplied: the list knew what a restored log had lost
        "changed_at": "timestamptz",
    },
    types=(ErasureRequested.NAME, ErasureDeclined.NAME, PersonErased.NAME, ErasureReapplied.NAME),
    select="""
        select d.request_id, d.person_id, d.grounds, d.document_no, d.requested_by,
            coalesce(d.approved_by, d.declined_by) as decided_by,
            case type when 'privacy.person_erased' then 'erased' when 'privacy.erasure_declined' then 'declined'
                when 'privacy.erasure_reapplied' then 'reapplied' else 'requested' end as state,
            received_at as changed_at, position
        from batch, json_to_record(data)
            as d(request_id text, person_id text, grounds text, document_no text, requested_by text,
                 approved_by text, declined_by text)
    """,
    scope=Scope(persons=("person_id",)),
)

LEGAL_HOLD = Table(
    "legal_hold",
    keys=("hold_id",),
    columns={"hold_id": "text", "person_id": "text", "document_no": "text", "placed_by": "text"},
    types=(LegalHoldPlaced.NAME, LegalHoldLifted.NAME),
    select="""
        select d.*, position
        from batch, json_to_record(data) as d(hold_id text, person_id text, document_no text, placed_by text)
        where type = 'privacy.legal_hold_placed'
    """,
    ends="select data->>'hold_id' as hold_id, position from batch where type = 'privacy.legal_hold_lifted'",
    scope=Scope(persons=("person_id",)),
    indexes=(("person_id",),),
)

RESTRICTION = Table(
    "restriction",
    keys=("restriction_id",),
    columns={
        "restriction_id": "text",
        "person_id": "text",
        "grounds": "text",  # where the event says it
        "document_no": "text",
        "requested_by": "text",  # the restriction, or its lifting
        "decided_by": "text",
        "state": "text",  # requested, declined, restricted, lifting (asked for) or lifted
        "changed_at": "timestamptz",
    },
    types=(
        RestrictionRequested.NAME,
        RestrictionDeclined.NAME,
        PersonRestricted.NAME,
        LiftingRequested.NAME,
        LiftingDeclined.NAME,
        RestrictionLifted.NAME,
    ),
    select="""
        select d.restriction_id, d.person_id, d.grounds, d.document_no, d.requested_by,
            coalesce(d.approved_by, d.declined_by) as decided_by,
            case type when 'privacy.restriction_requested' then 'requested'
                when 'privacy.restriction_declined' then 'declined' when 'privacy.lifting_requested' then 'lifting'
                when 'privacy.restriction_lifted' then 'lifted' else 'restricted' end as state,
            received_at as changed_at, position
        from batch, json_to_record(data)
            as d(restriction_id text, person_id text, grounds text, document_no text, requested_by text,
                 approved_by text, declined_by text)
    """,
    scope=Scope(persons=("person_id",)),
    indexes=(("person_id",),),
)
