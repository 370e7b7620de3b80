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
    Placement as Placement,
    PlaceOffering as PlaceOffering,
)
from domain.timetable.plan import ON_HOLIDAY
from domain.timetable.rooms import AssignRoom as AssignRoom, RemoveSession as RemoveSession
from domain.timetable.term import LockTimetable as LockTimetable, PublishTimetable as PublishTimetable

POLICIES = (ON_HOLIDAY,)
REFUSALS = {
    "offering_unknown": ("没有这一开课任务", "There is no such offering"),
    "offering_already_opened": ("该教学班编号已用于别的开课任务", "This teaching class id is already used otherwise"),
    "offering_invalid": (
        "教师或行政班重复,或课时份额与教师数不符",
        "A teacher or class is named twice, or the hour shares do not go with the teachers",
    ),
    "session_unknown": ("没有这一课次", "There is no such session"),
    "session_ended": ("课次已结束", "The session is over"),
    "session_already_placed": (
        "该课次已排入,但教师不同,须先撤排",
        "The session is placed already with other teachers; remove it first",
    ),
    "scheduling_not_started": ("该学期尚未开始排课", "Scheduling of this term has not started"),
    "timetable_locked": (
        "课表已锁定,只有教务处可以调整",
        "Locked; only academic affairs still change it",
    ),
    "timetable_not_locked": ("课表须先锁定再发布", "A timetable is locked before it is published"),
    "timetable_published": ("课表已发布,须通过调停课申请变更", "The timetable is published; request a schedule change"),
    "week_outside_term": ("周次超出该学期", "The week lies outside the term"),
    "outside_grid": ("不在日常排课时间内", "Outside the time grid"),
    "teacher_not_of_offering": ("该教师不是本开课任务的教师", "The teacher does not teach this offering"),
    "conflict_room": ("教室冲突", "The room is taken"),
    "conflict_teacher": ("教师冲突", "A teacher is engaged elsewhere"),
    "conflict_class": ("班级冲突", "A class is engaged elsewhere"),
    "conflict_student": ("学生冲突", "A student is engaged elsewhere"),
    "seats_insufficient": ("教室座位数不足", "The room has too few seats"),
    "on_holiday": ("该日为假日", "The day is a holiday"),
    "override_not_allowed": ("只有教务处可以在冲突时仍予排入", "Only academic affairs may place in spite of a clash"),
}
