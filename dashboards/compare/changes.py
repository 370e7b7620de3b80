"""What changed 变化明细: the contributions that differ between two moments, each with the events behind it."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboards.compare.span import Span
from dashboards.parts.drill_down import event_link
from dashboards.parts.ground import Ground
from dashboards.parts.panel import nothing, panel, table
from dashboards.parts.people import named
from dashboards.parts.things import Things, about
from dashboards.parts.visit import Visit
from domain import Event
from domain.access import ROLES
from infra.readings.differences import KINDS, Cause, Change, Difference, Side
from infra.sight import Sight
from projections import Figure


def changes_panel(
    figure: Figure, told: Difference, known: Things, base: Ground, asked: Span, visit: Visit
) -> Component:
    """One screen of the changes, corrections first, and the ways to narrow and turn it."""
    words = visit.words
    kind = next((known for known in told.kinds if known == visit.rest.get("kind")), None)
    matching = told.kinds[kind].many if kind else told.whole.many
    if not told.changes:
        return panel(words("changes_title"), "", nothing(words("changes_none"), good=True))
    heads = [
        (words("change_of"), "nowrap"),
        (words("about"), "wide"),
        (words("department"), "minor"),
        (words("person"), "minor"),
        (words("known_then"), "num"),
        (words("corrected_since"), "num minor"),
        (words("known_now"), "num"),
        (words("change_because"), "wide"),
    ]
    sight = Sight(visit.viewer)
    body = [line(change, figure, known, base, sight, visit) for change in told.changes]
    shown = words("changes_shown", shown=len(told.changes), all=f"{matching:,}")
    turned = [
        html.A(words("changes_first"), href=visit.address(**asked.said(), kind=kind), className="button")
        if visit.rest.get("after")
        else None,
        html.Span(shown),
        html.A(words("next"), href=visit.address(**asked.pinned(told), kind=kind, after=told.after), className="button")
        if told.after
        else None,
    ]
    return panel(
        words("changes_title"),
        words("changes_hint"),
        kinds(told, asked, visit),
        table(heads, body, words("changes_title"), "drill changes"),
        html.Nav(turned, className="turn"),
        kind="changes-panel",
    )


def kinds(told: Difference, asked: Span, visit: Visit) -> Component:
    """How many of each kind, each a way to see those only."""
    words, chosen = visit.words, visit.rest.get("kind")

    def chip(kind: str | None, text: str, hint: str) -> Component:
        here = {"aria-current": "true"} if kind == chosen else {}
        return html.A(
            text,
            href=visit.address(**asked.said(), kind=kind),
            className="kind-chip chosen" if kind == chosen else "kind-chip",
            title=hint,
            **here,
        )

    chips = [chip(None, f"{words('changes_all')} {told.whole.many:,}", "")]
    chips += [
        chip(kind, f"{words(f'kind_{kind}')} {told.kinds[kind].many:,}", words(f"kind_{kind}_hint"))
        for kind in KINDS
        if kind in told.kinds
    ]
    return html.Nav(chips, className="kind-chips", **{"aria-label": words("change_of")})


def line(change: Change, figure: Figure, known: Things, base: Ground, sight: Sight, visit: Visit) -> list[Any]:
    words = visit.words
    events = [cause for cause in change.causes if sight.sees(cause.event)]
    because = html.Ol([event(cause, visit) for cause in events], className="because")
    if not change.causes:
        why = "change_fell_due" if change.kind == "fallen_due" else "change_elsewhere"
        because = html.Span(words(why), className="quiet")
    return [
        html.Span(
            words(f"kind_{change.kind}"), className=f"kind kind-{change.kind}", title=words(f"kind_{change.kind}_hint")
        ),
        about(change.about or "", known, base, visit, figure=figure.key),
        base.name(change.department, visit),
        named(change.person, words),
        part(change.sides.then, figure, visit),
        part(change.sides.corrected, figure, visit),
        part(change.sides.now, figure, visit),
        because,
    ]


def part(side: Side, figure: Figure, visit: Visit) -> str:
    """A contribution's share of the sums, or that it had none."""
    words = visit.words
    if not side.count:
        return "—"
    if figure.scale is None:
        return words.periods(side.numerator)
    return f"{words.periods(side.numerator)}/{words.periods(side.denominator)}"


def event(cause: Cause, visit: Visit) -> Component:
    """An event as a leader reads it: which, when, what, by whom in which role, and why."""
    words = visit.words
    kind = Event.by_name.get(cause.event.type)
    role = cause.actor["role"]
    by = words.either(*ROLES[role]) if role in ROLES else words("actor_system")
    return html.Li(
        [
            event_link(cause.event.position, visit),
            html.Span(words.either(*kind.titles()) if kind else cause.event.type, className="because-what"),
            html.Small(f"{words.moment(cause.event.recorded_at)} · {by}"),
            html.Small(cause.reason, className="because-why", lang="zh-CN")
            if cause.corrects and cause.reason
            else None,
        ],
        className="corrects" if cause.corrects else "",
    )
