"""The event drawer 事件原文: the envelope of one event as the API gives it to this viewer, filled in by the script."""

from __future__ import annotations

import json

from dash import html
from dash.development.base_component import Component

from dashboards.parts.visit import PREFIX
from dashboards.parts.words import Words
from domain import Command, Event
from domain.access import CLOCK, IMPORT, REACTION, ROLES
from domain.policies import Policy

SOURCE = "/api/events/"
LABELS = ("event_recorded", "event_occurred", "event_actor", "event_command", "event_rules")
OF_THE_SYSTEM = {CLOCK: ("时钟", "The clock"), REACTION: ("联动", "A reaction"), IMPORT: ("导入", "An import")}
TOLD = ("event_missing", "event_no_rules", "rule_version", "rule_default", "copied", "copy", "loading", "failed")


def titles(words: Words) -> str:
    """Roles, commands, rules and events by their names, in the language of the page, as JSON."""
    told = {role: words.either(*both) for role, both in (ROLES | OF_THE_SYSTEM).items()}
    told |= {name: words.either(*command.titles()) for name, command in Command.by_name.items()}
    told |= {key: words.either(policy.zh, policy.en) for key, policy in Policy.by_key.items()}
    told |= {name: words.either(*event.titles()) for name, event in Event.by_name.items()}
    return json.dumps(told, ensure_ascii=False)


def drawer_head(words: Words) -> Component:
    close = html.Button(
        html.I(className="icon icon-close"),
        type="button",
        className="icon-button",
        **{"aria-label": words("close"), "data-close": "drawer"},
    )
    return html.Header([html.H2(words("event_title")), close])


def event_drawer(words: Words) -> Component:
    """A closed dialog with a place for everything an event says."""
    facts = [
        part
        for key in LABELS
        for part in (html.Dt(words(key)), html.Dd(className="slot", **{"data-slot": key.removeprefix("event_")}))
    ]
    copy = html.Button(words("copy"), type="button", className="button", **{"data-copy": "event"})
    told = {f"data-{key.replace('_', '-')}": words(key) for key in TOLD}
    return html.Dialog(
        [
            drawer_head(words),
            html.P(className="drawer-name", **{"data-slot": "name"}),
            html.P(
                html.A(words("event_story"), href=f"{PREFIX}replay", className="button", **{"data-story": "replay/"}),
                className="drawer-ways",
            ),
            html.Dl(facts, className="facts"),
            html.Div([html.H3(words("event_body")), copy], className="drawer-body-head"),
            html.Pre(className="envelope", tabIndex=0, **{"data-slot": "body"}),
            html.P(className="drawer-problem", role="alert", **{"data-slot": "problem"}),
        ],
        className="drawer",
        tabIndex=-1,
        **{"aria-label": words("event_title"), "data-drawer": SOURCE, "data-titles": titles(words), **told},
    )
