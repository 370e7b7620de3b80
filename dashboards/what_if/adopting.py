"""Adopting 采用: how a value supposed becomes the rule, by the ordinary commands; the page itself gives none."""

from __future__ import annotations

import json
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboards.parts.panel import panel
from dashboards.parts.visit import Visit
from domain.policies import ApprovePolicy, ProposePolicy
from infra.what_if import Answer


def body_of(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, indent=2)


def adopting(answer: Answer, visit: Visit) -> Component:
    """The two commands, as they are to be sent, and who may send them."""
    words = visit.words
    steps: list[Component] = []
    for one in answer.suppositions:
        proposal = answer.proposal_id(one)
        asked = {
            "proposal_id": proposal,
            "policy": one.policy.key,
            "value": one.supposed,
            "effective_from": f"〔{words('what_if_effective')}〕",
            "document_no": f"〔{words('what_if_document')}〕",
        }
        for step, command, told in (
            ("what_if_step_propose", ProposePolicy, asked),
            ("what_if_step_approve", ApprovePolicy, {"proposal_id": proposal}),
        ):
            steps.append(
                html.Div(
                    [
                        html.Strong(words(step)),
                        html.Code(f"POST /api/commands/{command.NAME}"),
                        html.Pre(body_of(told), tabIndex=0),
                    ],
                    className="adopt-step",
                )
            )
    return panel(
        words("what_if_adopt"),
        "",
        html.P(words("what_if_adopt_hint")),
        html.Div(steps, className="adopt-steps"),
        kind="adopt-panel",
    )
