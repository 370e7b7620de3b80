"""Asking 提问: a policy, the value in force and where it comes from, and another value for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from dash import dcc, html
from dash.development.base_component import Component

from dashboards.parts.filters import choice
from dashboards.parts.ground import Ground
from dashboards.parts.rules import rulebook
from dashboards.parts.visit import PREFIX, Visit
from dashboards.parts.words import Words
from domain import Conflict
from domain.access import ROLES
from domain.policies import Value
from domain.retelling import AnyPolicy
from infra.what_if import Askable, Question
from infra.what_if.question import value_of

QUICK: Final = 4


@dataclass(frozen=True)
class Asked:
    """What the address asks: a policy, the value in force, and the value supposed (None: none yet).

    `misread` is what was said and is no value of it; `revised`: the value in force was proposed and approved.
    """

    policy: AnyPolicy
    in_force: Value
    revised: bool
    narrow: bool
    value: Value | None = None
    misread: str | None = None

    def question(self, visit: Visit) -> Question:
        assert self.value is not None
        return Question(((self.policy.key, self.value),), visit.term, visit.as_of, visit.judged_at)


async def asked(visit: Visit, known: dict[str, Askable]) -> Asked | None:
    """What the address asks; None while it names no policy that may be supposed otherwise."""
    one = known.get(visit.rest.get("policy", ""))
    if one is None or not one.retold:
        return None
    rules = await rulebook(visit, one.policy)
    revised = one.policy.key in rules.told
    now: Value = rules.told[one.policy.key] if revised else one.policy.default
    text = visit.rest.get(one.policy.key, "").strip()
    if not text:
        return Asked(one.policy, now, revised, one.narrow)
    try:
        return Asked(one.policy, now, revised, one.narrow, value_of(one.policy, text))
    except Conflict:
        return Asked(one.policy, now, revised, one.narrow, misread=text[:40])


def shown(policy: AnyPolicy, value: Value, words: Words) -> str:
    """A value as people read it, with its unit."""
    if isinstance(value, bool):
        return words("what_if_yes" if value else "what_if_no")
    if not isinstance(value, int):
        return choice_name(value, words)
    unit = {
        "hours": "unit_hours",
        "days": "unit_days",
        "weeks": "unit_weeks",
        "working days": "unit_working_days",
        "points": "unit_points",
        "times": "unit_times",
    }.get(policy.unit)
    return f"{value} {words(unit)}" if unit else f"{value}%" if policy.unit == "percent" else str(value)


def title(policy: AnyPolicy, words: Words) -> str:
    """What a policy is about, without the list of its choices."""
    return (
        re.split("[:：]", words.either(policy.zh, policy.en))[0]
        if policy.choices
        else words.either(policy.zh, policy.en)
    )


def choice_name(choice: str, words: Words) -> str:
    """What a choice of a policy means: a word, or of a route who decides, step by step."""
    steps = [step.removesuffix("@") for step in choice.split(">")]
    if ROLES.keys() >= set(steps):
        return " → ".join(words.either(*ROLES[step]) for step in steps)
    return words(f"what_if_choice_{choice}")


def form(visit: Visit, base: Ground, known: dict[str, Askable], one: Asked | None) -> Component:
    """The places to choose in; without script it is a form like any other."""
    words = visit.words
    options = [("", words("what_if_choose"))]
    options += [(key, title(ask.policy, words)) for key, ask in known.items() if ask.retold]
    terms = [(row["term_id"], words.of(row)) for row in reversed(base.terms)]
    return html.Form(
        [
            dcc.Input(type="hidden", name="as_of", value=visit.as_of_text) if visit.as_of_text else None,
            choice("term", words("term"), terms, base.term_id),
            choice("policy", words("what_if_policy"), options, one.policy.key if one else ""),
            *([field(one, words), html.Button(words("what_if_ask"), type="submit", className="button")] if one else []),
            html.Noscript(html.Button(words("go"), type="submit")) if one is None else None,
            *(about(one, visit) if one else []),
        ],
        className="what-if-form",
        method="get",
        action=f"{PREFIX}what-if",
        key=f"what-if-{one.policy.key if one else ''}",
        **{"data-still": "1"},
    )


def field(one: Asked, words: Words) -> Component:
    """Where the value supposed is said: a number within bounds, or a choice."""
    policy, said = one.policy, one.misread or ("" if one.value is None else one.value)
    if policy.kind is int:
        place: Any = dcc.Input(
            name=policy.key,
            type="number",
            value=str(said),
            min=policy.least,
            max=policy.most,
            step=1,
            required=True,
            id="what-if-value",
            autoComplete="off",
        )
    else:
        values = [("true", words("what_if_yes")), ("false", words("what_if_no"))] if policy.kind is bool else []
        values += [(key, choice_name(key, words)) for key in policy.choices]
        chosen = str(said).lower() if isinstance(said, bool) else str(said)
        place = html.Select(
            [html.Option(text, value=value, selected=value == chosen) for value, text in values], name=policy.key
        )
    return html.Label([html.Span(words("what_if_value")), place], className="what-if-value")


def about(one: Asked, visit: Visit) -> list[Component]:
    """The value in force and whose it is, what is allowed, and values near at hand."""
    words, policy = visit.words, one.policy
    whose = words("what_if_default", origin=words(f"what_if_origin_{policy.origin}"))
    if one.revised:
        whose = words("what_if_revised_short")
    said = [
        html.Span(
            [words("what_if_in_force"), " ", html.Strong(shown(policy, one.in_force, words)), f"（{whose}）"],
            className=f"of-{'revised' if one.revised else policy.origin}",
        )
    ]
    if policy.least is not None and policy.most is not None:
        said.append(html.Span(words("what_if_bounds", least=policy.least, most=policy.most)))
    if one.misread:
        said.append(html.Span(words("what_if_invalid", value=one.misread), className="misread"))
    near = [
        html.A(shown(policy, value, words), href=visit.address(policy=policy.key, **{policy.key: _text(value)}))
        for value in nearby(one)
    ]
    told: list[Component] = [html.P(said, className="what-if-about"), html.Div(near, className="ends")]
    if one.narrow:
        told.append(html.P(words("what_if_narrow"), className="hint what-if-narrow"))
    return told


def _text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def nearby(one: Asked) -> list[Value]:
    """Other values near the one in force."""
    policy, now = one.policy, one.in_force
    if policy.kind is bool:
        return [not now]
    if not isinstance(now, int):
        return [value for value in policy.choices if value != now]
    near: tuple[Value, ...] = tuple(now + by for by in (-(now // 2), -max(1, now // 4), max(1, now // 2), max(2, now)))
    return [value for value in dict.fromkeys(near) if value != now and policy.allows(value)][:QUICK]
