"""campus what-if: the figures of a term as they would be under other rules, worked out aside."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any

import typer

from infra.cli.audit import moment_or_position
from infra.cli.common import REFUSED, Json, campus, complain, number, run, say
from infra.cli.imports import progress_bar
from infra.readings import SYSTEM
from infra.what_if import Answer, Askable, Compared, Pair, Progress, TooLong

SHOWN = 10
SMALL = Decimal("0.005")
PHASES = {"telling": "重述 told again", "folding": "归档 folded", "reading": "读数 read"}
ORIGINS = {"seed": "学院方案 the college's plan", "practice": "通行做法 practice", "ours": "本系统建议 our proposal"}


def change(told: Pair) -> str:
    """Now, then, and the difference."""
    by = told.difference
    more = "" if by is None else f"  ({'+' if by > 0 else '−'}{number(abs(by))})" if abs(by) >= SMALL else "  (±<0.01)"
    return f"{number(told.now):>10} → {number(told.then):>10}{more}"


def lines(told: Answer) -> Iterator[str]:
    """An answer as text: what is supposed, the figures that would be others, departments and people under each."""
    for one in told.suppositions:
        origin = ORIGINS[one.policy.origin] if not one.version else f"第 {one.version} 版 version {one.version}"
        yield f"{one.policy.key}: {one.value} ({origin}) → {one.supposed}   {one.policy.zh}"
    yield f"{told.term} 自 since {told.since:%Y-%m-%d}, #{told.position}, {told.moment:%Y-%m-%d %H:%M}"
    if again := told.retold:
        yield (
            f"{again.stories} 事重述 told again, {again.otherwise} 件不同 otherwise, "
            f"{again.left_out} 件不发生 left out, {again.put_in} 件补入 put in"
        )
    yield f"{told.seconds:.1f} s; 未改动任何数据 nothing was changed"
    for figure in told.figures:
        if not figure.same:
            yield from _figure(figure)
    if same := [figure.figure.key for figure in told.figures if figure.same and figure.stopped_at is None]:
        yield f"不变 unchanged: {', '.join(same)}"
    for figure in told.figures:
        if figure.stopped_at is not None:
            yield f"{figure.figure.key} stopped at #{figure.stopped_at}"


def _figure(told: Compared) -> Iterator[str]:
    yield f"{told.figure.key:<30} {change(told.total)}   {told.figure.zh}"
    for department, one in told.by_department().items():
        if not one.same:
            yield f"    {department or '—':<40} {change(one)}"
    for (_, person), one in list(told.by_person().items())[:SHOWN]:
        if not one.same:
            yield f"        {person:<44} {change(one)}"


def policies(known: dict[str, Askable]) -> Iterator[str]:
    """Every policy, and whether it may be supposed otherwise."""
    for key, one in known.items():
        mark = "可试算 askable    " if one.retold else "只影响以后 later only"
        narrow = "  (放宽补不出当时被拒绝的事 a wider value brings back nothing refused)" if one.narrow else ""
        yield f"{mark} {key:<32} {one.policy.zh}{narrow}"


def plain(told: Answer) -> dict[str, Any]:
    """An answer in JSON."""

    def both(one: Pair) -> dict[str, Any]:
        return {"now": one.now, "then": one.then, "difference": one.difference}

    return {
        "term": told.term,
        "since": told.since,
        "position": told.position,
        "moment": told.moment,
        "supposed": [
            {
                "policy": s.policy.key,
                "origin": s.policy.origin,
                "in_force": s.value,
                "supposed": s.supposed,
                "proposal_id": told.proposal_id(s),
            }
            for s in told.suppositions
        ],
        "stories": told.retold and told.retold.stories,
        "seconds": told.seconds,
        "same": told.same,
        "figures": [
            {
                "figure": figure.figure.key,
                "same": figure.same,
                "stopped_at": figure.stopped_at,
                **both(figure.total),
                "departments": [{"department_id": of} | both(one) for of, one in figure.by_department().items()],
                "people": [
                    {"person_id": who, "department_id": of} | both(one)
                    for (of, who), one in figure.by_person().items()
                    if not one.same
                ],
            }
            for figure in told.figures
        ],
    }


def add_to(app: typer.Typer) -> None:
    """Add this part's commands."""

    @app.command("what-if")
    def what_if(
        values: Annotated[
            list[str] | None, typer.Option("--set", help="KEY=VALUE, may be repeated; without any: what may be asked")
        ] = None,
        term: Annotated[str | None, typer.Option(help="term:…; default: the one under way")] = None,
        as_of: Annotated[str | None, typer.Option(help="a position or a moment; default: now")] = None,
        whole: Annotated[bool, typer.Option("--whole", help="fold every story anew, also those that stay")] = False,
        as_json: Json = False,
    ) -> None:
        """A term's figures as they would be under other rules; nothing is changed."""

        async def work() -> None:
            async with campus() as ready:
                asking = ready.what_if
                if not values:
                    known = asking.askable
                    say({key: one.retold for key, one in known.items()}, as_json, lambda: "\n".join(policies(known)))
                    return
                position = await moment_or_position(ready, as_of) if as_of else None
                question = asking.question(values, term, position)
                with progress_bar() as bar:
                    task = bar.add_task(PHASES["telling"], total=None)

                    def watch(far: Progress) -> None:
                        bar.update(task, description=PHASES[far.phase], completed=far.done, total=far.target)

                    try:
                        told = await asking.ask(question, SYSTEM, watch, whole=whole)
                    except TooLong:
                        complain("what_if_too_long")
                        raise typer.Exit(REFUSED) from None
            say(plain(told), as_json, lambda: "\n".join(lines(told)))

        run(work)
