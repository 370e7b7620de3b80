"""From the cells of one row to the body of a command: paths, lists, dates and yes/no as people type them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from domain import Command

# What a spreadsheet's heading may say instead of a field's path; the first that the command has is meant.
ALIASES: Final[dict[str, tuple[str, ...]]] = {
    "姓名": ("name",),
    "名称": ("name",),
    "英文名称": ("name_en",),
    "工号": ("staff_number",),
    "学号": ("student_number",),
    "人员": ("person_id",),
    "学生": ("student_id",),
    "部门": ("department_id",),
    "系部": ("department_id",),
    "代码": ("code",),
    "行政班": ("squad_id",),
    "年级": ("cohort",),
    "教室": ("room_id", "name"),
    "校区": ("campus",),
    "楼宇": ("building",),
    "座位数": ("seats",),
    "学期": ("term_id",),
    "学年": ("year",),
    "教学班": ("teaching_class_id",),
    "课程代码": ("course_code",),
    "课程名称": ("course_name",),
    "教师": ("teacher_ids", "teacher_id"),
    "课次": ("session_id",),
    "角色": ("role",),
    "类别": ("kind",),
    "日期": ("day", "from_day"),
    "起始日期": ("from_day", "valid_from", "starts_on"),
    "截止日期": ("valid_until",),
    "周数": ("weeks",),
    "理由": ("reason",),
    "原因": ("reason",),
    "文号": ("document_no",),
}
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_YES_NO: Final = {"是": "true", "否": "false", "√": "true", "×": "false"}


class HeadingUnknown(Exception):
    """A heading names no field of the command."""

    def __init__(self, heading: str) -> None:
        super().__init__(heading)
        self.heading = heading


class CellInvalid(Exception):
    """A cell is not what its field wants; `path` is the field."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class Headings:
    """The headings of one table, matched to the fields of one command."""

    def __init__(self, kind: type[Command[Any]], header: Sequence[str]) -> None:
        self._schema = kind.model_json_schema(ref_template="{model}")
        self._paths = [self._path(heading) for heading in header]
        if len(set(self._paths)) != len(self._paths):
            again = next(p for at, p in enumerate(self._paths) if p in self._paths[:at])
            raise HeadingUnknown(again)
        self._wants = [tuple(self._wanted(self._schema, path.split("."))) for path in self._paths]

    def _path(self, heading: str) -> str:
        for path in (heading, *ALIASES.get(heading, ())):
            if any(True for _ in self._wanted(self._schema, path.split("."))):
                return path
        raise HeadingUnknown(heading)

    def _wanted(self, schema: Mapping[str, Any], path: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        """Every schema that a path may lead to."""
        if "$ref" in schema:
            yield from self._wanted(self._schema["$defs"][schema["$ref"]], path)
            return
        for other in (*schema.get("anyOf", ()), *schema.get("allOf", ())):
            yield from self._wanted(other, path)
        if not path:
            if "anyOf" not in schema:
                yield schema
        elif path[0] in schema.get("properties", {}):
            yield from self._wanted(schema["properties"][path[0]], path[1:])
        elif isinstance(schema.get("additionalProperties"), dict):
            yield from self._wanted(schema["additionalProperties"], path[1:])

    def body(self, cells: Sequence[str]) -> dict[str, Any]:
        """A command's body; an empty cell leaves its field out.  Raises CellInvalid."""
        body: dict[str, Any] = {}
        for path, wanted, cell in zip(self._paths, self._wants, cells, strict=True):
            if cell == "":
                continue
            into = body
            *nests, last = path.split(".")
            for nest in nests:
                into = into.setdefault(nest, {})
                if not isinstance(into, dict):
                    raise CellInvalid(path)
            into[last] = _value(path, wanted, cell)
        return body


def _value(path: str, wanted: Sequence[Mapping[str, Any]], cell: str) -> Any:
    kinds = {str(schema.get("type", "object")) for schema in wanted}
    structured = kinds & {"array", "object"}
    if structured and cell[0] in "[{":
        try:
            return json.loads(cell)
        except (ValueError, RecursionError):
            raise CellInvalid(path) from None
    if "array" in kinds and "string" not in kinds:
        return [part.strip() for part in re.split("[;；]", cell) if part.strip()]
    if "string" in kinds:
        if any(schema.get("format") == "date" for schema in wanted) and (said := _DATE.fullmatch(cell)):
            year, month, day = said.groups()
            return f"{year}-{month:0>2}-{day:0>2}"
        if kinds & {"integer", "boolean", "number"} and re.fullmatch(r"-?\d{1,18}|true|false", cell):
            return json.loads(cell) if not re.fullmatch(r"-?0\d+", cell) else cell
        return cell
    return _YES_NO.get(cell, cell) if "boolean" in kinds else cell
