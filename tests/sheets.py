"""One grade sheet for the stories of grades: algebra, with Bo and Chen of mathematics and Fang of arts."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from domain import Actor, Command, Event
from domain.access import CLOCK, HEAD, REACTION, SYSTEM
from domain.exams import RecordExamHeld
from domain.grades import (
    Component,
    ConfirmGradeSheet,
    OpenGradeSheet,
    PublishGrades,
    RecordMark,
    SetGradeScheme,
    SubmitGradeSheet,
)
from tests.college import (
    ALGEBRA,
    BO,
    CHEN,
    FANG,
    LI,
    MONDAY,
    OFFICE,
    OPENED,
    SECRETARY_MATHS,
    STUDENTS,
    TEACHER_LI,
    WU,
    at,
    offering,
)
from tests.rolls import ROSTER
from tests.scenario import given

THE_CLOCK, REACTING = SYSTEM[CLOCK], SYSTEM[REACTION]
HEAD_MATHS = Actor("person:head", HEAD, "department:maths")
CLASS = {"teaching_class_id": ALGEBRA}
PART, MIDTERM, FINAL = "平时", "期中", "期末"
DUE_ON = MONDAY + timedelta(days=7)
EXAM_DAY = date(2026, 9, 16)
ENTERED, GRADED = at(17, "10:00"), at(20, "10:00")
DUE = at(23, "23:59", 59)  # the end of the seventh day after the exam
OFFER = offering(ALGEBRA, teacher_ids=(LI, WU))
BASE = (OPENED, *STUDENTS, OFFER, ROSTER)


def component(key: str, weight: int, kind: str = "regular", due_on: date | None = None) -> Component:
    told = {"key": key, "title": key, "kind": kind, "weight_hundredths": weight, "due_on": due_on}
    return Component.model_validate(told)


COMPONENTS = (
    component(PART, 3000, due_on=DUE_ON),
    component(MIDTERM, 2000, "midterm"),
    component(FINAL, 5000, "final"),
)
OPEN = OpenGradeSheet(**CLASS)
SCHEME = SetGradeScheme(**CLASS, components=COMPONENTS)
SUBMIT, CONFIRM, PUBLISH = SubmitGradeSheet(**CLASS), ConfirmGradeSheet(**CLASS), PublishGrades(**CLASS)
HELD = RecordExamHeld(**CLASS, held_on=EXAM_DAY)


class Story:
    """A past that grows by what is done."""

    def __init__(self, *past: Event) -> None:
        self.past: tuple[Event, ...] = past

    def does(self, command: Command[Any], by: Actor = TEACHER_LI, now: datetime = ENTERED) -> tuple[Event, ...]:
        told = tuple(given(*self.past).when(command, by=by, now=now).happens())
        self.past = (*self.past, *told)
        return told

    def one(self, command: Command[Any], by: Actor = TEACHER_LI, now: datetime = ENTERED) -> Any:
        [event] = self.does(command, by, now)
        return event

    def refuses(self, command: Command[Any], kind: Any, code: str, by: Actor = TEACHER_LI, now: datetime = ENTERED):
        given(*self.past).when(command, by=by, now=now).rejected(kind, code)

    def but(self, *further: Event) -> Story:
        return Story(*self.past, *further)


def mark(student: str, key: str, points: float | None = None, **other: Any) -> RecordMark:
    score = None if points is None else round(points * 100)
    return RecordMark.model_validate(
        {**CLASS, "student_id": student, "component": key, "score_hundredths": score, **other}
    )


def opened(*further: Event) -> Story:
    """The sheet is open, its scheme set; no mark yet."""
    story = Story(*BASE, *further)
    story.does(OPEN, by=OFFICE, now=at(8, "09:00"))
    story.does(SCHEME, now=at(8, "10:00"))
    return story


POINTS = {BO: (80, 90, 85.5), CHEN: (70, 60, 40), FANG: (95, 92, 96)}


def filled(*further: Event, points: dict[str, tuple[float, ...]] = POINTS) -> Story:
    """Everybody has every mark."""
    story = opened(*further)
    for student, given_points in points.items():
        for key, value in zip((PART, MIDTERM, FINAL), given_points, strict=True):
            story.does(mark(student, key, value))
    return story


def submitted(*further: Event) -> Story:
    story = filled(*further)
    story.does(SUBMIT, now=GRADED)
    return story


def published(*further: Event) -> Story:
    story = submitted(*further)
    story.does(CONFIRM, by=SECRETARY_MATHS, now=GRADED)
    story.does(PUBLISH, by=OFFICE, now=GRADED)
    return story
