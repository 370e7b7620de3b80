"""Replay 事件回放: the log as people may read it, at any moment of it, searched, drawn and followed.  Seed: D01."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from zoneinfo import ZoneInfo

from dash.development.base_component import Component

from dashboards.parts.ground import ground
from dashboards.parts.panel import nothing
from dashboards.parts.shell import frame
from dashboards.parts.visit import Visit
from dashboards.replay import words as words
from dashboards.replay.asking import question
from dashboards.replay.choosing import choosing_panel
from dashboards.replay.lanes import lanes_panel
from dashboards.replay.listing import list_panel
from dashboards.replay.seen import known, ledger, seen
from dashboards.replay.slider import position_of, slider_panel
from infra.sight import Sight
from infra.story.asked import answered
from infra.story.search import rows_at
from infra.story.timeline import Span, timeline
from infra.story.tree import Causes

PAGE = 50


def causes(visit: Visit) -> Causes:
    """What follows events to what they led to."""
    campus = ledger(visit)
    zone, declared = ZoneInfo(campus.institution.zone), campus.declared
    return Causes(campus.pool, campus.institution.schema, campus.codec, zone, declared.entries, declared.reactions)


async def page(visit: Visit) -> Component:
    """The slider, the filters, the swimlanes and the list, all of the moment replayed to."""
    campus, text = ledger(visit), visit.words
    schema = campus.institution.schema
    spans = await timeline(campus.pool, schema, text.zone)
    if not spans:
        return frame(visit, text("replay"), text("replay_under"), nothing(text("list_none")))
    visit = slid(visit, spans)
    asking = question(visit)
    visit = replace(visit, misread=tuple(sorted({*visit.misread, *asking.misread})))
    position = visit.as_of or spans[-1].last
    base, found, here = await asyncio.gather(
        ground(visit),
        answered(campus, asking.asked(asking.beyond), Sight(visit.viewer), "newest", PAGE),
        rows_at(campus.pool, schema, [position]),
    )
    events = seen(found.rows, visit)
    names = await known(events, base, visit)
    return frame(
        visit,
        text("replay"),
        text("replay_under"),
        [
            slider_panel(asking, spans, position, here[0].recorded_at, base),
            choosing_panel(asking, base),
            lanes_panel(events, causes(visit), base, visit),
            list_panel(asking, found, events, names),
        ],
    )


def slid(visit: Visit, spans: list[Span]) -> Visit:
    """The visit at the place of the slider, where a form without script says it."""
    step = visit.rest.get("slide", "")
    if visit.as_of is not None or not step.isdigit() or len(step) > 6:
        return visit
    position = position_of(int(step), spans)
    return visit if position >= spans[-1].last else replace(visit, as_of=position, as_of_text=str(position))
