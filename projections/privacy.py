"""Read models of privacy: requests to erase a person and what became of them, and the holds the law places."""

from __future__ import annotations

from domain.privacy import ErasureDeclined, ErasureRequested, LegalHoldLifted, LegalHoldPlaced, PersonErased
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
        "state": "text",  # requested, declined or erased
        "changed_at": "timestamptz",
    },
    types=(ErasureRequested.NAME, ErasureDeclined.NAME, PersonErased.NAME),
    select="""
        select d.request_id, d.person_id, d.grounds, d.document_no, d.requested_by,
            coalesce(d.approved_by, d.declined_by) as decided_by,
            case type when 'privacy.person_erased' then 'erased' when 'privacy.erasure_declined' then 'declined'
                else 'requested' end as state,
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
