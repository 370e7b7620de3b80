"""What the rows of the Open University's data set say, cell by cell, and why a row is refused.

Days count from the first day of the presentation, day 0.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from api.imports.oulad_files import Line, Place
from domain.registrations import Result

REFUSALS = {
    "table_missing": ("文件夹中缺少数据表", "A table is missing from the folder"),
    "column_missing": ("表中缺少必需的列", "A needed column is missing from the table"),
    "row_broken": ("这一行的引号不完整", "A quotation mark of the row is never closed"),
    "row_narrower_than_header": ("该行比表头窄", "The row is narrower than the heading row"),
    "course_invalid": ("模块或开课代码不正确", "The code of the module or of the presentation is malformed"),
    "course_unknown": ("没有这一模块的这次开课", "There is no such presentation of a module"),
    "length_invalid": ("开课天数须为 1 至 999 的整数", "The length must be a whole number of days, 1 to 999"),
    "assessment_invalid": ("考核编号须为正整数", "The assessment's number must be a positive whole number"),
    "assessment_type_unknown": ("考核类型须为 TMA、CMA 或 Exam", "The type must be TMA, CMA or Exam"),
    "assessment_unknown": ("没有这一考核", "There is no such assessment"),
    "too_many_assessments": ("一次开课的考核超过 60 项", "A presentation has more than 60 assessments"),
    "weight_invalid": (
        "权重须为 0 至 100 的数,至多两位小数",
        "The weight must be a number, 0 to 100, of at most two decimals",
    ),
    "day_invalid": ("日期须为 -1000 至 3000 的整数", "The day must be a whole number, -1000 to 3000"),
    "student_invalid": ("学号须为正整数", "The student's number must be a positive whole number"),
    "attempts_invalid": ("先前修读次数须为 0 至 99 的整数", "Previous attempts must be a whole number, 0 to 99"),
    "result_unknown": (
        "结论须为 Pass、Distinction、Fail 或 Withdrawn",
        "The result must be Pass, Distinction, Fail or Withdrawn",
    ),
    "banked_invalid": ("结转标记须为 0 或 1", "The mark of a banked result must be 0 or 1"),
    "score_invalid": ("分数不是至多两位小数的数", "The score is no number of at most two decimals"),
    "score_out_of_range": ("分数须在 0 至 100 之间", "The score must lie between 0 and 100"),
    "row_contradicts": (
        "与前面同一对象的一行内容不同",
        "The row says otherwise than an earlier one about the same thing",
    ),
}

_WHOLE: Final = re.compile(r"[+-]?\d{1,12}(\.0+)?$", re.ASCII)
_NUMBER: Final = re.compile(r"([+-]?)(\d{1,6})(?:\.(\d{1,2})0*)?$", re.ASCII)
_MODULE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,19}$", re.ASCII)
_PRESENTATION: Final = re.compile(r"(19[5-9]\d|20\d\d|21[0-4]\d)[A-L]$", re.ASCII)
RESULTS: Final[dict[str, Result]] = {
    "pass": "pass",
    "distinction": "distinction",
    "fail": "fail",
    "withdrawn": "withdrawn",
}
KINDS: Final[dict[str, Literal["regular", "final"]]] = {"tma": "regular", "cma": "regular", "exam": "final"}

Course = tuple[str, str]  # module and presentation: ("AAA", "2013J")


class RowInvalid(Exception):
    """A row that says nothing that can be taken; `code` is stable."""

    def __init__(self, code: str, field: str) -> None:
        super().__init__(code)
        self.code, self.field = code, field


@dataclass(frozen=True, slots=True)
class Presentation:
    """A presentation of a module, and how many days it lasts."""

    at: Place
    course: Course
    length: int

    @property
    def key(self) -> Any:
        return self.course

    @property
    def content(self) -> Any:
        return self.length


@dataclass(frozen=True, slots=True)
class Assessment:
    """A piece of assessed work; `due` None is not known, or the last week; `weight` in hundredths of a percent."""

    at: Place
    course: Course
    number: int
    kind: str
    due: int | None
    weight: int

    @property
    def key(self) -> Any:
        return self.number

    @property
    def content(self) -> Any:
        return self.course, self.kind, self.due, self.weight


@dataclass(frozen=True, slots=True)
class Outcome:
    """A student in a presentation: how often they had tried before, and how it ended (None: not known)."""

    at: Place
    course: Course
    student: int
    attempts: int
    result: Result | None

    @property
    def key(self) -> Any:
        return self.course, self.student

    @property
    def content(self) -> Any:
        return self.attempts, self.result


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A registration: the days on which it began and was given up, None where not known, or never."""

    at: Place
    course: Course
    student: int
    registered: int | None
    withdrawn: int | None

    @property
    def key(self) -> Any:
        return self.course, self.student

    @property
    def content(self) -> Any:
        return self.registered, self.withdrawn


