"""What happens to a notice 通知: published, read or not in time, recalled; and who logged in on a day."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from domain import Day, DepartmentId, Event, Fact, Line, Moment, PersonId, Reason, Text, derived
from domain.duties import Duty
from domain.policies import PolicyUse

MOST = 500
NoticeId = Annotated[str, StringConstraints(pattern=r"^notice:[0-9a-z][0-9a-z-]{0,62}$")]
Reader = Literal["staff", "external", "student"]
ReceiptState = Literal["unread", "read", "read_late", "lapsed", "cancelled"]
Count = Annotated[int, Field(ge=0, le=MOST)]


def receipt_of(notice_id: str, person_id: str) -> str:
    """The id of what one person owes to one notice."""
    return derived("receipt", notice_id, person_id)


class OfNotice(Fact):
    """A notice, whole, but for its text.  `due_at` None: it is for information, and nobody owes a reading."""

    notice_id: NoticeId
    title: Line
    publisher_department_id: DepartmentId | None
    published_by: PersonId
    published_at: Moment
    due_at: Moment | None
    addressed: Count


class NoticePublished(OfNotice, Event):
    """Something was said to the persons named; who they are does not change afterwards."""

    NAME: ClassVar[str] = "notices.published"
    TITLE: ClassVar[str] = "发布通知"
    TAGS: ClassVar[tuple[str, ...]] = ("notice_id", "published_by", "publisher_department_id", "persons")
    body: Text
    persons: Annotated[tuple[PersonId, ...], Field(max_length=MOST)]
    policies: tuple[PolicyUse, ...] = ()


class NoticeRecalled(OfNotice, Event):
    """A notice was taken back; its text is kept for auditors."""

    NAME: ClassVar[str] = "notices.recalled"
    CORRECTS: ClassVar[bool] = True
    TITLE: ClassVar[str] = "撤回通知"
    TAGS: ClassVar[tuple[str, ...]] = ("notice_id", "published_by", "publisher_department_id")
    reason: Reason
    recalled_by: PersonId


class NoticeLimitPassed(OfNotice, Event):
    """The time for reading a notice is over, and who has not read it by then is on record."""

    NAME: ClassVar[str] = "notices.limit_passed"
    TITLE: ClassVar[str] = "通知阅读期限届满"
    TAGS: ClassVar[tuple[str, ...]] = ("notice_id",)
    read_in_time: Count


class OfReceipt(Fact):
    """One person and one notice, whole.  `department_id` is the reader's on the day it was published (A-staff).

    `day` is the local day by whose end (or in whose course) it is to be read.
    """

    receipt_id: Line
    notice_id: NoticeId
    title: Line
    person_id: PersonId
    department_id: DepartmentId
    reader: Reader
    published_at: Moment
    due_at: Moment | None
    day: Day
    state: ReceiptState = "unread"
    read_at: Moment | None = None
    duty: Duty | None = None


RECEIPT_TAGS = ("receipt_id", "person_id", "notice_id", "department_id")


class NoticeAddressed(OfReceipt, Event):
    """A person is among those a notice speaks to."""

    NAME: ClassVar[str] = "notices.addressed"
    TITLE: ClassVar[str] = "通知送达个人"
    TAGS: ClassVar[tuple[str, ...]] = RECEIPT_TAGS


class NoticeRead(OfReceipt, Event):
    """A person has read a notice, in time or late."""

    NAME: ClassVar[str] = "notices.read"
    TITLE: ClassVar[str] = "阅读通知"
    TAGS: ClassVar[tuple[str, ...]] = RECEIPT_TAGS


class NoticeUnreadLapsed(OfReceipt, Event):
    """A person had not read a notice by its limit."""

    NAME: ClassVar[str] = "notices.unread_lapsed"
    TITLE: ClassVar[str] = "通知逾期未读"
    TAGS: ClassVar[tuple[str, ...]] = RECEIPT_TAGS


class NoticeUnaddressed(OfReceipt, Event):
    """The notice was recalled before the person had read it: nothing is owed."""

    NAME: ClassVar[str] = "notices.unaddressed"
    CORRECTS: ClassVar[bool] = True
    TITLE: ClassVar[str] = "通知撤回，无须再读"
    TAGS: ClassVar[tuple[str, ...]] = RECEIPT_TAGS


class LoginRecorded(Event):
    """A member of staff logged in, for the first time on a day."""

    NAME: ClassVar[str] = "notices.login_recorded"
    TITLE: ClassVar[str] = "记录当日首次登录"
    TAGS: ClassVar[tuple[str, ...]] = ("login_id", "person_id")
    login_id: Line
    person_id: PersonId
    department_id: DepartmentId
    day: Day


NOTICE_EVENTS = (NoticePublished, NoticeRecalled, NoticeLimitPassed)
RECEIPT_EVENTS = (NoticeAddressed, NoticeRead, NoticeUnreadLapsed, NoticeUnaddressed)
