"""What happened to a task 经过, read off the versions of its rows: what changed with each event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from dashboards.parts.ground import Ground
from dashboards.parts.steps import Step
from dashboards.parts.visit import Visit
from dashboards.parts.words import Words
from dashboards.tasks.work import Row

if TYPE_CHECKING:
    from dashboards.tasks.thread import Thread

ANSWERS: Final = {
    "requested": ("told_extension_requested", ""),
    "granted": ("told_extension_granted", "good"),
    "refused": ("told_extension_refused", "bad"),
}


def story(thread: Thread, base: Ground, visit: Visit) -> Iterator[Step]:
    """Of the task, its assignments and the requests for more time, one step an event and assignment."""
    words = visit.words
    yield from of_task(thread, words)
    asked = {(row["since"], row["assignment_id"]): row for row in thread.extensions}
    lapsed = {
        (row["since"], row["about"])
        for row in thread.duties
        if row["kind"] == "task_acceptance" and row["state"] == "lapsed"
    }
    before: dict[str, Row] = {}
    for row in thread.assignments:
        key = (row["since"], row["assignment_id"])
        if key in asked:
            yield of_extension(asked[key], words)
        elif key in lapsed:
            yield Step(row["since"], words("told_unaccepted"), "", "bad", row["holder_id"], at=row["accept_by"])
        else:
            yield of_assignment(row, before.get(row["assignment_id"]), base, visit)
        before[row["assignment_id"]] = row


def of_task(thread: Thread, words: Words) -> Iterator[Step]:
    """Published, split, closed or called off."""
    before: Row | None = None
    for row in thread.versions:
        if before is None:
            yield Step(row["since"], words("told_published"), "", "", row["publisher_id"], at=row["published_at"])
        elif row["state"] == "cancelled":
            yield Step(row["since"], words("told_called_off"), "", "bad")
        elif row["state"] == "closed":
            yield Step(row["since"], words("told_closed"), "", "good")
        else:
            yield Step(row["since"], words("told_split"))
        before = row


def of_extension(row: Row, words: Words) -> Step:
    """Asked for or answered: between which moments, and why."""
    text, kind = ANSWERS[row["state"]]
    after = row["granted_due_at"] or row["asked_due_at"]
    moved = words("told_from_to", before=words.moment(row["from_due_at"]), after=words.moment(after))
    why = row["reason"] if row["state"] == "requested" else row["answer"]
    who = row["requested_by"] if row["state"] == "requested" else row["decided_by"]
    at = row["requested_at"] if row["state"] == "requested" else row["decided_at"]
    return Step(row["since"], words(text), moved, kind, who, why, at)


def of_assignment(row: Row, before: Row | None, base: Ground, visit: Visit) -> Step:
    """What the event changed of an assignment."""
    words, at, holder = visit.words, row["since"], row["holder_id"]
    due = words("due_by", time=words.moment(row["due_at"], seconds=True))
    if before is None:
        detail = due if holder else f"{base.name(row['department_id'], visit)} · {due}"
        return Step(at, words("told_assigned"), detail, "", holder, at=row["assigned_at"])
    if row["overdue_at"] and not before["overdue_at"]:
        return Step(at, words("told_overdue"), "", "bad", holder, at=row["overdue_at"])
    if row["turn"] > before["turn"]:
        return Step(at, words("told_delegated"), due, "", holder, at=row["assigned_at"])
    if row["rejections"] > before["rejections"]:
        return Step(at, words("told_rejected"), due, "bad", holder)
    if row["state"] != before["state"] and (told := of_state(row, words)):
        return told
    if row["state"] == "in_progress" or row["progress"] != before["progress"]:
        return Step(at, words("told_progress", progress=row["progress"]), "", "", holder)
    return Step(at, words("told_reminded"), "", "", holder)


def of_state(row: Row, words: Words) -> Step | None:
    """A change of state; None of one that only reports progress."""
    at, holder = row["since"], row["holder_id"]
    steps: Mapping[str, tuple[str, str, str]] = {
        "accepted": (words("told_accepted"), "", "accepted_at"),
        "declined": (words("told_declined"), "bad", ""),
        "cancelled": (words("told_taken_back"), "bad", ""),
        "submitted": (words("told_submitted"), "bad" if row["overdue_at"] else "good", "submitted_at"),
        "evaluated": (words("told_judged", score=row["score"]), "good", "evaluated_at"),
    }
    if row["state"] not in steps:
        return None
    title, kind, when = steps[row["state"]]
    return Step(at, title, "", kind, holder, at=row[when] if when else None)
