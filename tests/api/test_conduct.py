"""Slips and sanctions through HTTP on an offset clock, and that a student's texts go with the student.  Seed: D16."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from domain.calendar import OpenTerm
from domain.conduct import DefineSlipCategory
from domain.organisation import RegisterDepartment
from domain.rosters import SetRoster
from domain.students import AssignCounselor, FormSquad
from domain.timetable import OpenOffering
from infra.disclosure import RESTRICTED
from infra.keys import ERASED
from tests.api.reading import erase, looks, texts
from tests.api.test_erasure import dumped, found
from tests.api.test_golden import BO, CHEN, MATHS, TERM, Desk, squad, staff, student
from tests.trial import Trial, trial

SEALED = ("text", "place", "evidence")
ALGEBRA = "teaching_class:algebra"
WHAT, WHERE, PLEA, SPOKEN = "课堂上砸坏投影仪后离场", "理科楼北侧走廊", "当日我在校医务室输液", "谈及家中近况与压力"
SENTINELS = (WHAT, WHERE, PLEA, SPOKEN)
ROLES = {
    "li": ("teacher", MATHS),
    "qian": ("counselor", MATHS),
    "dsa": ("deputy", MATHS),
    "sao": ("student_affairs", None),
    "sao2": ("student_affairs", None),
    "sah": ("student_affairs_head", None),
    "boss": ("president", None),
    "sec": ("secretary", MATHS),
    "bo": ("student", None),
    "chen": ("student", None),
    "it": ("it", None),
    "auditor": ("auditor", None),
}
CATEGORY = {"least_hundredths": 100, "most_hundredths": 500}


def moment(day: int, hour: int = 12, second: int = 0) -> datetime:
    """Local time of September 2026."""
    return datetime(2026, 9, day, hour, 0, second, tzinfo=UTC) - timedelta(hours=8)


@pytest.fixture(scope="module")
def college() -> Iterator[Trial]:
    """One class of two students with a teacher and a counselor; one penalty and one reward in the catalogue."""
    with trial("--clock-from", "2026-09-06T00:00:00") as served:
        served.install(
            [
                RegisterDepartment(department_id=MATHS, code="M", name="数学系", name_en="Maths", kind="academic"),
                *(staff(f"person:{name}") for name in ("li", "qian")),
                FormSquad(squad_id=squad(1), name="数学一班", department_id=MATHS, cohort=2026),
                *(student(some_id.partition(":")[2], squad(1)) for some_id in (BO, CHEN)),
                AssignCounselor(squad_id=squad(1), person_id="person:qian", from_day=date(2026, 9, 1)),
                OpenTerm(term_id=TERM, name="秋季", name_en="Autumn", year=2026, starts_on=date(2026, 9, 7), weeks=16),
                OpenOffering(
                    teaching_class_id=ALGEBRA,
                    term_id=TERM,
                    department_id=MATHS,
                    course_code="A1",
                    course_name="代数",
                    teacher_ids=("person:li",),
                    squad_ids=(squad(1),),
                ),
                SetRoster(teaching_class_id=ALGEBRA, student_ids=(BO, CHEN), effective_on=date(2026, 9, 1)),
                DefineSlipCategory(code="F12", title="违纪", title_en="Misconduct", kind="penalty", **CATEGORY),
                DefineSlipCategory(code="J01", title="助人", title_en="Helpfulness", kind="reward", **CATEGORY),
            ]
        )
        yield served


@pytest.fixture(scope="module")
def people(college: Trial) -> Iterator[dict[str, Desk]]:
    with ExitStack() as stack:
        yield {name: Desk(college, stack, f"person:{name}", *told) for name, told in ROLES.items()}


def issue(people: dict[str, Desk], number: int, by: str = "li", **other: Any) -> httpx.Response:
    said = {
        "slip_id": f"slip:{number}",
        "student_id": BO,
        "code": "F12",
        "points_hundredths": 200,
        "occurred_on": "2026-09-07",
        "teaching_class_id": ALGEBRA,
        "place": WHERE,
        "description": WHAT,
    }
    return people[by].command("issue-slip", f"issue/{number}", **said | other)


def done(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def last(desk: Desk, tag: str) -> dict[str, Any]:
    data: dict[str, Any] = desk.told(tag)[-1]["data"]
    return data


def points(people: dict[str, Desk], number: int) -> int:
    """What a slip counts, as its last event says."""
    slip = [e["data"] for e in people["auditor"].told(f"slip:{number}") if "points_hundredths" in e["data"]][-1]
    sign = 1 if slip["kind"] == "reward" else -1
    return sign * int(slip["points_hundredths"]) if slip["state"] == "confirmed" else 0


def value(people: dict[str, Desk], key: str, receipt: dict[str, Any]) -> tuple[float, float]:
    """A figure once it shows what a receipt recorded."""
    reading = people["auditor"].figure(key, term=TERM, at_least=receipt["positions"][-1])
    return float(reading["numerator"]), float(reading["denominator"])


def test_points_count_when_confirmed_and_go_out_when_the_appeal_is_upheld(people: dict[str, Desk]) -> None:
    people["it"].clock(moment(8))
    assert code(issue(people, 1, code="F99")) == (404, "slip_category_unknown")
    assert code(issue(people, 1, points_hundredths=501)) == (409, "points_out_of_range")
    assert code(issue(people, 1, occurred_on="2026-08-31")) == (403, "out_of_scope")
    assert code(issue(people, 1, by="sao", occurred_on="2026-08-31")) == (409, "student_not_active")
    assert code(issue(people, 1, occurred_on="2026-09-09")) == (409, "day_in_the_future")
    issued = done(issue(people, 1))
    assert value(people, "slips", issued) == (1, 2)
    assert points(people, 1) == 0
    assert code(people["li"].command("confirm-slip", "own", slip_id="slip:1")) == (403, "role_lacking")
    assert done(people["bo"].command("acknowledge-slip", "seen", slip_id="slip:1"))
    assert code(people["chen"].command("acknowledge-slip", "not-mine", slip_id="slip:1")) == (403, "out_of_scope")
    confirmed = done(people["qian"].command("confirm-slip", "yes", slip_id="slip:1"))
    assert points(people, 1) == -200
    assert value(people, "slip_rewards", confirmed) == (0, 1)

    people["it"].clock(moment(9))
    done(people["bo"].command("appeal-slip", "appeal", slip_id="slip:1", grounds=PLEA))
    uphold = {"slip_id": "slip:1", "uphold": True, "reason": "医务室记录属实"}
    assert code(people["sah"].command("decide-slip-appeal", "no", **uphold)) == (403, "out_of_scope")
    decided = done(people["dsa"].command("decide-slip-appeal", "yes", **uphold))
    assert points(people, 1) == 0
    assert value(people, "slips", decided)[0] == 0
    assert value(people, "slip_appeals_upheld", decided) == (1, 1)
    before = people["auditor"].figure("slip_rewards", term=TERM, as_of=decided["positions"][-1] - 1)
    assert float(before["denominator"]) == 1


def test_a_confirmation_lapses_and_is_late_ever_after(people: dict[str, Desk]) -> None:
    issued = done(issue(people, 2, code="J01"))
    due = datetime(2026, 9, 14, 15, 59, 59, tzinfo=UTC)
    open_now = {"state": "open", "at_least": issued["positions"][-1]}
    duties = people["qian"].http.get("/api/duties", params=open_now).json()["duties"]
    [owed] = [d for d in duties if d["kind"] == "slip_confirmation"]
    assert (owed["about"], owed["person_id"]) == ("slip:2", "person:qian")
    assert datetime.fromisoformat(owed["due_at"]) == due
    people["it"].clock(due + timedelta(seconds=59))
    assert people["auditor"].types("slip:2") == ["conduct.slip_issued"]
    people["it"].clock(due + timedelta(seconds=60))
    assert people["auditor"].types("slip:2")[-1] == "conduct.slip_confirmation_lapsed"
    late = done(people["qian"].command("confirm-slip", "late", slip_id="slip:2"))
    assert last(people["auditor"], "slip:2")["duty"]["state"] == "done_late"
    assert points(people, 2) == 200
    assert value(people, "slip_confirmed_in_time", late) == (1, 2)
    assert value(people, "slip_rewards", late) == (1, 1)


def test_an_old_penalty_is_refused_and_an_old_reward_is_not(people: dict[str, Desk]) -> None:
    people["it"].clock(datetime(2026, 10, 8, 4, tzinfo=UTC))
    assert code(issue(people, 3)) == (409, "penalty_too_old")
    done(issue(people, 3, code="J01", student_id=CHEN))
    done(people["li"].command("revoke-slip", "revoke", slip_id="slip:3", reason="重复开具了一张"))
    assert last(people["auditor"], "slip:3")["duty"]["state"] == "cancelled"


def test_a_sanction_takes_notice_defence_two_people_and_delivery(people: dict[str, Desk]) -> None:
    done(issue(people, 4, occurred_on="2026-10-07"))
    done(people["qian"].command("confirm-slip", "confirm/4", slip_id="slip:4"))
    case = {"case_id": "sanction:1"}
    done(
        people["qian"].command(
            "escalate-slip", "escalate", **case, slip_ids=["slip:4"], measure="demerit", grounds="损坏公物且不认错"
        )
    )
    decide = {**case, "measure": "demerit", "months": 6, "document_no": "学〔2026〕5号", "reason": "事实清楚,证据充分"}
    assert code(people["sao"].command("decide-discipline", "early", **decide)) == (409, "notice_missing")
    notice = {**case, "notice_on": "2026-10-08", "evidence": "告知书回执 1 号"}
    done(people["qian"].command("record-sanction-notice", "notice", **notice))
    assert code(people["sao"].command("decide-discipline", "unheard", **decide)) == (409, "defence_missing")
    waived = {**case, "heard_on": "2026-10-08", "waived": True}
    assert code(people["sao"].command("record-defence", "waived", **waived)) == (409, "defence_period_running")
    done(people["bo"].command("record-defence", "heard", **case, heard_on="2026-10-08", statement="我愿意赔偿"))
    assert code(people["sah"].command("decide-discipline", "alone", **decide)) == (403, "out_of_scope")
    done(people["sao"].command("decide-discipline", "first", **decide))
    assert people["auditor"].types("sanction:1")[-1] == "conduct.discipline_agreed"
    assert code(people["sao"].command("decide-discipline", "again", **decide)) == (403, "out_of_scope")
    done(people["sah"].command("decide-discipline", "second", **decide))
    done(
        people["qian"].command("deliver-discipline", "deliver", **case, delivered_on="2026-10-08", evidence="回证 1 号")
    )
    assert last(people["auditor"], "sanction:1")["ends_on"] == "2027-04-08"
    people["it"].clock(datetime(2026, 10, 18, 15, tzinfo=UTC))
    done(people["bo"].command("appeal-discipline", "appeal/1", **case, grounds="赔偿情节未予考虑"))
    assert (
        code(people["sah"].command("lift-discipline", "open", **case, document_no="学〔2026〕9号"))[1] == "appeal_open"
    )
    kept = {**case, "uphold": False, "reason": "委员会维持原决定"}
    done(people["boss"].command("decide-discipline-appeal", "kept", **kept))
    lift = {**case, "document_no": "学〔2027〕2号"}
    assert code(people["sah"].command("lift-discipline", "early-lift", **lift)) == (409, "period_not_over")


def test_what_was_written_is_read_by_those_concerned_and_goes_with_the_student(
    college: Trial, people: dict[str, Desk]
) -> None:
    talk = {"talk_id": "talk:1", "student_id": BO, "held_on": "2026-10-18", "subject": "wellbeing", "notes": SPOKEN}
    recorded = done(people["qian"].command("record-education-talk", "talk", **talk))
    assert people["auditor"].figure("slips", at_least=recorded["positions"][-1])
    # Once a figure shows the talk, all tables do: they stand at one position.
    mine, counselors = texts(people["bo"], "slip:1"), texts(people["qian"], "slip:1")
    assert [t["text"] for t in mine] == [t["text"] for t in counselors] == [WHAT, PLEA, "医务室记录属实"]
    assert [t["written_by"] for t in mine] == [None, "person:bo", None]
    assert [t["written_by"] for t in counselors] == ["person:li", "person:bo", "person:dsa"]
    assert [t["place"] for t in texts(people["li"], "slip:1")] == [WHERE]
    assert [t["text"] for t in texts(people["sah"], "talk:1")] == [SPOKEN]
    for outsider in ("chen", "sec", "it"):
        assert texts(people[outsider], "slip:1") == []
    noted = looks(college)
    assert ("person:qian", "texts/slip:1", '["person:bo"]') in noted
    assert all(viewer != "person:bo" for viewer, _, _ in noted)
    assert found(dumped(college), SENTINELS) == []

    _restricted(college, people)
    erase("person:bo", people["sao"], people["sao2"], people["auditor"], "talk:1")
    for about in ("slip:1", "slip:4", "sanction:1", "talk:1"):
        read = texts(people["auditor"], about)
        assert read
        assert {t[column] for t in read for column in ("text", "place", "evidence")} <= {ERASED, None}
    told = people["auditor"].http.get("/api/events", params={"tag": BO, "limit": 500}).content
    assert found(told, SENTINELS) == []
    assert found(dumped(college), SENTINELS) == []
    assert points(people, 4) == -200


def named(desk: Desk) -> Any:
    asked = {"person": ["person:bo", "person:chen"], "figure": "slips"}
    return desk.http.get("/api/people/names", params=asked).json()["names"]


def _restricted(college: Trial, people: dict[str, Desk]) -> None:
    """Two people restrict bo, whose texts then only bo and, on record, auditors read; two lift it."""
    known = named(people["boss"])
    asked = {"restriction_id": "restriction:1", "person_id": "person:bo", "grounds": "objection"}
    done(people["sao"].command("request-restriction", "r1", **asked, document_no="信〔2026〕8号"))
    assert code(people["sao"].command("approve-restriction", "r2", restriction_id="restriction:1"))[0] == 403
    assert named(people["boss"]) == known
    done(people["sao2"].command("approve-restriction", "r3", restriction_id="restriction:1"))
    assert named(people["boss"]) == {**known, "person:bo": RESTRICTED}
    for reader in ("qian", "sah", "li", "boss"):
        assert {t[c] for t in texts(people[reader], "slip:1") for c in SEALED} <= {RESTRICTED, None}
        assert {t[c] for t in texts(people[reader], "talk:1") for c in SEALED} <= {RESTRICTED, None}
    assert [t["text"] for t in texts(people["bo"], "slip:1")] == [WHAT, PLEA, "医务室记录属实"]
    assert people["bo"].http.get("/api/people/names", params={"person": "person:bo"}).json()["names"] == {
        "person:bo": known["person:bo"]
    }
    before = looks(college)
    assert not [figure for _, figure, _ in before if figure.startswith("restricted/")]
    assert named(people["auditor"]) == known
    assert texts(people["auditor"], "talk:1")[0]["text"] == SPOKEN
    recorded = [look for look in looks(college) if look not in before and look[1].startswith("restricted/")]
    assert recorded == [
        ("person:auditor", "restricted/slips", '["person:bo"]'),
        ("person:auditor", "restricted/texts/talk:1", '["person:bo"]'),
    ]
    # What happens to the student goes on, and is hidden as well.
    done(issue(people, 9, by="sao", code="J01", occurred_on="2026-10-18"))
    lift = {"restriction_id": "restriction:1"}
    done(people["sao2"].command("request-lifting", "l1", **lift, document_no="信〔2026〕12号"))
    assert named(people["boss"])["person:bo"] == RESTRICTED
    assert code(people["sao2"].command("approve-lifting", "l2", **lift))[0] == 403
    done(people["boss"].command("approve-lifting", "l3", **lift))
    assert named(people["boss"]) == known
    again = {**asked, "restriction_id": "restriction:2", "document_no": "信〔2026〕13号"}
    done(people["sao"].command("request-restriction", "r4", **again))
    done(people["boss"].command("approve-restriction", "r5", restriction_id="restriction:2"))
