"""The projector: what is folded live equals what is folded cold, whatever the batches."""

from __future__ import annotations

import pytest

from infra.log import Log
from infra.postgres import Institution
from infra.projector import Projector
from tests.db.college import TABLES, random_past, record


@pytest.mark.parametrize("batch", [1, 7, 500])
async def test_live_folds_equal_a_cold_rebuild(institution: Institution, log: Log, batch: int) -> None:
    projector = Projector(institution, TABLES, batch=batch)
    await projector.prepare()
    head = await record(log, random_past(batch, 120))
    assert await projector.catch_up() == head
    compared = [c for size in (None, 1, 7, 500) for c in await projector.compare(batch=size)]
    assert len(compared) == 12
    assert {c["differences"] for c in compared} == {0}
    assert all(c["rows"] > 10 for c in compared)
