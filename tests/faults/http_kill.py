"""Commands over HTTP while API and PostgreSQL are killed with them in flight: acknowledged is recorded, once.

`python -m tests.faults.http_kill [commands]`
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from contextlib import suppress

import httpx
import orjson
import psutil
import psycopg
from psycopg import sql

from tests.faults.show import keep
from tests.trial import Trial, trial

CLIENTS = 6
KILLS = 20
GIVE_UP = 600.0


async def client(url: str, headers: dict[str, str], wanted: asyncio.Queue[int], acks: dict[int, dict], told: Counter):
    """Give commands until none is left, each under its own key until it is answered for good."""
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=10) as http:
        while True:
            try:
                number = wanted.get_nowait()
            except asyncio.QueueEmpty:
                return
            body = {"room_id": f"room:kill-{number}", "campus": "本部", "name": f"K{number}", "seats": 40}
            while number not in acks:
                try:
                    key = {"Idempotency-Key": f"kill/{number}"}
                    answer = await http.post("/api/commands/register-room", json=body, headers=key)
                except httpx.HTTPError as broken:
                    told[type(broken).__name__] += 1
                    await asyncio.sleep(0.05)
                    continue
                told[answer.status_code] += 1
                if answer.status_code in (200, 201):
                    acks[number] = answer.json()
                elif answer.status_code >= 500:
                    await asyncio.sleep(0.05)
                else:
                    raise AssertionError(answer.text)


def killable(college: Trial, kind: str) -> list[psutil.Process]:
    """The processes to kill: those of the API, or the whole of PostgreSQL."""
    return college.part("api") if kind == "api" else list(college.server.processes())


async def killer(college: Trial, acks: dict[int, dict], wanted: int, kills: list[str]) -> None:
    """Kill API and PostgreSQL by turns, each time some more commands were answered, with others in flight."""
    step = wanted // (KILLS + 1)
    for number in range(1, KILLS + 1):
        while len(acks) < number * step:  # noqa: ASYNC110  six clients count here
            await asyncio.sleep(0.002)
        kind = ("api", "postgres")[number % 2]
        for victim in killable(college, kind):
            with suppress(psutil.NoSuchProcess):
                victim.kill()
        kills.append(kind)


def recorded(college: Trial) -> list[tuple[int, str, str, str]]:
    """(position, id, command, room) of every room registered."""
    with psycopg.connect(college.server.dsn) as db:
        query = sql.SQL("select position, id::text, body::text from {} where type = %s order by position")
        rows = db.execute(query.format(sql.Identifier("sibo", "event")), ("organisation.room_registered",)).fetchall()
    found = []
    for position, event_id, body in rows:
        told = orjson.loads(body)
        found.append((position, event_id, told["command"], told["data"]["room_id"]))
    return found


async def campaign(college: Trial, token: str, commands: int) -> tuple[dict[str, object], dict[str, object]]:
    """Run clients and killer; what was counted, and what was wrong."""
    wanted: asyncio.Queue[int] = asyncio.Queue()
    for number in range(commands):
        wanted.put_nowait(number)
    acks: dict[int, dict] = {}
    told: Counter = Counter()
    kills: list[str] = []
    headers = {"Authorization": f"Bearer {token}"}
    began = time.monotonic()
    async with asyncio.timeout(GIVE_UP):
        killing = asyncio.create_task(killer(college, acks, commands, kills))
        await asyncio.gather(*(client(college.url, headers, wanted, acks, told) for _ in range(CLIENTS)))
        await killing
    rows = recorded(college)
    by_room = {room: (position, event_id, command) for position, event_id, command, room in rows}
    lost, different = [], []
    for number, receipt in acks.items():
        held = by_room.get(f"room:kill-{number}")
        (event,) = receipt["events"]
        if held is None:
            lost.append(number)
        elif held != (event["position"], event["id"], receipt["command_id"]):
            different.append(number)
    counted = {
        "commands": commands,
        "acknowledged": len(acks),
        "recorded": len(rows),
        "kills": dict(Counter(kills)),
        "answers": {str(k): v for k, v in told.items()},
        "seconds": round(time.monotonic() - began, 1),
    }
    wrong = {
        "lost": lost,
        "recorded_twice": [room for room, times in Counter(r[3] for r in rows).items() if times > 1],
        "other_than_acknowledged": different,
        "never_acknowledged": len(rows) - len(acks),
        "too_few_kills": [] if len(kills) == KILLS else kills,
    }
    return counted, {name: value for name, value in wrong.items() if value}


def main() -> int:
    """The campaign on a fresh college."""
    commands = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    with trial(environment={"CAMPUS_COMMANDS_PER_SECOND": "1000000"}) as college:
        token = college.token("person:assets", "assets")
        counted, wrong = asyncio.run(campaign(college, token, commands))
    return keep("1.4", "http_kill", counted, wrong)


if __name__ == "__main__":
    sys.exit(main())