@dataclass(frozen=True, slots=True)
class Score:
    """What a student has for an assessment, in hundredths of a point; None: handed in and not marked."""

    at: Place
    assessment: int
    student: int
    submitted: int | None
    banked: bool
    hundredths: int | None

    @property
    def key(self) -> Any:
        return self.assessment, self.student

    @property
    def content(self) -> Any:
        return self.submitted, self.banked, self.hundredths


Row = Presentation | Assessment | Outcome | Enrolled | Score


def whole(said: str | None, least: int, most: int, code: str, field: str) -> int:
    """A whole number within bounds, or RowInvalid."""
    if said is None or not _WHOLE.match(said) or not least <= (number := int(said.partition(".")[0])) <= most:
        raise RowInvalid(code, field)
    return number


def hundredths(said: str, code: str, beyond: str, field: str) -> int:
    """A number of at most two decimals, 0 to 100, in hundredths; RowInvalid with `beyond` for one outside."""
    if not (found := _NUMBER.match(said)):
        raise RowInvalid(code, field)
    sign, units, decimals = found.groups()
    number = int(units) * 100 + int((decimals or "0").ljust(2, "0"))
    if number > 10_000 or (sign == "-" and number):
        raise RowInvalid(beyond, field)
    return number


def day(said: str | None, field: str) -> int | None:
    return None if said is None else whole(said, -1000, 3000, "day_invalid", field)


def course(module: str | None, presentation: str | None) -> Course:
    if module is None or not _MODULE.match(module):
        raise RowInvalid("course_invalid", "code_module")
    if presentation is None or not _PRESENTATION.match(presentation.upper()):
        raise RowInvalid("course_invalid", "code_presentation")
    return module.upper(), presentation.upper()


def student(said: str | None) -> int:
    return whole(said, 1, 10**12, "student_invalid", "id_student")


def assessment(said: str | None) -> int:
    return whole(said, 1, 10**12, "assessment_invalid", "id_assessment")


def _presentation(line: Line) -> Presentation:
    module, code, length = line.cells
    lasts = whole(length, 1, 999, "length_invalid", "module_presentation_length")
    return Presentation(line.at, course(module, code), lasts)


def _assessment(line: Line) -> Assessment:
    module, code, number, kind, due, weight = line.cells
    if kind is None or kind.casefold() not in KINDS:
        raise RowInvalid("assessment_type_unknown", "assessment_type")
    return Assessment(
        line.at,
        course(module, code),
        assessment(number),
        kind.upper() if kind.casefold() != "exam" else "Exam",
        day(due, "date"),
        hundredths(weight or "", "weight_invalid", "weight_invalid", "weight"),
    )


def _outcome(line: Line) -> Outcome:
    module, code, number, attempts, result = line.cells
    if result is not None and result.casefold() not in RESULTS:
        raise RowInvalid("result_unknown", "final_result")
    return Outcome(
        line.at,
        course(module, code),
        student(number),
        whole(attempts or "0", 0, 99, "attempts_invalid", "num_of_prev_attempts"),
        None if result is None else RESULTS[result.casefold()],
    )


def _enrolled(line: Line) -> Enrolled:
    module, code, number, registered, withdrawn = line.cells
    return Enrolled(
        line.at,
        course(module, code),
        student(number),
        day(registered, "date_registration"),
        day(withdrawn, "date_unregistration"),
    )


def _score(line: Line) -> Score:
    number, who, submitted, banked, score = line.cells
    if banked not in ("0", "1"):
        raise RowInvalid("banked_invalid", "is_banked")
    return Score(
        line.at,
        assessment(number),
        student(who),
        day(submitted, "date_submitted"),
        banked == "1",
        None if score is None else hundredths(score, "score_invalid", "score_out_of_range", "score"),
    )


_READERS: Final[dict[str, Callable[[Line], Row]]] = {
    "courses": _presentation,
    "assessments": _assessment,
    "studentInfo": _outcome,
    "studentRegistration": _enrolled,
    "studentAssessment": _score,
}


def read(line: Line, table: str) -> Row:
    """What a line of a table says, or RowInvalid."""
    if line.code:
        raise RowInvalid(line.code, line.field)
    return _READERS[table](line)
