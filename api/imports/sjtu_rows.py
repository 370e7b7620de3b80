"""A university's public timetable, row by row: what a row says, what of it counts, and why a row is refused.

A section is (identifier, code): graduate programmes list many courses under one identifier.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from api.imports.lines import Unreadable

WEEKS: Final = 30
PERIODS: Final = 16

REFUSALS = {
    "row_not_utf8": ("这一行不是 UTF-8 文字", "The row is not UTF-8 text"),
    "row_not_json": ("这一行不是有效的 JSON", "The row is not valid JSON"),
    "row_too_long": ("这一行超过 1 MiB", "The row is longer than 1 MiB"),
    "array_broken": ("数组在此处损坏,其后内容无法读取", "The array is broken here; nothing after it can be read"),
    "file_damaged": ("压缩文件已损坏", "The compressed file is damaged"),
    "file_too_big": ("文件解压后超过 512 MiB", "The file unpacks to more than 512 MiB"),
    "row_not_object": ("这一行不是一个 JSON 对象", "The row is not a JSON object"),
    "identifier_missing": ("缺少教学班标识或课程代码", "The section's identifier or course code is missing"),
    "school_missing": ("缺少开课院系", "The offering school is missing"),
    "name_missing": ("缺少课程名称", "The course name is missing"),
    "text_invalid": ("文字过长或含有不可用字符", "A text is too long or holds unusable characters"),
    "teacher_invalid": ("教师栏须为工号列表", "The teachers must be a list of numbers"),
    "student_number_invalid": (
        "学生人数须为 0 至 100000 的整数",
        "The student number must be a whole number, 0 to 100000",
    ),
    "arrangement_invalid": ("上课安排的格式不正确", "An arrangement is malformed"),
    "week_out_of_range": ("周次须在 1 至 30 之间", "Weeks must lie between 1 and 30"),
    "week_day_out_of_range": ("星期须在 1 至 7 之间", "The weekday must lie between 1 and 7"),
    "period_out_of_range": ("节次须在 1 至 16 之间", "Periods must lie between 1 and 16"),
    "other_term": ("这一行属于另一个学期", "The row belongs to another term"),
}

_NO_ROOM = re.compile(
    r"未定|待定|待排|待安排|待通知|另行|不排|不安排|无需|自定|线上|网络教学|网上|"
    r"^(无|暂无|空|none|null|n/?a|tb[ad]|-+|/|)$"
)
_SHARED = re.compile(r"体育|操场|球场|田径|运动场|游泳|健身|体操|武术|跑道|风雨|霍英东|[篮足排网羽毛乒乓]+球馆|球房")


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """One placement: weeks (bit w is week w), a weekday, a run of periods, and a room (campus, classroom) or none."""

    day: int
    begin: int
    end: int
    room: tuple[str, str] | None
    weeks: int

    def meets(self, other: Slot) -> bool:
        return (
            self.day == other.day
            and self.begin <= other.end
            and other.begin <= self.end
            and self.weeks & other.weeks != 0
        )

    def week_numbers(self) -> tuple[int, ...]:
        return tuple(w for w in range(1, WEEKS + 1) if self.weeks >> w & 1)


@dataclass(frozen=True, slots=True)
class Row:
    """A row that can be read.  `arrangements` are the distinct ones, `slots` beside them what each places.

    A run of periods broken in the middle makes two slots, an arrangement without weeks none.
    """

    identifier: str
    code: str
    school: str
    name: str
    term: tuple[int, int] | None
    teachers: tuple[str, ...]
    student_number: int
    arrangements: tuple[Any, ...]
    slots: tuple[tuple[Slot, ...], ...]
    listed: int
    null_teachers: int
    dated_listed: int


def no_room(classroom: str) -> bool:
    """Whether the text only says that no room is fixed or needed."""
    return bool(_NO_ROOM.search(classroom.casefold()))


def shared_ground(classroom: str) -> bool:
    """Whether the place is a ground that several classes use at once by design."""
    return bool(_SHARED.search(classroom))


def _text(value: Any, most: int, missing: str) -> str:
    if value is None or value == "":
        raise Unreadable(missing)
    if not isinstance(value, str) or len(value) > most:
        raise Unreadable("text_invalid")
    text = " ".join(unicodedata.normalize("NFC", value).split())  # some names are broken over two lines
    if not text:
        raise Unreadable(missing)
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in text) or "\ufffd" in text:
        raise Unreadable("text_invalid")
    return text


def _whole(value: Any, least: int, most: int, code: str) -> int:
    if type(value) is not int or not least <= value <= most:
        raise Unreadable(code)
    return value


def _numbers(value: Any, most: int, code: str) -> tuple[int, ...]:
    if not isinstance(value, list):
        raise Unreadable("arrangement_invalid")
    return tuple(sorted({_whole(n, 1, most, code if type(n) is int else "arrangement_invalid") for n in value}))


def _teachers(value: Any) -> tuple[tuple[str, ...], int]:
    """(the teachers, each once, in their order; how many entries were empty)."""
    if value is None:
        return (), 1
    if not isinstance(value, list):
        raise Unreadable("teacher_invalid")
    named: dict[str, None] = {}
    empty = 0
    for one in value:
        if one is None or one == "":
            empty += 1
        elif not isinstance(one, str):
            raise Unreadable("teacher_invalid")
        else:
            named[_text(one, 64, "teacher_invalid")] = None
    return tuple(named), empty + (not value)


def runs(periods: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The unbroken runs of some sorted periods: (first, last)."""
    begin = 0
    for at in range(1, len(periods) + 1):
        if at == len(periods) or periods[at] != periods[at - 1] + 1:
            yield periods[begin], periods[at - 1]
            begin = at


