"""campus import: a timetable of the SJTU format, a folder of the OULAD form, or any command from a table."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from domain import Command, Conflict, Unknown
from domain.access import IMPORT, SYSTEM
from infra.cli.common import REFUSED, Json, campus, load_areas, run, say


def progress_bar() -> Progress:
    """A bar on standard error; silent where nobody looks."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
    )


def add_to(app: typer.Typer) -> None:
    """Add this part's commands."""

    @app.command("import", context_settings={"allow_extra_args": True})
    def import_(
        what: Annotated[str, typer.Argument(help="sjtu-timetable, oulad, or a command such as register-room")],
        files: Annotated[list[Path], typer.Argument(help="the file or files; oulad: the folder", exists=True)],
        term_start: Annotated[
            list[str] | None,
            typer.Option(help="sjtu-timetable: the Monday of week 1; oulad: 2013J=2013-10-01, may be repeated"),
        ] = None,
        as_person: Annotated[
            str | None, typer.Option("--as", help="on behalf of person:…; default: the import")
        ] = None,
        refusals: Annotated[Path | None, typer.Option(help="write refused rows into this CSV file")] = None,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would happen, record nothing")] = False,
        as_json: Json = False,
    ) -> None:
        """Turn rows of a file into commands; run twice with the same result."""

        async def work() -> Any:
            if what == "sjtu-timetable":
                return await import_timetable(files, term_start or [], refusals)
            if what == "oulad":
                return await import_presentations(files, term_start or [], refusals)
            return await import_rows(what, files, as_person, refusals, dry_run)

        answer = run(work)
        say(answer, as_json, lambda: json.dumps(answer, ensure_ascii=False, indent=2, default=str))
        reports = answer if isinstance(answer, list) else [answer]
        if any(report.get("refused") or report.get("unplaced") for report in reports):
            raise typer.Exit(REFUSED)


async def import_timetable(files: list[Path], term_start: list[str], refusals: Path | None) -> dict[str, Any]:
    """The report of a timetable import; raises Unknown("term_start_missing") for none, or for what is no date."""
    from api.imports.sjtu import import_sjtu

    try:
        monday = date.fromisoformat(term_start[0] if len(term_start) == 1 else "")
    except ValueError:
        raise Unknown("term_start_missing", option="--term-start YYYY-MM-DD") from None
    async with campus(create=True) as ready:
        with progress_bar() as bar:
            report = await import_sjtu(ready.desk, files, monday, refusals=refusals, progress=bar)
        return asdict(report)


async def import_presentations(folders: list[Path], term_start: list[str], refusals: Path | None) -> dict[str, Any]:
    """The report of importing one folder; raises Unknown for a missing table, or a start that is none."""
    from api.imports.keys_ahead import desk_ahead
    from api.imports.oulad import import_oulad
    from api.imports.oulad_college import Starts

    if len(folders) != 1 or not folders[0].is_dir():
        raise Unknown("folder_missing", form="campus import oulad FOLDER")
    starts = Starts.of(term_start)
    async with campus(create=True) as ready:
        desk, keys = desk_ahead(ready)
        with progress_bar() as bar:
            report = await import_oulad(desk, folders[0], starts, keys=keys, refusals=refusals, progress=bar)
        return asdict(report)


async def import_rows(
    name: str, files: list[Path], as_person: str | None, refusals: Path | None, dry_run: bool
) -> list[dict[str, Any]]:
    """One report per file, the refused rows of the second and later ones in numbered files beside the first's.

    Raises Unknown("command_unknown"), Conflict("import_refused").
    """
    from api.imports import TableRefused, import_table

    load_areas()
    if name not in Command.by_name:
        raise Unknown("command_unknown", command=name)
    person_id = as_person or SYSTEM[IMPORT].person_id
    reports = []
    async with campus(create=True) as ready:
        with progress_bar() as bar:
            for number, file in enumerate(files):
                into = refusals.with_stem(f"{refusals.stem}-{number + 1}") if refusals and number else refusals
                try:
                    report = await import_table(
                        ready.desk, name, file, person_id, refusals=into, dry_run=dry_run, progress=bar
                    )
                except TableRefused as no:
                    raise Conflict("import_refused", file=file.name, reason=no.code, **no.facts) from None
                reports.append(asdict(report))
    return reports
