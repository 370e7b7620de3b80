"""The same counts from the log alone, by looking at values instead of declarations: whatever reads as an id is one."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from infra.log import Row

ID = re.compile(r"[a-z_]{1,40}:[0-9a-z][0-9a-z-]{0,62}")
CODES = {"course_code": "course", "policy": "policy", "column_key": "column", "figure_key": "figure"}
ASKED = ("waiver", "dispute", "correction", "review", "deferral", "extension", "erasure", "restriction", "proposal")


def ids(value: Any, tags: set[str], bulk: bool = False, name: str = "") -> Iterator[str]:
    """Every id in some data; within lists of facts, and as keys, only those that are tags."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("route", "policies", "duties"):
                continue
            if key == "duty" and inner:
                inner = {"person_id": inner["person_id"]}
            if ID.fullmatch(key):
                yield from [key] if key in tags else []
                continue
            if key in CODES and isinstance(inner, str):
                yield f"{CODES[key]}:{inner}"
            yield from ids(inner, tags, bulk, key)
    elif isinstance(value, list):
        for inner in value:
            yield from ids(inner, tags, bulk or isinstance(inner, dict), name)
    elif isinstance(value, str) and ID.fullmatch(value) and (not bulk or value in tags):
        yield value


def counts(rows: Iterable[Row], after: int = 0) -> dict[str, Counter[str]]:
    """Events and objects by type, and pairs of both, in the events later than a position."""
    students: set[str] = set()
    teachers: set[str] = set()
    course_of: dict[str, str] = {}
    events: Counter[str] = Counter()
    objects: set[str] = set()
    pairs = 0
    for row in rows:
        body = json.loads(row.body)
        data, actor = body["data"], body["actor"]
        found = set(ids(data, set(row.tags)))
        students |= {one for one in found if one.startswith("student:")}
        teachers |= {t for t in [*(data.get("teacher_ids") or []), data.get("teacher_id")] if t}
        teachers |= {share["teacher_id"] for share in data.get("shares") or [] if share["teacher_id"] in row.tags}
        if data.get("course_code") and data.get("teaching_class_id"):
            course_of[data["teaching_class_id"]] = f"course:{data['course_code']}"
        found |= {told for told in (actor["person_id"], actor["on_behalf_of"], actor["department_id"]) if told}
        found |= {course_of[one] for one in found if one in course_of}
        found = {s if (s := one.replace("person:", "student:", 1)) in students else one for one in found}
        if row.position > after:
            events[row.type] += 1
            objects |= found
            pairs += len(found)
    return {"events": events, "objects": Counter(kind(one, teachers) for one in objects), "pairs": Counter({"": pairs})}


def kind(object_id: str, teachers: set[str]) -> str:
    """The type of an object."""
    prefix = object_id.partition(":")[0]
    if prefix == "person":
        return (
            "system"
            if object_id in ("person:clock", "person:reaction", "person:import")
            else ("teacher" if object_id in teachers else "staff")
        )
    return "request" if prefix in ASKED else prefix
