"""Read models of the rulebook 规则: every version of every policy, and the proposals.  Seed: D02."""

from __future__ import annotations

from domain.policies import PolicyDeclined, PolicyProposed, PolicyRevised
from projections import Scope, Table

POLICY = Table(
    name="policy",
    keys=("proposal_id",),
    columns={
        "proposal_id": "text",
        "policy": "text",
        "value": "json",
        "effective_from": "timestamptz",
        "document_no": "text",
        "proposed_by": "text",
        "approved_by": "text",
        "approved_at": "timestamptz",
    },
    types=(PolicyRevised.NAME,),
    select="""
        select d.*, received_at as approved_at, position
        from batch, json_to_record(data) as d(
            proposal_id text, policy text, value json, effective_from timestamptz, document_no text,
            proposed_by text, approved_by text)
    """,
    scope=Scope(open=True),
    indexes=(("policy",),),
    fixed=True,
)

PROPOSAL = Table(
    name="proposal",
    keys=("proposal_id",),
    columns={
        "proposal_id": "text",
        "policy": "text",
        "value": "json",
        "effective_from": "timestamptz",
        "document_no": "text",
        "proposed_by": "text",
        "state": "text",
        "decided_by": "text",
        "reason": "text",
        "changed_at": "timestamptz",
    },
    types=(PolicyProposed.NAME, PolicyRevised.NAME, PolicyDeclined.NAME),
    select="""
        select d.proposal_id, d.policy, d.value, d.effective_from, d.document_no, d.proposed_by,
            case type when 'policies.proposed' then 'open' when 'policies.revised' then 'approved' else 'declined' end
                as state,
            coalesce(d.approved_by, d.declined_by) as decided_by, d.reason, received_at as changed_at, position
        from batch, json_to_record(data) as d(
            proposal_id text, policy text, value json, effective_from timestamptz, document_no text,
            proposed_by text, approved_by text, declined_by text, reason text)
    """,
    scope=Scope(open=True),
    indexes=(("state",),),
)
