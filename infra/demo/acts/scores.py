"""Who scores what: students differ, courses differ, and a few sit the exam later, not at all, or break its rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from api.imports.sjtu_college import department_of
from infra.demo.scene import Scene

REGULAR, MIDTERM, FINAL = "regular", "midterm", "final"
DEFERRED, REFUSED, ABSENT, VIOLATED, BARRED = 0.006, 0.002, 0.007, 0.002, 0.0015
PASS_MARK: Final = 6_000
Exam = Literal["sat", "deferred", "refused", "absent", "violated", "barred"]
MEAN: Final = {REGULAR: 83.0, MIDTERM: 74.0, FINAL: 74.0}
SPREAD: Final = {REGULAR: 8.0, MIDTERM: 14.0, FINAL: 14.0}


@dataclass(frozen=True)
class Course:
    """A section as it is graded."""

    number: int
    class_id: str
    department_id: str
    teacher_id: str
    last_week: int


class Scores:
    """The marks of every student, from the dice."""

    def __init__(self, scene: Scene) -> None:
        self._scene, self._chances = scene, scene.chances
        self._ability = lru_cache(10_000)(lambda student: self._chances.dice("ability", student).gauss(0, 1))

    def course(self, number: int) -> Course | None:
        """The course of a section; None where nobody teaches or attends it."""
        section = self._scene.sections[number]
        if not (section.teachers and section.slots and self._scene.students(number)):
            return None
        last = max(slot.weeks.bit_length() - 1 for slot in section.slots)
        department, teacher = department_of(section.school), self._scene.teachers(number)[0]
        return Course(number, self._scene.class_ids[number], department, teacher, last)

    def students(self, course: Course, week: int) -> Sequence[str]:
        return self._scene.students(course.number, week)

    def exam(self, course: Course, student: str) -> Exam:
        """How a student's exam goes; who changes class sits every one."""
        if student in self._scene.moved:
            return "sat"
        fell = self._chances.dice("exam", course.class_id, student).random()
        shares: tuple[tuple[Exam, float], ...] = (
            ("deferred", DEFERRED),
            ("refused", REFUSED),
            ("absent", ABSENT),
            ("violated", VIOLATED),
            ("barred", BARRED),
        )
        for exam, share in shares:
            if fell < share:
                return exam
            fell -= share
        return "sat"

    def score(self, course: Course, student: str, component: str) -> int:
        """In hundredths of a point out of 100; regular marks are kinder than exams."""
        dice = self._chances.dice("score", course.class_id, student, component)
        hard = self._chances.dice("hard", course.class_id).gauss(0, 3)
        good = 3 * self._chances.keenness(course.department_id, "teaching")
        mean = MEAN[component] + good - hard + 0.6 * SPREAD[component] * self._ability(student)
        points = dice.gauss(mean, SPREAD[component] * 0.7)
        return round(min(max(points, 20.0), 100.0) * 2) * 50

    def marks(self, course: Course, components: Sequence[str], week: int) -> Iterator[tuple[str, str, int]]:
        """(student, component, score) of everybody; none in the final for whoever did not sit it."""
        for student in self.students(course, week):
            for component in components:
                if component != FINAL or self.exam(course, student) in ("sat", "refused"):
                    yield student, component, self.score(course, student, component)

    def failed(self, course: Course, student: str) -> bool:
        """Whether the whole falls short."""
        regular, final = (self.score(course, student, c) for c in (REGULAR, FINAL))
        return 4 * regular + 6 * final < 10 * PASS_MARK
