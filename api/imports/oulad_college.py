"""What the Open University's data set becomes in the college: terms, departments, offerings, students, their ids.

A presentation begins on the first of the month its letter names (B: February, J: October), which is a convention: the
data set keeps the real day to itself.  Terms are the half years of B and J, from the Monday of the week they begin in;
a presentation belongs to the term in which its day 0 lies, and may go on after that term has ended.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, Self

from api.imports.oulad_rows import KINDS, Assessment, Course, Enrolled, Outcome, Presentation, Score
from domain import Unknown, derived
from domain.calendar import OpenTerm
from domain.grades import Component, RecordMark, SetGradeScheme, TransferMark
from domain.organisation import RegisterDepartment, RegisterStaff
from domain.registrations import ConcludeRegistration, RegisterStudent, Result, WithdrawStudent
from domain.students import AdmitStudent, FormSquad
from domain.timetable import OpenOffering

AS_IMPORTED: Final = "as imported 按原数据导入"
FEBRUARY, OCTOBER = 2, 10
WEEKS_AT_MOST: Final = 30
_STARTS: Final = re.compile(r"(\d{4}[A-L])=(\d{4}-\d\d-\d\d)$", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class Starts:
    """The day 0 of every presentation: the first of its month, unless said otherwise."""

    said: Mapping[str, date] = field(default_factory=dict)

    @classmethod
    def of(cls, options: Iterable[str]) -> Self:
        """From texts such as 2013J=2013-10-05; raises Unknown("term_start_invalid")."""
        said = {}
        for option in options:
            found = _STARTS.match(option)
            try:
                day = date.fromisoformat(found[2]) if found else None
            except ValueError:
                day = None
            if not found or day is None or not 1950 <= day.year <= 2150:
                raise Unknown("term_start_invalid", option=option[:40], form="2013J=2013-10-01")
            said[found[1].upper()] = day
        return cls(said)

    def day(self, presentation: str) -> date:
        """Day 0 of a presentation."""
        month = ord(presentation[4]) - ord("A") + 1
        return self.said.get(presentation) or date(int(presentation[:4]), month, 1)


def monday(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


@dataclass(frozen=True, order=True)
class HalfYear:
    """A term: B from February, J from October."""

    year: int
    month: int

    @classmethod
    def of(cls, day: date) -> Self:
        """The term a day lies in."""
        for year, month in ((day.year, OCTOBER), (day.year, FEBRUARY)):
            if monday(date(year, month, 1)) <= day:
                return cls(year, month)
        return cls(day.year - 1, OCTOBER)

    @property
    def name(self) -> str:
        return f"{self.year}{'B' if self.month == FEBRUARY else 'J'}"

    @property
    def term_id(self) -> str:
        return f"term:oulad-{self.name.lower()}"

    def opening(self) -> OpenTerm:
        """The term, until the next one begins or its weeks are full."""
        starts = monday(date(self.year, self.month, 1))
        spring = self.month == FEBRUARY
        following = monday(date(self.year, OCTOBER, 1) if spring else date(self.year + 1, FEBRUARY, 1))
        return OpenTerm(
            term_id=self.term_id,
            name=f"{self.year}年{self.month}月开课学期",
            name_en=f"{'February' if spring else 'October'} {self.year}",
            year=self.year - spring,
            starts_on=starts,
            weeks=min((following - starts).days // 7, WEEKS_AT_MOST),
        )


def department_of(module: str) -> str:
    return derived("department", "oulad", module)


def teacher_of(course: Course) -> str:
    return derived("person", "oulad", *course)


def squad_of(course: Course) -> str:
    return derived("squad", "oulad", *course)


@lru_cache(maxsize=1 << 16)
def class_of(course: Course) -> str:
    return derived("teaching_class", "oulad", *course)


@lru_cache(maxsize=1 << 16)
def student_of(number: int) -> str:
    return derived("student", "oulad", number)


def department(module: str) -> RegisterDepartment:
    """A module as an academic department of its own, so that modules can be compared."""
    name = f"{module} 模块"
    return RegisterDepartment(
        department_id=department_of(module), code=f"OU-{module}", name=name, name_en=f"Module {module}", kind="academic"
    )


def teacher(course: Course, day: date) -> RegisterStaff:
    """The one teacher of a presentation: the data set names none."""
    return RegisterStaff(
        person_id=teacher_of(course),
        staff_number=f"OULAD-{'-'.join(course)}",
        name=f"{' '.join(course)} 主讲教师",
        department_id=department_of(course[0]),
        from_day=day,
    )


def squad(course: Course) -> FormSquad:
    """The administrative class of those whose first presentation this is."""
    return FormSquad(
        squad_id=squad_of(course),
        name=" ".join(course),
        department_id=department_of(course[0]),
        cohort=int(course[1][:4]),
    )


def offering(presentation: Presentation, starts_on: date) -> OpenOffering:
    course = presentation.course
    return OpenOffering(
        teaching_class_id=class_of(course),
        term_id=HalfYear.of(starts_on).term_id,
        department_id=department_of(course[0]),
        course_code=course[0],
        course_name=" ".join(course),
        teacher_ids=(teacher_of(course),),
        starts_on=starts_on,
    )


def scheme(course: Course, assessments: Iterable[Assessment], starts_on: date) -> SetGradeScheme:
    """What a grade of a presentation is made of: its weights as they are, though they seldom make 100 %."""
    return SetGradeScheme(
        teaching_class_id=class_of(course),
        components=tuple(
            Component(
                key=str(a.number),
                title=f"{a.kind} {a.number}",
                kind=KINDS[a.kind.casefold()],
                weight_hundredths=a.weight,
                due_on=None if a.due is None else starts_on + timedelta(days=a.due),
            )
            for a in assessments
        ),
        override_reason=AS_IMPORTED,
    )


def admission(outcome: Outcome, registered: int | None, starts_on: date) -> AdmitStudent:
    """A student, under the number the data set gives them and no other name, from their first presentation on."""
    return AdmitStudent(
        student_id=student_of(outcome.student),
        student_number=str(outcome.student),
        name=str(outcome.student),
        squad_id=squad_of(outcome.course),
        from_day=starts_on + timedelta(days=registered or 0),
    )


def registration(enrolled: Enrolled, attempts: int, starts_on: date) -> RegisterStudent:
    return RegisterStudent(
        student_id=student_of(enrolled.student),
        teaching_class_id=class_of(enrolled.course),
        registered_on=None if enrolled.registered is None else starts_on + timedelta(days=enrolled.registered),
        previous_attempts=attempts,
    )


def withdrawal(enrolled: Enrolled, withdrawn: int, starts_on: date) -> WithdrawStudent:
    return WithdrawStudent(
        student_id=student_of(enrolled.student),
        teaching_class_id=class_of(enrolled.course),
        withdrawn_on=starts_on + timedelta(days=withdrawn),
    )


def conclusion(outcome: Outcome, result: Result) -> ConcludeRegistration:
    return ConcludeRegistration(
        student_id=student_of(outcome.student), teaching_class_id=class_of(outcome.course), result=result
    )


def mark(score: Score, course: Course, starts_on: date) -> RecordMark | TransferMark:
    """The command a score becomes."""
    special = "no_score" if score.hundredths is None else "none"
    said = {
        "teaching_class_id": class_of(course),
        "student_id": student_of(score.student),
        "component": str(score.assessment),
        "score_hundredths": score.hundredths,
        "special": special,
    }
    if score.banked:
        return TransferMark.model_validate(said)
    day = None if score.submitted is None else starts_on + timedelta(days=score.submitted)
    return RecordMark.model_validate({**said, "submitted_on": day})
