"""What other areas have to tell somebody who must act on it, as notices.

Nothing that an import records is told: it is history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from domain import Event, derived, person_of
from domain.conduct import SlipConfirmed
from domain.counselor_logs import MeritIneligible, WeeklyLogReturned
from domain.grades import GradeSheetReturned
from domain.notices.publishing import PublishNotice
from domain.tasks import TaskAssigned, TaskCompletionRejected, TaskDelegated


def tell(
    event: Event, key: tuple[object, ...], persons: tuple[str, ...], zh: str, en: str, **how: Any
) -> PublishNotice:
    """A notice about an event; the same words of `key` always give the same notice."""
    notice_id = derived("notice", event.NAME, *key)
    title, _, _ = zh.partition(":")
    return PublishNotice(notice_id=notice_id, title=title, body=f"{zh}\n{en}", persons=persons, **how)


def task_to_accept(event: TaskAssigned | TaskDelegated) -> Iterator[PublishNotice]:
    """Who is charged with a task is to accept it; a department's head is found by the department itself."""
    said = event.assignment
    if said.holder_id:
        zh, en = f"有任务待接收:{said.title}", f"A task waits to be accepted: {said.title}"
        yield tell(event, (said.assignment_id, said.turn), (said.holder_id,), zh, en)


def task_to_redo(event: TaskCompletionRejected) -> Iterator[PublishNotice]:
    said = event.assignment
    if said.holder_id:
        zh, en = f"任务办结被退回:{said.title}", f"What you submitted was sent back: {said.title}"
        yield tell(event, (said.assignment_id, said.rejections), (said.holder_id,), zh, en)


def sheet_to_redo(event: GradeSheetReturned) -> Iterator[PublishNotice]:
    zh, en = f"成绩单被退回:{event.course_name}", f"The grade sheet was returned: {event.course_name}"
    yield tell(event, (event.teaching_class_id, event.submitted_at), event.teacher_ids, zh, en)


def log_to_amend(event: WeeklyLogReturned) -> Iterator[PublishNotice]:
    zh, en = f"周志被退回:第{event.week}周", f"Your log of week {event.week} was returned"
    yield tell(event, (event.log_id, event.returned_at), (event.person_id,), zh, en)


def merit_lost(event: MeritIneligible) -> Iterator[PublishNotice]:
    weeks = ", ".join(map(str, event.missed_weeks))
    zh = f"本学年失去评优资格:一学期累计未按时填写周志,第 {weeks} 周"
    en = f"No merit award in this academic year: logs missed in weeks {weeks}"
    yield tell(event, (event.merit_id, event.term_id, weeks), (event.person_id,), zh, en)


def slip_to_answer(event: SlipConfirmed) -> Iterator[PublishNotice]:
    """A student may appeal against a penalty, and must know of it; reading is no duty of a student's."""
    if event.kind == "penalty":
        zh = f"奖罚单已确认:{event.code},如有异议可申诉"
        en = f"A penalty slip was confirmed: {event.code}; you may appeal against it"
        yield tell(event, (event.slip_id, event.confirmed_at), (person_of(event.student_id),), zh, en, must_read=False)


TIDINGS: Mapping[type[Event], Callable[[Any], Iterator[PublishNotice]]] = {
    TaskAssigned: task_to_accept,
    TaskDelegated: task_to_accept,
    TaskCompletionRejected: task_to_redo,
    GradeSheetReturned: sheet_to_redo,
    WeeklyLogReturned: log_to_amend,
    MeritIneligible: merit_lost,
    SlipConfirmed: slip_to_answer,
}
