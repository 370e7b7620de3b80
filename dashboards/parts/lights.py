"""A light 状态灯: shape, word and colour together, so that none of them is needed alone."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashboards.parts.reading import SHAPES, Light, Target
from dashboards.parts.units import sign as sign_of
from dashboards.parts.words import Words
from projections import Figure


def light_mark(light: Light, words: Words, wording: bool = True) -> Component:
    """● 达标, ▲ 临近, ■ 未达标; without `wording` the word is for screen readers only."""
    word = words(f"light_{light}")
    return html.Span(
        [html.Span(SHAPES[light], className="shape", **{"aria-hidden": "true"}), " ", html.Span(word)]
        if wording
        else [html.Span(SHAPES[light], className="shape", role="img", title=word, **{"aria-label": word})],
        className=f"light light-{light}",
    )


def marked(light: Light, told: str) -> Component:
    """A state of its own by shape, word and colour."""
    return html.Span(
        [html.Span(SHAPES[light], className="shape", **{"aria-hidden": "true"}), " ", html.Span(told)],
        className=f"light light-{light}",
    )


def aim(figure: Figure, target: Target | None, words: Words) -> str:
    """目标 ≥ 95%, in the figure's unit."""
    if target is None:
        return ""
    sign = "≥" if target.better == "higher" else "≤"
    return f"{words('target')} {sign} {words.periods(target.green)}{sign_of(figure, words)}"
