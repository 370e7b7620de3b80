"""The two moments of a comparison 两个时点, as the address says them: positions or times, the last week by default."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from dash import dcc, html
from dash.development.base_component import Component

from dashboards.parts.filters import BACK, choice, departments
from dashboards.parts.ground import Ground
from dashboards.parts.visit import PREFIX, Visit, position_said
from infra.readings.differences import Difference
from projections import Figure

WEEK: Final = timedelta(days=7)


@dataclass(frozen=True)
class Span:
    """`since` and `until` are positions (`until` None: now), `at` the moment that `until` is judged at, if not its own.

    The texts are what the address said.
    """

    since: int
    until: int | None
    since_text: str | None
    until_text: str | None
    misread: bool = False
    at: datetime | None = None

    def said(self) -> dict[str, str | None]:
        """As parameters of an address."""
        return {"from": self.since_text, "to": self.until_text, "at": self.at.isoformat() if self.at else None}

    def pinned(self, told: Difference) -> dict[str, str | None]:
        """The moments that a difference was told of, so that its next page goes on in the same answer."""
        since = str(told.before.position) if told.before.position else self.since_text
        return {"from": since, "to": str(told.now.position), "at": told.now.at.isoformat()}


async def span(visit: Visit) -> Span:
    """What the address asks for; what cannot be read, or is out of order, becomes the last week."""
    said = {name: visit.rest.get(name, "").strip() or None for name in ("from", "to")}
    until_text = said["to"] or visit.as_of_text
    until = await position_said(visit, until_text) if until_text else None
    since = await position_said(visit, said["from"]) if said["from"] else None
    misread = (until_text is not None and until is None) or (said["from"] is not None and since is None)
    if since is None or misread or (until is not None and since > until):
        wrong = misread or since is not None
        until, until_text = (None, None) if wrong and visit.as_of is None else (until or visit.as_of, until_text)
        ends = await visit.readings.recorded_at(until) if until else None
        since = await visit.readings.position_at((ends or _now(visit)) - WEEK)
        return Span(since, until, None, until_text, wrong, visit.at if until and not wrong else None)
    return Span(since, until, said["from"], until_text, at=visit.at if until else None)


def _now(visit: Visit) -> datetime:
    assert visit.now
    return visit.now


def moments_form(visit: Visit, base: Ground, asked: Span, key: str | None, ends: datetime) -> Component:
    """Two places for moments, the figure, the department, and quick ways back from the later moment."""
    words = visit.words
    figures = [
        (f.key, words.either(f.zh, f.en)) for f in sorted(Figure.by_key.values(), key=lambda f: (f.column, f.key))
    ]

    def moment(name: str, text: str | None, empty: str) -> Component:
        return html.Label(
            [
                html.Span(words(f"compare_{name}")),
                dcc.Input(
                    name=name, type="text", value=text or "", autoComplete="off", placeholder=empty, id=f"c-{name}"
                ),
            ],
            className="moment",
        )

    quick = [
        html.A(words(f"back_{days}"), href=visit.address(**_changed(asked, key, since_days(ends, days))))
        for days in BACK
    ]
    if base.term:
        began = base.term["starts_on"].isoformat()
        quick.append(html.A(words("compare_term_start"), href=visit.address(**_changed(asked, key, began))))
    return html.Form(
        [
            choice("figure", words("compare_figure"), [("", words("compare_every")), *figures], key or ""),
            choice(
                "term", words("term"), [(row["term_id"], words.of(row)) for row in reversed(base.terms)], base.term_id
            ),
            choice("department", words("department"), departments(visit, base), visit.department or ""),
            moment("from", asked.since_text, "#12345"),
            moment("to", asked.until_text, words("compare_now")),
            html.Button(words("go"), type="submit", className="button"),
            html.Div(quick, className="ends"),
            html.P(words("compare_misread" if asked.misread else "compare_hint"), className="hint"),
        ],
        className="moments",
        method="get",
        action=f"{PREFIX}compare",
        key=f"moments-{asked.since_text}-{asked.until_text}",
        **{"data-still": "1"},
    )


def since_days(ends: datetime, days: int) -> str:
    """The moment some days earlier, as the address says moments."""
    return (ends - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M")


def _changed(asked: Span, key: str | None, since: str) -> dict[str, str | None]:
    return asked.said() | {"figure": key, "from": since, "by": None}
