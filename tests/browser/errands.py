"""More of the small term: tasks with parts, moved deadlines and calling off, merit, logs sent back, daily logins."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, Final

from domain.access import REACTION, SYSTEM
from domain.counselor_logs import AwardMerit, NominateForMerit, ReturnWeeklyLog
from domain.notices import MarkNoticeRead, PublishNotice, RecordLogin
from domain.tasks import (
    AcceptTask,
    AssignTask,
    CancelTask,
    DeclineTask,
    DelegateTask,
    EvaluateTask,
    GrantExtension,
    PublishTask,
    RefuseExtension,
    ReportProgress,
    RequestExtension,
    SplitTask,
    SubmitCompletion,
)
from tests.browser.affairs import (
    AFFAIRS,
    AFFAIRS_HEAD,
    DEPARTMENTS,
    MONDAY,
    PRESIDENT,
    STAFF,
    TERM,
    ZONE,
    Act,
    head,
    on,
)

OFFICE: Final = "department:academic"
HANDBOOK, DRAFT, PRINT = "task:handbook", "task:handbook-draft", "task:handbook-print"
DRILL, FAIR = "task:drill", "task:fair"


def errands() -> Iterator[Act]:
    """Everything of this part, in no order."""
    yield from handbook()
    yield from drill()
    yield from fair()
    yield from merit()
    yield from reminders()
    yield from logins()


def published(task: str, title: str, due: datetime, by: str, at: datetime, **said: Any) -> Act:
    wish = {"task_id": task, "department_id": OFFICE, "title": title, "description": f"{title},按期完成"}
    told = PublishTask.model_validate({**wish, "category": "学生工作", "priority": "high", "due_at": due, **said})
    return Act(at, told, by)


def handbook() -> Iterator[Act]:
    """A department's task, split into two parts: one done, one overdue; the whole was given four more days."""
    of = {"task_id": HANDBOOK, "assignment_id": "assignment:handbook"}
    yield published(HANDBOOK, "学生手册修订", on(10, 9, "17:00"), PRESIDENT, on(9, 15, "09:00"), source="meeting")
    yield Act(on(9, 15, "09:10"), AssignTask(**of, department_id="department:d0"), PRESIDENT)
    yield Act(on(9, 15, "16:00"), AcceptTask(**of), head(0))
    parts = [
        {"task_id": DRAFT, "title": "修订稿起草", "description": "汇总各班意见", "due_at": on(9, 28, "17:00")},
        {"task_id": PRINT, "title": "排版付印", "description": "送印刷厂", "due_at": on(10, 8, "17:00")},
    ]
    yield Act(on(9, 16, "09:00"), SplitTask.model_validate({**of, "parts": parts}), head(0))
    for part, worker in ((DRAFT, 0), (PRINT, 1)):
        of_part = {"task_id": part, "assignment_id": part.replace("task:", "assignment:")}
        yield Act(on(9, 16, "09:30"), AssignTask(**of_part, person_id=f"person:t{worker}"), head(0))
        yield Act(on(9, 16, "15:00"), AcceptTask(**of_part), f"person:t{worker}")
        yield Act(on(9, 24, "10:00"), ReportProgress(**of_part, progress=60, note="过半"), f"person:t{worker}")
    of_part = {"task_id": DRAFT, "assignment_id": DRAFT.replace("task:", "assignment:")}
    yield Act(on(9, 28, "17:00"), SubmitCompletion(**of_part, report="修订稿已定稿"), "person:t0")
    yield Act(on(9, 30, "09:00"), EvaluateTask(**of_part, score=5, comment="条理清楚"), head(0))
    asked = {**of, "extension_id": "extension:handbook"}
    ask = RequestExtension.model_validate({**asked, "due_at": on(10, 15, "17:00"), "reason": "印刷厂排期推迟一周"})
    yield Act(on(10, 7, "10:00"), ask, head(0))
    yield Act(on(10, 7, "15:00"), GrantExtension.model_validate({**asked, "due_at": on(10, 13, "17:00")}), PRESIDENT)


