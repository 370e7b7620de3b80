"""Whether a figure's tables go on, or one has stopped short of the position asked: told without reading rows."""

from __future__ import annotations

from infra.readings import Readings, Viewer


async def stop_under(readings: Readings, key: str, viewer: Viewer, as_of: int | None) -> int | None:
    """The position at which a table under the figure stopped; None: none did.

    While one is being rebuilt only the figure itself tells whether it can be read.
    """
    figure = readings._figure(key)
    async with readings._asked(viewer, as_of, None) as asked:
        named = asked.tables.named_in(figure.rows)
        if (stop := asked.standing.stop_of(named)) is not None or asked.standing.rebuilding.isdisjoint(named):
            return stop
    return (await readings.figure(key, viewer, as_of=as_of))[0].stopped_at
