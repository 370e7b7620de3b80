"""Whoever places at once for the same room, teacher, class or student: one wins, nobody is booked twice."""

from __future__ import annotations

import asyncio
from typing import Any

from domain import Command, Conflict
from domain.access import IMPORT, SYSTEM
from domain.rosters import JoinTeachingClass
from domain.timetable import Placement, PlaceOffering
from infra.campus import Campus
from infra.desk import Busy, Receipt
from tests.college import ALGEBRA, DENG, HALL, LOGIC, M1, M2, MONDAY, R101, SCHEDULING, WU, offering, squad, staff
from tests.db.test_tables_organisation import record

RIVALS = 6


async def together(campus: Campus, *wishes: Command[Any]) -> list[Receipt | BaseException]:
    """Hand everything in at the same moment; whoever lost the race too often asks once more."""
    by: dict[str, Any] = {"person_id": SYSTEM[IMPORT].person_id, "source": IMPORT}

    async def one(wish: Command[Any]) -> Receipt:
        key = f"{wish.NAME}-{wish!r}"
        try:
            return await campus.desk.submit(wish, key=key, **by)
        except Busy:
            return await campus.desk.submit(wish, key=key, **by)

    return await asyncio.gather(*map(one, wishes), return_exceptions=True)


def at_once(class_id: str, week: int, room_id: str | None) -> PlaceOffering:
    slot = Placement(weeks=(week,), weekday=1, begin_period=1, end_period=2, room_id=room_id)
    return PlaceOffering(teaching_class_id=class_id, placements=(slot,))


def winners(outcomes: list[Receipt | BaseException], code: str) -> int:
    lost = [o for o in outcomes if isinstance(o, BaseException)]
    assert all(isinstance(o, Conflict) and o.code == code for o in lost), lost
    return len(outcomes) - len(lost)


async def test_one_of_many_gets_the_room(campus: Campus) -> None:
    classes = [f"teaching_class:r{n}" for n in range(RIVALS)]
    await record(
        campus,
        *SCHEDULING,
        *(squad(f"squad:r{n}") for n in range(RIVALS)),
        *(staff(f"person:r{n}") for n in range(RIVALS)),
        *(
            offering(c, teacher_ids=(f"person:r{n}",), squad_ids=(f"squad:r{n}",), capacity=None)
            for n, c in enumerate(classes)
        ),
    )
    for week in range(1, 5):
        outcomes = await together(campus, *(at_once(c, week, R101) for c in classes))
        assert winners(outcomes, "conflict_room") == 1
    apart = await together(campus, *(at_once(c, 9, None) for c in classes))
    assert winners(apart, "conflict_room") == RIVALS


async def test_a_student_is_not_enrolled_and_placed_elsewhere_at_once(campus: Campus) -> None:
    algebra, logic = offering(ALGEBRA, squad_ids=(M1,)), offering(LOGIC, teacher_ids=(WU,), squad_ids=(M2,))
    await record(campus, *SCHEDULING, algebra, logic)
    assert winners(await together(campus, at_once(ALGEBRA, 1, HALL)), "") == 1
    join = JoinTeachingClass(teaching_class_id=ALGEBRA, student_id=DENG, effective_on=MONDAY)
    assert winners(await together(campus, join, at_once(LOGIC, 1, R101)), "conflict_student") == 1
