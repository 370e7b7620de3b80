"""A served college seals itself; from outside it is witnessed, exported and verified, by the commands people type."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx
from typer.testing import CliRunner

from domain.access import AUDITOR
from infra import campus_verify
from infra.cli import commands
from tests.mining import rules
from tests.trial import Trial, trial

RUNNER = CliRunner()


def said(made: Trial, *words: str, token: str = "") -> tuple[int, Any]:
    """Run a command on the college; its exit code and what it said in JSON."""
    told = {"CAMPUS_DATA": str(made.data), "CAMPUS_TOKEN": token}
    done = RUNNER.invoke(commands(), list(words), env=told)
    return done.exit_code, json.loads(done.stdout) if done.stdout.startswith("{") else done.output


def sealed_at_least(made: Trial, headers: dict[str, str], events: int) -> int:
    """Wait for the checkpoint over so many events; how large it is."""
    deadline = time.monotonic() + 30
    while True:
        answer = httpx.get(f"{made.url}/api/checkpoint", headers=headers)
        if answer.status_code == 200 and answer.json()["size"] >= events:
            return int(answer.json()["size"])
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.1)


def everything_leaves(made: Trial, key: str, head: int) -> None:
    """Every other form of export, and a sample as a case file, by the commands people type."""
    out = made.data / "exports"
    out.mkdir()
    code, told = said(made, "export", "--ocel", str(out / "log.json"), "--since", "1", "--json")
    assert (code, told["total"]["events"]) == (0, head - 1), told
    assert rules.wrong_with_json(out / "log.json") == []
    assert said(made, "export", "--ocel", str(out / "log.xes"))[0] == 1
    for rows in (head, 0):
        code, told = said(made, "export", "--parquet", str(out / "log"), "--json")
        assert (code, told["rows"]) == (0, rows), told
    assert said(made, "export", "--parquet", str(out / "log"), "--since", "1")[0] == 1
    assert said(made, "export", "--parquet", str(out / "log"), "--term", "term:1")[0] == 1
    code, told = said(made, "export", "--cloudevents", str(out / "log.ndjson.gz"), "--until", "2", "--json")
    assert (code, told) == (0, {"events": 2})
    for words in (
        ["export", "1", str(head), "--case", str(out / "case.zip"), "--title", "案"],
        ["sample", "--seed", "第 1 期", "--size", "2", "--by-type", "--case", str(out / "sample.zip")],
    ):
        assert said(made, *words)[0] == 0
        assert campus_verify.main([words[words.index("--case") + 1], "--key", key]) == 0
    assert said(made, "export", "999999", "--case", str(out / "none.zip"))[0] == 1
    assert {file.name for file in out.iterdir()} == {"log.json", "log", "log.ndjson.gz", "case.zip", "sample.zip"}


def test_a_served_college_is_sealed_witnessed_exported_and_verified():
    with trial() as made:
        token = made.token("person:auditor", AUDITOR)
        headers = {"Authorization": f"Bearer {token}"}
        sealed_at_least(made, headers, 1)
        key = (made.data / "keys" / "sibo.seal.pub").read_text().strip()
        assert (made.data / "keys" / "sibo.seal").stat().st_mode & 0o777 == 0o600
        witness = ["witness", "--key", key, "--state", str(made.data / "witness.note"), "--json"]
        witness += ["--signing-key", str(made.data / "witness.key"), "--name", "archive.example"]
        code, first = said(made, *witness, "--api", made.url, token=token)
        assert code == 0, first
        made.token("person:other", AUDITOR)
        sealed_at_least(made, headers, first["size"] + 1)
        code, second = said(made, *witness, "--api", made.url, token=token)
        assert (code, second["size"] > first["size"]) == (0, True)
        assert said(made, *witness, "--api", made.url, token="cpk_wrong")[0] == 2
        old = made.data / "old.note"
        old.write_text(first["note"])
        assert said(made, *witness, "--checkpoint", str(old))[0] == 1
        assert said(made, *witness, "--checkpoint", str(made.data / "witness.note"))[0] == 0
        since = ["--since", str(made.data / "witness.note"), "--witness", second["key"]]
        code, told = said(made, "verify", *since, "--json")
        assert (code, told["verdict"]) == (0, "good"), told
        assert said(made, "verify", "--key", second["key"])[0] == 1
        file = str(made.data / "audit.zip")
        cosigned = ["--cosigned", str(made.data / "witness.note")]
        assert said(made, "export", "--audit", file, *cosigned, "--json")[0] == 0
        assert campus_verify.main([file, "--key", key, "--witness", second["key"]]) == 0
        everything_leaves(made, key, second["size"])
        assert said(made, "seal", "--key", "--json") == (0, {"key": key})
        # What comes in as the college is being stopped is sealed before the sealer goes.
        made.token("person:last", AUDITOR)
        made.stop()
        code, told = said(made, "verify", "--json")
        assert (code, told["verdict"]) == (0, "good"), told
        made.start()
