"""Ids, texts, moments and personal data: the smallest words of the college."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Self
from uuid import UUID, uuid5

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

NAMESPACE = UUID("5b0a6e1e-0b1e-5f9e-9d43-0c0d5e0f1a2b")


def _id(kind: str) -> StringConstraints:
    return StringConstraints(pattern=rf"^{kind}:[0-9a-z][0-9a-z-]{{0,62}}$")


# No NUL, nor (pydantic refuses them in any string with a pattern) a lone surrogate.
PLAIN = r"^[^\x00]*$"
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=PLAIN)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=PLAIN)]
Reason = Annotated[str, StringConstraints(min_length=5, max_length=2000, pattern=PLAIN)]
Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2200, 12, 31))]
Moment = Annotated[AwareDatetime, Field(ge=datetime(1900, 1, 1, tzinfo=UTC), le=datetime(2200, 12, 31, tzinfo=UTC))]

# An id is its own tag.  A student has one uuid in two roles: student:<u> the record, person:<u> the human being.
PersonId = Annotated[str, _id("person")]
StudentId = Annotated[str, _id("student")]
DepartmentId = Annotated[str, _id("department")]
TermId = Annotated[str, _id("term")]
SquadId = Annotated[str, _id("squad")]
RoomId = Annotated[str, _id("room")]
TeachingClassId = Annotated[str, _id("teaching_class")]
SessionId = Annotated[str, _id("session")]


def derived(kind: str, *words: object) -> str:
    """The id that the same words always give: imports and reactions run twice with one result."""
    return f"{kind}:{uuid5(NAMESPACE, chr(31).join((kind, *map(str, words))))}"


def person_of(some_id: str) -> str:
    """The human being behind a student record (or the person itself)."""
    return "person:" + some_id.partition(":")[2]


def named(some_id: str) -> str:
    """The tag of what says that a thing exists and what it is called, apart from the many events that mention it."""
    return f"named:{some_id}"


def blind(kind: str, number: str) -> str:
    """A tag for the uniqueness of a number; the log stores only its HMAC, never the number."""
    return f"?{kind}:{number}"


@dataclass(frozen=True)
class Personal:
    """Marks a text field as personal data of the person named by the sibling field `of`.

    Stored encrypted under that person's key; erasing the key erases the text.
    """

    of: str


class Fact(BaseModel):
    """A frozen, closed piece of an event or command."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A changed copy.  What was worked out from the fields (cached properties) is left behind."""
        copy = super().model_copy(update=update, deep=deep)
        if len(copy.__dict__) == len(type(self).model_fields):
            return copy
        for name in copy.__dict__.keys() - type(self).model_fields.keys():
            del copy.__dict__[name]
        return copy


class PolicyUse(Fact):
    """Which version of a policy a decision used; version 0 is the default shipped with the software."""

    key: str
    version: int
