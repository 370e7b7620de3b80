"""Choosing 筛选: a native form, so that it works without a script, and what is chosen as chips to drop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from dash import dcc, html
from dash.development.base_component import Component

from dashboards.parts.ground import Ground
from dashboards.parts.naming import called
from dashboards.parts.panel import panel
from dashboards.parts.visit import PREFIX
from dashboards.parts.words import Words
from dashboards.replay.asking import PATH, SOURCES, Question
from domain import Command, Event
from infra.story.naming import area_of, area_titles, areas, command_titles, event_titles

MOST_LETTERS: Final = 110
FIRST: Final = ("q", "what", "department", "since", "until")


def choosing_panel(question: Question, base: Ground) -> Component:
    """The form; below it the filters in force."""
    words = question.visit.words
    further = {name for name, _ in question.filters()} - set(FIRST)
    return panel(
        words("ask_title"),
        "",
        html.Form(
            [
                html.Div(list(first(question, base)), className="ask-fields"),
                html.Details(
                    [
                        html.Summary(words("ask_more"), className="ask-more"),
                        html.Div(list(second(question)), className="ask-fields"),
                    ],
                    open=bool(further),
                    className="ask-further",
                    key=f"further-{bool(further)}",
                ),
                dcc.Input(type="hidden", name="as_of", value=question.visit.as_of_text or ""),
                html.Div(
                    [
                        html.Button(words("ask_go"), type="submit", className="button primary"),
                        html.A(
                            words("ask_clear"),
                            href=question.visit.address(PATH, department=None, term=None, week=None),
                            className="button",
                        ),
                    ],
                    className="ask-buttons",
                ),
            ],
            method="get",
            action=PREFIX + PATH,
            className="ask",
            key="&".join(f"{name}={text}" for name, text in question.filters()),
        ),
        chips(question, base),
        kind="ask-panel",
    )


def field(label: str, what: Component) -> Component:
    return html.Label([html.Span(label), what], className="ask-field")


def text(name: str, value: str | None, hint: str, kind: str = "text") -> Component:
    return dcc.Input(
        type=kind, name=name, value=value or "", placeholder=hint, maxLength=MOST_LETTERS, autoComplete="off"
    )


def chosen(name: str, options: list[Any]) -> Component:
    return html.Select(options, name=name)


def option(value: str, said: str, now: str | None) -> Component:
    return html.Option(said, value=value, selected=value == (now or ""))


def first(question: Question, base: Ground) -> Iterator[Component]:
    """What is asked most."""
    words, told, visit = question.visit.words, question.told, question.visit
    yield field(words("ask_words"), text("q", told.get("q"), words("ask_words_hint")))
    yield field(words("ask_kind"), chosen("what", kinds(told.get("what"), words)))
    offered = [
        row for row in base.departments.values() if visit.viewer.college or row["department_id"] in seen(question)
    ]
    ordered = sorted(offered, key=lambda row: (row["kind"] != "academic", str(row["code"])))
    whole = words("whole_college" if visit.viewer.college else "own_scope")
    departments = [("", whole), *((row["department_id"], words.of(row)) for row in ordered)]
    options = [option(value, said, visit.department) for value, said in departments]
    yield field(words("department"), chosen("department", options))
    yield field(words("ask_since"), dcc.Input(type="date", name="since", value=told.get("since", "")))
    yield field(words("ask_until"), dcc.Input(type="date", name="until", value=told.get("until", "")))


def seen(question: Question) -> tuple[str, ...]:
    return question.visit.viewer.departments


def second(question: Question) -> Iterator[Component]:
    """What is asked by those who know what they look for."""
    words, told, visit = question.visit.words, question.told, question.visit
    commands = sorted((words.either(*command_titles(name)), name) for name in Command.by_name)
    options = [option("", words("ask_all_commands"), told.get("command"))]
    options += [option(name, said, told.get("command")) for said, name in commands]
    if told.get("command") not in (None, *Command.by_name):
        options.append(option(told["command"], told["command"], told["command"]))
    yield field(words("ask_command"), chosen("command", options))
    sources = [option("", words("ask_all_sources"), told.get("source"))]
    sources += [option(name, words(f"source_{name}"), told.get("source")) for name in SOURCES]
    yield field(words("ask_source"), chosen("source", sources))
    yield field(words("ask_person"), text("person", visit.person, words("ask_person_hint")))
    yield field(words("ask_actor"), text("actor", told.get("actor"), "person:…"))
    yield field(words("ask_tag"), text("tag", told.get("tag"), words("ask_tag_hint")))


def kinds(now: str | None, words: Words) -> list[Any]:
    """Event types by area, each area as a whole first; in the language of the page."""
    by_area: dict[str, list[str]] = {area: [] for area in areas()}
    for name in Event.by_name:
        by_area[area_of(name)].append(name)
    groups: list[Any] = [option("", words("ask_all_kinds"), now)]
    for title, area in sorted((words.either(*area_titles(area)), area) for area in by_area):
        named = sorted((words.either(*event_titles(name)), name) for name in by_area[area])
        whole = option(area, words("ask_whole_area", area=title), now)
        groups.append(html.Optgroup([whole, *(option(n, said, now) for said, n in named)], label=title))
    return groups


def chips(question: Question, base: Ground) -> Component | None:
    """Every filter in force, each a link to the same question without it."""
    words = question.visit.words
    told = []
    for name, value in question.filters():
        said = said_of(name, value, base, words)
        plain = said if isinstance(said, str) else value
        told.append(
            html.A(
                [html.Small(words(LABELS[name])), html.Span(said), html.Span("×", **{"aria-hidden": "true"})],
                href=question.address(**{name: None}),
                className="ask-chip",
                **{"aria-label": words("ask_drop", said=f"{words(LABELS[name])} {plain}")},
            )
        )
    return html.Div(told, className="ask-chips") if told else None


LABELS: Final = {
    "q": "ask_words",
    "what": "ask_kind",
    "department": "department",
    "since": "ask_since",
    "until": "ask_until",
    "command": "ask_command",
    "source": "ask_source",
    "person": "ask_person",
    "actor": "ask_actor",
    "tag": "ask_tag",
}


def said_of(name: str, value: str, base: Ground, words: Words) -> Any:
    """A filter's value as people know it."""
    match name:
        case "what":
            titles = event_titles(value) if "." in value else area_titles(value)
            return words.either(*titles)
        case "department":
            row = base.departments.get(value)
            return words.of(row) if row else value
        case "command":
            return words.either(*command_titles(value)) if value in Command.by_name else value
        case "source":
            return words(f"source_{value}")
        case "person" | "actor":
            return called("person:" + value.partition(":")[2], value)
    return value
