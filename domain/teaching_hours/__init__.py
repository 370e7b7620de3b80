"""Teaching hours 课时认定: what a roll call in time makes payable.  Seed: D11.

「如未完成点名系统,该课程课时不予认定」 is read of the one session, not of the whole course.  Whether a student
was there and whether an hour counts are two facts: a late roll call keeps the first and loses the second.
"""

from domain.teaching_hours.hours import (
    AGENDA as AGENDA,
    POLICIES as POLICIES,
    REACTIONS as REACTIONS,
    REFUSALS as REFUSALS,
    SETTLED_AFTER as SETTLED_AFTER,
    HourShare as HourShare,
    HoursNotRecognised as HoursNotRecognised,
    HoursRecognised as HoursRecognised,
    HoursRecognitionOverridden as HoursRecognitionOverridden,
    OverrideRecognition as OverrideRecognition,
    RecogniseWaivedHours as RecogniseWaivedHours,
    SettleSession as SettleSession,
    divided as divided,
)
from domain.teaching_hours.retold import RETOLD as RETOLD
