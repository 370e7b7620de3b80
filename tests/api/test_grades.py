"""Grades and exams through HTTP on an offset clock: locked, published, corrected; deferred; lapsed.  Seed: D13."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime
from typing import Any

import pytest

from domain.calendar import OpenTerm
from domain.organisation import RegisterDepartment
from domain.rosters import SetRoster
from domain.students import FormSquad
from domain.timetable import OpenOffering
from infra.keys import ERASED
from tests.api.reading import erase, looks, readers, texts
from tests.api.test_erasure import dumped, found
from tests.api.test_golden import BO, CHEN, MATHS, TERM, Desk, squad, staff, student
from tests.trial import Trial, trial

ARTS = "department:arts"
ALGEBRA, LOGIC = "teaching_class:algebra", "teaching_class:logic"
CLASSES = {ALGEBRA: "person:li", LOGIC: "person:wu"}
ROLES = {
    "li": ("teacher", MATHS),
    "wu": ("teacher", MATHS),
    "sec": ("secretary", MATHS),
    "head": ("head", MATHS),
    "elsewhere": ("head", ARTS),
    "qian": ("counselor", MATHS),
    "office": ("academic", None),
    "dean": ("academic_head", None),
    "sao": ("student_affairs", None),
    "sao2": ("student_affairs", None),
    "bo": ("student", None),
    "chen": ("student", None),
    "it": ("it", None),
    "auditor": ("auditor", None),
}
COMPONENTS = [
    {"key": "coursework", "title": "平时", "kind": "regular", "weight_hundredths": 4000, "due_on": "2026-09-14"},
    {"key": "final", "title": "期末", "kind": "final", "weight_hundredths": 6000},
]
EXAM_DAY, DUE = "2026-09-16", datetime(2026, 9, 23, 15, 59, 59, tzinfo=UTC)
PLEA, SLIPPED, DOUBT, WEAK = "九月十六日住院手术", "漏加第五题十分", "卷面第五题似未计分", "试卷与成绩册一致"
FOUND, SEEN, UNDONE = "第五题确已计分", "考场内传递纸条", "经查纸条系空白草稿"
APPROVERS = {"head", "office", "dean", "auditor"}


@pytest.fixture(scope="module")
def college() -> Iterator[Trial]:
    """Two classes of one department with the same two students."""
    with trial("--clock-from", "2026-09-17T09:00:00") as served:
        served.install(
            [
                RegisterDepartment(department_id=MATHS, code="M", name="数学系", name_en="Maths", kind="academic"),
                RegisterDepartment(department_id=ARTS, code="A", name="文学院", name_en="Arts", kind="academic"),
                *(staff(person) for person in CLASSES.values()),
                FormSquad(squad_id=squad(1), name="数学一班", department_id=MATHS, cohort=2026),
                *(student(some_id.partition(":")[2], squad(1)) for some_id in (BO, CHEN)),
                OpenTerm(term_id=TERM, name="秋季", name_en="Autumn", year=2026, starts_on=date(2026, 9, 7), weeks=16),
            ]
        )
        for number, (teaching_class, teacher) in enumerate(CLASSES.items()):
            offering = {"course_code": f"A{number}", "course_name": "课程", "squad_ids": (squad(1),)}
            of = {"teaching_class_id": teaching_class}
            served.install(
                [
                    OpenOffering(**of, term_id=TERM, department_id=MATHS, teacher_ids=(teacher,), **offering),
                    SetRoster(**of, student_ids=(BO, CHEN), effective_on=date(2026, 9, 1)),
                ]
            )
        yield served


class People:
    """Everybody of the story, each with a token of their own."""

    def __init__(self, college: Trial, stack: ExitStack) -> None:
        self.desks = {n: Desk(college, stack, f"person:{n}", role, of) for n, (role, of) in ROLES.items()}
        self.count = 0

    def say(self, who: str, name: str, of: str = ALGEBRA, **body: Any) -> dict[str, Any]:
        """Hand a command in; the answer with its status."""
        self.count += 1
        answer = self.desks[who].command(name, f"{name}/{self.count}", teaching_class_id=of, **body)
        return {"status": answer.status_code, **answer.json()}

    def did(self, who: str, name: str, of: str = ALGEBRA, **body: Any) -> int:
        """The position of the last event that came of it."""
        said = self.say(who, name, of, **body)
        assert said["status"] == 201, said
        return int(said["positions"][-1])

    def refused(self, code: str, who: str, name: str, of: str = ALGEBRA, **body: Any) -> None:
        said = self.say(who, name, of, **body)
        assert (said.get("code"), said["status"]) == (code, 403 if code in FORBIDDEN else 409), said

    def mark(self, who: str, student_id: str, component: str, points: int, of: str = ALGEBRA, **told: Any) -> Any:
        told |= {"student_id": student_id, "component": component, "score_hundredths": points * 100}
        return self.say(who, "record-mark", of, **told)


FORBIDDEN = {"self_approval_forbidden", "out_of_scope", "role_lacking", "not_your_step"}


@pytest.fixture(scope="module")
def people(college: Trial) -> Iterator[People]:
    with ExitStack() as stack:
        yield People(college, stack)


def test_a_sheet_is_entered_locked_and_published(people: People) -> None:
    assert people.mark("li", BO, "coursework", 80)["code"] == "sheet_not_open"
    people.did("sec", "open-grade-sheet")
    odd = [{**COMPONENTS[0], "weight_hundredths": 5000}, COMPONENTS[1]]
    people.refused("weights_total", "li", "set-grade-scheme", components=odd)
    people.did("li", "set-grade-scheme", components=COMPONENTS)
    people.did("office", "record-exam-held", held_on=EXAM_DAY)
    out_of_range = people.mark("li", BO, "coursework", 101)
    assert (out_of_range["status"], out_of_range["code"]) == (422, "body_invalid")
    assert people.mark("wu", BO, "coursework", 80)["code"] == "out_of_scope"
    assert people.mark("li", BO, "coursework", 80, submitted_on="2026-09-15")["status"] == 201
    for student_id, component, points in ((BO, "final", 90), (CHEN, "coursework", 70)):
        assert people.mark("li", student_id, component, points)["status"] == 201
    missing = people.say("li", "submit-grade-sheet")
    assert (missing["code"], missing["facts"]["number"], missing["facts"]["students"]) == ("marks_missing", 1, [CHEN])
    assert people.mark("li", CHEN, "final", 30)["status"] == 201
    people.did("li", "submit-grade-sheet")
    assert people.mark("li", CHEN, "final", 99)["code"] == "sheet_locked"
    people.refused("role_lacking", "li", "confirm-grade-sheet")
    people.did("sec", "confirm-grade-sheet")
    people.did("office", "publish-grades")
    auditor = people.desks["auditor"]
    types = auditor.types(ALGEBRA)
    assert [t for t in types if t.startswith("grades.")][-3:] == [
        "grades.sheet_confirmed",
        "grades.course_grades_published",
        "grades.published",
    ]
    own = {e["type"]: e["data"] for e in people.desks["bo"].told(BO) if e["type"].startswith("grades.")}
    assert list(own) == ["grades.course_grades_published"]
    assert {k: g["total_hundredths"] for k, g in own["grades.course_grades_published"]["grades"].items()} == {BO: 8600}
    late = next(e["data"] for e in auditor.told(BO) if e["type"] == "grades.mark_recorded")
    assert (late["late"], late["score_hundredths"]) == (True, 8000)


def test_what_is_asked_of_a_grade_is_read_by_who_decides_and_by_who_asked(people: People) -> None:
    refused, review = {"correction_id": "c2", "student_id": BO}, {"review_id": "v1", "student_id": CHEN}
    asked: dict[str, Any] = {"component": "coursework", "score_hundredths": 9900, "evidence": "作业登记表"}
    people.did("li", "request-grade-correction", **refused, **asked, reason=DOUBT)
    people.did("head", "refuse-grade-correction", **refused, reason=WEAK)
    people.did("chen", "request-grade-review", **review, reason=DOUBT)
    last = people.did("head", "conclude-grade-review", **review, outcome="stands", findings=FOUND)
    desks = people.desks
    assert [t["text"] for t in texts(desks["li"], "c2", at_least=last)] == [DOUBT, WEAK]
    assert readers(desks, "c2") == {"li", *APPROVERS}
    assert [(t["text"], t["written_by"]) for t in texts(desks["chen"], "v1")] == [(DOUBT, "person:chen"), (FOUND, None)]
    assert [t["text"] for t in texts(desks["li"], "v1")] == [FOUND]
    assert readers(desks, "v1") == {"chen", "li", *APPROVERS}


def test_a_mark_is_corrected_along_its_route_and_never_by_its_teacher(college: Trial, people: People) -> None:
    of = {"correction_id": "c1", "student_id": CHEN}
    wish: dict[str, Any] = {
        **of,
        "component": "final",
        "score_hundredths": 6000,
        "reason": SLIPPED,
        "evidence": "试卷扫描 12 号",
    }
    college.token("person:li", "head", MATHS)
    people.did("li", "request-grade-correction", **wish)
    people.refused("self_approval_forbidden", "li", "approve-grade-correction", **of)
    people.refused("not_your_step", "office", "approve-grade-correction", **of)
    people.did("head", "approve-grade-correction", **of)
    people.did("office", "approve-grade-correction", **of)
    told = people.desks["auditor"].told(CHEN)
    corrected = next(e["data"] for e in told if e["type"] == "grades.corrected")
    assert (corrected["before"]["hundredths"], corrected["score_hundredths"]) == (3000, 6000)
    assert (corrected["grade_before"]["passed"], corrected["grade"]["total_hundredths"]) == (False, 6400)
    asked = next(e["data"] for e in told if e["type"] == "grades.correction_requested")
    assert asked["reason"] == {"personal": "chen"}
    assert asked["evidence"] == "试卷扫描 12 号"


def test_a_deferral_is_approved_and_no_teacher_sets_it(people: People) -> None:
    people.did("sec", "open-grade-sheet", of=LOGIC)
    people.did("wu", "set-grade-scheme", of=LOGIC, components=COMPONENTS)
    special = {"student_id": BO, "component": "final", "special": "deferred"}
    people.refused("deferral_by_office_only", "wu", "record-mark", of=LOGIC, **special)
    of = {"deferral_id": "d1", "student_id": BO}
    people.did("bo", "request-deferral", of=LOGIC, **of, reason=PLEA, evidence="诊断证明")
    people.refused("out_of_scope", "chen", "request-deferral", of=LOGIC, **of, reason=PLEA, evidence="诊断证明")
    people.did("head", "approve-deferral", of=LOGIC, **of)
    people.did("office", "approve-deferral", of=LOGIC, **of)
    assert people.mark("wu", BO, "final", 80, of=LOGIC)["code"] == "student_deferred"
    answer = people.desks["auditor"].http.get("/api/events", params={"tag": BO, "type": "exams.deferral_requested"})
    assert PLEA not in answer.text


def test_what_an_exam_has_on_record_is_read_by_who_decides_and_by_the_student(college: Trial, people: People) -> None:
    people.did("wu", "record-violation", of=LOGIC, student_id=CHEN, kind="violation", description=SEEN)
    last = people.did("office", "revoke-exam-record", of=LOGIC, student_id=CHEN, record="violation", reason=UNDONE)
    desks = {name: desk for name, desk in people.desks.items() if name != "li"}  # who heads the department by now
    assert [
        (t["text"], t["written_by"], t["teaching_class_id"]) for t in texts(desks["office"], "d1", at_least=last)
    ] == [(PLEA, "person:bo", LOGIC)]
    assert readers(desks, "c1") == APPROVERS
    assert readers(desks, "d1") == {"bo", "sec", *APPROVERS}
    assert [t["text"] for t in texts(desks["chen"], CHEN)] == [SEEN, UNDONE]
    assert [t["text"] for t in texts(desks["wu"], CHEN)] == [SEEN]
    assert readers(desks, CHEN) == {"chen", "wu", "sec", *APPROVERS}
    noted = looks(college)
    assert {v for v, figure, _ in noted if figure == "texts/d1"} == {f"person:{n}" for n in ("sec", *APPROVERS)}
    assert {about for _, figure, about in noted if figure == "texts/d1"} == {'["person:bo"]'}
    assert {v for v, _, _ in noted}.isdisjoint({"person:bo", "person:chen", "person:qian", "person:sao"})


def test_the_clock_lapses_the_duty_and_the_figure_counts_it(people: People) -> None:
    people.did("office", "record-exam-held", of=LOGIC, held_on=EXAM_DAY)
    it, auditor = people.desks["it"], people.desks["auditor"]
    it.clock(datetime(2026, 9, 23, 16, 2, tzinfo=UTC))
    assert "grades.entry_lapsed" in auditor.types(LOGIC)
    assert "grades.entry_lapsed" not in auditor.types(ALGEBRA)
    half = auditor.figure("grade_timeliness")
    assert [float(half[n]) for n in ("value", "numerator", "denominator")] == [50, 1, 2]
    for student_id, component in ((BO, "coursework"), (CHEN, "coursework"), (CHEN, "final")):
        assert people.mark("wu", student_id, component, 70, of=LOGIC)["status"] == 201
    people.did("wu", "submit-grade-sheet", of=LOGIC)
    (sent,) = [e["data"] for e in auditor.told(LOGIC) if e["type"] == "grades.sheet_submitted"]
    assert (sent["on_time"], sent["duty"]["state"], sent["bands"]["pending"]) == (False, "done_late", 1)
    assert float(auditor.figure("grade_timeliness")["value"]) == 50
    per_mille = auditor.figure("grade_corrections")
    assert (float(per_mille["numerator"]), float(per_mille["denominator"])) == (1, 7)
    assert float(auditor.figure("grade_pass_rate")["value"]) == 100


def test_texts_about_a_student_go_with_the_student(college: Trial, people: People) -> None:
    desks, sentinels = people.desks, (SLIPPED, DOUBT, WEAK, FOUND, SEEN, UNDONE, PLEA)
    assert found(dumped(college), sentinels) == []
    erase("person:chen", desks["sao"], desks["sao2"], desks["auditor"], "c1")
    for about in ("c1", "v1", CHEN):
        assert {t["text"] for t in texts(desks["auditor"], about)} == {ERASED}, about
    assert [t["text"] for about in ("c2", "d1") for t in texts(desks["auditor"], about)] == [DOUBT, WEAK, PLEA]
    assert found(dumped(college), sentinels) == []
