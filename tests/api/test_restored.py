"""Yesterday's log and keys restored together bring nobody back; and a list that was touched opens nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from domain import Command
from domain.access import AUDITOR, IMPORT, STUDENT_AFFAIRS, SYSTEM
from domain.identity import GrantRole
from domain.organisation import RegisterDepartment
from domain.privacy import ApproveErasure, RequestErasure
from domain.students import AdmitStudent, FormSquad
from infra.campus import KEYS_DATABASE, Campus
from infra.cli import commands
from infra.cli.sealing import sealed_once
from infra.keys import ERASED
from infra.postgres import Embedded
from infra.projector import Projector
from infra.readings import SYSTEM as EVERYTHING
from tests.api.test_golden import MATHS, squad
from tests.restoring import dumped, restored, unserved
from tests.trial import Trial

RUNNER = CliRunner()
NAMES = {"person:gone": "欧阳冰弦", "person:left": "公孙远行", "person:stays": "司马留名"}
LEFT = {**NAMES, "person:gone": ERASED, "person:left": ERASED}
TODAY = date.today()  # noqa: DTZ011  the real clock's day, give or take one


def grant(person: str, role: str) -> GrantRole:
    day = {"valid_from": TODAY - timedelta(days=2), "valid_until": TODAY + timedelta(days=200)}
    return GrantRole(grant_id=f"grant:{person[7:]}", person_id=person, role=role, department_id=None, **day)


FOUNDING: list[Command[Any]] = [
    RegisterDepartment(department_id=MATHS, code="M", name="数学系", name_en="Maths", kind="academic"),
    FormSquad(squad_id=squad(1), name="数学一班", department_id=MATHS, cohort=2026),
    *(
        AdmitStudent(
            student_id=person.replace("person", "student"),
            student_number=f"SN-{person[7:]}",
            name=name,
            squad_id=squad(1),
            from_day=date(2026, 9, 1),
        )
        for person, name in NAMES.items()
    ),
    grant("person:a1", STUDENT_AFFAIRS),
    grant("person:a2", STUDENT_AFFAIRS),
    grant("person:auditor", AUDITOR),
]


async def names(ready: Campus) -> dict[str, str]:
    """Everybody's name, as the college tells it."""
    await Projector(ready.institution, ready.declared.tables).catch_up()
    rows = await ready.readings.rows("person_directory", EVERYTHING, where={"person_id": list(NAMES)})
    told = await ready.disclosure.texts(EVERYTHING, [row["name"] for row in rows], "test")
    return dict(zip([row["person_id"] for row in rows], told, strict=True))


async def erased(ready: Campus) -> None:
    """Two of the three are erased, and what that means outside the log is done."""
    forgetting = asyncio.create_task(ready.forgetting.run())
    for person in list(NAMES)[:2]:
        asked = {"request_id": f"erasure:{person[7:]}", "person_id": person, "grounds": "other_law"}
        await ready.desk.submit(RequestErasure(**asked, document_no="信9号"), person_id="person:a1", key=person)
        await ready.desk.submit(ApproveErasure(request_id=asked["request_id"]), person_id="person:a2", key=person)
    async with asyncio.timeout(30):
        while await ready.keys.kept(["gone", "left"]):  # noqa: ASYNC110  the key store tells nobody
            await asyncio.sleep(0.05)
    forgetting.cancel()


def events(college: Trial) -> list[tuple[Any, ...]]:
    with psycopg.connect(college.server.dsn) as db:
        return db.execute("select position, id, type, body::text from sibo.event order by 1").fetchall()


def said(college: Trial, *words: str, **more: str) -> tuple[int, Any]:
    """Run a command on the college; its exit code, and what it said, in JSON where it is."""
    done = RUNNER.invoke(commands(), list(words), env={"CAMPUS_DATA": str(college.data), **more})
    return done.exit_code, json.loads(done.stdout) if done.stdout[:1] in ("{", "[") else done.output


def listed(college: Trial) -> list[str]:
    code, told = said(college, "keys", "erasures", "--json")
    assert code == 0, told
    return [one["subject"] for one in told]


@pytest.fixture(scope="module")
def backed_up() -> Iterator[tuple[bytes, Path, list[tuple[Any, ...]]]]:
    """A dump from before two people of three were erased, the keys folder from after, and the events of the dump."""
    with unserved() as college, Embedded.start(college.data) as server:

        async def founded(ready: Campus) -> dict[str, str]:
            for command in FOUNDING:
                key = command.model_dump_json()
                await ready.desk.submit(command, key=key, person_id=SYSTEM[IMPORT].person_id, source=IMPORT)
            return await names(ready)

        assert college.with_campus(founded) == NAMES
        dump, before = dumped(server.dsn), events(college)
        college.with_campus(erased)
        assert college.with_campus(names) == LEFT
        assert listed(college) == ["gone", "left"]
        yield dump, college.data / "keys", before


