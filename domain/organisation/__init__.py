"""The organisation 组织机构: departments and offices, rooms, staff in dated places, counselors.  Seed: D33, D34.

Human resources own people and departments, the asset office owns rooms; academic affairs only look (L58–60).
"""

from __future__ import annotations

from domain.organisation.counselors import COUNSELORS as COUNSELORS, CounselorAssigned as CounselorAssigned
from domain.organisation.departments import (
    DepartmentRegistered as DepartmentRegistered,
    DepartmentRenamed as DepartmentRenamed,
    RegisterDepartment as RegisterDepartment,
    RenameDepartment as RenameDepartment,
)
from domain.organisation.rooms import (
    CloseRoom as CloseRoom,
    RegisterRoom as RegisterRoom,
    RoomClosed as RoomClosed,
    RoomRegistered as RoomRegistered,
    RoomUpdated as RoomUpdated,
    UpdateRoom as UpdateRoom,
)
from domain.organisation.staff import (
    CorrectStaff as CorrectStaff,
    PlaceStaff as PlaceStaff,
    RegisterStaff as RegisterStaff,
    StaffCorrected as StaffCorrected,
    StaffPlaced as StaffPlaced,
    StaffRegistered as StaffRegistered,
)

REFUSALS = {
    "department_unknown": ("没有这一部门", "There is no such department"),
    "department_already_registered": (
        "该部门编号已登记为别的部门",
        "This department id is already registered otherwise",
    ),
    "department_code_taken": ("部门代码已被使用", "The department code is already taken"),
    "room_unknown": ("没有这间教室", "There is no such room"),
    "room_already_registered": ("该教室编号已登记为别的教室", "This room id is already registered otherwise"),
    "room_closed": ("教室已停用", "The room is closed"),
    "staff_unknown": ("没有这位教职工", "There is no such member of staff"),
    "staff_already_registered": ("该人员已以其他内容登记", "This person is already registered otherwise"),
    "staff_number_taken": ("工号已被使用", "The staff number is already taken"),
    "later_placement_recorded": ("已有更晚日期的归属记录", "A placement from a later day is already recorded"),
}
