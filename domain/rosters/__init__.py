"""Rosters 教学班名单: who belongs to a teaching class, from which day until which.  Seed: D10, D28, D38.

Membership is a fact per student, with the administrative class and department they had, so that a later transfer
rewrites no past.
"""

from __future__ import annotations

from domain.rosters.enrolling import (
    JoinTeachingClass as JoinTeachingClass,
    LeaveTeachingClass as LeaveTeachingClass,
    SetRoster as SetRoster,
)
from domain.rosters.events import (
    ROSTER_FACTS as ROSTER_FACTS,
    Member as Member,
    RosterSet as RosterSet,
    StudentJoined as StudentJoined,
    StudentLeft as StudentLeft,
)
from domain.rosters.roster import Roster as Roster
from domain.rosters.transfers import TransferRosters as TransferRosters, follow
from domain.students import StudentPlaced

POLICIES = ()
REACTIONS = {StudentPlaced: follow}
REFUSALS = {
    "student_not_on_roster": ("学生不在教学班名单上", "The student is not on the roster"),
    "later_roster_recorded": ("已有更晚生效的名单变动", "A roster change from a later day is already recorded"),
    "capacity_exceeded": ("超出教学班容量", "More than the teaching class holds"),
}
