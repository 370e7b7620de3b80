"""campus history, replay, rebuild, doctor: the auditors' shell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import orjson
import typer
from psycopg import sql

from domain import Unknown
from infra.campus import Campus, opened
from infra.cli.common import (
    REFUSED,
    Json,
    campus,
    complain,
    institution_of,
    load_areas,
    number,
    run,
    say,
    server,
)
from infra.cli.imports import progress_bar
from infra.erasures import ErasuresDamaged
from infra.keys import subject_of
from infra.log import Row, Scan
from infra.postgres import UnsafeDatabase, guard
from infra.projector import Projector, Report
from infra.projector.replay import Replayed
from infra.settings import Settings


def told(row: Row) -> dict[str, Any]:
    """A stored event as auditors read it."""
    body = orjson.loads(row.body)
    return {
        "position": row.position,
        "id": str(row.id),
        "type": row.type,
        "recorded_at": row.recorded_at.isoformat(),
        "tags": row.tags,
        **body,
    }


def line(event: dict[str, Any]) -> str:
    """One event in one line: position, moment, type, who, why."""
    actor = event["actor"]
    behalf = f" for {actor['on_behalf_of']}" if actor.get("on_behalf_of") else ""
    return (
        f"#{event['position']:<8} {event['recorded_at'][:19]}  {event['type']:<36} "
        f"{actor['person_id']} as {actor['role']}{behalf}  ({event['command_name']}, {event['source']})"
    )


async def moment_or_position(ready: Campus, text: str) -> int:
    """A log position from "12345" or from a moment; raises Unknown("moment_unreadable")."""
    if text.isdigit():
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Unknown("moment_unreadable", said=text[:40]) from None
    if moment.tzinfo is None:
        from zoneinfo import ZoneInfo

        moment = moment.replace(tzinfo=ZoneInfo(ready.institution.zone))
    return await ready.readings.position_at(moment)


async def examined(ready: Campus) -> dict[str, Any]:
    """The state of the log and its tables: every finding is a line; none is health."""
    findings: list[str] = []
    try:
        await guard(ready.institution)
    except UnsafeDatabase as unsafe:
        findings.append(str(unsafe))
    schema = ready.institution.schema
    async with ready.pool.connection() as db:
        query = sql.SQL(
            """select (select position from {head}), count(*), coalesce(min(position), 1), coalesce(max(position), 0)
               from {event}"""
        ).format(head=sql.Identifier(schema, "head"), event=sql.Identifier(schema, "event"))
        head, events, first, last = (await (await db.execute(query)).fetchone()) or (0, 0, 1, 0)
        query = sql.SQL(
            """select (select count(*) from {event_tag}), (select coalesce(sum(cardinality(tags)), 0) from {event})"""
        ).format(event_tag=sql.Identifier(schema, "event_tag"), event=sql.Identifier(schema, "event"))
        tagged, tags = (await (await db.execute(query)).fetchone()) or (0, 0)
    if not head == events == last or first != 1:
        findings.append(f"the log has gaps: head {head}, {events} events from {first} to {last}")
    if tagged != tags:
        findings.append(f"event_tag has {tagged} rows, the events name {tags} tags")
    status = await ready.readings.status()
    findings += [f"table {t.name} stopped at #{t.position}: {t.error}" for t in status.tables if t.state == "halted"]
    return {
        "institution": ready.institution.key,
        "head": head,
        "events": events,
        "tables": len(status.tables),
        "lag_events": status.lag_events,
        "findings": findings,
        "healthy": not findings,
    }


async def unforgotten() -> int:
    """How many people's erasure is recorded while their key is still there, of a college whose list is damaged."""
    settings = Settings.of()
    with server(settings, create=False) as dsn:
        async with opened(institution_of(settings, dsn), settings, load_areas()) as ready:
            persons = await ready.to_forget()
            return len(await ready.keys.kept(subject_of(person) for person in persons))


def spread(readings: Sequence[Replayed]) -> str:
    """Figures as text, one a line."""
    return "\n".join(
        f"{r['figure']:<28} {number(r['value']):>10}"
        f"  n={number(r['numerator'])} d={number(r['denominator'])}  {r['zh']}"
        for r in readings
    )


