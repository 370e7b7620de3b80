"""The badge's stream does not call tables fresh that stand still, not even while the institution's clock does."""

from __future__ import annotations

from typing import Any

import orjson

from infra.campus import Campus
from tests.api.conftest import Project, Staffing
from tests.api.test_feed import streamed


async def test_tables_that_stand_grow_old_on_a_clock_that_stands(
    app: Any, staff: Staffing, campus: Campus, project: Project
) -> None:
    auditor = await staff.token("shen", "auditor")
    await project()
    assert campus.clock.frozen
    async with streamed(app, "/api/freshness", "", auditor) as stream:
        told: list[dict[str, Any]] = []

        async def until(state: str, lag: float) -> None:
            while not told or told[-1]["state"] != state or told[-1]["lag_seconds"] < lag:
                told.append(orjson.loads((await stream.message())["data"]))

        await until("live", 0.0)
        assert told[-1]["lag_seconds"] == 0
        await staff.appoint("wang", None)
        await until("catching_up", 2.0)
        assert told[-1]["lag_events"] == told[-1]["head"] - told[-1]["position"] > 0
        await project()
        await until("live", 0.0)
        assert told[-1]["lag_seconds"] == told[-1]["lag_events"] == 0