def drill() -> Iterator[Act]:
    """Passed on to a colleague, who asked for more time in vain; another department sent it back."""
    of = {"task_id": DRILL, "assignment_id": "assignment:drill-4"}
    yield published(DRILL, "消防演练", on(10, 16, "17:00"), PRESIDENT, on(9, 29, "09:00"), priority="urgent")
    yield Act(on(9, 29, "09:10"), AssignTask(**of, person_id=head(4)), PRESIDENT)
    yield Act(on(9, 29, "14:00"), DelegateTask(**of, person_id="person:t12", reason="改由安全员负责"), head(4))
    yield Act(on(9, 30, "09:00"), AcceptTask(**of), "person:t12")
    asked = {**of, "extension_id": "extension:drill"}
    ask = RequestExtension.model_validate({**asked, "due_at": on(10, 30, "17:00"), "reason": "演练器材尚未到货"})
    yield Act(on(10, 9, "09:00"), ask, "person:t12")
    yield Act(on(10, 9, "16:00"), RefuseExtension.model_validate({**asked, "reason": "全校统一安排时间"}), PRESIDENT)
    of = {"task_id": DRILL, "assignment_id": "assignment:drill-5"}
    yield Act(on(9, 29, "09:12"), AssignTask(**of, person_id=head(5)), PRESIDENT)
    yield Act(on(9, 30, "10:00"), DeclineTask(**of, reason="本部门无固定教室"), head(5))


def fair() -> Iterator[Act]:
    """Called off by the department that set it."""
    home = "department:d2"
    yield published(FAIR, "招聘会筹备", on(10, 23, "17:00"), head(2), on(9, 21, "09:00"), department_id=home)
    of = {"task_id": FAIR, "assignment_id": "assignment:fair"}
    yield Act(on(9, 21, "09:10"), AssignTask(**of, person_id="person:t6"), head(2))
    yield Act(on(9, 21, "15:00"), AcceptTask(**of), "person:t6")
    yield Act(on(9, 25, "09:00"), CancelTask(task_id=FAIR, reason="主办单位改期举行"), head(2))


def merit() -> Iterator[Act]:
    """One award stands, one was given before three misses cost it, one nomination is open; a log came back."""
    for nomination, department, at in (("early", 3, on(9, 15, "09:00")), ("best", 0, on(9, 28, "09:00"))):
        asked = {
            "person_id": f"person:counselor{department}",
            "year": 2026,
            "nomination_id": f"nomination:{nomination}",
        }
        told = NominateForMerit.model_validate({**asked, "title": "优秀辅导员", "reason": "带班成绩突出"})
        yield Act(at, told, AFFAIRS)
        award = AwardMerit(nomination_id=f"nomination:{nomination}", document_no=f"学〔2026〕{at.day}号")
        yield Act(at + timedelta(days=2), award, AFFAIRS_HEAD)
    asked = {"person_id": "person:counselor2", "year": 2026, "nomination_id": "nomination:open"}
    told = NominateForMerit.model_validate({**asked, "title": "优秀辅导员", "reason": "家校沟通扎实"})
    yield Act(on(10, 9, "09:00"), told, head(2))
    sent_back = {"person_id": "person:counselor4", "term_id": TERM, "week": 4, "comment": "请补充宿舍走访"}
    yield Act(on(10, 6, "09:00"), ReturnWeeklyLog.model_validate(sent_back), AFFAIRS)


def reminders() -> Iterator[Act]:
    """One notice still within its time and read by some, one for information."""
    everywhere = tuple(f"department:d{n}" for n in range(DEPARTMENTS))
    wish: dict[str, Any] = {"title": "期中教学检查", "body": "请各系部按附表准备。", "departments": everywhere}
    told = PublishNotice.model_validate({**wish, "notice_id": "notice:mid-term"})
    yield Act(on(10, 9, "10:00"), told, PRESIDENT)
    for number in range(0, 15, 2):
        read = MarkNoticeRead(notice_id="notice:mid-term", person_id=f"person:t{number}")
        yield Act(on(10, 9, "11:00") + timedelta(minutes=number), read, f"person:t{number}")
    wish |= {"title": "食堂菜单", "body": "见附件。", "notice_id": "notice:menu", "must_read": False}
    yield Act(on(10, 8, "09:00"), PublishNotice.model_validate(wish), AFFAIRS)


def logins() -> Iterator[Act]:
    """Most of the staff log in on most days."""
    staff = [f"person:{login}" for login, *_ in STAFF] + [f"person:t{n}" for n in range(15)]
    for number in range(35):
        day = MONDAY + timedelta(days=number)
        for person in staff if day.weekday() < 5 else ():
            dice = Random(f"{person}/{day}")  # noqa: S311  a play, not a secret
            seldom = person in ("person:t9", "person:t10", "person:counselor3")
            if dice.random() < (0.7 if seldom else 0.97):
                at = datetime.combine(day, time(7, dice.randrange(30, 60)), ZONE).astimezone(UTC)
                told = RecordLogin(person_id=person, day=date(day.year, day.month, day.day))
                yield Act(at, told, SYSTEM[REACTION].person_id, REACTION)