def _place(value: dict[str, Any]) -> tuple[str, str] | None:
    said = [value.get(field) for field in ("classroom", "campus")]
    if any(x is not None and not isinstance(x, str) for x in said):
        raise Unreadable("arrangement_invalid")
    classroom, campus = (" ".join((x or "").split()) for x in said)
    if no_room(classroom):
        return None
    return _text(campus or "未注明", 60, "arrangement_invalid"), _text(classroom, 120, "arrangement_invalid")


def _arrangement(value: Any) -> tuple[Any, ...]:
    if not isinstance(value, dict):
        raise Unreadable("arrangement_invalid")
    weeks = _numbers(value.get("weeks"), WEEKS, "week_out_of_range")
    day = value.get("week_day")
    day = _whole(day, 1, 7, "week_day_out_of_range" if type(day) is int else "arrangement_invalid")
    periods = _numbers(value.get("sessions"), PERIODS, "period_out_of_range")
    if not periods:
        raise Unreadable("arrangement_invalid")
    return weeks, day, periods, _place(value)


def _slots(weeks: Sequence[int], day: int, periods: Sequence[int], room: tuple[str, str] | None) -> tuple[Slot, ...]:
    mask = sum(1 << w for w in weeks)
    return tuple(Slot(day, begin, end, room, mask) for begin, end in runs(periods)) if mask else ()


def _term(value: dict[str, Any]) -> tuple[int, int] | None:
    year, term = value.get("year"), value.get("term")
    if year is None and term is None:
        return None
    return _whole(year, 1900, 2200, "other_term"), _whole(term, 1, 9, "other_term")


def read(value: Any) -> Row:
    """A row, or Unreadable with the reason."""
    if isinstance(value, Unreadable):
        raise value
    if not isinstance(value, dict):
        raise Unreadable("row_not_object")
    identifier = _text(value.get("identifier"), 120, "identifier_missing")
    code = _text(value.get("code"), 60, "identifier_missing")
    school = _text(value.get("holder_school"), 120, "school_missing")
    name = _text(value.get("name"), 200, "name_missing")
    teachers, empty = _teachers(value.get("teacher"))
    students = value.get("student_number")
    listed = value.get("arrangements")
    if listed is None:
        listed = []
    if not isinstance(listed, list):
        raise Unreadable("arrangement_invalid")
    read_once = tuple(_arrangement(a) for a in listed)
    distinct = tuple(dict.fromkeys(read_once))
    return Row(
        identifier=identifier,
        code=code,
        school=school,
        name=name,
        term=_term(value),
        teachers=teachers,
        student_number=0 if students is None else _whole(students, 0, 100_000, "student_number_invalid"),
        arrangements=distinct,
        slots=tuple(_slots(*a) for a in distinct),
        listed=len(listed),
        null_teachers=empty,
        dated_listed=sum(len(weeks) * sum(1 for _ in runs(periods)) for weeks, _, periods, _ in read_once),
    )