def test_a_restored_log_and_its_restored_keys_do_not_bring_them_back(backed_up):
    dump, kept, before = backed_up
    with restored(dump, kept) as college:
        assert college.with_campus(names) == LEFT
        stood = events(college)
        assert stood[: len(before)] == before
        again = [json.loads(body)["data"] for *_, kind, body in stood if kind == "privacy.erasure_reapplied"]
        known = {(one["person_id"], one["request_id"]) for one in again}
        assert known == {("person:gone", "erasure:gone"), ("person:left", "erasure:left")}
        college.with_campus(sealed_once)
        assert said(college, "verify", "--json")[1]["verdict"] == "good"

        async def shown(ready: Campus) -> list[str]:
            rows = await ready.readings.rows("erasure", EVERYTHING, order=("request_id",))
            return [row["state"] for row in rows]

        assert college.with_campus(shown) == ["reapplied", "reapplied"]
        with psycopg.connect(college.server.dsn, dbname=KEYS_DATABASE) as db:
            query = "select subject, wrapped is null from subject_key where subject = any(%s) order by 1"
            assert db.execute(query, [["gone", "left"]]).fetchall() == [("gone", True), ("left", True)]
        assert listed(college) == ["gone", "left"]
        assert events(college) == stood  # opened again and again, nothing more is recorded


def test_a_list_that_was_touched_or_is_not_there_opens_nothing(backed_up, tmp_path):
    dump, kept, _ = backed_up
    with restored(dump, kept) as college:
        file = college.data / "keys" / "sibo.erasures"
        whole = file.read_bytes()
        elsewhere = {"CAMPUS_ERASURES": str(tmp_path / "disk")}
        assert said(college, "doctor", **elsewhere)[0] == 2
        (tmp_path / "disk").mkdir()
        code, told = said(college, "doctor", **elsewhere)
        assert (code, "删除名单不见了" in told) == (2, True)
        (tmp_path / "disk" / "sibo.erasures").write_bytes(whole)
        (tmp_path / "disk" / "sibo.erasures").chmod(0o600)
        assert said(college, "doctor", **elsewhere)[0] == 0
        assert college.with_campus(names) == LEFT

        file.write_bytes(whole[: whole.index(b"\n") + 1])
        reachable = {"CAMPUS_DATABASE_URL": college.server.dsn, "PORT": str(college.port)}
        for words in (["serve"], ["keys", "backup", str(college.data / "b")], ["verify"]):
            code, told = said(college, *words, **reachable)
            assert code == 2, told
            assert "删除名单缺少 1 行" in told
            assert "relist" in told
        file.unlink()
        assert said(college, "doctor")[0] == 2
        file.write_bytes(whole[: whole.index(b"\n") + 1])
        file.chmod(0o600)
        code, told = said(college, "keys", "relist", "--json")
        assert (code, "erasures_lost: lost=1" in told, "1 行读不出" in told) == (1, True, True)
        told = said(college, "keys", "relist", "--lose", "1", "--json")[1]
        assert (told["lost"], told["of_the_log"], told["erased"]) == (1, 1, 2)
        assert listed(college) == ["gone", "left"]
        secret = college.data / "keys" / "secret"
        secret.write_bytes(secret.read_bytes()[:16])
        code, told = said(college, "doctor")
        assert (code, "SecretDamaged" in told, "现有 16 字节" in told) == (2, True, True)


def test_where_the_list_was_lost_the_log_tells_it_again(backed_up):
    """Keys of yesterday beside a log of today, on a new disk: the log's word counts."""
    dump, kept, _ = backed_up
    with restored(dump, kept) as college:
        backup = college.data / "keys.backup"
        assert listed(college) == ["gone", "left"]  # and with that the log knows of them
        assert said(college, "keys", "backup", str(backup), "--json")[1]["keys"] >= 3
        for name in ("sibo.erasures", "sibo.erasures.head"):
            (college.data / "keys" / name).unlink()
        with psycopg.connect(college.server.dsn, dbname=KEYS_DATABASE) as db:
            db.execute("set session_replication_role = replica")
            db.execute("update subject_key set wrapped = '0', erased_at = null where subject = 'gone'")
        code, told = said(college, "keys", "restore", str(backup), "--json")
        assert (code, told["put_back"], told["erased"]) == (0, 0, 2)
        assert sorted(listed(college)) == ["gone", "left"]
        assert college.with_campus(names) == LEFT
        backup.write_bytes(b"rubbish")
        assert said(college, "keys", "restore", str(backup))[0] == 2
