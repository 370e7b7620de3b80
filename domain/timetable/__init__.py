"""The timetable 课表: offerings, their dated sessions, clashes and overrides, locking and publication.  Seed: D36, D37.

One command places one offering.  What holds a room, a teacher, an administrative class or a guest on a day is
read under one narrow tag each, so a clash is found in the log itself and never missed.
"""

from __future__ import annotations

from domain.timetable.events import (
    OCCUPANCY as OCCUPANCY,
    SESSION_FACTS as SESSION_FACTS,
    Attended as Attended,
    Guest as Guest,
    GuestsExpected as GuestsExpected,
    GuestsReleased as GuestsReleased,
    Meeting as Meeting,
    OfferingOpened as OfferingOpened,
    Override as Override,
    RoomAssigned as RoomAssigned,
    SessionEnded as SessionEnded,
    SessionRemoved as SessionRemoved,
    SessionScheduled as SessionScheduled,
    TimetableLocked as TimetableLocked,
    TimetablePublished as TimetablePublished,
    guests_of as guests_of,
    occupied as occupied,
)
from domain.timetable.offering import OpenOffering as OpenOffering
from domain.timetable.placing import (
    AssignRoom as AssignRoom,
    Placement as Placement,
    PlaceOffering as PlaceOffering,
    RemoveSession as RemoveSession,
)
from domain.timetable.term import LockTimetable as LockTimetable, PublishTimetable as PublishTimetable

REFUSALS: dict[str, tuple[str, str]] = {}
