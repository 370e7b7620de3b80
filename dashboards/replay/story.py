"""The story of one event 来龙去脉: from the command it began with to every consequence, and what it changed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from dash import html
from dash.development.base_component import Component
from psycopg.sql import SQL, Identifier

from dashboards.parts.drill_down import event_link
from dashboards.parts.ground import Ground, ground
from dashboards.parts.panel import nothing, panel
from dashboards.parts.shell import frame
from dashboards.parts.visit import Visit
from dashboards.replay import causes
from dashboards.replay.altered import changes_panel
from dashboards.replay.asking import PATH
from dashboards.replay.families import sign
from dashboards.replay.seen import Known, Seen, concerns, known, ledger, length, seen, story_address, title, who
from domain import Event, Unknown
from domain.access import IMPORT
from domain.policies import Policy
from infra.log import Row
from infra.sight import Sight
from infra.story.changes import Change, changes
from infra.story.naming import command_titles
from infra.story.search import rows_at
from infra.story.tree import MOST, Deed, Tree

MANY: Final = 6
HOW: Final = {"person": "story_person", "clock": "story_clock", "reaction": "story_reaction"}


async def page(visit: Visit, position: str) -> Component:
    """One event: its envelope in words, its story, what it changed, and how to prove it."""
    words = visit.words
    if not position.isdigit() or len(position) > 15:
        raise Unknown("event_unknown")
    campus = ledger(visit)
    rows = await rows_at(campus.pool, campus.institution.schema, [int(position)])
    known_then = [row for row in rows if visit.as_of is None or row.position <= visit.as_of]
    if not (events := seen(known_then, visit)):
        raise Unknown("event_unknown")
    event = events[0]
    base, tree, changed, sealed = await asyncio.gather(
        ground(visit), causes(visit).tree(event.row), changed_by(event.row, visit), sealed_upto(visit)
    )
    tree = tree.grown(visit.as_of)
    told = {one.position: one for one in seen(tree.rows, visit)}
    names = await known(list(told.values()), base, visit)
    about = words.moment(event.row.recorded_at, seconds=True)
    return frame(
        visit,
        title(event, words),
        f"#{event.position:,} · {about}",
        [
            crumbs(event, visit),
            html.Div(
                [
                    story_panel(tree, told, names, visit),
                    html.Div([envelope_panel(event, names, base, sealed, visit)], className="story-aside"),
                ],
                className="row row-story",
            ),
            changes_panel(changed, base, visit),
        ],
    )


async def changed_by(row: Row, visit: Visit) -> list[Change] | None:
    """What the event changed; None while the tables have not come to it."""
    campus = ledger(visit)
    try:
        return await changes(campus, campus.declared.tables, visit.viewer, row)
    except Unknown as no:
        if no.code != "position_unknown":
            raise
        return None


async def sealed_upto(visit: Visit) -> int:
    """The last position sealed."""
    campus = ledger(visit)
    query = SQL("select coalesce(max(size), 0) from {}").format(
        Identifier(campus.institution.schema, "seal_checkpoint")
    )
    async with campus.pool.connection() as db:
        row = await (await db.execute(query)).fetchone()
    return row[0] if row else 0


def crumbs(event: Seen, visit: Visit) -> Component:
    """The way back to the list."""
    words = visit.words
    return html.Nav(
        [
            html.A(words("replay"), href=visit.address(PATH)),
            html.Span("›", className="quiet"),
            html.Span(title(event, words)),
        ],
        className="crumbs",
        **{"aria-label": words("replay")},
    )


def envelope_panel(event: Seen, names: Known, base: Ground, sealed: int, visit: Visit) -> Component:
    """Who, when, by which command, from where, by which rules, and whether it is sealed."""
    words = visit.words
    lines = [part for name, told in facts(event, names, base, sealed, visit) for part in (html.Dt(name), html.Dd(told))]
    return panel(
        words("envelope_title"),
        words("envelope_hint"),
        html.Dl(lines, className="facts"),
        html.Div(list(ways(event, sealed, visit)), className="story-ways"),
        kind="envelope-panel",
    )


def facts(event: Seen, names: Known, base: Ground, sealed: int, visit: Visit) -> Iterator[tuple[str, Any]]:
    words, told, actor = visit.words, event.told, event.actor
    yield words("envelope_what"), html.Span([sign(event.row.type, words), " ", title(event, words)])
    if words.language == "en" and (kind := Event.by_name.get(event.row.type)) and kind.__doc__:
        yield words("envelope_meaning"), kind.__doc__.strip().partition("\n")[0]
    yield words("event_about"), concerns(event, names, visit)
    yield words("event_actor"), who(event, words)
    if actor.get("department_id"):
        yield words("envelope_department"), base.name(actor["department_id"], visit)
    if actor.get("on_behalf_of"):
        yield words("envelope_for"), html.Code(actor["on_behalf_of"])
    yield words("event_command"), words.either(*command_titles(told["command_name"]))
    yield words("envelope_source"), words(f"source_{told['source']}")
    yield words("event_recorded"), words.moment(event.row.recorded_at, seconds=True)
    yield words("event_rules"), rules(told["policies"], visit)
    is_sealed = event.position <= sealed
    state = html.Span(
        [
            html.Span("●" if is_sealed else "○", className="shape", **{"aria-hidden": "true"}),
            " ",
            words("envelope_sealed" if is_sealed else "envelope_waits"),
        ],
        className="light light-green" if is_sealed else "light light-none",
    )
    yield words("envelope_seal"), state


def rules(used: Sequence[Mapping[str, Any]], visit: Visit) -> Any:
    """The rules the decision used, each with its version."""
    words = visit.words
    if not used:
        return html.Span(words("event_no_rules"), className="quiet")

    def told(rule: Mapping[str, Any]) -> str:
        policy = Policy.by_key.get(rule["key"])
        name = words.either(policy.zh, policy.en) if policy else rule["key"]
        if rule["version"]:
            return words("rule_version", key=name, version=rule["version"])
        return words("rule_default", key=name)

    return html.Ul([html.Li(told(rule), title=rule["key"]) for rule in used])


def ways(event: Seen, sealed: int, visit: Visit) -> Iterator[Component]:
    """Where one may go from here."""
    words = visit.words
    if event.position <= sealed:
        yield html.A(
            words("envelope_proof"),
            href=f"/proofs/{event.position}",
            className="button",
            target="_blank",
            rel="noopener",
        )
    yield html.A(
        words("envelope_whole"),
        href=visit.address(f"{PATH}/{event.position}", event=event.position),
        className="button",
        **{"data-event": str(event.position)},
    )
    yield html.A(words("envelope_around"), href=visit.address(PATH, as_of=event.position), className="button")
    yield html.A(words("envelope_cockpit"), href=visit.address("", as_of=event.position), className="button")
    if event.person:
        yield html.A(words("envelope_person"), href=visit.address(PATH, actor=event.person), className="button")
    if event.thing:
        yield html.A(words("envelope_same"), href=visit.address(PATH, tag=event.thing), className="button")


def story_panel(tree: Tree, told: Mapping[int, Seen], names: Known, visit: Visit) -> Component:
    """The deeds above, one within the other, then the event's own, with everything below it."""
    words = visit.words
    children: dict[int | None, list[Deed]] = {}
    for deed in tree.deeds[1:] if len(tree.deeds) > 1 else ():
        children.setdefault(deed.cause, []).append(deed)
    own = next(deed for deed in tree.deeds if any(row.position == tree.asked for row in deed.rows))
    for deed in tree.deeds:
        if deed is not own and deed not in children.get(deed.cause, ()):
            children.setdefault(deed.cause, []).append(deed)
    drawing = Branches(tree.asked, told, names, children, visit)
    body = drawing.deed(own, tree.before[-1].rows[0] if tree.before else None)
    for n, above in reversed(list(enumerate(tree.before))):
        body = drawing.deed(above, tree.before[n - 1].rows[0] if n else None, body)
    # Students are not told how much is kept from them.
    hidden = 0 if Sight(visit.viewer).narrow else len(tree.rows) - len(told)
    notes = [
        html.P(words("story_more", most=MOST), className="hint warn") if tree.more else None,
        html.P(words("story_hidden", count=hidden), className="hint") if hidden else None,
    ]
    alone = len(tree.rows) == 1
    return panel(
        words("story_title"),
        words("story_hint"),
        html.Ol([body], className="story"),
        nothing(words("story_none")) if alone else None,
        *notes,
        kind="story-panel",
    )


