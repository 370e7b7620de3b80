"""The inquiry into slips, sanctions and their appeals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.faults.workflows.inquiry import Findings, Told, Walk

# Event of a sanction → (states it may find, state it leaves).
STEPS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "sanction_notice_recorded": (("proposed",), "noticed"),
    "defence_recorded": (("noticed",), "heard"),
    "discipline_agreed": (("heard",), "heard"),
    "discipline_decided": (("heard",), "decided"),
    "sanction_dismissed": (("proposed", "noticed", "heard"), "dismissed"),
    "discipline_delivered": (("decided",), "delivered"),
    "discipline_appealed": (("delivered",), "appealed"),
    "discipline_appeal_decided": (("appealed",), "answered"),
    "discipline_lifted": (("delivered", "answered"), "lifted"),
}


@dataclass
class Noted:
    """One slip as the log tells it."""

    issued: Told
    issuers: frozenset[str]
    student: str
    confirmers: frozenset[str] = frozenset()
    state: str = "issued"
    appeal: str | None = None


@dataclass
class Case:
    """One sanction as the log tells it."""

    student: str
    walk: Walk
    judges: set[str] = field(default_factory=set)
    state: str = "proposed"


class Appeals:
    """Follows every slip and every sanction."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.slips: dict[str, Noted] = {}
        self.cases: dict[str, Case] = {}

    def hear(self, told: Told) -> None:
        area, _, what = told.type.partition(".")
        if area != "conduct":
            return
        if what.startswith("slip_category"):
            return
        if what.startswith("slip_"):
            self._slip(told, what.removeprefix("slip_"))
        elif "case_id" in told.data:
            self._case(told, what)

    def _slip(self, told: Told, what: str) -> None:
        key = told.data["slip_id"]
        if what == "issued":
            student = f"person:{told.data['student_id'][8:]}"
            self.slips[key] = Noted(told, told.hands, student)
            return
        noted = self.slips.get(key)
        self.findings.require(noted, told, "never issued")
        if noted is None:
            return
        match what:
            case "confirmed" | "returned":
                self._confirmed(told, what, noted)
            case "appealed":
                self.findings.require(noted.state == "confirmed" and noted.appeal is None, told, "not to be appealed")
                self._by_student(told, noted.student)
                noted.appeal = "open"
            case "appeal_decided":
                self.findings.require(noted.appeal == "open", told, "no appeal is open")
                interested = noted.issuers | noted.confirmers | {noted.student}
                self.findings.judge(told, "slip appeal", interested)
                noted.appeal = "decided"
                noted.state = told.data["state"]
            case "revoked":
                noted.state, noted.appeal = "revoked", "moot" if noted.appeal == "open" else noted.appeal

    def _confirmed(self, told: Told, what: str, noted: Noted) -> None:
        """By another than who issued it, unless its category needs nobody's word."""
        self.findings.require(noted.state == "issued", told, f"it was {noted.state}")
        noted.state = what
        if told.command == noted.issued.command and told.data["confirmed_by"] is None:
            return
        self.findings.judge(told, f"slip {what}", noted.issuers | {noted.student})
        noted.confirmers = told.hands

    def _by_student(self, told: Told, student: str) -> None:
        if told.hands != {student}:
            self.findings.unauthorised.append(f"{told.position} {told.type}: not by the student")

    def _case(self, told: Told, what: str) -> None:
        key = told.data["case_id"]
        if what == "sanction_proposed":
            slips = [self.slips[s] for s in told.data["slip_ids"]]
            sound = all(s.state == "confirmed" and s.appeal != "open" for s in slips)
            self.findings.require(sound, told, "a slip it rests on was not confirmed")
            interested = {*told.hands, *(who for s in slips for who in s.issuers)}
            student = f"person:{told.data['student_id'][8:]}"
            walk = Walk(told, interested | {student}, told.data["route"]["steps"])
            self.cases[key] = Case(student, walk)
            return
        case = self.cases.get(key)
        self.findings.require(case, told, "never proposed")
        if case is None:
            return
        may, leaves = STEPS[what]
        self.findings.require(case.state in may, told, f"it was {case.state}")
        case.state = leaves
        self._judged(told, what, case)

    def _judged(self, told: Told, what: str, case: Case) -> None:
        if what in ("discipline_agreed", "discipline_decided"):
            case.walk.agree(told, self.findings, "sanction", last=what == "discipline_decided")
            case.judges |= told.hands
            grave = told.data["measure"] in ("demerit", "probation", "expulsion")
            two = what == "discipline_agreed" or not grave or len(case.walk.passed) > 1
            self.findings.require(two, told, "one person alone")
        elif what == "sanction_dismissed":
            case.walk.refuse(told, self.findings, "sanction dismissed")
        elif what == "discipline_appealed":
            self._by_student(told, case.student)
        elif what == "discipline_appeal_decided":
            self.findings.judge(told, "discipline appeal", case.walk.interested | case.judges)
