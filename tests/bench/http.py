"""How fast commands come in over HTTP, against a bare FastAPI route that does one committed INSERT.

`python -m tests.bench.http [repetitions] [seconds]`
H1: roll calls of 45 students, a token each, 32 connections, one worker.  H2: the same with two workers.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg

from api.door import Door
from infra.campus import install_keys, opened
from infra.cli.common import load_areas
from infra.postgres import READY_MADE, Embedded, Institution, install
from infra.settings import Settings
from tests.bench.http_apps import TABLE
from tests.bench.http_college import CLASSES, STUDENTS, TEACHERS, write
from tests.bench.measure import interleaved, record, say

CLIENTS = 32
LUA = """
local tokens = {%(tokens)s}
local number = %(start)d
local marks = {}
for c = 0, %(classes)d - 1 do
  local parts = {}
  for s = 0, %(students)d - 1 do
    local mark = (s %% 15 == 7) and "absent" or "present"
    parts[#parts + 1] = '"student:c' .. c .. '-' .. s .. '":"' .. mark .. '"'
  end
  marks[c] = '{' .. table.concat(parts, ",") .. '}'
end
request = function()
  local c = number %% %(classes)d
  local body = '{"session_id":"session:s' .. number .. '","teaching_class_id":"teaching_class:c' .. c ..
    '","marks":' .. marks[c] .. ',"periods_taught":2}'
  local headers = {["Content-Type"] = "application/json", ["Idempotency-Key"] = "roll-" .. number,
    ["Authorization"] = "Bearer " .. tokens[c %% %(teachers)d + 1]}
  number = number + 1
  return wrk.format("POST", "%(path)s", headers, body)
end
local bad = 0
response = function(status) if status ~= 201 then bad = bad + 1; wrk.thread:set("bad", bad) end end
setup = function(thread) threads = threads or {}; table.insert(threads, thread); thread:set("number0", 0) end
done = function(summary, latency, requests)
  local wrong = 0
  for _, thread in ipairs(threads) do wrong = wrong + (thread:get("bad") or 0) end
  io.write(string.format("ANSWERED %%d WRONG %%d MICROSECONDS %%d P50 %%d P99 %%d\\n", summary.requests, wrong +
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout, summary.duration,
    latency:percentile(50), latency:percentile(99)))
end
"""


class Bench:
    """A college, the servers that are compared, and where the next roll call is."""

    def __init__(self, place: Path, dsn: str, seconds: float) -> None:
        self.place, self.dsn, self.seconds = place, dsn, seconds
        self.tokens: list[str] = []
        self.next = 0
        self.settings = Settings(data=place, database_url=dsn)

    async def prepare(self, sessions: int) -> None:
        """Install the college and its sessions, and give every teacher a token."""
        key, name_zh, name_en, zone = READY_MADE
        institution = Institution(key, self.dsn, zone, name_zh, name_en)
        await install(institution)
        await install_keys(institution, self.settings)
        async with opened(institution, self.settings, load_areas()) as campus:
            await write(institution, campus.codec, sessions)
            door = Door(campus.pool, institution, campus.desk)
            self.tokens = [await door.mint(f"person:t{n}", timedelta(days=1)) for n in range(TEACHERS)]
        async with await psycopg.AsyncConnection.connect(self.dsn, autocommit=True) as db:
            await db.execute(TABLE)

    @asynccontextmanager
    async def served(self, application: str, port: int, workers: int, ready: str) -> Any:
        """The application, served until the block ends."""
        environment = {
            **os.environ,
            "CAMPUS_DATABASE_URL": self.dsn,
            "BENCH_DSN": self.dsn,
            "CAMPUS_DATA": str(self.place),
            "CAMPUS_COMMANDS_PER_SECOND": "1000000",
        }
        serve = [sys.executable, "-m", "uvicorn", application, "--factory", "--port", str(port), "--loop", "uvloop"]
        serve += ["--http", "httptools", "--no-access-log", "--log-level", "warning", "--workers", str(workers)]
        process = await asyncio.create_subprocess_exec(*serve, env=environment)
        try:
            async with httpx.AsyncClient() as client:
                for _ in range(300):
                    try:
                        await client.get(f"http://127.0.0.1:{port}{ready}")
                        break
                    except httpx.TransportError:
                        await asyncio.sleep(0.1)
            yield
        finally:
            process.terminate()
            await asyncio.wait_for(process.wait(), 30)

    async def shot(self, port: int, path: str) -> dict[str, float]:
        """One run of wrk; fails when anything but 201 was answered."""
        script = self.place / "roll_calls.lua"
        script.write_text(
            LUA
            % {
                "tokens": ",".join(f'"{t}"' for t in self.tokens),
                "start": self.next,
                "classes": CLASSES,
                "students": STUDENTS,
                "teachers": TEACHERS,
                "path": path,
            }
        )
        wrk = ["wrk", "-t1", f"-c{CLIENTS}", f"-d{self.seconds:g}s", "-s", str(script), f"http://127.0.0.1:{port}"]
        ran = await asyncio.create_subprocess_exec(*wrk, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said = (await ran.communicate())[0].decode()
        found = re.search(r"ANSWERED (\d+) WRONG (\d+) MICROSECONDS (\d+) P50 (\d+) P99 (\d+)", said)
        assert found, said
        answered, wrong, took, p50, p99 = map(int, found.groups())
        assert wrong == 0, f"{wrong} of {answered} answers were not 201\n{said}"
        if path != "/roll":
            self.next += answered + 2 * CLIENTS
        return {"rate": answered / took * 1e6, "p50_ms": p50 / 1000, "p99_ms": p99 / 1000}


async def compared(bench: Bench, workers: int, repetitions: int) -> bool:
    """Ours and the bare route, each served all the time, shot at in turn."""
    product, plain = 8411, 8412
    async with (
        bench.served("infra.cli.serving:application", product, workers, "/health/ready"),
        bench.served("tests.bench.http_apps:bare", plain, workers, "/docs"),
    ):
        await asyncio.sleep(1)
        await bench.shot(product, "/api/commands/take-roll-call")
        await bench.shot(plain, "/roll")
        series = await interleaved(
            f"http_{workers}",
            {
                "ours": lambda: bench.shot(product, "/api/commands/take-roll-call"),
                "bare": lambda: bench.shot(plain, "/roll"),
            },
            repetitions,
        )
    name = "H1" if workers == 1 else "H1b"
    return record(
        name,
        series.ratios("ours.rate", "bare.rate"),
        target=0.8 if workers == 1 else 0.6,
        better="higher",
        what=f"roll calls/s over HTTP, token and roster of 45, {CLIENTS} clients, {workers} worker(s) ÷ bare route",
    )


async def main(repetitions: int, seconds: float) -> int:
    """Measure; 0 when every target is met."""
    if shutil.which("wrk") is None:
        say("wrk is not installed")
        return 2
    place = Path(tempfile.mkdtemp(prefix="campus-http-"))
    began = time.monotonic()
    try:
        with Embedded.start(place) as server:
            bench = Bench(place, server.dsn, seconds)
            await bench.prepare(sessions=int(2 * (repetitions + 1) * seconds * 3_000))
            say(f"prepared in {time.monotonic() - began:.0f} s")
            met = [await compared(bench, workers, repetitions) for workers in (1, 2)]
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return 0 if all(met) else 1


if __name__ == "__main__":
    given = sys.argv[1:]
    sys.exit(asyncio.run(main(int(given[0]) if given else 7, float(given[1]) if len(given) > 1 else 3.0)))
