"""What if 假如试算: choose a rule and another value, and see the term as it would be; nothing is changed."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboards.parts.ground import ground
from dashboards.parts.panel import nothing, table
from dashboards.parts.shell import frame
from dashboards.parts.visit import Visit
from dashboards.what_if import words as words
from dashboards.what_if.asking import asked, form, shown, title
from dashboards.what_if.result import result as result, waiting
from infra.what_if import Askable
from projections import Figure


async def page(visit: Visit) -> Component:
    """The question, a place for its result, and every policy."""
    said, known = visit.words, visit.campus.what_if.askable
    base = await ground(visit)
    one = await asked(visit, known)
    parts: list[Any] = [form(visit, base, known, one)]
    if not (visit.viewer.college or visit.viewer.departments):
        parts.append(html.Div(nothing(said("what_if_beyond")), className="panel"))
    elif one is not None and one.value is not None:
        parts.append(waiting(one, visit))
    else:
        parts.append(html.Div(nothing(said("what_if_start"), said("what_if_start_hint")), className="panel"))
    parts.append(policies(visit, known))
    return frame(visit, said("what_if"), said("what_if_under"), parts)


def policies(visit: Visit, known: dict[str, Askable]) -> Component:
    """Every policy of the rulebook: whether it may be asked, and why not."""
    said = visit.words
    heads = [
        (said("what_if_policy"), "row-head"),
        (said("what_if_in_default"), "nowrap minor"),
        (said("what_if_askable"), "nowrap"),
        (said("what_if_touches"), "minor"),
    ]
    ordered = sorted(known.items(), key=lambda pair: (not pair[1].retold, pair[0]))
    rows = [line(one, visit) for _, one in ordered]
    hint = said("what_if_all_hint", many=sum(one.retold for one in known.values()), all=len(known))
    label = said("what_if_all")
    return html.Details(
        [html.Summary([label, html.Span(hint, className="hint")]), table(heads, rows, label, "levels policies")],
        className="panel what-if-all",
        open=visit.rest.get("policies") == "1",
    )


def line(one: Askable, visit: Visit) -> list[Any]:
    said, policy = visit.words, one.policy
    name = title(policy, said)
    figures = [Figure.by_key[key] for key in one.figures[:3]]
    touched = "、".join(said.either(f.zh, f.en) for f in figures) + ("…" if len(one.figures) > len(figures) else "")
    origin = said(f"what_if_origin_{policy.origin}")
    link = html.A(name, href=visit.address("what-if", policy=policy.key)) if one.retold else html.Span(name)
    return [
        html.Span([link, html.Code(policy.key)], className="policy-name"),
        html.Span([shown(policy, policy.default, said), html.Small(origin)], className="policy-default"),
        html.Span("●", className="askable") if one.retold else html.Span(said("what_if_not"), className="not-askable"),
        touched,
    ]
