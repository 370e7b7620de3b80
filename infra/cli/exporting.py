"""campus export, campus sample: the log in other people's forms, case files, and fair samples for auditors."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from infra.campus import Campus
from infra.cli.audit import moment_or_position, task
from infra.cli.common import COULD_NOT_RUN, REFUSED, Json, campus, complain, run, say
from infra.cli.imports import progress_bar
from infra.export import Progress, Span, case, sampling
from infra.seal import archive
from infra.seal.archive import NothingSealed
from infra.seal.keys import public_key
from infra.seal.proof import NotSealedYet, SealBroken

SYSTEM_USER = "campus export"


class Refused(Exception):
    """A wish that cannot be met, by its code; `ends` is what the command exits with."""

    ends = REFUSED

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


class InUse(Refused):
    """Another run is at work on the same place."""

    ends = COULD_NOT_RUN


@dataclass(frozen=True)
class Wish:
    """What is to be exported, and from where to where."""

    since: str | None = None
    until: str | None = None
    term: str | None = None
    time: Literal["recorded", "occurred"] = "recorded"
    cosigned: list[Path] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    about: list[str] = field(default_factory=list)
    title: str = ""
    why: str = ""

    async def span(self, ready: Campus) -> Span:
        """The positions meant; raises Unknown for a moment that cannot be read."""
        head, _ = await ready.log.head()
        after = await moment_or_position(ready, self.since) if self.since else 0
        upto = await moment_or_position(ready, self.until) if self.until else head
        return Span(after, min(upto, head), self.term)


Work = Callable[[Campus, Wish, Path, Progress], Awaitable[tuple[dict[str, Any], str]]]


async def audit(ready: Campus, wish: Wish, file: Path, progress: Progress) -> tuple[dict[str, Any], str]:
    """Everything that is sealed."""
    key = str(public_key(ready.institution, ready.settings))
    notes = [one.read_text(encoding="utf-8") for one in wish.cosigned]  # noqa: ASYNC240  a few lines
    told = await archive.write(ready.institution, key, file, notes, progress)
    return told, f"{file}: {told['events']} events; campus-verify {file} --key {key}"


async def ocel(ready: Campus, wish: Wish, file: Path, progress: Progress) -> tuple[dict[str, Any], str]:
    """As OCEL 2.0."""
    from infra.export import ocel as form

    try:
        told = await form.write(ready, await wish.span(ready), file, wish.time, progress)
    except form.FormUnknown:
        raise Refused("form_unknown", file=file.name, known=" ".join(form.SUFFIXES)) from None
    total = told["total"]
    return told, f"{file}: {total['events']} events, {total['objects']} objects, {total['related']} relations"


async def parquet(ready: Campus, wish: Wish, place: Path, progress: Progress) -> tuple[dict[str, Any], str]:
    """As Parquet, added to what is there."""
    from infra.export import parquet as form

    if wish.term:
        raise Refused("term_not_for_parquet")
    span = await wish.span(ready)
    try:
        after = span.after if wish.since else None
        told = await form.write(ready.log, ready.institution, place, after, span.upto, progress)
    except form.DirectoryUnfit as unfit:
        raise Refused(unfit.code, file=unfit.file) from None
    except form.DirectoryInUse as no:
        raise InUse("directory_in_use", directory=str(no)) from None
    return told, f"{place}: {told['rows']} events in {len(told['added'])} new parts, up to #{told['last']}"


async def cloudevents(ready: Campus, wish: Wish, file: Path, progress: Progress) -> tuple[dict[str, Any], str]:
    """As CloudEvents."""
    from infra.export import cloud

    events = await cloud.write(ready.log, ready.institution.key, await wish.span(ready), file, progress)
    return {"events": events}, f"{file}: {events} events"


async def case_file(ready: Campus, wish: Wish, file: Path, progress: Progress) -> tuple[dict[str, Any], str]:
    """As a case file."""
    wanted = case.Wanted(tuple(wish.events), tuple(wish.about), wish.title, wish.why, SYSTEM_USER)
    return await filed(ready, wanted, file)


async def filed(ready: Campus, wanted: case.Wanted, file: Path) -> tuple[dict[str, Any], str]:
    """Write a case file; raises Refused."""
    key = str(public_key(ready.institution, ready.settings))
    part = file.with_name(file.name + ".part")
    try:
        told = await case.write(ready.institution, key, wanted, part, file.name)
    except case.EventUnknown as no:
        raise Refused("event_unknown", said=str(no)) from None
    except case.TooMany as no:
        raise Refused("too_many_events", events=str(no), most=case.MOST) from None
    except NotSealedYet as no:
        raise Refused("not_sealed_yet", position=str(no)) from None
    except SealBroken as no:
        raise Refused("seal_broken", position=str(no)) from None
    part.replace(file)
    return told, f"{file}: {len(told['events'])} events; campus-verify {file} --key {key}"


def _run(work: Callable[[Campus], Awaitable[None]]) -> None:
    """Run on the college, and say clearly what cannot be done."""

    async def inside() -> None:
        async with campus() as ready:
            try:
                await work(ready)
            except NothingSealed:
                complain("nothing_sealed")
                raise typer.Exit(REFUSED) from None
            except Refused as no:
                complain(no.code, **no.facts)
                raise typer.Exit(no.ends) from None

    run(inside)


def add_to(app: typer.Typer) -> None:
    """Add this part's commands."""
    _add_export(app)
    _add_sample(app)


