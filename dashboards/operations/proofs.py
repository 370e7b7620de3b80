"""Proofs 自证: the newest verdict, the nights before it, and how far the log is sealed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboards.parts.panel import nothing, panel
from dashboards.parts.visit import Visit
from dashboards.parts.words import Words
from infra.readings.integrity import Integrity, Night

SHAPES: Final = {"proven": ("●", "green"), "overdue": ("▲", "amber"), "differs": ("■", "red"), "never": ("○", "none")}
CHECK: Final = (
    "campus export --audit ledger.zip\n"
    "python campus_verify.py ledger.zip --key COLLEGE_KEY --since MY_LAST_CHECKPOINT.note"
)
LEAST_HEIGHT: Final = 12


def facts(pairs: list[tuple[str, Any]]) -> Component:
    """Names and what is said of them."""
    return html.Dl([part for name, text in pairs for part in (html.Dt(name), html.Dd(text))], className="facts")


def forgetting_panel(people: int, visit: Visit) -> Component:
    """How many people's erasure waits to be carried out."""
    words = visit.words
    told = [
        html.Span("■", className="shape", **{"aria-hidden": "true"}),
        html.Strong(words("forgetting_waits", people=people)),
    ]
    return panel(words("forgetting"), words("forgetting_hint"), html.P(told, className="verdict light-red"))


def verdict_panel(integrity: Integrity, visit: Visit) -> Component:
    """What the newest proof found."""
    words, state = visit.words, integrity.state(datetime.now(UTC))
    shape, light = SHAPES[state]
    told = html.P(
        [html.Span(shape, className="shape", **{"aria-hidden": "true"}), html.Strong(words(f"proof_told_{state}"))],
        className=f"verdict light-{light}",
    )
    body: list[Any] = [told]
    if integrity.nights:
        body.append(facts(what_was_proven(integrity.nights[0], words)))
        body += findings(integrity.nights[0], words)
    else:
        body.append(html.P(words("proof_never_hint"), className="hint"))
    yourself = html.Details(
        [
            html.Summary(words("proof_yourself")),
            html.P(words("proof_yourself_hint"), className="hint"),
            html.Pre(html.Code(CHECK), className="envelope"),
        ],
        className="yourself",
    )
    return panel(words("proof_title"), words("proof_hint"), *body, yourself, kind="proof-panel")


def what_was_proven(night: Night, words: Words) -> list[tuple[str, Any]]:
    """When, how long, and how much; what a proof did not come to is left out."""
    told = night.told
    pairs = [
        (words("proof_when"), words.moment(night.began_at)),
        (words("proof_took"), words("proof_seconds", seconds=round(seconds_of(night)))),
        (words("proof_upto"), words("as_of_event", position=f"{night.position:,}")),
    ]
    if "tables" in told:
        counted = {name: f"{told[name]:,}" for name in ("tables", "rows", "differences")}
        pairs.append((words("proof_tables"), words("proof_tables_told", **counted)))
    if "events" in told:
        counted = {name: f"{told[name]:,}" for name in ("events", "checkpoints")}
        pairs.append((words("proof_seal"), words("proof_seal_told", **counted)))
    return pairs


def findings(night: Night, words: Words) -> list[Any]:
    if night.good:
        return []
    listed = html.Ul([html.Li(words.either(one.zh, one.en)) for one in night.findings])
    return [html.Div([html.Strong(words("proof_findings")), listed], className="failure", role="alert")]


def seconds_of(night: Night) -> float:
    return (night.ended_at - night.began_at).total_seconds()


def nights_panel(integrity: Integrity, visit: Visit) -> Component:
    """A bar for each proof, the latest on the right."""
    words, nights = visit.words, list(reversed(integrity.nights))
    if not nights:
        return panel(words("nights"), "", nothing(words("nights_none")))
    title = words("nights_title", nights=len(nights))
    longest = max(max(map(seconds_of, nights)), 1.0)
    bars = [bar(night, longest, words) for night in nights]
    return panel(title, words("nights_hint"), html.Ol(bars, className="nights"), kind="nights-panel")


def bar(night: Night, longest: float, words: Words) -> Component:
    """One proof: its height says how long it took, shape and word what it found."""
    said = words("night_good" if night.good else "night_bad")
    seconds = words("proof_seconds", seconds=round(seconds_of(night)))
    height = max(LEAST_HEIGHT, round(100 * seconds_of(night) / longest))
    shape = "●" if night.good else "■"
    label = f"{words.moment(night.began_at)} · {said} · {seconds} · #{night.position:,}"
    return html.Li(
        [
            html.Span(className="night-bar", style={"height": f"{height}%"}),
            html.Span(shape, className="shape", **{"aria-hidden": "true"}),
            html.Span(label, className="sr"),
        ],
        className="night night-good" if night.good else "night night-bad",
        title=label,
    )


def seal_panel(integrity: Integrity, visit: Visit) -> Component:
    """How much of the log is signed, and the checkpoint to take along."""
    words = visit.words
    if not integrity.sealed or integrity.sealed_at is None:
        return panel(words("seal_title"), words("seal_hint"), nothing(words("seal_none")))
    counted = {"sealed": f"{integrity.sealed:,}", "head": f"{integrity.head:,}"}
    left = max(integrity.head - integrity.sealed, 0)
    share = 100 * integrity.sealed / max(integrity.head, 1)
    proportion = html.Div(
        html.Span(className="part-good", style={"width": f"{share:.2f}%"}),
        className="proportion",
        **{"aria-hidden": "true"},
    )
    pairs = [
        (words("seal_size"), words("seal_events", **counted)),
        (words("seal_open"), f"{left:,}"),
        (words("seal_at"), words.moment(integrity.sealed_at, seconds=True)),
    ]
    take = html.A(words("seal_take"), href="/api/checkpoint?format=note", className="button", **{"data-leave": "1"})
    hint = html.P(words("seal_take_hint"), className="hint")
    return panel(words("seal_title"), words("seal_hint"), proportion, facts(pairs), take, hint, kind="seal-panel")
