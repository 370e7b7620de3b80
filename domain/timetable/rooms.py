"""Small changes before publication: a room assigned 安排教室, a session removed 撤排."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import Field

from domain import Conflict, Context, Event, Reads, Reason, RoomId, SessionId, TeachingClassId, Unknown
from domain.access import ACADEMIC, ACADEMIC_HEAD, IMPORT, SECRETARY, anywhere, own_department
from domain.timetable.events import OCCUPANCY, Meeting, RoomAssigned, SessionEnded, SessionRemoved, occupied
from domain.timetable.occupancy import KEPT_AT_MOST, told
from domain.timetable.plan import AboutOffering, Plan, check_rooms


class AssignRoom(AboutOffering):
    """安排教室.  Gives sessions of an offering a room, or another one, before publication.  Seed: D36."""

    may = {SECRETARY: own_department, ACADEMIC: anywhere, ACADEMIC_HEAD: anywhere, IMPORT: anywhere}
    session_ids: Annotated[tuple[SessionId, ...], Field(min_length=1, max_length=300)]
    room_id: RoomId
    joint_with: Annotated[tuple[TeachingClassId, ...], Field(max_length=50)] = ()
    override_reason: Reason | None = None

    def rooms(self) -> list[str]:
        return [self.room_id]

    def reads(self) -> list[Reads]:
        return [*super().reads(), *(Reads((SessionEnded,), (s,)) for s in self.session_ids)]

    def more(self, state: Plan) -> Sequence[Reads]:
        days = {state.occupancy.meetings[s].day for s in self.session_ids if s in state.occupancy.meetings}
        return [*super().more(state), *(Reads(OCCUPANCY, (occupied(self.room_id, day),)) for day in sorted(days))]

    def find(self, state: Plan) -> None:
        super().find(state)
        mine = {m.session_id for m in state.occupancy.of_class(self.teaching_class_id)}
        if strange := [s for s in self.session_ids if s not in mine]:
            raise Unknown("session_unknown", sessions=strange)

    def decide(self, state: Plan, given: Context) -> Iterator[Event]:
        state.check_open(given, self.override_reason)
        standing = [state.occupancy.meetings[s] for s in dict.fromkeys(self.session_ids)]
        moved = [self._moved(m, state) for m in standing if m.room_id != self.room_id]
        if over := [m.session_id for m in moved if m.session_id in state.ended]:
            raise Conflict("session_ended", sessions=over)
        check_rooms(state, moved)
        found = [c for c in state.clashes(moved) if c.code == "conflict_room"]
        found += [c for m in moved for c in state.crowded(m)]
        if found and self.override_reason is None:
            code, facts = told(found)
            raise Conflict(code, teaching_class=self.teaching_class_id, **facts)
        for meeting in moved:
            mine = [c.override() for c in found if c.session_id == meeting.session_id]
            said = {"override_reason": self.override_reason, "overrides": tuple(mine[:KEPT_AT_MOST])} if mine else {}
            yield meeting.model_copy(update=said)

    def _moved(self, meeting: Meeting, state: Plan) -> RoomAssigned:
        row = meeting.row()
        row["guests"] = state.occupancy.guests_on(self.teaching_class_id, meeting.day)
        row["joint_with"] = tuple(dict.fromkeys((*meeting.joint_with, *self.joint_with)))
        row["room_id"] = self.room_id
        return RoomAssigned.model_validate({**row, "former_room_id": meeting.room_id})


class RemoveSession(AboutOffering):
    """撤排.  Takes a session off the timetable before it is published.  Seed: D36."""

    may = {SECRETARY: own_department, ACADEMIC: anywhere, ACADEMIC_HEAD: anywhere, IMPORT: anywhere}
    session_id: SessionId
    reason: Reason

    def reads(self) -> list[Reads]:
        return [*super().reads(), Reads((SessionEnded,), (self.session_id,))]

    def find(self, state: Plan) -> None:
        super().find(state)
        mine = {m.session_id for m in state.occupancy.of_class(self.teaching_class_id)}
        if self.session_id not in mine | state.occupancy.removed:
            raise Unknown("session_unknown", sessions=[self.session_id])

    def decide(self, state: Plan, given: Context) -> Iterator[Event]:
        state.check_open(given, None)
        if self.session_id in state.ended:
            raise Conflict("session_ended", sessions=[self.session_id])
        meeting = state.occupancy.meetings.get(self.session_id)
        if meeting is not None:
            row = meeting.row()
            row["guests"] = state.occupancy.guests_on(self.teaching_class_id, meeting.day)
            yield SessionRemoved.model_validate({**row, "reason": self.reason})
