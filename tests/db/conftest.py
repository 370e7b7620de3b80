"""What the read side's tests share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from infra.postgres import Institution, pool
from infra.readings import Readings
from tests.db.played import played as played
from tests.db.trial import FIGURES, MONDAY


class Still:
    """A clock that stands still at noon of the first Monday."""

    def now(self):
        return MONDAY.replace(hour=12)


@pytest.fixture
async def readings(institution: Institution) -> AsyncIterator[Readings]:
    """The readings of the trial college's figures."""
    async with pool(institution, "reader", largest=6) as looking:
        made = Readings(looking, institution, FIGURES, Still())
        yield made
        await made.close()
