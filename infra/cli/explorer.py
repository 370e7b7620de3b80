"""campus events, tree: the log searched, and an event followed to what led to it and what it led to."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import typer

from domain import Unknown
from infra.campus import Campus
from infra.cli.audit import told
from infra.cli.common import Json, campus, run, say
from infra.log import Row
from infra.readings import SYSTEM
from infra.sight import Sight
from infra.story.asked import Asked, an_id, answered
from infra.story.naming import areas, command_titles, event_titles
from infra.story.search import Found, rows_at
from infra.story.tree import MOST, Causes, Deed, Tree, envelope

HOW = {"person": "", "clock": "◷ ", "reaction": "⤷ "}
PAGE = 500
WIDE = 240
Times = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])]


def line(row: Row, zone: ZoneInfo) -> str:
    """One event in one line: position, local time, what happened in both languages, who, by which command."""
    body, (zh, en) = envelope(row), event_titles(row.type)
    actor = body["actor"]
    at = row.recorded_at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    return f"#{row.position:<8} {at}  {zh} {en} · {actor['role']} {actor['person_id']} ({body['command_name']})"


async def gathered(ready: Campus, asked: Asked, limit: int) -> Found:
    """As many as are asked for, the newest first, however often one search runs out of time."""
    rows: list[Row] = []
    found = Found()
    while len(rows) < limit:
        found = await answered(ready, asked, Sight(SYSTEM), "newest", min(limit - len(rows), PAGE))
        rows += found.rows
        if found.edge is None:
            break
        asked = Asked(**{**vars(asked), "before": found.edge})
    return Found(rows, found.edge, found.full)


async def located(ready: Campus, wanted: str) -> Row:
    """The event at a position or of an id; raises Unknown("event_unknown")."""
    schema = ready.institution.schema
    rows: Iterable[Row] = ()
    if wanted.lstrip("#").isdigit():
        rows = await rows_at(ready.pool, schema, [int(wanted.lstrip("#"))])
    elif one := an_id(wanted):
        from psycopg.sql import SQL, Identifier

        query = SQL("select position from {} where id = %s").format(Identifier(schema, "event"))
        async with ready.pool.connection() as db:
            found = await (await db.execute(query, [one])).fetchall()
        rows = await rows_at(ready.pool, schema, [position for (position,) in found])
    for row in rows:
        return row
    raise Unknown("event_unknown", said=wanted[:60])


def kinds(types: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(types, areas) of what --type names; raises Unknown("event_type_unknown")."""
    from domain import Event

    for name in types:
        if name not in Event.by_name and name not in areas():
            raise Unknown("event_type_unknown", type=name)
    return tuple(t for t in types if "." in t), tuple(t for t in types if "." not in t)


def branches(tree: Tree, zone: ZoneInfo) -> Any:
    """The tree as rich draws it: commands, their events, and below each event what it led to."""
    from rich.markup import escape
    from rich.tree import Tree as Drawn

    children: dict[int | None, list[Deed]] = {}
    own = next(deed for deed in tree.deeds if any(row.position == tree.asked for row in deed.rows))
    for deed in tree.deeds:
        if deed is not own:
            children.setdefault(deed.cause, []).append(deed)

    def name(deed: Deed) -> str:
        zh, en = command_titles(deed.name)
        return f"{HOW[deed.how]}[bold]{escape(zh)}[/bold] {escape(en)}"

    def put(deed: Deed, where: Any) -> None:
        for row in deed.rows:
            text = escape(line(row, zone))
            branch = where.add(f"[reverse]{text}[/reverse]" if row.position == tree.asked else text)
            for below in children.get(row.position, ()):
                put(below, branch.add(name(below)))

    first, *further = (*tree.before, own)
    root = at = Drawn(name(first))
    for deed in further:
        at = at.add(escape(line(first.rows[0], zone))).add(name(deed))
        first = deed
    put(own, at)
    return root


def as_json(tree: Tree) -> dict[str, Any]:
    """The tree for scripts."""

    def deeds(those: Iterable[Deed]) -> list[dict[str, Any]]:
        return [
            {
                "command": deed.command,
                "command_name": deed.name,
                "how": deed.how,
                "cause": deed.cause,
                "events": [told(row) for row in deed.rows],
            }
            for deed in those
        ]

    return {"position": tree.asked, "before": deeds(tree.before), "commands": deeds(tree.deeds), "more": tree.more}


def add_to(app: typer.Typer) -> None:
    """Add this part's commands."""

    @app.command()
    def events(
        type_: Annotated[list[str] | None, typer.Option("--type", help="a type, or an area such as roll_call")] = None,
        person: Annotated[str | None, typer.Option(help="about this person or student")] = None,
        department: Annotated[str | None, typer.Option(help="about this department")] = None,
        about: Annotated[str | None, typer.Option(help="carrying this id, as session:…")] = None,
        actor: Annotated[str | None, typer.Option(help="done by this person")] = None,
        command: Annotated[str | None, typer.Option(help="name or id of a command")] = None,
        source: Annotated[
            Literal["ui", "api", "import", "device", "clock", "reaction"] | None, typer.Option(help="where from")
        ] = None,
        words: Annotated[str | None, typer.Option(help="words of the event's title")] = None,
        since: Times = None,
        until: Times = None,
        before: Annotated[int | None, typer.Option(min=1, help="only before this position")] = None,
        limit: Annotated[int, typer.Option(min=1)] = 50,
        as_json_: Json = False,
    ) -> None:
        """Events that meet every filter, the newest first."""

        async def work() -> None:
            async with campus() as ready:
                types, areas_ = kinds(type_ or [])
                asked = Asked(
                    tags=(about,) if about else (),
                    types=types,
                    areas=areas_,
                    words=words,
                    person=person,
                    department=department,
                    actor=actor,
                    command=command,
                    source=source,
                    since=since,
                    until=until,
                    before=before,
                )
                found = await gathered(ready, asked, limit)
                zone = ZoneInfo(ready.institution.zone)
                answer = {"events": [told(row) for row in found.rows], "before": found.edge}
                say(answer, as_json_, lambda: "\n".join(line(row, zone) for row in found.rows) or "no such event")

        run(work)

    @app.command("tree")
    def tree_(
        event: Annotated[str, typer.Argument(help="a position, or the id of an event")],
        limit: Annotated[int, typer.Option(min=1, max=MOST)] = MOST,
        as_json_: Json = False,
    ) -> None:
        """What led to an event, from the first command on, and everything it led to."""

        async def work() -> None:
            async with campus() as ready:
                zone, declared = ZoneInfo(ready.institution.zone), ready.declared
                schema = ready.institution.schema
                causes = Causes(ready.pool, schema, ready.codec, zone, declared.entries, declared.reactions)
                tree = await causes.tree(await located(ready, event), limit)
                if as_json_:
                    say(as_json(tree), True)
                    return
                from rich.console import Console

                # Into a file or a pipe whole lines are written, however long.
                Console(width=None if sys.stdout.isatty() else WIDE).print(branches(tree, zone))
                if tree.more:
                    say("", False, f"… more than {limit} events")

        run(work)
