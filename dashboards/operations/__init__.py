"""Operations 运行与自证: whether the college stands as it was recorded, how far it is sealed, and every read table."""

from __future__ import annotations

import asyncio

from dash import html
from dash.development.base_component import Component

from dashboards.operations.proofs import forgetting_panel, nights_panel, seal_panel, verdict_panel
from dashboards.operations.tables import tables_panel
from dashboards.operations.words import NIGHTS
from dashboards.parts.shell import frame
from dashboards.parts.visit import Visit


async def page(visit: Visit) -> Component:
    """Always of now: what is proven is proven today."""
    words = visit.words
    integrity, status, waiting = await asyncio.gather(
        visit.readings.integrity(NIGHTS), visit.readings.status(), visit.campus.to_forget()
    )
    under = f"{words('head')} #{status.head:,} · {words('as_of_event', position=f'{status.position:,}')}"
    return frame(
        visit,
        words("operations"),
        under,
        [
            *([forgetting_panel(len(waiting), visit)] if waiting else []),
            html.Div([verdict_panel(integrity, visit), seal_panel(integrity, visit)], className="row row-wide"),
            nights_panel(integrity, visit),
            tables_panel(status, visit),
        ],
        present=True,
    )
