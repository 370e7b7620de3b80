"""The command line on a served college: what scripts rely on, exit codes, a second serve, the README's words."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from click.testing import Result
from typer.testing import CliRunner

from domain.organisation import RegisterDepartment
from infra.cli import commands
from tests.oulad import SCORES, wrote
from tests.trial import CAMPUS, Trial, trial

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def college() -> Iterator[Trial]:
    with trial() as served:
        made = RegisterDepartment(
            department_id="department:maths", code="M", name="数学系", name_en="Maths", kind="academic"
        )
        served.install([made])
        yield served


def campus(college: Trial, *words: str) -> Result:
    """One command, in this process."""
    told = {"CAMPUS_DATA": str(college.data), "PORT": str(college.port), "CAMPUS_DATABASE_URL": None}
    return CliRunner().invoke(commands(), words, env=told, catch_exceptions=False)


def test_the_command_is_a_process_with_an_exit_code(college):
    told = {**os.environ, "CAMPUS_DATA": str(college.data)}
    told.pop("CAMPUS_DATABASE_URL", None)
    ended = subprocess.run([*CAMPUS, "history", "session:none"], env=told, capture_output=True, text=True, timeout=120)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "campus: id_unknown: id=session:none\n"


def test_somebody_is_appointed_and_gets_a_token_that_works(college):
    made = campus(college, "appoint", "wang", "--role", "head", "--department", "department:maths", "--json")
    assert made.exit_code == 0, made.stderr
    wang = json.loads(made.stdout)
    given = campus(college, "token", "--role", "head", "--json")
    assert given.exit_code == 0, given.stderr
    token = json.loads(given.stdout)
    assert (token["person_id"], token["role"], token["department_id"]) == (
        wang["person_id"],
        "head",
        "department:maths",
    )
    me = httpx.get(f"{college.url}/api/me", headers={"Authorization": f"Bearer {token['token']}"})
    assert me.json()["person_id"] == wang["person_id"]
    login = {"login": "wang", "password": wang["password"]}
    assert httpx.post(f"{college.url}/api/login", json=login).status_code == 200
    assert httpx.post(f"{college.url}/api/login", json=login | {"password": "x" * 12}).status_code == 401


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("token", "--role", "finance"), 1, "role_not_held"),
        (("token", "--role", "emperor"), 1, "role_unknown"),
        (("history", "session:none"), 1, "id_unknown"),
        (("replay", "--until", "yesterday"), 1, "moment_unreadable"),
        (("replay", "--until", "99999"), 1, "position_unknown"),
        (("rebuild", "--compare", "no_such_table"), 1, "table_unknown"),
        (("import", "no-such-command", str(ROOT / "README.md")), 1, "command_unknown"),
        (("import", "sjtu-timetable", str(ROOT / "README.md")), 1, "term_start_missing"),
        (("import", "oulad", str(ROOT / "README.md")), 1, "folder_missing"),
        (("import", "oulad", str(ROOT)), 1, "table_missing"),
        (("import", "oulad", str(ROOT), "--term-start", "2013J"), 1, "term_start_invalid"),
        (("serve",), 2, "DataDirectoryInUse"),
        (("demo", "--fresh"), 2, "PermissionError"),
    ],
)
def test_a_refusal_exits_1_and_what_could_not_run_exits_2(college, words, code, said):
    ended = campus(college, *words)
    assert ended.exit_code == code, ended.stderr
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


def test_history_replay_rebuild_and_doctor_answer_in_json(college):
    event, *_ = json.loads(campus(college, "history", "department:maths", "--json").stdout)
    assert event["type"] == "organisation.department_registered"
    assert event["actor"]["role"] == "import"
    replayed = json.loads(campus(college, "replay", "--until", str(event["position"]), "--json").stdout)
    assert {f["figure"] for f in replayed["figures"]} >= {"roll_call_timeliness", "attendance_rate"}
    compared = campus(college, "rebuild", "--compare", "--json")
    assert compared.exit_code == 0
    assert json.loads(compared.stdout)["differences"] == 0
    health = json.loads(campus(college, "doctor", "--json").stdout)
    assert health["healthy"], health["findings"]


def test_the_matrix_names_every_command(college):
    rows = {row["command"]: row for row in json.loads(campus(college, "access", "--json").stdout)}
    assert rows["take-roll-call"]["zh"] == "点名"
    assert set(rows["take-roll-call"]["may"]) == {"teacher"}
    assert "register-room" in rows


@pytest.mark.parametrize("page", ["README.md", "README.zh.md"])
def test_every_command_the_readme_names_exists(college, page):
    said = campus(college, "--help").stdout
    told = (ROOT / page).read_text(encoding="utf-8")
    for word in set(re.findall(r"^(?:\.venv/bin/)?campus ([a-z-]+)", told, re.MULTILINE)):
        assert re.search(rf"\b{word}\b", said), word
    targets = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"\bmake ([a-z][a-z0-9.-]+)", told)):
        assert f"\n{target}:" in targets, target


def test_a_folder_of_registrations_and_scores_is_imported_and_told_in_json(college, tmp_path):
    folder, refused = wrote(tmp_path / "ou"), tmp_path / "refused.csv"
    words = ("import", "oulad", str(folder), "--term-start", "2013J=2013-10-05", "--json", "--refusals", str(refused))
    first = campus(college, *words)
    assert first.exit_code == 1, first.stderr  # some rows are refused
    told = json.loads(first.stdout)
    assert told["files"]["studentAssessment.csv"] == {
        "rows": len(SCORES),
        "accepted": len(SCORES) - 3,
        "repeated": 0,
        "refused": {"student_withdrawn": 3},
    }
    assert (told["totals"]["withdrawals_before"], told["totals"]["withdrawals_after"]) == (2, 3)
    assert told["starts"]["AAA 2013J"] == "2013-10-05"
    assert told["rates"].keys() >= {"rows_per_second", "first_tenth", "last_tenth", "scores"}
    assert len(refused.read_text("utf-8-sig").splitlines()) == 4
    assert json.loads(campus(college, *words).stdout)["events"] == 0
