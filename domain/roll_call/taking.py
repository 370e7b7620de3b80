"""Taking the roll 点名, and the end of the session that makes it owed."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from domain import Command, SessionId, StudentId, TeachingClassId
from domain.access import CLOCK, TEACHER, anywhere
from domain.roll_call.events import Mark, Taught
from domain.roll_call.roll import own_session


class EndSession(Command[Any]):
    """课次结束.  A session is over: its roll call is owed from now on, unless nobody was to be there.  Seed: D10."""

    may = {CLOCK: anywhere}
    session_id: SessionId
    teaching_class_id: TeachingClassId


class TakeRollCall(Command[Any]):
    """点名.  Marks the whole roster once; a late roll is kept as attendance, its hours are another fact.  Seed: D10."""

    may = {TEACHER: own_session}
    session_id: SessionId
    teaching_class_id: TeachingClassId
    marks: Annotated[dict[StudentId, Mark], Field(max_length=1_000)]
    periods_taught: Taught
