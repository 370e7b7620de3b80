"""Swimlanes 泳道: who did what after whom; a lane for each person, or for each role when they are many.

The columns are the events in the order recorded, not the time between them: a night would leave nothing to see.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboards.parts.drawing import Drawing, drawn
from dashboards.parts.ground import Ground
from dashboards.parts.panel import panel, table
from dashboards.parts.visit import Visit
from dashboards.parts.words import Words
from dashboards.replay.families import family_of, legend, shape
from dashboards.replay.seen import Seen, role_of, story_address, title
from domain.access import ROLES
from infra.story.tree import Causes

MOST: Final = 300
PERSONS: Final = 8
NAMES, TOP, LANE = 132, 26, 40
LETTERS: Final = {"zh": 9, "en": 17}
# So many columns and more stand so close.
STEPS: Final = ((51, 17.0), (20, 21.0), (0, 30.0))
DAY: Final = 42
Lane = tuple[str, str | None]  # role, person


@dataclass(frozen=True)
class Lanes:
    """Events in order, the lane of each, and which led to which."""

    events: Sequence[Seen]
    lanes: Sequence[Lane]
    led: Mapping[int, int]  # effect → cause

    def lane_of(self, event: Seen) -> Lane:
        whole = (event.actor["role"], event.person)
        return whole if whole in self.lanes else (event.actor["role"], None)


def lanes_of(events: Sequence[Seen], causes: Causes) -> Lanes:
    """Lanes by person, or by role when there are more than a few persons; those of the system last."""
    ordered = sorted(events, key=lambda event: event.position)[-MOST:]
    persons = list(dict.fromkeys((event.actor["role"], event.person) for event in ordered))
    lanes = persons if len(persons) <= PERSONS else list(dict.fromkeys((role, None) for role, _ in persons))
    lanes.sort(key=lambda lane: (lane[0] not in ROLES, list(ROLES).index(lane[0]) if lane[0] in ROLES else 0))
    return Lanes(ordered, lanes, led_to(ordered, causes))


def led_to(events: Sequence[Seen], causes: Causes) -> dict[int, int]:
    """Position of an event → that of the one that led to it, where both are among them."""
    commands: dict[str, list[int]] = {}
    for event in events:
        commands.setdefault(event.told["command"], []).append(event.position)
    found: dict[int, int] = {}
    for command, cause in causes.consequences(event.row for event in events):
        # Of what one command recorded only the first is joined: the others stand beside it.
        for position in commands.get(command, ())[:1]:
            found[position] = cause
    return found


def lanes_panel(events: Sequence[Seen], causes: Causes, base: Ground, visit: Visit) -> Component | None:
    """The drawing, what its shapes stand for, a line that reads out the one pointed at, and the same as a table."""
    words = visit.words
    if not events:
        return None
    lanes = lanes_of(events, causes)
    drawing = html.Div(
        [names_of(lanes, base, visit), drawing_of(lanes, visit)],
        className="scroll-x lanes-box",
        tabIndex=0,
        role="region",
        **{"aria-label": words("lanes_title"), "data-lanes-end": "1"},
    )
    told = html.P(words("lanes_told"), className="lanes-told", **{"data-lanes-told": "", "aria-live": "polite"})
    return panel(
        words("lanes_title"),
        words("lanes_hint"),
        drawing,
        told,
        legend(words),
        html.Details(
            [html.Summary(words("lanes_table")), as_table(lanes, visit)],
            className="as-table",
        ),
        kind="lanes-panel",
    )


def as_table(lanes: Lanes, visit: Visit) -> Component:
    """What the drawing shows, to be read."""
    words = visit.words
    effects: dict[int, list[int]] = {}
    for effect, cause in lanes.led.items():
        effects.setdefault(cause, []).append(effect)
    heads = [(words("event_who"), ""), (words("event_what"), "wide"), (words("event_when"), "nowrap"), ("", "")]
    rows: list[list[Any]] = []
    for event in lanes.events:
        led = [words("lanes_led_to", position=f"{p:,}") for p in effects.get(event.position, ())]
        what = html.A(title(event, words), href=story_address(event.position, visit))
        rows.append([role_of(event, words), what, words.moment(event.row.recorded_at, seconds=True), ", ".join(led)])
    return table(heads, rows, words("lanes_title"))


def drawing_of(lanes: Lanes, visit: Visit) -> Drawing:
    words = visit.words
    step = next(step for many, step in STEPS if len(lanes.events) >= many)
    width = step * (len(lanes.events) + 0.5)
    bottom = TOP + LANE * len(lanes.lanes)
    rows = {lane: TOP + LANE * (n + 0.5) for n, lane in enumerate(lanes.lanes)}
    places = {event.position: (step * (n + 0.5), rows[lanes.lane_of(event)]) for n, event in enumerate(lanes.events)}
    return drawn(
        "svg",
        *days(lanes, places, step, bottom, words),
        *(band(n, width) for n in range(len(lanes.lanes))),
        *(arc(places[cause], places[effect]) for effect, cause in lanes.led.items()),
        *(dot(event, places[event.position], event is lanes.events[-1], visit) for event in lanes.events),
        width=f"{width:.0f}",
        height=f"{bottom + 6}",
        class_="lanes",
        role="group",
        aria_label=words("lanes_label", count=len(lanes.events), lanes=len(lanes.lanes)),
    )


def names_of(lanes: Lanes, base: Ground, visit: Visit) -> Drawing:
    """Who the lanes are, beside the drawing, so that they stay when it scrolls."""
    words = visit.words
    departments = {lanes.lane_of(event): event.actor.get("department_id") for event in lanes.events}
    parts: list[Drawing] = []
    for number, lane in enumerate(lanes.lanes):
        role, person = lane
        y = TOP + LANE * number
        both = ROLES.get(role)
        named = words.either(*both) if both else words(f"source_{role}")
        middle = y + LANE / 2
        parts += [
            band(number, NAMES),
            drawn(
                "text", short(named, words), x="10", y=f"{middle - 3 if person else middle + 5:g}", class_="lane-name"
            ),
        ]
        if person:
            # Until the name is known, and where it may not be: the department.
            home = short(base.name(departments[lane], visit) if departments[lane] else "·", words)
            at = {"x": "10", "y": f"{middle + 13:g}"}
            parts.append(drawn("text", home, **at, class_="lane-person quiet", data_person=person, data_key=person))
    return drawn("svg", *parts, width=NAMES, height=f"{TOP + LANE * len(lanes.lanes) + 6}", class_="lanes lane-names")


def short(text: str, words: Words) -> str:
    most = LETTERS[words.language]
    return text if len(text) <= most else text[: most - 1] + "…"


def band(number: int, width: float) -> Drawing:
    """The ground of a lane."""
    y = TOP + LANE * number
    return drawn("rect", x="0", y=f"{y}", width=f"{width:.0f}", height=f"{LANE}", class_=f"lane lane-{number % 2}")


def days(
    lanes: Lanes, places: Mapping[int, tuple[float, float]], step: float, bottom: float, words: Words
) -> list[Drawing]:
    """A line before the first event of each day, with the day above it where there is room."""
    found: list[Drawing] = []
    before, free = None, 0.0
    for event in lanes.events:
        day = words.moment(event.row.recorded_at)[:10]
        if day == before:
            continue
        x = places[event.position][0] - step / 2
        found.append(drawn("line", x1=f"{x:g}", x2=f"{x:g}", y1=f"{TOP - 6}", y2=f"{bottom}", class_="day"))
        if free <= x <= step * len(lanes.events) - DAY:
            found.append(drawn("text", day[5:], x=f"{x + 3:g}", y="14", class_="day-name"))
            free = x + DAY + 4
        before = day
    return found


def arc(start: tuple[float, float], end: tuple[float, float]) -> Drawing:
    """From a cause to its effect, bowed so that it is seen within one lane too."""
    (x1, y1), (x2, y2) = start, end
    bow = min(26.0, 8 + (x2 - x1) / 12)
    return drawn(
        "path", d=f"M{x1:g} {y1:g}C{x1 + 6:g} {y1 - bow:g} {x2 - 6:g} {y2 - bow:g} {x2:g} {y2 - 8:g}", class_="led"
    )


def dot(event: Seen, place: tuple[float, float], newest: bool, visit: Visit) -> Drawing:
    """One event: its shape, a link to its story, and what it says when pointed at.

    The drawing is one stop of the tab key, at the newest; from there the arrow keys go on.
    """
    words = visit.words
    family = family_of(event.row.type)
    at = words.moment(event.row.recorded_at, seconds=True)
    said = f"{title(event, words)} · {role_of(event, words)} · {at} · #{event.position:,}"
    return drawn(
        "a",
        drawn("title", said),
        shape(family, *place),
        href=story_address(event.position, visit),
        class_="dot",
        tabindex="0" if newest else "-1",
        data_told=said,
        aria_label=said,
    )