def _add_export(app: typer.Typer) -> None:
    @app.command()
    def export(
        events: Annotated[list[str] | None, typer.Argument(help="--case: positions or ids of events")] = None,
        audit_: Annotated[
            Path | None, typer.Option("--audit", help="everything sealed, for campus-verify: ZIP")
        ] = None,
        cosigned: Annotated[list[Path] | None, typer.Option(help="--audit: a checkpoint a witness cosigned")] = None,
        ocel_: Annotated[Path | None, typer.Option("--ocel", help="OCEL 2.0: .json, .jsonocel or .sqlite")] = None,
        parquet_: Annotated[Path | None, typer.Option("--parquet", help="a directory of Parquet, added to")] = None,
        cloudevents_: Annotated[
            Path | None, typer.Option("--cloudevents", help="CloudEvents as JSON lines: .ndjson or .ndjson.gz")
        ] = None,
        case_: Annotated[Path | None, typer.Option("--case", help="chosen events with their proofs: ZIP")] = None,
        about: Annotated[list[str] | None, typer.Option(help="--case: every event that carries this id")] = None,
        title: Annotated[str, typer.Option(help="--case: what it is called")] = "",
        why: Annotated[str, typer.Option(help="--case: why it is made")] = "",
        since: Annotated[str | None, typer.Option(help="only later than this position or moment")] = None,
        until: Annotated[str | None, typer.Option(help="only up to this position or moment")] = None,
        term: Annotated[str | None, typer.Option(help="only events that name this term:…")] = None,
        by_occurrence: Annotated[
            bool, typer.Option("--by-occurrence", help="--ocel: an event's time is when it happened, not was recorded")
        ] = False,
        as_json: Json = False,
    ) -> None:
        """Write the log in one form that other tools read: --audit --ocel --parquet --cloudevents or --case."""
        forms: list[tuple[Path | None, Work]] = [
            (audit_, audit),
            (ocel_, ocel),
            (parquet_, parquet),
            (cloudevents_, cloudevents),
            (case_, case_file),
        ]
        time: Literal["recorded", "occurred"] = "occurred" if by_occurrence else "recorded"
        wish = Wish(since, until, term, time, cosigned or [], events or [], about or [], title, why)
        _export([(place, form) for place, form in forms if place], wish, as_json)


def _export(chosen: list[tuple[Path, Work]], wish: Wish, as_json: bool) -> None:
    """Export in the one form that was chosen."""
    if len(chosen) != 1:
        complain("one_form_wanted", forms="--audit --ocel --parquet --cloudevents --case")
        raise typer.Exit(COULD_NOT_RUN)

    async def work(ready: Campus) -> None:
        [(place, form)] = chosen
        with progress_bar() as bar:
            told, text = await form(ready, wish, place, task(bar, "export"))
        say(told, as_json, text)

    _run(work)


def _add_sample(app: typer.Typer) -> None:
    @app.command()
    def sample(
        seed: Annotated[str, typer.Option(help="the seed that was published before the checkpoint was signed")],
        size: Annotated[int, typer.Option(min=1, max=sampling.MOST, help="how many; --by-type: of each type")],
        types: Annotated[list[str] | None, typer.Option("--type", help="only events of this type")] = None,
        by_type: Annotated[bool, typer.Option("--by-type", help="draw from each type by itself")] = False,
        since: Annotated[str | None, typer.Option(help="only later than this position or moment")] = None,
        until: Annotated[str | None, typer.Option(help="only up to this position or moment")] = None,
        at: Annotated[
            int | None, typer.Option(min=1, help="under the checkpoint of this size; else the newest")
        ] = None,
        case_: Annotated[Path | None, typer.Option("--case", help="write the events drawn as a case file")] = None,
        as_json: Json = False,
    ) -> None:
        """Draw events for inspection in a way that anybody can reckon again."""

        async def work(ready: Campus) -> None:
            span = await Wish(since, until).span(ready)
            draw = sampling.Draw(seed, size, tuple(types or ()), by_type, span.after, span.upto)
            try:
                told = await sampling.sample(ready.institution, draw, at)
            except sampling.CheckpointUnknown:
                raise Refused("checkpoint_unknown", size=at) from None
            if case_:
                if not told["events"]:
                    raise Refused("nothing_drawn")
                positions = tuple(str(one["position"]) for one in told["events"])
                wanted = case.Wanted(positions, (), "抽样 · Sample", seed, "campus sample", told)
                await filed(ready, wanted, case_)
            say(told, as_json, lambda: drawn_text(told))

        if not sampling_seed(seed):
            complain("seed_unfit", allowed="1-200 characters, no control characters")
            raise typer.Exit(COULD_NOT_RUN)
        _run(work)


def sampling_seed(seed: str) -> bool:
    """Whether a seed is a line of text that can be published and typed again."""
    return 0 < len(seed) <= 200 and seed.isprintable()


def drawn_text(told: dict[str, Any]) -> str:
    """A sample in words."""
    checkpoint = told["checkpoint"]
    head = f"{told['algorithm']} seed={told['seed']!r} checkpoint={checkpoint['size']} root={checkpoint['root']}"
    lines = [f"#{one['position']:<9} {one['id']}  {one['type']}" for one in told["events"]]
    return "\n".join([head, *lines])