class Branches:
    """Draws deeds as nested lists: a command, its events, and under each event what it led to."""

    def __init__(
        self,
        asked: int,
        told: Mapping[int, Seen],
        names: Known,
        children: Mapping[int | None, Sequence[Deed]],
        visit: Visit,
    ) -> None:
        self._asked, self._told, self._names, self._children = asked, told, names, children
        self._visit = visit

    def deed(self, deed: Deed, cause: Row | None, further: Component | None = None) -> Component:
        """One command with its events; `further` is what is already drawn below its one event."""
        words = self._visit.words
        events = [self._told[row.position] for row in deed.rows if row.position in self._told]
        if not events:
            if Sight(self._visit.viewer).narrow:
                return html.Li(further, className="deed") if further else html.Li(hidden=True)
            unseen = html.Div(html.Small(words("story_unseen")), className="deed-head")
            return html.Li([unseen, further], className="deed")
        imported = deed.how == "person" and events[0].told["source"] == IMPORT
        how = words("source_import" if imported else HOW[deed.how])
        when = length(cause.recorded_at, deed.rows[0].recorded_at, words) if cause else ""
        name = words.either(*command_titles(deed.name))
        head = html.Div(
            [
                html.Span(name, className="deed-name"),
                html.Small(" · ".join(filter(None, (how, when)))),
            ],
            className=f"deed-head how-{deed.how}",
        )
        shown, rest = self._split(events)
        items = [self._event(event, further) for event in shown]
        if rest:
            text = words("story_more_of_command", count=len(rest))
            inside = html.Ol([self._event(event, None) for event in rest], className="deed-events")
            items.append(html.Li(html.Details([html.Summary(text), inside], className="as-table")))
        return html.Li([head, html.Ol(items, className="deed-events")], className="deed")

    def _split(self, events: Sequence[Seen]) -> tuple[Sequence[Seen], Sequence[Seen]]:
        """Of many events of one command: those with a story of their own, and the others."""
        if len(events) <= MANY:
            return events, ()
        own = [e for e in events if e.position == self._asked or e.position in self._children]
        first = [e for e in events if e not in own][: max(MANY - len(own), 1)]
        shown = sorted([*own, *first], key=lambda event: event.position)
        return shown, [e for e in events if e not in shown]

    def _event(self, event: Seen, further: Component | None) -> Component:
        visit, words = self._visit, self._visit.words
        here = event.position == self._asked
        name = title(event, words)
        led = [self.deed(deed, event.row) for deed in self._children.get(event.position, ())]
        below = [further] if further is not None else led
        return html.Li(
            [
                html.Div(
                    [
                        sign(event.row.type, words),
                        html.Div(
                            [
                                html.Strong(name)
                                if here
                                else html.A(name, href=story_address(event.position, visit), className="event-title"),
                                html.Span(words("story_here"), className="chip here-chip") if here else None,
                                html.Small(
                                    [
                                        words.moment(event.row.recorded_at, seconds=True),
                                        " · ",
                                        who(event, words),
                                        " · ",
                                        concerns(event, self._names, visit),
                                    ],
                                    className="below",
                                ),
                            ]
                        ),
                        event_link(event.position, visit),
                    ],
                    className="story-event here" if here else "story-event",
                    **({"aria-current": "true"} if here else {}),
                ),
                html.Ol(below, className="story") if below else None,
            ]
        )
