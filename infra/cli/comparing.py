"""campus diff: what changed in the figures from one moment to another, and which corrections changed them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Annotated, Any

import typer

from domain import Event, Unknown
from infra.campus import Campus
from infra.cli.audit import moment_or_position
from infra.cli.common import Json, campus, number, run, say
from infra.readings import SYSTEM
from infra.readings.differences import SINCE, Change, Difference, Side, differences

KINDS = {
    "corrected": "更正 corrected",
    "added_late": "补记 known later",
    "withdrawn": "撤回 withdrawn",
    "fallen_due": "到期 fell due",
    "new": "新发生 new",
    "settled": "已了结 settled",
    "moved_on": "后续变化 moved on",
}


def part(told: Side) -> str:
    """A contribution's share of the sums."""
    return f"{float(told.numerator):g}/{float(told.denominator):g}" if told.count else "—"


def line(told: Difference) -> str:
    """One figure in one line: then, corrected since, now."""
    whole = told.whole
    if told.stopped_at is not None:
        return f"{told.figure:<28} stopped at #{told.stopped_at}"
    three = f"{number(whole.then.value):>10} → {number(whole.corrected.value):>10} → {number(whole.now.value):>10}"
    counts = f"更正 corrected {told.corrections}, 补记 known later {told.known_later}, 变化 changes {whole.many}"
    return f"{told.figure:<28} {three}   {counts}"


def change(told: Change) -> Iterable[str]:
    """A contribution that differs, and under it the events that made it so."""
    parts = " → ".join(part(side) for side in (told.sides.then, told.sides.corrected, told.sides.now))
    yield f"  {KINDS[told.kind]:<18} {told.about or '':<52} {told.day or ''}  {parts}"
    for cause in told.causes:
        kind = Event.by_name.get(cause.event.type)
        title = kind.titles()[0] if kind else cause.event.type
        because = f"：{cause.reason}" if cause.reason else ""
        yield (
            f"      #{cause.event.position:<8} {cause.event.recorded_at:%Y-%m-%d %H:%M}  {cause.event.type} {title} "
            f"({cause.actor['person_id']} as {cause.actor['role']}){because}"
        )


def written(told: Difference) -> dict[str, Any]:
    """A difference in JSON, without the bodies of its events."""
    document = asdict(replace(told, changes=()))
    document |= {"corrections": told.corrections, "known_later": told.known_later}
    document["changes"] = [
        asdict(replace(one, causes=()))
        | {
            "causes": [
                {
                    "position": cause.event.position,
                    "type": cause.event.type,
                    "recorded_at": cause.event.recorded_at,
                    "actor": dict(cause.actor),
                    "command": cause.command,
                    "corrects": cause.corrects,
                    "reason": cause.reason,
                }
                for cause in one.causes
            ]
        }
        for one in told.changes
    ]
    return document


async def compared(ready: Campus, figure: str | None, since: str, until: str | None, **how: Any) -> list[Difference]:
    """One figure, or every one, between two moments; raises Unknown("figure_unknown", "moment_unreadable", …)."""
    if figure is not None and figure not in ready.declared.figures:
        raise Unknown("figure_unknown", figure=figure)
    before = await moment_or_position(ready, since)
    now = None if until is None else await moment_or_position(ready, until)
    keys = [figure] if figure else sorted(ready.declared.figures)
    return [await differences(ready.readings, key, SYSTEM, before, now, **how) for key in keys]


def add_to(app: typer.Typer) -> None:
    """Add this part's command."""

    @app.command()
    def diff(
        figure: Annotated[str | None, typer.Argument(help="a figure's key; default: every figure")] = None,
        since: Annotated[str, typer.Option("--from", help="a position, or a moment such as 2026-10-01T08:00")] = "0",
        until: Annotated[str | None, typer.Option("--to", help="the same; default: now")] = None,
        department: Annotated[str | None, typer.Option(help="department:…")] = None,
        term: Annotated[str | None, typer.Option(help="term:…")] = None,
        week: Annotated[int | None, typer.Option(min=1, max=60)] = None,
        limit: Annotated[int, typer.Option(min=1, max=1000, help="changes to name")] = 20,
        corrections: Annotated[bool, typer.Option("--corrections", help="name the corrections only")] = False,
        as_json: Json = False,
    ) -> None:
        """What a figure said then, what is said of that time since, what it says at the end, and why."""

        async def work() -> None:
            async with campus() as ready:
                told = await compared(
                    ready,
                    figure,
                    since,
                    until,
                    department=department,
                    term=term,
                    week=week,
                    limit=limit if figure else 1,
                    kinds=SINCE if corrections else (),
                )
                document = [written(one) for one in told]
                say(document[0] if figure else document, as_json, lambda: "\n".join(spread(told, figure is not None)))

        run(work)


def spread(told: list[Difference], whole: bool) -> Iterable[str]:
    """The differences as text; of one figure also what changed."""
    ends = told[0].before, told[0].now
    yield " → ".join(f"#{end.position} {end.at:%Y-%m-%d %H:%M}" for end in ends)
    for one in told:
        yield line(one)
        if whole:
            yield from (f"  规则 {key}: {then} → {now}" for key, (then, now) in sorted(one.rules.items()))
            yield from (text for row in one.changes for text in change(row))
