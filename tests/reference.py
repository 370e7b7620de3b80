"""An independent fold of three read tables in plain Python, from the stored bodies: no SQL, no class of the domain."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from infra.log import Row

Version = tuple[tuple[str, ...], Mapping[str, Any]]
Told = Callable[[str, dict[str, Any]], Iterator[Version]]
COUNTS = ("roster", "present", "absent", "leave", "late", "left_early")
DUTY = ("kind", "about", "person_id", "department_id", "state")
SESSION = ("teaching_class_id", "term_id", "department_id", "teacher_ids", "squad_ids", "room_id", "week", "day")


def duty(kind: str, data: dict[str, Any]) -> Iterator[Version]:
    """Everything owed, by its key."""
    if told := data.get("duty"):
        yield (told["key"],), {name: told[name] for name in DUTY}


def session(kind: str, data: dict[str, Any]) -> Iterator[Version]:
    """Sessions, by their id."""
    states = {
        "timetable.session_scheduled": "scheduled",
        "timetable.room_assigned": "scheduled",
        "timetable.session_removed": "removed",
        "timetable.session_ended": "ended",
    }
    if kind in states:
        yield (data["session_id"],), {**{name: data[name] for name in SESSION}, "state": states[kind]}


def attendance(kind: str, data: dict[str, Any]) -> Iterator[Version]:
    """How many were there, by session and the students' department."""
    if kind in ("roll_call.taken", "roll_call.mark_corrected"):
        counts = data["counts"] if isinstance(data["counts"], list) else [data["counts"]]
        for one in counts:
            yield (data["session_id"], one["department_id"]), {name: one[name] for name in COUNTS}


TABLES: dict[str, tuple[Told, tuple[str, ...]]] = {
    "duty": (duty, ("key",)),
    "session": (session, ("session_id",)),
    "attendance": (attendance, ("session_id", "department_id")),
}


def folded(rows: Iterable[Row], table: str) -> list[dict[str, Any]]:
    """Every version of a table's rows, with `since` and `until`, by key and then in order."""
    told, keys = TABLES[table]
    versions: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        for key, values in told(row.type, json.loads(row.body)["data"]):
            of_key = versions.setdefault(key, [])
            if of_key:
                of_key[-1]["until"] = row.position
            of_key.append({**dict(zip(keys, key, strict=True)), **values, "since": row.position, "until": None})
    return [version for key in sorted(versions) for version in versions[key]]
