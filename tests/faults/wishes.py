"""What people of the small term may well ask for next: the fields a recorded event does not give away.

A wish is a part of a body; what it leaves out is taken from events as ever.  Most name a thing just recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.browser.term import TERM
from tests.faults.improviser import MISSING, Improviser

ART: Final = "department:d3"
PUBLISHED: Final = (0, 1, 2, 4, 6)
UNSUBMITTED, COMING = "teaching_class:c9", "teaching_class:c11"
SCHEME: Final = (
    {"key": "平时", "title": "平时", "kind": "regular", "weight_hundredths": 4000},
    {"key": "期末", "title": "期末", "kind": "final", "weight_hundredths": 6000},
)
Wish = Callable[[Improviser], Mapping[str, Any]]


def _of_class(it: Improviser, number: int) -> dict[str, Any]:
    return {"teaching_class_id": f"teaching_class:c{number}", "student_id": f"student:s{number}-{it.roll(8)}"}


def _artist(it: Improviser) -> str:
    return f"student:s9-{it.roll(5)}"


def _score(it: Improviser) -> dict[str, Any]:
    return {"score_hundredths": 100 * it.roll(101), "special": "none"}


def _graded(it: Improviser) -> dict[str, Any]:
    return _of_class(it, it.dice.choice(PUBLISHED))


def _entry(it: Improviser) -> dict[str, Any]:
    of = {**_of_class(it, it.dice.choice((9, 9, 9, 10))), "component": it.dice.choice(("平时", "期末"))}
    return {**of, **_score(it), "submitted_on": None}


def _correction(it: Improviser) -> dict[str, Any]:
    asked = {"correction_id": it.new("correction"), "component": "期末", "evidence": "试卷第 3 页", "review_id": None}
    return {**_graded(it), **asked, **_score(it)}


def _slip(it: Improviser) -> dict[str, Any]:
    said = {"code": "F12", "points_hundredths": 100, "occurred_on": f"2026-10-0{5 + it.roll(5)}"}
    return {"slip_id": it.new("slip"), "student_id": _artist(it), **said, "teaching_class_id": UNSUBMITTED}


def _case(it: Improviser) -> dict[str, Any]:
    of = {"slip_ids": [it.told("conduct.slip_confirmed", "slip_id")], "measure": it.dice.choice(MEASURES)}
    return {"case_id": it.new("sanction"), **of}


def _verdict(it: Improviser) -> dict[str, Any]:
    known = it.some("conduct.defence_recorded", "conduct.discipline_agreed")
    said = {"months": 6, "document_no": "学〔2026〕8号", "reason": "事实清楚"}
    return {"case_id": known.get("case_id", MISSING), "measure": known.get("measure", "probation"), **said}


def _disputed(it: Improviser) -> dict[str, Any]:
    taken = [e for e in it.events["roll_call.taken"] if e["teaching_class_id"] == UNSUBMITTED][-4:]
    of = {"session_id": it.dice.choice(taken)["session_id"]} if taken else {}
    return {**of, "dispute_id": it.new("dispute"), "student_id": "student:s9-0", "claimed": "leave"}


def _doubt(it: Improviser) -> dict[str, Any]:
    return {**_graded(it), "review_id": it.new("review")}


def _chosen(*kinds: str, names: tuple[str, ...], **more: Any) -> Wish:
    """Some fields of one recorded event of these kinds, and what is always the same."""

    def wish(it: Improviser) -> dict[str, Any]:
        told = it.some(*kinds)
        return {**{name: told.get(name, MISSING) for name in names}, **more}

    return wish


def _failed(it: Improviser) -> dict[str, Any]:
    of = it.some("grades.course_grades_published")
    failed = [student for student, grade in of.get("grades", {}).items() if grade["passed"] is False]
    student = it.dice.choice(failed) if failed else MISSING
    sat = {"score_hundredths": 7000, "special": "none", "taken_on": "2026-10-10"}
    return {"teaching_class_id": of.get("teaching_class_id", MISSING), "student_id": student, **sat}


def _offering(it: Improviser) -> dict[str, Any]:
    of = {"teaching_class_id": it.new("teaching_class"), "term_id": it.told("time_grid.set", "term_id")}
    return {**of, "department_id": ART, "teacher_ids": ["person:t9"], "kind": "regular"}


def _grid(it: Improviser) -> dict[str, Any]:
    periods = [{"number": n + 1, "starts": f"{8 + n:02}:00", "ends": f"{8 + n:02}:45"} for n in range(8)]
    return {"term_id": it.told("calendar.term_opened", "term_id"), "days": [1, 2, 3, 4, 5], "periods": periods}


def _placing(it: Improviser) -> dict[str, Any]:
    begin = 1 + it.roll(7)
    meets = {"weeks": [1 + it.roll(6), 8 + it.roll(6)], "weekday": 1 + it.roll(5), "begin_period": begin}
    of = it.some("timetable.offering_opened")
    return {
        "teaching_class_id": of.get("teaching_class_id", MISSING),
        "placements": [meets | {"end_period": begin + 1}],
    }


def _room(it: Improviser) -> dict[str, Any]:
    room, of = it.told("organisation.room_registered", "room_id"), it.some("timetable.session_scheduled")
    asked = {"teaching_class_id": of.get("teaching_class_id", MISSING), "session_ids": [of.get("session_id")]}
    return {**asked, "room_id": room, "joint_with": [], "override_reason": None}


def _roster(it: Improviser) -> dict[str, Any]:
    group = it.dice.choice((5, 11))
    students = [f"student:s{group}-{n}" for n in range(4 + it.roll(4))]
    of = {"teaching_class_id": it.told("timetable.offering_opened", "teaching_class_id")}
    return {**of, "student_ids": students, "effective_on": "2026-10-12", "override_reason": None}


def _week(it: Improviser) -> dict[str, Any]:
    return {"person_id": f"person:counselor{it.roll(6)}", "term_id": TERM, "week": it.dice.randint(1, 6)}


def _nomination(it: Improviser) -> dict[str, Any]:
    return {"person_id": f"person:counselor{it.roll(6)}", "year": 2026, "nomination_id": it.new("nomination")}


def _task(it: Improviser) -> dict[str, Any]:
    return {"task_id": it.new("task"), "department_id": ART, "due_at": f"2026-11-{10 + it.roll(19)}T09:00:00Z"}


def _charge(it: Improviser) -> dict[str, Any]:
    of = it.some("tasks.published")
    charged = {"person_id": it.dice.choice(("person:t9", "person:t10", "person:t11")), "department_id": None}
    return {"task_id": of.get("task_id", MISSING), "assignment_id": it.new("assignment"), **charged}


def _held(it: Improviser) -> dict[str, Any]:
    of = it.some(*(f"tasks.{word}" for word in ("assigned", "accepted", "progress_reported", "completion_submitted")))
    return {name: of.get(name, MISSING) for name in ("task_id", "assignment_id")}


def _parts(it: Improviser) -> dict[str, Any]:
    part = {"title": "第一部分", "description": "先行完成", "due_at": "2026-10-14T09:00:00Z"}
    return {**_held(it), "parts": [{"task_id": it.new("task"), **part} for _ in range(2)]}


def _more_time(it: Improviser) -> dict[str, Any]:
    return {**_held(it), "extension_id": it.new("extension"), "due_at": f"2026-11-{10 + it.roll(19)}T09:00:00Z"}


def _notice(it: Improviser) -> dict[str, Any]:
    to: dict[str, Any] = it.dice.choice(
        ({"departments": [ART]}, {"persons": ["person:t9", "person:t11"]}, {"roles": ["deputy"], "departments": [ART]})
    )
    none: dict[str, Any] = {"persons": [], "departments": [], "roles": []}
    return {"notice_id": it.new("notice"), **none, **to, "must_read": True, "must_read_until": None}


def _registration(it: Improviser) -> dict[str, Any]:
    return {"student_id": _artist(it), "teaching_class_id": f"teaching_class:c{it.roll(8)}", "previous_attempts": 0}


LOGS: Final = ("counselor_logs.submitted", "counselor_logs.submitted_late")
WEEK: Final = ("person_id", "term_id", "week")
REGISTRATION: Final = ("teaching_class_id", "student_id")
DEFERRAL: Final = ("teaching_class_id", "student_id", "deferral_id")
CORRECTION: Final = ("teaching_class_id", "student_id", "correction_id")
REVIEW: Final = ("teaching_class_id", "student_id", "review_id")
EXTENSION: Final = ("task_id", "assignment_id", "extension_id")
MEASURES: Final = ("warning", "serious_warning", "demerit", "probation", "expulsion")
WISHES: Final[dict[str, Wish]] = {
    "accept-task": _held,
    "amend-weekly-log": lambda it: {**_week(it), "text": "补充一次家访"},
    "appeal-discipline": lambda it: {"case_id": it.told("conduct.discipline_delivered", "case_id")},
    "appeal-slip": lambda it: {"slip_id": it.told("conduct.slip_confirmed", "slip_id")},
    "assign-task": _charge,
    "approve-deferral": _chosen("exams.deferral_requested", "exams.deferral_advanced", names=DEFERRAL),
    "approve-grade-correction": _chosen("grades.correction_requested", "grades.correction_advanced", names=CORRECTION),
    "approve-erasure": _chosen("privacy.erasure_requested", names=("request_id",)),
    "assign-room": _room,
    "cancel-task": _chosen("tasks.published", names=("task_id",)),
    "conclude-grade-review": _chosen("grades.review_requested", names=REVIEW, outcome="stands", findings="复核无误"),
    "confirm-grade-sheet": _chosen("grades.sheet_submitted", names=("teaching_class_id",)),
    "decide-discipline-appeal": _chosen("conduct.discipline_appealed", names=("case_id",), uphold=True),
    "decide-slip-appeal": _chosen("conduct.slip_appealed", names=("slip_id",), uphold=True),
    "decline-erasure": _chosen("privacy.erasure_requested", names=("request_id",)),
    "end-delegation": _chosen("access.authority_delegated", names=("delegation_id",)),
    "grant-extension": _chosen("tasks.extension_requested", names=EXTENSION, due_at=None),
    "grant-roll-call-waiver": _chosen("roll_call.waiver_requested", names=("session_id", "waiver_id")),
    "lock-timetable": _chosen("time_grid.scheduling_started", names=("term_id",)),
    "open-offering": _offering,
    "place-offering": _placing,
    "publish-grades": _chosen("grades.sheet_confirmed", names=("teaching_class_id",)),
    "publish-timetable": _chosen("timetable.locked", names=("term_id",)),
    "refuse-deferral": _chosen("exams.deferral_requested", names=DEFERRAL),
    "refuse-extension": _chosen("tasks.extension_requested", names=EXTENSION),
    "refuse-grade-correction": _chosen("grades.correction_requested", names=CORRECTION),
    "refuse-roll-call-waiver": _chosen("roll_call.waiver_requested", names=("session_id", "waiver_id")),
    "remove-session": _chosen("timetable.session_scheduled", names=("teaching_class_id", "session_id")),
    "return-slip": _chosen("conduct.slip_issued", names=("slip_id",)),
    "set-roster": _roster,
    "set-time-grid": _grid,
    "start-scheduling": _chosen("time_grid.set", names=("term_id",)),
    "take-roll-call": _chosen("timetable.session_ended", names=("session_id", "teaching_class_id"), periods_taught=2),
    "award-merit": lambda it: {"nomination_id": it.told("counselor_logs.merit_nominated", "nomination_id")},
    "bar-from-exam": lambda it: _of_class(it, 11),
    "conclude-registration": _chosen("registrations.student_registered", names=REGISTRATION, result="pass"),
    "confirm-slip": lambda it: {"slip_id": it.told("conduct.slip_issued", "slip_id")},
    "decide-discipline": _verdict,
    "decide-merit-award": lambda it: {
        "nomination_id": it.told("counselor_logs.merit_questioned", "nomination_id"),
        "upheld": it.dice.random() < 0.5,
    },
    "decline-task": _held,
    "define-slip-category": lambda it: {"code": f"G{it.roll(90)}", "least_hundredths": 50, "most_hundredths": 300},
    "delegate-task": lambda it: {**_held(it), "person_id": "person:t11"},
    "deliver-discipline": lambda it: {
        "case_id": it.told("conduct.discipline_decided", "case_id"),
        "delivered_on": "2026-10-11",
        "evidence": "送达回证",
    },
    "dismiss-sanction": lambda it: {"case_id": it.told("conduct.sanction_proposed", "case_id")},
    "escalate-slip": _case,
    "dispute-mark": _disputed,
    "evaluate-task": lambda it: {**_held(it), "score": 1 + it.roll(5)},
    "exempt-week": lambda it: {**_week(it), "grounds": "leave"},
    "issue-slip": _slip,
    "mark-notice-read": _chosen("notices.addressed", names=("notice_id", "person_id")),
    "nominate-for-merit": _nomination,
    "open-grade-sheet": lambda it: {"teaching_class_id": f"teaching_class:c{it.dice.choice((5, 8, 11, 13))}"},
    "publish-notice": _notice,
    "publish-task": _task,
    "record-absence": lambda it: _of_class(it, it.dice.choice((9, 14))),
    "record-defence": lambda it: {
        "case_id": it.told("conduct.sanction_notice_recorded", "case_id"),
        "heard_on": "2026-10-11",
        "waived": False,
    },
    "record-education-talk": lambda it: {
        "talk_id": it.new("talk"),
        "student_id": _artist(it),
        "slip_id": None,
        "held_on": "2026-10-09",
    },
    "record-exam-held": lambda it: {"teaching_class_id": "teaching_class:c5", "held_on": "2026-10-10"},
    "record-makeup-mark": _failed,
    "record-mark": _entry,
    "record-sanction-notice": lambda it: {
        "case_id": it.told("conduct.sanction_proposed", "case_id"),
        "notice_on": "2026-10-11",
        "evidence": "回执",
    },
    "record-violation": lambda it: _of_class(it, it.dice.choice((9, 14))),
    "register-student": lambda it: {**_registration(it), "registered_on": None},
    "reject-completion": lambda it: {**_held(it), "due_at": None},
    "remind-task": _held,
    "report-progress": lambda it: {**_held(it), "progress": it.roll(100)},
    "request-deferral": lambda it: {
        "teaching_class_id": COMING,
        "student_id": f"student:s11-{it.roll(8)}",
        "deferral_id": it.new("deferral"),
        "evidence": "医院证明",
    },
    "request-extension": _more_time,
    "request-grade-correction": _correction,
    "request-grade-review": _doubt,
    "request-roll-call-waiver": lambda it: {
        "session_id": it.told("roll_call.deadline_lapsed", "session_id"),
        "waiver_id": it.new("waiver"),
        "evidence": "会议通知",
    },
    "revoke-exam-record": _chosen("exams.absence_recorded", names=REGISTRATION, record="absence", reason="登记有误"),
    "restore-merit-eligibility": lambda it: {
        "person_id": it.told("counselor_logs.merit_ineligible", "person_id"),
        "year": 2026,
    },
    "retire-slip-category": lambda it: {"code": it.dice.choice(("J05", f"G{it.roll(90)}"))},
    "return-weekly-log": _chosen(*LOGS, names=WEEK, comment="请补充走访情况"),
    "review-weekly-log": _chosen(*LOGS, names=WEEK),
    "set-grade-scheme": lambda it: {
        "teaching_class_id": f"teaching_class:c{it.dice.choice((11, 14))}",
        "mode": "hundred",
        "components": list(SCHEME),
        "override_reason": None,
    },
    "split-task": _parts,
    "submit-completion": _held,
    "submit-grade-sheet": lambda it: {"teaching_class_id": f"teaching_class:c{it.dice.choice((9, 10))}"},
    "submit-weekly-log": _chosen("counselor_logs.missed", "counselor_logs.returned", names=WEEK),
    "transfer-mark": lambda it: {
        **_of_class(it, 9),
        "component": "平时",
        **_score(it),
        "from_teaching_class_id": None,
    },
    "withdraw-assignment": _held,
    "withdraw-student": _chosen("registrations.student_registered", names=REGISTRATION, withdrawn_on="2026-10-11"),
}
