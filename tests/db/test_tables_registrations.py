"""The read table of registrations, on PostgreSQL."""

from __future__ import annotations

from typing import Any

import pytest

from domain import Actor
from domain.access import HEAD
from infra.campus import Campus
from infra.projector import Projector
from infra.readings import SYSTEM as EVERYTHING, Viewer
from projections.registrations import REGISTRATION
from tests import test_registrations as said
from tests.college import ALGEBRA, ARTS, BO, CHEN, DENG, MATHS
from tests.db.test_tables_organisation import record

OTHER = said.REGISTERED.model_copy(update={"student_id": CHEN, "registered_on": None})
NOBODY = said.REGISTERED.model_copy(update={"student_id": DENG, "department_id": ARTS})
ENDED = said.concluded("withdrawn", gone=said.GONE)
PAST = (said.REGISTERED, said.GONE, said.AGAIN, OTHER, NOBODY, said.GONE, ENDED)


async def told(campus: Campus, viewer: Viewer, **seen: Any) -> dict[str, tuple[Any, ...]]:
    rows = await campus.readings.rows("registration", viewer, **seen)
    return {r["student_id"]: (r["state"], r["attempt"], r["withdrawn_on"], r["result"]) for r in rows}


@pytest.mark.parametrize("batch", [1, 7, 500])
async def test_a_registration_is_its_last_word_and_the_past_keeps_the_others(campus: Campus, batch: int) -> None:
    projector = Projector(campus.institution, [REGISTRATION], batch=batch)
    await projector.prepare()
    head = await record(campus, *PAST)
    assert await projector.catch_up() == head
    for size in (None, 1, 500):
        assert {c["differences"] for c in await projector.compare(batch=size)} == {0}
    now = await told(campus, EVERYTHING)
    assert now[BO] == ("concluded", 1, said.LATER, "withdrawn")
    assert now[CHEN] == ("registered", 1, None, None)
    assert (await told(campus, EVERYTHING, as_of=2))[BO] == ("withdrawn", 1, said.LATER, None)
    assert (await told(campus, EVERYTHING, as_of=3))[BO] == ("registered", 2, None, None)
    head_of_maths = Viewer("person:head", (Actor("person:head", HEAD, MATHS),))
    assert set(await told(campus, head_of_maths)) == {BO, CHEN}
    assert {r["teaching_class_id"] for r in await campus.readings.rows("registration", EVERYTHING)} == {ALGEBRA}
