"""A task through HTTP on an offset clock: to the second, passed on, extended afterwards, judged by whom.  Seed: D05.

Published on Tuesday 1 September 2026 and due ten days later at five in the afternoon.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from domain.calendar import OpenTerm
from domain.organisation import RegisterDepartment
from tests.api.test_golden import MATHS, TERM, Desk, staff
from tests.trial import trial

ARTS = "department:arts"
SET, DUE = datetime(2026, 9, 1, 2, tzinfo=UTC), datetime(2026, 9, 11, 9, tzinfo=UTC)
TASK = "task:plan"
ONES = {"li": "assignment:li", "wu": "assignment:wu", "ann": "assignment:ann", "arts": "assignment:arts"}


@pytest.fixture(scope="module")
def people() -> Iterator[dict[str, Desk]]:
    """Two departments with their heads and staff, the president's office and a leader who may borrow from it."""
    with trial("--clock-from", (SET - timedelta(hours=1)).isoformat()) as served, ExitStack() as stack:
        office = {"department_id": "department:office", "code": "O", "name": "校长室", "name_en": "President"}
        year = {"term_id": TERM, "name": "秋季", "name_en": "Autumn", "year": 2026}
        served.install(
            [
                RegisterDepartment(department_id=MATHS, code="M", name="数学系", name_en="Maths", kind="academic"),
                RegisterDepartment(department_id=ARTS, code="A", name="艺术系", name_en="Arts", kind="academic"),
                RegisterDepartment(**office, kind="office"),
                OpenTerm(**year, starts_on=datetime(2026, 9, 7, tzinfo=UTC).date(), weeks=16),
            ]
        )
        desks: dict[str, Desk] = {}
        for name, role, home in (
            ("boss", "president", None),
            ("it", "it", None),
            ("auditor", "auditor", None),
            ("head", "head", MATHS),
            ("head-arts", "head", ARTS),
            ("li", "teacher", MATHS),
            ("wu", "teacher", MATHS),
            ("ann", "teacher", ARTS),
        ):
            register = staff(f"person:{name}").model_copy(update={"department_id": home or "department:office"})
            served.install([register])
            desks[name] = Desk(served, stack, f"person:{name}", role, home)
        desks["it"].clock(SET)
        yield desks


def said(answer: httpx.Response) -> tuple[int, Any]:
    return answer.status_code, answer.json().get("code")


def about(desk: Desk, name: str, whose: str, key: str | None = None, **body: Any) -> tuple[int, Any]:
    ids = {"task_id": TASK, "assignment_id": ONES[whose]}
    return said(desk.command(name, f"{name}/{whose}/{key}", **ids, **body))


def test_a_task_from_its_publishing_to_its_figures(people: dict[str, Desk]) -> None:
    boss, it, auditor, li, wu, ann = (people[n] for n in ("boss", "it", "auditor", "li", "wu", "ann"))
    head, head_arts = people["head"], people["head-arts"]
    task = {"task_id": TASK, "department_id": "department:office", "title": "迎评材料", "description": "整理三年材料"}
    task |= {"category": "评估", "due_at": DUE.isoformat(), "source": "meeting"}
    assert said(li.command("publish-task", "p", **task)) == (403, "role_lacking")
    assert said(boss.command("publish-task", "p", **task)) == (201, None)
    for name in ("li", "wu", "ann"):
        assert about(boss, "assign-task", name, person_id=f"person:{name}") == (201, None)
    assert about(boss, "assign-task", "arts", department_id=ARTS) == (201, None)
    for name, desk in (("li", li), ("wu", wu), ("ann", ann)):
        assert about(desk, "accept-task", name) == (201, None)
    assert about(head, "accept-task", "arts") == (403, "out_of_scope")
    assert about(boss, "evaluate-task", "li", score=5, comment="好") == (409, "completion_not_submitted")

    it.clock(DUE)
    assert about(li, "submit-completion", "li", report="已归档") == (201, None)
    it.clock(DUE + timedelta(seconds=1))
    assert about(wu, "submit-completion", "wu", report="已归档") == (201, None)
    it.clock(DUE + timedelta(minutes=2))
    types = [e["type"] for e in auditor.told(ONES["wu"])]
    assert types.count("tasks.overdue") == 1
    assert "tasks.overdue" not in [e["type"] for e in auditor.told(ONES["li"])]
    assert [e["type"] for e in auditor.told(ONES["ann"])].count("tasks.overdue") == 1
    arts = [e["type"] for e in auditor.told(ONES["arts"])]
    assert "tasks.acceptance_lapsed" in arts
    assert arts.count("tasks.reminded") == 1

    later = {"extension_id": "extension:ann", "due_at": (DUE + timedelta(days=3)).isoformat()}
    assert about(ann, "request-extension", "ann", **later) == (409, "extension_reason_required")
    assert about(ann, "request-extension", "ann", "again", **later, reason="档案室正在盘点") == (201, None)
    assert about(boss, "grant-extension", "ann", extension_id="extension:ann") == (201, None)
    assert about(ann, "submit-completion", "ann", report="已归档") == (201, None)
    assert about(boss, "evaluate-task", "li", "score", score=5, comment="好") == (201, None)
    assert about(boss, "evaluate-task", "ann", "score", score=2, comment="晚了") == (201, None)
    it.clock(DUE + timedelta(minutes=3))

    in_time = {r: auditor.figure("tasks", department=r) for r in (MATHS, ARTS)}
    assert [float(in_time[MATHS][k]) for k in ("numerator", "denominator")] == [1, 2]
    assert [float(in_time[ARTS][k]) for k in ("numerator", "denominator")] == [0, 2]
    assert float(auditor.figure("task_score")["value"]) == 3.5
    accepted = auditor.figure("tasks_accepted")
    assert [float(accepted[k]) for k in ("numerator", "denominator")] == [3, 4]

    assert about(head_arts, "delegate-task", "arts", person_id="person:li", reason="请李老师办理") == (
        409,
        "delegate_outside_department",
    )
    passed = about(head_arts, "delegate-task", "arts", "pass", person_id="person:ann", reason="请安老师办理")
    assert passed == (201, None)
    it.clock(DUE + timedelta(minutes=4))
    duties = auditor.http.get("/api/duties", params={"department": ARTS, "state": "lapsed"}).json()["duties"]
    whose = {d["kind"]: d["person_id"] for d in duties if d["about"] == ONES["arts"]}
    assert whose == {"task": None}, "the department missed it; who has it now did not"


