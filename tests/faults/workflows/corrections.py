"""Corrections by dice: of published grades, and of hours lost to a late roll call."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from domain import Command
from domain.access import ACADEMIC, ACADEMIC_HEAD, CLOCK, HEAD, SYSTEM, TEACHER
from domain.grades import ApproveGradeCorrection, RefuseGradeCorrection, RequestGradeCorrection
from domain.roll_call import (
    EndSession,
    GrantRollCallWaiver,
    RefuseRollCallWaiver,
    RequestRollCallWaiver,
)
from domain.teaching_hours import SettleSession
from tests.faults.workflows.founding import COMPONENTS
from tests.faults.workflows.world import Meeting, TeachingClass, World

GRADES = (RequestGradeCorrection, ApproveGradeCorrection, RefuseGradeCorrection)
WAIVERS = (RequestRollCallWaiver, GrantRollCallWaiver, RefuseRollCallWaiver)
THE_CLOCK = SYSTEM[CLOCK].person_id
STALE = timedelta(days=12)


async def grade(world: World) -> None:
    """A teacher asks, the department's head and the office agree, or one of them does not."""
    dice, made, at = world.dice, world.dice.choice(world.classes), world.now
    ids = {
        "teaching_class_id": made.id,
        "student_id": dice.choice(world.students[made.squad]),
        "correction_id": world.new("correction"),
    }
    asks = RequestGradeCorrection(
        **ids,
        component=dice.choice(COMPONENTS).key,
        score_hundredths=dice.randrange(30, 101) * 100,
        reason="登分时看错一行",
        evidence="试卷复核记录",
    )
    approve, refuse = ApproveGradeCorrection(**ids), RefuseGradeCorrection(**ids, reason="试卷与成绩一致")
    asker = await _asker(world, made, RequestGradeCorrection)
    if dice.random() < 0.1:
        await world.say(approve, world.anybody(), at, hostile=True)
        await world.say(asks, world.anybody(), at, hostile=True)
    if await world.say(asks, asker, at) or dice.random() < 0.2:
        await _walk(world, made, asker, (approve, refuse), at)


async def waiver(world: World) -> None:
    """A session whose roll nobody took: its teacher asks that the hours count all the same."""
    dice = world.dice
    meeting = _next(world)
    if meeting is None:
        await grade(world)
        return
    ids = {"session_id": meeting.session}
    end = EndSession(**ids, teaching_class_id=meeting.of.id)
    await world.say(end, THE_CLOCK, meeting.ends_at, sure=True)
    ids |= {"waiver_id": world.new("waiver")}
    asks = RequestRollCallWaiver(**ids, reason="机房网络中断两天", evidence="网络中心证明")
    asker = await _asker(world, meeting.of, RequestRollCallWaiver)
    if dice.random() < 0.2:
        await world.say(asks, asker, meeting.ends_at + timedelta(hours=2), hostile=True)
    settled = meeting.ends_at + timedelta(hours=48, minutes=1)
    await world.say(SettleSession(session_id=meeting.session), THE_CLOCK, settled, sure=True)
    grant, refuse = GrantRollCallWaiver(**ids), RefuseRollCallWaiver(**ids, reason="证明材料不足")
    if dice.random() < 0.1:
        await world.say(grant, world.anybody(), world.now, hostile=True)
    if await world.say(asks, asker, world.now) or dice.random() < 0.2:
        await _walk(world, meeting.of, asker, (grant, refuse), world.now)


async def _asker(world: World, made: TeachingClass, asks: type[Command[Any]]) -> str:
    """The teacher, or who asks for them: now and then one of those who are to decide."""
    if world.dice.random() < 0.2:
        post = next(p for p in world.posts if (p.person, p.role) == (made.teacher, TEACHER))
        await world.lend(post, [asks], world.one(HEAD, ACADEMIC, ACADEMIC_HEAD).person)
    return world.hand(made.teacher, asks, 0.4)


def _next(world: World) -> Meeting | None:
    """The next session past its deadline for whose waiver there is still time."""
    while world.sessions and world.sessions[0].ends_at < world.now - STALE:
        world.sessions.pop(0)
    if world.sessions and world.sessions[0].ends_at < world.now - timedelta(hours=49):
        return world.sessions.pop(0)
    return None


async def _walk(
    world: World, made: TeachingClass, asker: str, decisions: tuple[Command[Any], Command[Any]], at: datetime
) -> None:
    """Along the route, by those whose step it is and by those whose step it is not."""
    dice, (agree, refuse) = world.dice, decisions
    kind = type(agree)
    heads = [p.person for p in world.held(HEAD, department=made.department)]
    office = [p.person for p in world.held(ACADEMIC, ACADEMIC_HEAD)]
    decided = [made.teacher, asker]
    for _ in range(dice.randrange(3, 8)):
        at += timedelta(hours=dice.random() * 20)
        luck = dice.random()
        command = refuse if dice.random() < 0.12 else agree
        if luck < 0.35:
            borrowers = world.borrowers(dice.choice((*heads, *office)), kind)
            tempted = dice.choice((*decided, *borrowers, world.anybody()))
            await world.say(command, tempted, at, hostile=True)
        else:
            by = world.hand(dice.choice(heads if luck < 0.62 else office), kind)
            if await world.say(command, by, at):
                decided.append(by)
    if dice.random() < 0.9:
        # Whatever is left open would stand in the way of the next request.
        for by in (*heads, dice.choice(office), dice.choice(office)):
            await world.say(refuse, by, at)
