"""Thousands of requests against the OpenAPI description of a college in mid-term: nothing may break.

`python -m tests.faults.fuzz [cases] [seed]`
Half of the cases are Schemathesis' own, for every operation, valid and invalid; half are improvised from what the
college has recorded, so that most commands are accepted at least once.  Every answer must be one that the
description names, in its media type and of its schema, and none a server error.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final

import httpx
import hypothesis
import schemathesis
from hypothesis import HealthCheck, Phase
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from domain import Command, derived
from domain.access import SYSTEM
from tests.browser.term import BEGIN, NOW, play
from tests.faults.improviser import MISSING, Improviser
from tests.faults.petitioners import EVERY_ROLE, Petitioners
from tests.faults.show import keep
from tests.faults.wishes import WISHES
from tests.trial import Trial, trial

CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
# These end the campaign's own access, jump the clock past its grants, or answer for ever.
LEFT_OUT: Final = {"/api/logout", "/api/password", "/api/clock", "/api/feed", "/api/freshness"}
TERM_TO_COME: Final = date(2027, 3, 1)  # a Monday
ENDS_ACCESS: Final = {"suspend-account", "request-erasure"}
STUDENT: Final = "student:s9-0"
MARKS: Final = ("present", "absent", "leave", "late", "left_early")
ACCEPTED_SHARE, AIMED_SHARE = 0.6, 0.7


class Campaign:
    """One campaign against one served college."""

    def __init__(self, college: Trial, seed: int) -> None:
        self.client = httpx.Client(base_url=college.url, timeout=30)
        self.seed = seed
        self.statuses: Counter[int] = Counter()
        self.accepted: set[str] = set()
        self.wrong: list[str] = []
        self.met: dict[str, Counter[str]] = defaultdict(Counter)
        self.heard = 0
        self.improviser = Improviser(seed, NOW.date(), WISHES)
        self.improviser.mine = set(EVERY_ROLE)
        self.people = Petitioners(college, self.improviser.dice)

    def inform(self) -> None:
        """What nobody has recorded yet and yet is known: rules, figures, terms to come, what may be lent."""
        asked = self.people.headers("person:t9")
        for policy in self.client.get("/api/policies", headers=asked).json()["policies"]:
            self.improviser.hear("rule", {"policy": policy["key"], "value": policy["default"]})
        for shown in list(self.improviser.events["monitored_columns.threshold_set"]):
            reading = {"numerator_hundredths": 100, "denominator_hundredths": 200, "position": 1}
            told = {"figure_key": shown["figure_key"], **reading}
            self.improviser.hear("figure", {"column_key": shown["column_key"], "reading": told})
        for number in range(4):
            begins = TERM_TO_COME + timedelta(weeks=30 * number)
            term = {"term_id": f"term:f{number}", "name": "下学期", "name_en": "Next", "year": begins.year, "weeks": 18}
            self.improviser.hear("term", term | {"starts_on": begins.isoformat()})
        lent = {"grant_id": derived("grant", "person:t9", "academic"), "delegate_id": "person:t11"}
        until = {"from_": "2026-10-12T00:00:00Z", "until": "2026-11-01T00:00:00Z"}
        self.improviser.hear("loan", lent | until | {"commands": ["declare-holiday"]})

    def listen(self) -> None:
        """Hear everything recorded since the last time."""
        while True:
            asked = {"after": self.heard, "limit": 500}
            answer = self.client.get("/api/events", params=asked, headers=self.people.headers("person:t9"))
            assert answer.status_code == 200, answer.text
            told = answer.json()
            for event in told["events"]:
                if not (self.improviser.mine & {event["data"].get("person_id")} and "grant_id" in event["data"]):
                    self.improviser.hear(event["type"], event["data"])
                self.people.hear(event["type"], event["data"])
                self.heard = event["position"]
            if told["after"] is None:
                return

    def judge(self, case: Any, person: str) -> Any:
        """Send a case and check its answer."""
        answer = case.call(headers=self.people.headers(person), timeout=30)
        self.statuses[answer.status_code] += 1
        try:
            case.validate_response(answer, checks=CHECKS)
        except (Failure, FailureGroup) as failure:
            self.wrong.append(f"{case.operation.label} {answer.status_code}: {_short(failure)}")
        name = case.operation.path.removeprefix("/api/commands/")
        if answer.status_code == 201 and name in Command.by_name:
            self.accepted.add(name)
            self.improviser.by_field["command_id"].append(answer.json().get("command_id", MISSING))
        elif name in Command.by_name:
            self.met[name][answer.json().get("code", "no_op")] += 1
        return answer

    def generated(self, operation: Any, mode: GenerationMode, count: int) -> None:
        """Schemathesis' own cases of one operation."""

        @hypothesis.seed(self.seed)
        @hypothesis.settings(
            max_examples=count,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
        def run(case: Any) -> None:
            self.judge(case, "person:t9")

        run()

    def improvised(self, operation: Any, kind: type[Command[Any]]) -> None:
        """One improvised case of one command."""
        body, leaned = self.improviser.body(kind)
        dice = self.improviser.dice
        if "marks" in body and isinstance(leaned.get("teaching_class_id"), str):
            students = self.people.rosters.get(leaned["teaching_class_id"], ())
            body["marks"] = {student: dice.choice(MARKS) for student in students}
        if str(body.get("person_id")) in self.people.tokens and kind.NAME in ENDS_ACCESS:
            body["person_id"] = "person:t13"
        if kind.NAME == "dispute-mark" and dice.random() < 0.8:
            body["student_id"] = STUDENT
        headers = {"Idempotency-Key": f"k{dice.getrandbits(48):x}"}
        query = {"dry_run": True} if dice.random() < 0.05 else {}
        person = self.people.asking(kind, body, leaned)
        answer = self.judge(
            operation.Case(body=body, headers=headers, query=query, media_type="application/json"), person
        )
        if answer.status_code == 201:
            self.listen()

    def looked_up(self, operation: Any) -> None:
        """One reading of what the college has recorded, by anybody."""
        dice, paths, asked = self.improviser.dice, {}, {}
        for parameter in operation.iter_parameters():
            known = self.improviser.known(parameter.name, self.heard)
            if parameter.location == "path":
                paths[parameter.name] = known
            elif parameter.location == "query" and (parameter.is_required or dice.random() < 0.3):
                asked[parameter.name] = known
        given = {name: value for name, value in asked.items() if value is not MISSING}
        person = dice.choice((*EVERY_ROLE, dice.choice(sorted(self.people.tokens))))
        self.judge(operation.Case(path_parameters=paths, query=given), person)


def _short(failure: BaseException) -> str:
    parts = getattr(failure, "exceptions", (failure,))
    return " | ".join(str(part).strip().replace("\n", " ")[:300] for part in parts)


def operations(college: Trial, headers: Mapping[str, str]) -> Iterator[Any]:
    """Every operation of the description that the campaign may call."""
    schema = schemathesis.openapi.from_url(f"{college.url}/openapi.json", headers=dict(headers))
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path not in LEFT_OUT and not operation.path.startswith("/api/imports"):
            yield operation


def campaign(college: Trial, cases: int, seed: int) -> int:
    """Run it; 0 when nothing was wrong."""
    college.with_campus(play)
    running = Campaign(college, seed)
    running.listen()
    running.inform()
    described = list(operations(college, running.people.headers("person:t9")))
    each = max(2, cases // 2 // len(described) // 2)
    for operation in described:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            running.generated(operation, mode, each)
    running.listen()
    commands = {o.path.removeprefix("/api/commands/"): o for o in described}
    people = [k for k in Command.by_name.values() if not set(k.may) <= set(SYSTEM)]
    while sum(running.statuses.values()) < cases or len(running.accepted) < AIMED_SHARE * len(Command.by_name):
        for kind in people:
            running.improvised(commands[kind.NAME], kind)
        for operation in (o for o in described if o.method == "get"):
            running.looked_up(operation)
        if sum(running.statuses.values()) > 2 * cases:
            break
    return _report(running, seed, len(described))


def _report(running: Campaign, seed: int, described: int) -> int:
    share = len(running.accepted) / len(Command.by_name)
    server_errors = sum(n for status, n in running.statuses.items() if status >= 500)
    wrong: dict[str, object] = {}
    if running.wrong:
        wrong["answers"] = sorted(set(running.wrong))[:50]
    if share < ACCEPTED_SHARE:
        wrong["never_accepted"] = sorted(set(Command.by_name) - running.accepted)
    told = {
        "cases": sum(running.statuses.values()),
        "seed": seed,
        "operations": described,
        "statuses": {str(status): n for status, n in sorted(running.statuses.items())},
        "server_errors": server_errors,
        "schema_violations": len(running.wrong),
        "commands": len(Command.by_name),
        "commands_accepted": len(running.accepted),
        "never_accepted": {
            name: dict(running.met[name].most_common(3)) for name in sorted(set(Command.by_name) - running.accepted)
        },
    }
    return keep("1.8", "fuzz", told, wrong)


def main() -> int:
    """Serve a college of its own and run."""
    given = sys.argv[1:]
    warnings.simplefilter("ignore")
    os.environ.setdefault("HYPOTHESIS_DATABASE_FILE", os.devnull)
    environment = {"CAMPUS_COMMANDS_PER_SECOND": "1000000"}
    with trial("--clock-from", BEGIN.strftime("%Y-%m-%dT%H:%M:%S"), environment=environment) as college:
        return campaign(college, int(given[0]) if given else 3_000, int(given[1]) if len(given) > 1 else 1)


if __name__ == "__main__":
    sys.exit(main())