def test_heads_reach_other_departments_through_their_heads(people: dict[str, Desk]) -> None:
    head = people["head"]
    task = {"task_id": "task:maths", "department_id": MATHS, "title": "听课", "description": "互相听课"}
    later = DUE + timedelta(days=9)
    task |= {"category": "教学", "due_at": later.isoformat()}
    assert said(head.command("publish-task", "pm", **task)) == (201, None)
    ids = {"task_id": "task:maths", "assignment_id": "assignment:m"}
    refused = head.command("assign-task", "am", **ids, person_id="person:ann")
    assert said(refused) == (409, "assign_to_the_department")
    assert "分派给该人员所在部门" in refused.json()["title_zh"]
    assert said(head.command("assign-task", "am2", **ids, department_id=ARTS)) == (201, None)
    assert said(people["head-arts"].command("accept-task", "acc", **ids)) == (201, None)


def test_who_borrowed_the_authority_judges_but_never_their_own_work(people: dict[str, Desk]) -> None:
    boss, li, auditor = people["boss"], people["li"], people["auditor"]
    grants = [e["data"] for e in auditor.told("person:boss") if e["type"] == "access.role_granted"]
    lent = boss.command(
        "delegate-authority",
        "lend",
        delegation_id="delegation:1",
        delegate_id="person:li",
        grant_id=grants[0]["grant_id"],
        commands=["evaluate-task", "reject-completion"],
        from_=SET.isoformat(),
        until=(DUE + timedelta(days=90)).isoformat(),
    )
    assert said(lent) == (201, None)
    # Li had a part in this task; in another one he has none.
    assert about(li, "evaluate-task", "wu", score=5, comment="好") == (403, "self_approval_forbidden")
    ids = {"task_id": "task:two", "assignment_id": "assignment:two"}
    task = {"task_id": "task:two", "department_id": "department:office", "title": "总结", "description": "写总结"}
    task |= {"category": "日常", "due_at": (DUE + timedelta(days=5)).isoformat()}
    assert said(boss.command("publish-task", "p2", **task)) == (201, None)
    assert said(boss.command("assign-task", "a2", **ids, person_id="person:wu")) == (201, None)
    assert said(people["wu"].command("accept-task", "c2", **ids)) == (201, None)
    assert said(people["wu"].command("submit-completion", "s2", **ids, report="已写")) == (201, None)
    assert said(li.command("evaluate-task", "e2", **ids, score=4, comment="可")) == (201, None)
    (judged,) = [e for e in auditor.told("assignment:two") if e["type"] == "tasks.evaluated"]
    assert judged["data"]["evaluated_by"] == "person:li"
    assert judged["actor"]["on_behalf_of"] == "person:boss"
    assert "tasks.closed" in [e["type"] for e in auditor.told("task:two")]