def add_to(app: typer.Typer) -> None:
    """Add this part's commands."""

    @app.command()
    def history(
        about: Annotated[str, typer.Argument(help="an id, as session:… or person:…; command:… for one command")],
        limit: Annotated[int, typer.Option(min=1)] = 1000,
        as_json: Json = False,
    ) -> None:
        """Every event that carries an id, in order, with its envelope."""

        async def work() -> None:
            async with campus() as ready:
                answer = await ready.log.read([Scan((), (about,))])
                if not answer.rows:
                    raise Unknown("id_unknown", id=about)
                events = [told(row) for row in answer.rows[:limit]]
                say(events, as_json, lambda: "\n".join(line(e) for e in events))

        run(work)

    @app.command()
    def replay(
        until: Annotated[str, typer.Option(help="a position, or a moment such as 2026-10-01T08:00")],
        department: Annotated[str | None, typer.Option(help="department:…")] = None,
        as_json: Json = False,
    ) -> None:
        """Fold the log anew, from the first event, and print the figures as of then."""

        async def work() -> None:
            async with campus() as ready:
                position = await moment_or_position(ready, until)
                with progress_bar() as bar:
                    declared = ready.declared
                    figures = await Projector(ready.institution, declared.tables).replay(
                        position, list(declared.figures.values()), department=department, progress=task(bar, "replay")
                    )
                say({"until": position, "figures": figures}, as_json, lambda: f"#{position}\n{spread(figures)}")

        run(work)

    @app.command()
    def rebuild(
        table: Annotated[list[str] | None, typer.Argument(help="tables; default: all")] = None,
        compare: Annotated[bool, typer.Option("--compare", help="build cold beside, and count differences")] = False,
        batch: Annotated[int, typer.Option(min=1, help="events per step")] = 5000,
        as_json: Json = False,
    ) -> None:
        """Build tables anew from the log; queries are answered throughout."""

        async def work() -> None:
            async with campus() as ready:
                projector = Projector(ready.institution, ready.declared.tables)
                with progress_bar() as bar:
                    if not compare:
                        reports = await projector.rebuild(table or None, progress=task(bar, "rebuild"))
                        stopped = [r for r in reports if r.error]
                        say({"rebuilt": [asdict(r) for r in reports]}, as_json, lambda: _rebuilt(stopped))
                        if stopped:
                            raise typer.Exit(REFUSED)
                        return
                    compared = await projector.compare(table or None, batch=batch, progress=task(bar, "compare"))
                differences = sum(c["differences"] for c in compared)
                answer = {"differences": differences, "tables": compared}
                say(answer, as_json, lambda: _compared(answer))
                if differences:
                    raise typer.Exit(REFUSED)

        run(work)

    @app.command()
    def doctor(as_json: Json = False) -> None:
        """Examine settings, grants, the log and its tables."""

        async def work() -> None:
            try:
                async with campus() as ready:
                    answer = await examined(ready)
            except ErasuresDamaged:
                if waiting := await unforgotten():
                    complain("forgetting_stands_still", erasures=waiting)
                raise
            say(answer, as_json, lambda: "\n".join(f"{k:<12} {v}" for k, v in answer.items()))
            if not answer["healthy"]:
                raise typer.Exit(REFUSED)

        run(work)


def task(bar: Any, words: str) -> Any:
    """A line of the bar, as what is told how much of how much is done."""
    row = bar.add_task(words, total=None)
    return lambda done, total: bar.update(row, completed=done, total=total)


def _rebuilt(stopped: Sequence[Report]) -> str:
    return "\n".join(f"table {r.table} stopped at #{r.position}: {r.error}" for r in stopped) or "done"


def _compared(answer: dict[str, Any]) -> str:
    lines = [f"{t['table']:<26} {t['rows']:>10} rows  {t['differences']:>6} differences" for t in answer["tables"]]
    return "\n".join([*lines, f"{answer['differences']} differences"])
