"""Notices 通知 and daily office work 日常办公: what is said to whom, who read it in time, who logged in.  Seed: D04.

「每天及时登陆“OA”办公平台,查阅相关的信息和完成各项工作任务」
"""

from __future__ import annotations

from collections.abc import Iterator

from domain.duties import Done, Due
from domain.notices import rules
from domain.notices.events import (
    LoginRecorded as LoginRecorded,
    NoticeAddressed as NoticeAddressed,
    NoticeLimitPassed as NoticeLimitPassed,
    NoticePublished as NoticePublished,
    NoticeRead as NoticeRead,
    NoticeRecalled as NoticeRecalled,
    NoticeUnaddressed as NoticeUnaddressed,
    NoticeUnreadLapsed as NoticeUnreadLapsed,
    receipt_of as receipt_of,
)
from domain.notices.logins import RecordLogin as RecordLogin
from domain.notices.publishing import PublishNotice as PublishNotice
from domain.notices.reading import (
    LapseNotice as LapseNotice,
    MarkNoticeRead as MarkNoticeRead,
    RecallNotice as RecallNotice,
)
from domain.notices.retold import RETOLD as RETOLD
from domain.notices.tidings import TIDINGS

POLICIES = rules.POLICIES
REFUSALS = {
    "notice_unknown": ("没有这一通知", "There is no such notice"),
    "notice_already_published": ("该通知编号已用于别的通知", "This notice id is already used by another notice"),
    "notice_recalled": ("通知已撤回", "The notice was recalled"),
    "notice_not_addressed": ("该通知未发给您", "The notice was not addressed to you"),
    "recipient_unknown": ("收件人不是本校师生", "A recipient is neither of the staff nor a student"),
    "audience_empty": ("没有收件人", "Nobody is addressed"),
    "audience_too_large": ("一次最多发给 500 人,请分批发布", "At most 500 persons at once: publish in parts"),
    "read_limit_past": ("阅读时限须晚于现在", "The reading limit must lie ahead"),
    "read_limit_not_over": ("阅读时限未到", "The reading limit is not over yet"),
}


def _owed(event: NoticePublished) -> Iterator[Due | Done]:
    if event.due_at:
        at = event.due_at + rules.SETTLED_AFTER
        yield Due(f"notice/{event.notice_id}", at, LapseNotice(notice_id=event.notice_id))


def _over(event: NoticeRecalled | NoticeLimitPassed) -> Iterator[Due | Done]:
    yield Done(f"notice/{event.notice_id}")


AGENDA = {NoticePublished: _owed, NoticeRecalled: _over, NoticeLimitPassed: _over}
REACTIONS = TIDINGS
