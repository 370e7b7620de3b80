"""What else happens in the small term beside roll calls: exams and grades, slips, counselors' logs, tasks, notices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

from domain import Command
from domain.access import COUNSELOR, DEPUTY, HEAD, STUDENT_AFFAIRS, STUDENT_AFFAIRS_HEAD
from domain.conduct import (
    AppealSlip,
    ConfirmSlip,
    DecideDiscipline,
    DecideSlipAppeal,
    DefineSlipCategory,
    DeliverDiscipline,
    EscalateSlip,
    IssueSlip,
    RecordDefence,
    RecordSanctionNotice,
    ReturnSlip,
    RevokeSlip,
)
from domain.counselor_logs import ExemptWeek, ReviewWeeklyLog, SubmitWeeklyLog
from domain.exams import RecordExamHeld
from domain.grades import (
    ApproveGradeCorrection,
    Component,
    ConfirmGradeSheet,
    OpenGradeSheet,
    PublishGrades,
    RecordMark,
    RefuseGradeCorrection,
    RequestGradeCorrection,
    ReturnGradeSheet,
    SetGradeScheme,
    SubmitGradeSheet,
)
from domain.monitored_columns import Column, DefineColumn
from domain.monitored_columns.proposed import PROPOSED
from domain.notices import MarkNoticeRead, PublishNotice
from domain.tasks import (
    AcceptTask,
    AssignTask,
    EvaluateTask,
    GrantExtension,
    PublishTask,
    RejectCompletion,
    ReportProgress,
    RequestExtension,
    SubmitCompletion,
)
from infra.demo.columns import SHOWN, THRESHOLDS

ZONE: Final = ZoneInfo("Asia/Shanghai")
MONDAY: Final = date(2026, 9, 7)
TERM: Final = "term:2026-autumn"
ACADEMIC, AFFAIRS, AFFAIRS_HEAD, PRESIDENT = (
    f"person:{login}" for login in ("academic", "affairs", "affairs-head", "president")
)
DEPARTMENTS: Final = 6
# Who else works there: login, role, department, name.
STAFF: Final = (
    ("affairs", STUDENT_AFFAIRS, None, "学工员"),
    ("affairs-head", STUDENT_AFFAIRS_HEAD, None, "学生处长"),
    *((f"counselor{n}", COUNSELOR, f"department:d{n}", f"{name}辅导员") for n, name in enumerate("钱卫蒋沈韩杨")),
    *((f"deputy{n}", DEPUTY, f"department:d{n}", f"{name}副书记") for n, name in enumerate("朱秦尤许何吕")),
    *((f"head{n}", HEAD, f"department:d{n}", f"{name}主任") for n, name in enumerate("施张孔曹严华") if n != 3),
)


@dataclass(frozen=True)
class Act:
    """Somebody does something at a moment; some acts may be refused."""

    at: datetime
    command: Command[Any]
    by: str
    source: str = ""

    @property
    def key(self) -> str:
        return f"{self.command.NAME}/{self.by}/{self.at.isoformat()}/{self.command.model_dump_json()}"


def on(month: int, day: int, at: str) -> datetime:
    """A local moment of the autumn of 2026."""
    return datetime.combine(date(2026, month, day), time.fromisoformat(at), ZONE).astimezone(UTC)


def head(department: int) -> str:
    return "person:dean" if department == 3 else f"person:head{department}"


def affairs(classes: list[Any]) -> list[Act]:
    """Everything, the earliest first."""
    told = [*grades(classes), *corrections(), *conduct(classes), *sanctions(), *logs(), *tasks(), *notices()]
    return sorted(told, key=lambda act: act.at)


# class number → when its grades are handed in; None: never.  The exam was on Friday 25 September, due 2 October.
HANDED_IN: Final = {
    0: on(9, 29, "10:00"),
    1: on(9, 30, "16:30"),
    2: on(10, 2, "23:59:59"),
    3: on(10, 3, "00:30"),
    4: on(9, 29, "09:00"),
    6: on(10, 1, "15:00"),
    7: on(9, 30, "11:00"),
    9: None,
    10: on(10, 2, "20:00"),
    12: on(10, 9, "09:00"),
}
PUBLISHED: Final = (0, 1, 2, 4, 6)
ALL_THE_SAME, MANY_FAILED = 7, 10


def grades(classes: list[Any]) -> Iterator[Act]:
    """Ten short courses end; one teacher hands nothing in, one is late, two sheets are unusual, one comes back."""
    scheme = (
        Component(key="平时", title="平时", kind="regular", weight_hundredths=4000),
        Component(key="期末", title="期末", kind="final", weight_hundredths=6000),
    )
    for number, handed_in in HANDED_IN.items():
        one = classes[number]
        of = {"teaching_class_id": one.id}
        yield Act(on(9, 14, "09:00"), OpenGradeSheet(**of), ACADEMIC)
        yield Act(on(9, 14, "10:00"), SetGradeScheme(**of, components=scheme), one.teacher)
        yield Act(on(9, 25, "18:00"), RecordExamHeld(**of, held_on=date(2026, 9, 25)), ACADEMIC)
        for student in one.students if handed_in else one.students[:3]:
            for key, score in zip(("平时", "期末"), scores(number, student), strict=True):
                mark = RecordMark(**of, student_id=student, component=key, score_hundredths=score)
                yield Act((handed_in or on(9, 28, "14:00")) - timedelta(hours=2), mark, one.teacher)
        if handed_in is None:
            continue
        yield Act(handed_in, SubmitGradeSheet(**of), one.teacher)
        if number == MANY_FAILED:
            yield Act(on(10, 9, "09:00"), ReturnGradeSheet(**of, reason="不及格过半,请复核评分"), head(one.department))
        if number in PUBLISHED:
            yield Act(handed_in + timedelta(hours=3), ConfirmGradeSheet(**of), head(one.department))
            yield Act(handed_in + timedelta(days=1), PublishGrades(**of), ACADEMIC)
    yield Act(on(10, 9, "18:00"), OpenGradeSheet(teaching_class_id=classes[14].id), ACADEMIC)
    yield Act(on(10, 9, "18:10"), RecordExamHeld(teaching_class_id=classes[14].id, held_on=date(2026, 10, 9)), ACADEMIC)


def scores(number: int, student: str) -> tuple[int, int]:
    """The marks of one student, in hundredths."""
    if number == ALL_THE_SAME:
        return 8500, 8500
    dice = Random(f"{student}/{number}")  # noqa: S311  a play, not a secret
    about = 52 if number == MANY_FAILED else 76
    return tuple(100 * round(min(100.0, max(20.0, dice.gauss(about, 12)))) for _ in range(2))  # type: ignore[return-value]  # of two


def corrections() -> Iterator[Act]:
    """One is approved, one refused, one still on its way."""

    def asked(number: int, place: int, score: int, at: datetime) -> tuple[dict[str, Any], Act]:
        of = {"teaching_class_id": f"teaching_class:c{number}", "student_id": f"student:s{number}-{place}"}
        of["correction_id"] = f"correction:{number}"
        told = RequestGradeCorrection(
            **of, component="期末", score_hundredths=score, reason="漏加第五题", evidence="试卷扫描 12 号"
        )
        return of, Act(at, told, f"person:t{number}")

    of, request = asked(0, 1, 9300, on(10, 5, "09:00"))
    yield request
    yield Act(on(10, 6, "09:00"), ApproveGradeCorrection(**of), head(0))
    yield Act(on(10, 7, "09:00"), ApproveGradeCorrection(**of), ACADEMIC)
    of, request = asked(1, 2, 9900, on(10, 5, "10:00"))
    yield request
    yield Act(on(10, 6, "10:00"), RefuseGradeCorrection(**of, reason="证据不足以更正"), head(0))
    yield asked(4, 0, 8800, on(10, 10, "10:00"))[1]


CATEGORIES: Final = (
    ("F12", "旷课", "Truancy", "penalty"),
    ("F21", "晚归", "Late return to the dormitory", "penalty"),
    ("F30", "课堂违纪", "Disturbing a class", "penalty"),
    ("J01", "助人为乐", "Helpfulness", "reward"),
    ("J05", "竞赛获奖", "Prize in a competition", "reward"),
)


def conduct(classes: list[Any]) -> Iterator[Act]:
    """Slips of five weeks: mostly confirmed the next day, some too late or never, one returned, one revoked."""
    for code, zh, en, kind in CATEGORIES:
        wish = {"code": code, "title": zh, "title_en": en, "kind": kind}
        told = DefineSlipCategory.model_validate(wish | {"least_hundredths": 50, "most_hundredths": 500})
        yield Act(on(9, 1, "09:00"), told, AFFAIRS)
    for one in classes:
        for week in range(5):
            dice = Random(f"slip/{one.number}/{week}")  # noqa: S311  a play, not a secret
            day = MONDAY + timedelta(days=7 * week + dice.randrange(5))
            slip = f"slip:{one.number}-{week}"
            code = dice.choice(CATEGORIES)[0] if one.department != 3 else dice.choice(("F12", "F30", "F21", "J01"))
            told = IssueSlip(
                slip_id=slip,
                student_id=dice.choice(one.students),
                code=code,
                points_hundredths=dice.choice((100, 150, 200, 300)),
                occurred_on=day,
                description="课间经过见文字记录",
                teaching_class_id=one.id,
            )
            issued = datetime.combine(day, time(17, dice.randrange(60)), ZONE).astimezone(UTC)
            yield Act(issued, told, one.teacher)
            yield from handled(slip, issued, dice.random(), one.department)


def handled(slip: str, issued: datetime, chance: float, department: int) -> Iterator[Act]:
    counselor = f"person:counselor{department}"
    if chance < 0.82:
        yield Act(issued + timedelta(hours=16), ConfirmSlip(slip_id=slip), counselor)
    elif chance < 0.88:
        yield Act(issued + timedelta(hours=20), ReturnSlip(slip_id=slip, reason="当天有请假条"), counselor)
    elif chance < 0.93:
        yield Act(issued + timedelta(days=6), ConfirmSlip(slip_id=slip), counselor)


def sanctions() -> Iterator[Act]:
    """Four students of arts: one decided and delivered, one heard, one just proposed; two appeals against slips."""
    counselor, deputy = "person:counselor3", "person:deputy3"
    for n, day in ((0, 9), (1, 15), (2, 28), (3, 10), (4, 16)):
        slip = f"slip:case-{n}"
        issue = IssueSlip(
            slip_id=slip,
            student_id=f"student:s9-{n}",
            code="F12",
            points_hundredths=500,
            occurred_on=date(2026, 9, day),
            description="累计旷课,屡教不改",
            teaching_class_id="teaching_class:c9",
        )
        yield Act(on(9, day, "18:30"), issue, "person:t9")
        yield Act(on(9, day + 1, "09:00"), ConfirmSlip(slip_id=slip), counselor)
        if n < 3:
            wish = {"case_id": f"sanction:{n}", "slip_ids": (slip,), "measure": ("demerit", "probation", "warning")[n]}
            escalated = EscalateSlip.model_validate(wish | {"grounds": "一月内屡教不改"})
            yield Act(on(9, day + 1, "15:00"), escalated, counselor)
        else:
            yield Act(on(9, day + 2, "10:00"), AppealSlip(slip_id=slip, grounds="当时我在医务室"), f"person:s9-{n}")
            verdict = DecideSlipAppeal(slip_id=slip, uphold=n == 3, reason="与医务室记录核对")
            yield Act(on(9, day + 3, "10:00"), verdict, deputy)
    for n, day in ((0, 11), (1, 18)):
        of = {"case_id": f"sanction:{n}"}
        yield Act(
            on(9, day, "10:00"), RecordSanctionNotice(**of, notice_on=date(2026, 9, day), evidence="回执"), AFFAIRS
        )
        heard = RecordDefence(**of, heard_on=date(2026, 9, day + 3), statement="我已认识到错误")
        yield Act(on(9, day + 3, "10:00"), heard, f"person:s9-{n}")
    of = {"case_id": "sanction:0"}
    for by, at in ((AFFAIRS, "09:00"), (AFFAIRS_HEAD, "15:00")):
        wish = {"measure": "demerit", "months": 6, "document_no": "学〔2026〕5号", "reason": "事实清楚充分"}
        yield Act(on(9, 16, at), DecideDiscipline.model_validate(of | wish), by)
    yield Act(
        on(9, 17, "09:00"), DeliverDiscipline(**of, delivered_on=date(2026, 9, 17), evidence="送达回证"), counselor
    )
    yield Act(on(9, 30, "09:00"), RevokeSlip(slip_id="slip:case-4", reason="认错了学生"), AFFAIRS_HEAD)


# department → weeks without a log, weeks with a log that came late
MISSED: Final = {1: ({2}, set[int]()), 3: ({1, 3, 4}, set[int]()), 4: (set[int](), {2})}


def logs() -> Iterator[Act]:
    """Six counselors: most hand their logs in every week, one misses three, one is late once, one is excused once."""
    for department in range(DEPARTMENTS):
        person = f"person:counselor{department}"
        missed, late = MISSED.get(department, (set(), set()))
        for week in range(1, 6):
            if week in missed:
                continue
            sunday = MONDAY + timedelta(days=7 * week - 1 + (2 if week in late else 0))
            at = datetime.combine(sunday, time(15, department), ZONE).astimezone(UTC)
            of = {"person_id": person, "term_id": TERM, "week": week}
            if department == 5 and week == 3:
                yield Act(
                    at, ExemptWeek.model_validate(of | {"grounds": "assignment", "reason": "参加省里培训"}), AFFAIRS
                )
                continue
            told = SubmitWeeklyLog.model_validate(
                of | {"class_situation": "班级平稳", "attendance_handling": "已谈话", "next_week_plan": "走访宿舍"}
            )
            yield Act(at, told, person)
            if week < 4:
                yield Act(at + timedelta(days=3), ReviewWeeklyLog.model_validate(of | {"comment": "很好"}), AFFAIRS)


def tasks() -> Iterator[Act]:
    """Three tasks of the president: done and judged, done too late or never, extended, one still on its way."""
    office = "department:academic"
    for task, title, priority, due in (
        ("task:plan", "迎评材料归档", "high", on(9, 18, "17:00")),
        ("task:safety", "实训室安全自查", "urgent", on(9, 28, "12:00")),
        ("task:survey", "毕业生跟踪调查", "normal", on(10, 20, "17:00")),
    ):
        wish = {"task_id": task, "department_id": office, "title": title, "description": f"请各系部完成{title}"}
        published = on(9, 14, "10:00") if task != "task:survey" else on(10, 8, "10:00")
        told = PublishTask.model_validate(wish | {"category": "年度重点", "priority": priority, "due_at": due})
        yield Act(published, told, PRESIDENT)
        for department in range(DEPARTMENTS):
            yield from worked(task, department, published, due)


def worked(task: str, department: int, published: datetime, due: datetime) -> Iterator[Act]:
    of = {"task_id": task, "assignment_id": f"assignment:{task.partition(':')[2]}-{department}"}
    by = head(department)
    yield Act(published + timedelta(minutes=5), AssignTask(**of, person_id=by), PRESIDENT)
    if (task, department) in (("task:safety", 3), ("task:survey", 5)):
        return
    yield Act(published + timedelta(hours=20), AcceptTask(**of), by)
    if task == "task:survey":
        yield Act(published + timedelta(days=2), ReportProgress(**of, progress=10 * department, note="已收集"), by)
        return
    late = department in (1, 3)
    if department == 2:
        ask = RequestExtension(
            **of, extension_id=f"extension:{task[5:]}", due_at=due + timedelta(days=4), reason="设备检修未完"
        )
        yield Act(due - timedelta(days=2), ask, by)
        yield Act(due - timedelta(days=1), GrantExtension(**of, extension_id=f"extension:{task[5:]}"), PRESIDENT)
    done = due + timedelta(days=2) if late else due - timedelta(hours=3 + department)
    yield Act(done, SubmitCompletion(**of, report="材料已全部归档"), by)
    if department == 4:
        yield Act(done + timedelta(days=1), RejectCompletion(**of, reason="缺近两年材料"), PRESIDENT)
        yield Act(done + timedelta(days=2), SubmitCompletion(**of, report="已补齐"), by)
    if department != 5:
        score = 3 if late else 5 - department % 2
        yield Act(done + timedelta(days=4), EvaluateTask(**of, score=score, comment="已阅"), PRESIDENT)


def notices() -> Iterator[Act]:
    """A notice to all staff of the departments: most read it in time."""
    told = PublishNotice(
        notice_id="notice:open-day",
        title="校园开放日安排",
        body="本周五校园开放,请各系部做好准备。",
        departments=tuple(f"department:d{n}" for n in range(DEPARTMENTS)),
    )
    yield Act(on(9, 21, "09:00"), told, PRESIDENT)
    for number in range(15):
        if number % 5 != 4:
            read = MarkNoticeRead(notice_id="notice:open-day", person_id=f"person:t{number}")
            yield Act(on(9, 21, "10:00") + timedelta(hours=number), read, f"person:t{number}")


# Students who speak for themselves.
HEARD: Final = tuple(f"person:s9-{n}" for n in range(5))

# column key, figure key, green and amber in tenths of the unit, which way is better
AIMS: Final = (
    ("grade_timeliness", "grade_timeliness", 950, 850, "higher"),
    ("grade_timeliness", "grade_corrections", 50, 100, "lower"),
    ("grade_timeliness", "grade_pass_rate", 850, 750, "higher"),
    ("slips", "slip_confirmed_in_time", 950, 850, "higher"),
    ("slips", "slip_appeals_upheld", 200, 400, "lower"),
    ("counselor_log", "counselor_log", 950, 850, "higher"),
    ("notices", "notices", 950, 850, "higher"),
    ("tasks", "tasks", 900, 800, "higher"),
    ("tasks", "task_score", 40, 30, "higher"),
)


def aims() -> list[tuple[Any, ...]]:
    """Targets the demo does not set."""
    known = {figure for _, figure, *_ in THRESHOLDS}
    return [aim for aim in AIMS if aim[1] not in known]


def further_columns() -> Iterator[tuple[DefineColumn, str]]:
    """The columns of AIMS that the demo does not define, with the office that answers for each."""
    for said in PROPOSED:
        if said.number not in SHOWN and said.key in {column for column, *_ in AIMS}:
            wish = {key: getattr(said, key) for key in ("number", "zh", "en", "unit", "axis", "figures", "duties")}
            column = Column(**wish, definition_zh=said.zh, definition_en=said.en, origin="ours")
            yield DefineColumn(column_key=said.key, column=column), said.owner
