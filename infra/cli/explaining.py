"""campus explain: why a figure says what it says, and whether its rows sum to it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import orjson
import typer

from domain import Unknown
from infra.campus import Campus
from infra.cli.audit import moment_or_position
from infra.cli.common import REFUSED, Json, campus, run, say
from infra.readings import SYSTEM

ANY_NUMBER = 2**53


def moment_of(ready: Campus, text: str | None) -> datetime | None:
    """A moment, without a zone the institution's; raises Unknown("moment_unreadable")."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Unknown("moment_unreadable", said=text[:40]) from None
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(ready.institution.zone))


def add_to(app: typer.Typer) -> None:
    """Add this part's command."""

    @app.command()
    def explain(
        figure: Annotated[str, typer.Argument(help="a figure's key, as roll_call_timeliness")],
        as_of: Annotated[str | None, typer.Option(help="a position, or a moment such as 2026-10-01T08:00")] = None,
        at: Annotated[str | None, typer.Option(help="the moment it is judged at")] = None,
        department: Annotated[str | None, typer.Option(help="department:…")] = None,
        term: Annotated[str | None, typer.Option(help="term:…")] = None,
        week: Annotated[int | None, typer.Option(min=1, max=60)] = None,
        person: Annotated[str | None, typer.Option(help="person:…")] = None,
        rows: Annotated[int, typer.Option(min=0, max=1000, help="newest rows to print with it")] = 10,
        as_json: Json = False,
    ) -> None:
        """Why a figure says what it says: events, rules, tables, seal.  Exits 1 when its rows do not sum to it."""
        narrowed = {"department": department, "term": term, "week": week, "person": person}

        async def work() -> None:
            async with campus() as ready:
                position = None if as_of is None else await moment_or_position(ready, as_of)
                asked = {**narrowed, "as_of": position, "at": moment_of(ready, at)}
                if not await explained(ready, figure, asked, rows, as_json):
                    raise typer.Exit(REFUSED)

        run(work)


async def explained(ready: Campus, key: str, asked: dict[str, Any], rows: int, as_json: bool) -> bool:
    """Print the explanation; whether the rows sum to the figure.  Raises Unknown("figure_unknown") and the like."""
    # Inside, so that the other commands do not load the API.
    from api.explanations import document, lines
    from api.queries import plain
    from api.sight import Sight
    from projections import Figure

    told = await ready.readings.explanation(key, SYSTEM, limit=rows, rules_upto=ANY_NUMBER, **asked)
    if told.told.state == "stopped":
        raise Unknown("figure_stopped", position=told.told.stopped_at)
    figure = Figure.by_key[key]
    said = document(told, figure, Sight(SYSTEM))

    def text() -> str:
        told_lines = [f"{what}\n    {value}" for what, value in lines(told, figure, ready.institution.zone)]
        for row in said["rows"]:
            event = row["event"]
            what = event.get("type") or "—"
            told_lines.append(
                f"#{row['position']:<9} {what:<36} {row['about']}  {row['numerator']}/{row['denominator']}"
            )
        return "\n".join(told_lines)

    say(orjson.loads(orjson.dumps(said, default=plain, option=orjson.OPT_UTC_Z)), as_json, text)
    return told.adds_up
