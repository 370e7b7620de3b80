"""So many workflows by dice, through the real desk on a log in memory, and the inquiry into what they left.

`python -m tests.faults.workflows.campaign seed workflows` prints what one process counted, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from zoneinfo import ZoneInfo

import domain
from domain import areas, tasks as of_tasks, teaching_hours
from infra.clock import Clock, Setting
from infra.desk import Desk
from infra.envelope import Codec
from infra.keys import MemoryKeys, Secrets
from infra.log import Log
from infra.log.memory import MemoryLog
from tests.faults.workflows import appeals, corrections, founding, tasks
from tests.faults.workflows.inquiry import Authority, Corrections, Findings, opened
from tests.faults.workflows.inquiry_of_appeals import Appeals
from tests.faults.workflows.inquiry_of_tasks import Tasks
from tests.faults.workflows.world import BEGIN, World

list(areas(domain))  # every command has its name before one is lent

# In so many of a hundred workflows.
KINDS: dict[str, tuple[int, Callable[[World], Awaitable[object]]]] = {
    "tasks": (40, tasks.play),
    "grade corrections": (28, corrections.grade),
    "roll call waivers": (8, corrections.waiver),
    "slip appeals": (16, appeals.slip),
    "discipline appeals": (8, appeals.sanction),
}
COMMANDS = (*tasks.COMMANDS, *corrections.GRADES, *corrections.WAIVERS, *appeals.COMMANDS)
REACTIONS = (of_tasks.REACTIONS, teaching_hours.REACTIONS)
TERM = timedelta(days=110)
PAGE = 2_000
# Other routes than those shipped, from some part of the term on.
REVISIONS = (
    (0.0, "rollcall.waiver_route", "head@>academic_head", "academic"),
    (0.5, "sanction.route_warning", "deputy@>student_affairs_head", "student_affairs"),
    (0.6, "rollcall.waiver_route", "academic", "academic"),
    (0.6, "grade.correction_route", "head@>academic_head", "academic"),
    (0.7, "sanction.route_expulsion", "deputy@>student_affairs_head>president", "student_affairs"),
)


@dataclass(frozen=True)
class Outcome:
    """What one run counted."""

    workflows: Counter[str]
    done: Counter[str]
    refused: Counter[str]
    hostile: Counter[str]
    surprises: Counter[str]
    findings: Findings
    seconds: float
    inquiry_seconds: float


def opened_in_memory(dice: Random) -> World:
    """A world of its own, on a log that nobody else has."""
    codec, log = Codec(MemoryKeys(), Secrets(b"0" * 32)), MemoryLog()
    desk = Desk(log, codec, Clock(Setting(BEGIN, BEGIN, frozen=True)), ZoneInfo("Asia/Shanghai"))
    return World(desk, log, codec, dice, REACTIONS)


async def played(world: World, number: int, kinds: tuple[str, ...], students: int) -> Counter[str]:
    """A term of workflows in a college with so many students a class; how many of each kind."""
    await founding.founded(world, students=students)
    for _ in range(80):
        await world.churn(COMMANDS)
    weights, told, revisions = [KINDS[k][0] for k in kinds], Counter[str](), list(REVISIONS)
    for n in range(number):
        world.now += TERM / number
        while revisions and revisions[0][0] * number <= n:
            _, policy, value, role = revisions.pop(0)
            await founding.revised(world, policy, value, role)
        if world.dice.random() < 0.08:
            await world.churn(COMMANDS)
        (kind,) = world.dice.choices(kinds, weights)
        await KINDS[kind][1](world)
        told[kind] += 1
    return told


async def looked_into(log: Log) -> Findings:
    """Every row of a log, in order."""
    findings = Findings()
    inquiries = (Authority(findings), Corrections(findings), Tasks(findings), Appeals(findings))
    position = 0
    while rows := await log.page(position, limit=PAGE):
        for row in rows:
            told = opened(row)
            findings.events += 1
            for inquiry in inquiries:
                inquiry.hear(told)
        position = rows[-1].position
    return findings


async def run(seed: int, number: int, kinds: tuple[str, ...] = tuple(KINDS), students: int = 12) -> Outcome:
    """Play and look into it."""
    world = opened_in_memory(Random(seed))  # noqa: S311 a campaign that can be repeated, not a secret
    began = time.monotonic()
    told = await played(world, number, kinds, students)
    ended = time.monotonic()
    findings = await looked_into(world.log)
    seconds = (ended - began, time.monotonic() - ended)
    return Outcome(told, world.done, world.refused, world.hostile, world.surprises, findings, *seconds)


if __name__ == "__main__":
    found = asyncio.run(run(int(sys.argv[1]), int(sys.argv[2])))
    counted = {n: getattr(found, n) for n in ("workflows", "done", "refused", "hostile", "surprises")}
    seen = found.findings
    counted |= {"judged": seen.judged, "wrong": seen.wrong, "events": seen.events, "borrowed": seen.borrowed}
    counted |= {"seconds": round(found.seconds, 1), "inquiry_seconds": round(found.inquiry_seconds, 1)}
    sys.stdout.write(json.dumps(counted, ensure_ascii=False))
