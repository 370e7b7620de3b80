"""One task of the president's office and its assignments, for the stories of tasks.

Published on Tuesday 1 September 2026 at noon, due on Friday the 11th at five in the afternoon.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from domain import Actor, Command, Event
from domain.access import ACADEMIC, CLOCK, HEAD, LEADER, PRESIDENT, SYSTEM, TEACHER
from domain.tasks import (
    AcceptTask,
    AssignTask,
    EvaluateTask,
    PublishTask,
    ReportProgress,
    SubmitCompletion,
)
from tests.college import ANN, ARTS, COLLEGE, LI, MATHS, WU, at, department, staff
from tests.scenario import given

OFFICE = "department:president-office"
BOSS, ZHAO, HEAD_ID, HEAD_ARTS_ID = "person:boss", "person:zhao", "person:head", "person:head-arts"
PEOPLE = (
    department(OFFICE),
    staff(BOSS, OFFICE),
    staff(ZHAO, OFFICE),
    staff(HEAD_ID, MATHS),
    staff(HEAD_ARTS_ID, ARTS),
)
PAST = (*COLLEGE, *PEOPLE)
PRESIDENTS = Actor(BOSS, PRESIDENT)
FOR_THE_BOSS = Actor(ZHAO, PRESIDENT, on_behalf_of=BOSS)
HEAD_MATHS, HEAD_ARTS = Actor(HEAD_ID, HEAD, MATHS), Actor(HEAD_ARTS_ID, HEAD, ARTS)
LI_WORKS, WU_WORKS, ANN_WORKS = Actor(LI, TEACHER, MATHS), Actor(WU, TEACHER, MATHS), Actor(ANN, TEACHER, ARTS)
A_LEADER = Actor("person:leader", LEADER)
ACADEMICS = Actor("person:office", ACADEMIC)
THE_CLOCK = SYSTEM[CLOCK]

TASK, GIVEN = "task:plan", "assignment:one"
SET, DUE = at(1, "12:00"), at(11, "17:00")
ACCEPT_BY = at(3, "23:59", 59)
LATE = DUE + timedelta(seconds=1)
ids = {"task_id": TASK, "assignment_id": GIVEN}

PUBLISH = PublishTask(
    task_id=TASK,
    department_id=OFFICE,
    title="迎评材料",
    description="各部门整理近三年教学材料",
    category="评估",
    priority="high",
    source="meeting",
    due_at=DUE,
)
ASSIGN = AssignTask(**ids, person_id=LI)
CHARGE = AssignTask(**ids, department_id=MATHS)
ACCEPT = AcceptTask(**ids)
REPORT = ReportProgress(**ids, progress=40, note="已收集两年材料")
SUBMIT = SubmitCompletion(**ids, report="材料已全部归档")
EVALUATE = EvaluateTask(**ids, score=5, comment="完整及时")


def play(*steps: tuple[Command[Any], Actor, datetime], past: tuple[Event, ...] = PAST) -> tuple[Event, ...]:
    """The past after these commands, each decided on what its own boundary shows it."""
    for command, by, now in steps:
        past = (*past, *given(*past).when(command, by=by, now=now).happens())
    return past


def last(past: tuple[Event, ...]) -> Any:
    return past[-1]


PUBLISHED = play((PUBLISH, PRESIDENTS, SET))
ASSIGNED = play((ASSIGN, PRESIDENTS, SET), past=PUBLISHED)
CHARGED = play((CHARGE, PRESIDENTS, SET), past=PUBLISHED)
ACCEPTED = play((ACCEPT, LI_WORKS, at(2, "09:00")), past=ASSIGNED)
SUBMITTED = play((SUBMIT, LI_WORKS, at(10, "09:00")), past=ACCEPTED)
EVALUATED = play((EVALUATE, PRESIDENTS, at(14, "09:00")), past=SUBMITTED)
