"""1,000 people erased in a served college: no trace of them anywhere, others as before, and no backup brings them back.

`python -m tests.faults.show_3_4 [people] [erased]`, 1,500 and 1,000 by default.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import psycopg
from typer.testing import CliRunner

from api import exports
from api.door import Door
from infra.campus import Campus
from infra.cli import commands
from infra.keys import ERASED, Secrets
from infra.postgres import Embedded
from tests.api.test_erasure import ROLES, Person, bearer, taught
from tests.api.test_golden import ENDED, LI
from tests.faults.erasing import traces
from tests.faults.erasing.people import (
    HUMAN,
    MARKS,
    OTHER,
    PASSWORD,
    One,
    counselors,
    everybody,
    founding,
    give,
    let_in,
    login,
    ways_in,
    writing,
)
from tests.faults.show import keep
from tests.restoring import dumped, restore, unserved
from tests.trial import Trial, trial

RUNNER = CliRunner()
LIMIT_SECONDS = 1.0
AT_ONCE = 4
SAMPLE = 100
LOOKERS = ("person:auditor", "person:boss", "person:head")
FORMS = {"--audit": "audit.zip", "--ocel": "log.sqlite", "--parquet": "parquet", "--cloudevents": "log.ndjson.gz"}


@dataclass
class Findings:
    """What was counted, and what was not as it must be."""

    told: dict[str, Any] = field(default_factory=dict)
    wrong: dict[str, Any] = field(default_factory=dict)
    begun: float = field(default_factory=time.monotonic)

    def say(self, step: str) -> None:
        sys.stderr.write(f"  {time.monotonic() - self.begun:6.1f} s  {step}\n")

    def expect(self, name: str, holds: bool, found: Any) -> None:
        """Keep a finding; what does not hold is wrong."""
        self.told[name] = found
        if not holds:
            self.wrong[name] = found


@dataclass
class Before:
    """The college before anybody was erased."""

    dump: bytes
    names: list[bytes]
    texts: list[bytes]
    readings: dict[str, bytes]
    position: int
    moment: str
    wrapped: list[str]


def said(college: Trial, *words: str) -> tuple[int, str]:
    """Run a command on the college."""
    done = RUNNER.invoke(commands(), list(words), env={"CAMPUS_DATA": str(college.data)})
    return done.exit_code, done.output


def verified(college: Trial) -> bool:
    """Whether `campus verify` finds the log as it was signed, once the sealer has come to its end."""
    deadline = time.monotonic() + 30
    while (code := said(college, "verify", "--json")[0]) != 0 and time.monotonic() < deadline:
        time.sleep(0.5)
    return code == 0


def wrapped_keys(college: Trial, people: Sequence[One]) -> list[str]:
    """The keys of people as they are kept, in hexadecimal."""
    with psycopg.connect(college.server.dsn, dbname=traces.KEYS_DATABASE) as db:
        query = "select encode(wrapped, 'hex') from subject_key where wrapped is not null and subject = any(%s)"
        return [key for (key,) in db.execute(query, [[one.subject for one in people]])]


def entered(college: Trial, stack: ExitStack) -> dict[str, Person]:
    """Everybody of the office with a token."""

    async def tokens(campus: Campus) -> dict[str, str]:
        door = Door(campus.pool, campus.institution, campus.desk)
        return {who: await door.mint(who, timedelta(days=2)) for who in (*ROLES, HUMAN)}

    return {
        who: Person(stack.enter_context(httpx.Client(base_url=college.url, headers=bearer(token), timeout=180)))
        for who, token in college.with_campus(tokens).items()
    }


def founded(college: Trial, people: Sequence[One], stack: ExitStack) -> dict[str, Person]:
    """The college with everybody in it, a session taught, and something written about every student."""

    async def begin(campus: Campus) -> None:
        for step in founding(people):
            await give(campus, step)
        await let_in(campus, people)

    college.with_campus(begin)
    office = entered(college, stack)
    taught(office["person:it"], office[LI], office["person:office"])
    office["person:it"].clock(ENDED + timedelta(hours=60))
    college.with_campus(lambda campus: give(campus, writing(people)))
    return office


def settled(office: dict[str, Person]) -> int:
    """Wait until every table shows the head; the head."""
    http = office["person:auditor"].http
    head = int(http.get("/api/status").json()["head"])
    assert http.get("/api/figures/slips", params={"at_least": head}).status_code == 200
    return head


def control(found: Findings) -> None:
    """The search finds a mark in every form in which it is looked for: what cannot fail proves nothing."""
    rows = [[f"{mark}一二", 7] for mark in MARKS]
    forms = {"csv": exports.as_csv(["name", "n"], rows), "xlsx": exports.as_xlsx(["name", "n"], rows)}
    forms |= {"hex": rows[0][0].encode().hex().encode(), "json": str([ascii(row) for row in rows]).encode()}
    blind = [form for form, content in forms.items() if not traces.marked(content)]
    found.expect("control_forms_the_search_misses", blind == [], blind)


def looked_at(college: Trial, office: dict[str, Person], people: Sequence[One], found: Findings) -> Before:
    """Everything there is to know before; and that the search finds the people now."""
    gone, stay = [one for one in people if one.erased], [one for one in people if not one.erased]
    auditor, secret = office["person:auditor"].http, Secrets.kept_in(college.settings.secret_file)
    position = settled(office)
    moment = (ENDED + timedelta(hours=60)).isoformat()
    known = [*traces.names(auditor, gone), *traces.names(office["person:boss"].http, gone, "slips")]
    count = len(set(re.findall(rf"{MARKS[0]}\w{{5}}", b"".join(known).decode())))
    found.expect("control_names_found_before", count == len(gone), count)
    written = [content for content in traces.texts(auditor, gone) if traces.marked(content)]
    students = sum(one.student for one in gone)
    found.expect("control_texts_found_before", len(written) == 2 * students, len(written))
    readable = traces.readable(college.server.dsn, secret)
    found.expect("control_readable_with_every_key_before", min(readable.values()) >= len(counselors(people)), readable)
    traces.every_answer(auditor)
    found.expect("verifies_before", verified(college), True)
    return Before(
        dumped(college.server.dsn),
        traces.names(auditor, stay),
        list(traces.texts(auditor, stay)),
        traces.readings(auditor, position, moment),
        position,
        moment,
        wrapped_keys(college, gone),
    )


async def erase_all(college: Trial, office: dict[str, Person], gone: Sequence[One]) -> list[float]:
    """Ask for every erasure and agree to it, a few at once; seconds from agreeing until the key was gone, each."""
    agreed: dict[str, float] = {}
    loop, gate, watch = asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE), traces.Watch(college.server.dsn)
    people = {who: dict(office[who].http.headers) for who in ("person:affairs-1", HUMAN, "person:boss")}

    async with httpx.AsyncClient(base_url=college.url, timeout=60) as http:

        async def give_one(who: str, name: str, key: str, body: dict[str, Any]) -> None:
            headers = {**people[who], "Idempotency-Key": key}
            answer = await http.post(f"/api/commands/{name}", json=body, headers=headers)
            assert answer.status_code == 201, answer.text

        async def one(person: One) -> None:
            request = {"request_id": f"erasure:{person.subject}"}
            asked = {
                **request,
                "person_id": person.person,
                "grounds": "retention_expired",
                "document_no": "档〔2026〕1号",
            }
            async with gate:
                speaker = "person:affairs-1" if person.student else HUMAN
                await give_one(speaker, "request-erasure", f"ask/{person.subject}", asked)
                agreed[person.subject] = loop.time()
                await give_one("person:boss", "approve-erasure", f"agree/{person.subject}", request)
                await watch.until_gone(person.subject)

        watching = asyncio.create_task(watch.run())
        await asyncio.gather(*(one(person) for person in gone))
        watching.cancel()
    return [watch.seen.get(subject, float("inf")) - at for subject, at in agreed.items()]


def searched(college: Trial, people: Sequence[One], found: Findings, where: str) -> None:
    """Databases, tables, disk and logs hold no mark, and nothing can be read with every key there is."""
    secret = Secrets.kept_in(college.settings.secret_file)
    readable = traces.readable(college.server.dsn, secret)
    found.expect(f"{where}_readable_with_every_key", not any(readable.values()), readable)
    others = sum(OTHER in text for text in traces.opened(college.server.dsn, secret))
    found.expect(f"{where}_others_still_readable", others >= sum(not one.erased for one in people), others)
    dump = dumped(college.server.dsn)
    found.expect(f"{where}_dump", not traces.marked(dump), traces.marked(dump))
    tables = {name: traces.marked(content) for name, content in traces.tables(college.server.dsn)}
    held = {name: marks for name, marks in tables.items() if marks}
    found.expect(f"{where}_tables", len(tables) > 30 and not held, {"searched": len(tables), "held": held})
    files = traces.on_disk(college.data)
    found.expect(f"{where}_files_and_server_logs", not files, files)


def exported(college: Trial, gone: Sequence[One], files: Path) -> Iterator[str]:
    """Every form in which the log leaves the college, made now; the forms that could not be made."""
    files.mkdir()
    for option, name in FORMS.items():
        if said(college, "export", option, str(files / name))[0]:
            yield option
    about = ("--about", gone[0].person, "--title", "案卷", "--why", "试")
    if said(college, "export", "--case", str(files / "case.zip"), *about)[0]:
        yield "--case"


def compared(office: dict[str, Person], people: Sequence[One], before: Before, found: Findings) -> None:
    """What is told of the others, and every figure, is the same to the byte."""
    auditor, stay = office["person:auditor"].http, [one for one in people if not one.erased]
    found.expect("others_names_unchanged", traces.names(auditor, stay) == before.names, len(stay))
    texts = list(traces.texts(auditor, stay))
    found.expect("others_texts_unchanged", texts == before.texts, len(texts))
    now = traces.readings(auditor, before.position, before.moment)
    differing = [path for path, content in now.items() if content != before.readings[path]]
    found.expect("figures_and_rows_unchanged", not differing, {"compared": len(now), "differing": differing})


def answered(
    office: dict[str, Person], gone: Sequence[One], found: Findings, where: str, who: Sequence[str] = LOOKERS
) -> None:
    """No answer, page, feed or file that anybody gets holds a mark."""
    auditor = office["person:auditor"].http
    told = [*traces.names(auditor, gone), *traces.names(office["person:boss"].http, gone, "slips")]
    erased = b"".join(told).decode().count(ERASED)
    found.expect(f"{where}_names_told_as_erased", erased >= len(gone) and not traces.marked(b"".join(told)), erased)
    texts = b"".join(traces.texts(auditor, gone))
    found.expect(f"{where}_texts", not traces.marked(texts) and ERASED.encode() in texts, len(texts))
    for one in who:
        answers = traces.every_answer(office[one].http)
        wrong = traces.wrong_answers(answers)
        found.expect(f"{where}_answers_to_{one[7:]}", not wrong, {"asked": len(answers), "held": wrong})
        if one == "person:auditor":
            others = sum(bool(traces.marked(content, [OTHER])) for content in answers.values())
            found.expect(f"{where}_answers_that_name_others", others > 0, others)


def brought_back(college: Trial, people: Sequence[One], before: Before, found: Findings) -> None:
    """Log and keys of before are restored together, beside the list of today."""
    gone, stay = [one for one in people if one.erased], [one for one in people if not one.erased]
    with unserved(college.data / "keys") as restored, ExitStack() as stack:
        with Embedded.start(restored.data) as server:
            restore(before.dump, server.dsn)
            secret = Secrets.kept_in(restored.settings.secret_file)
            readable = traces.readable(server.dsn, secret)
            found.expect("control_the_backup_holds_them", min(readable.values()) > 0, readable)
        begun = time.monotonic()
        restored.start()
        found.told["restored_opened_after_s"] = round(time.monotonic() - begun, 1)
        found.say("restored, opened")
        office = entered(restored, stack)
        settled(office)
        with psycopg.connect(restored.server.dsn) as db:
            query = "select count(*) from sibo.event where type = 'privacy.erasure_reapplied'"
            (again,) = db.execute(query).fetchone() or (0,)
        found.expect("restored_log_says_so", again == len(gone), again)
        found.expect("restored_verifies", verified(restored), True)
        searched(restored, people, found, "restored")
        answered(office, gone[:SAMPLE], found, "restored", LOOKERS[:1])
        same = traces.names(office["person:auditor"].http, stay) == before.names
        found.expect("restored_others_names_unchanged", same, len(stay))
        restored.stop()


def campaign(size: int, erased: int) -> int:
    """All of it, in a college of its own."""
    found, people = Findings(), everybody(size, erased)
    gone = [one for one in people if one.erased]
    control(found)
    settings = {"CAMPUS_COMMANDS_PER_SECOND": "100000"}
    with trial("--clock-from", "2026-09-06T00:00:00", environment=settings) as college, ExitStack() as stack:
        office = founded(college, people, stack)
        found.say(f"{size} people, {settled(office)} events")
        entry = {"login": login(gone[0]), "password": PASSWORD, "token": True}
        found.expect("logs_in_before", httpx.post(f"{college.url}/api/login", json=entry).status_code == 200, True)
        before = looked_at(college, office, people, found)
        found.say("looked at, backed up")
        seconds = asyncio.run(erase_all(college, office, gone))
        found.say(f"{len(gone)} erased")
        took = {"median": round(median(seconds), 3), "slowest": round(max(seconds), 3)}
        found.expect("seconds_until_the_key_is_gone", max(seconds) <= LIMIT_SECONDS, took)
        settled(office)
        college.forgotten(office["person:auditor"].http)
        ways = college.with_campus(lambda campus: ways_in(campus, campus.institution, [one.person for one in gone]))
        found.expect("credentials_sessions_tokens_left", ways == 0, ways)
        found.expect("logs_in_after", httpx.post(f"{college.url}/api/login", json=entry).status_code == 401, False)
        found.expect("verifies_after", verified(college), True)
        dump = dumped(college.server.dsn).decode()
        left = [key for key in before.wrapped if key in dump]
        found.expect("keys_left", len(before.wrapped) == len(gone) and not left, len(left))
        searched(college, people, found, "after")
        found.say("databases and disk searched")
        answered(office, gone, found, "after")
        compared(office, people, before, found)
        found.say("answers searched and compared")
        unmade = list(exported(college, gone, college.data / "exports"))
        held = {
            name: marks
            for name, content in traces.exports(college.data / "exports")
            if (marks := traces.marked(content))
        }
        found.expect("exports", not unmade and not held, {"not_made": unmade, "held": held})
        found.say("exports searched")
        brought_back(college, people, before, found)
        found.say("restored and searched")
    found.told |= {"people": size, "erased": len(gone), "seconds": round(time.monotonic() - found.begun)}
    return keep("3.4", "erased", found.told, found.wrong)


def main() -> int:
    """The sizes asked for."""
    asked = [int(word) for word in sys.argv[1:3]]
    size, erased = [*asked, *(1500, 1000)[len(asked) :]]
    return campaign(size, erased)


if __name__ == "__main__":
    sys.exit(main())
