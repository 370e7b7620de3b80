"""campus keys: the keys of people backed up and put back, and the list of who was erased."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from psycopg import AsyncConnection

from infra.campus import Campus
from infra.cli.common import (
    COULD_NOT_RUN,
    REFUSED,
    Json,
    campus,
    complain,
    institution_of,
    load_areas,
    run,
    say,
    server,
)
from infra.erasures import erasure_list, told
from infra.erasures.relisting import ErasuresLost, make_anew
from infra.key_backup import KEPT_DAYS, BackupUnreadable, back_up, read, restore
from infra.key_store import keeper
from infra.keys import Secrets
from infra.reapplying import reapply
from infra.settings import Settings


async def backed_up(ready: Campus, file: Path) -> dict[str, Any]:
    """Write the backup."""
    async with await AsyncConnection.connect(keeper(ready.institution, ready.settings), autocommit=True) as db:
        keys = await back_up(db, ready.institution.key, ready.secret, file, datetime.now(UTC))
    return {"file": str(file), "keys": keys, "keep_days": KEPT_DAYS}


async def put_back(ready: Campus, file: Path) -> dict[str, Any]:
    """Restore a backup, then erase whoever is erased anywhere."""
    made_at, rows = read(file, ready.institution.key, ready.secret)
    erased = {one.subject for one in ready.erasures.read()}
    async with await AsyncConnection.connect(keeper(ready.institution, ready.settings), autocommit=True) as db:
        put, gone = await restore(db, ready.institution.key, rows, erased)
    await ready.keys.erase_all(gone)
    again = await reapply(ready.institution, ready.settings, ready.declared)
    return {"file": str(file), "made_at": made_at, "keys": len(rows), "put_back": put, "erased": again["erased"]}


async def made_anew(settings: Settings, dsn: str, lose: int | None) -> dict[str, Any]:
    """A list that is damaged made anew from what can be read of it, then from the log; raises ErasuresLost."""
    institution = institution_of(settings, dsn)
    erasures = erasure_list(institution, settings, Secrets.kept_in(settings.secret_file))
    made = make_anew(erasures, lose)
    again = await reapply(institution, settings, load_areas())
    return {"file": str(erasures.file), "lost": made.lost, "of_the_log": again["listed"], "erased": again["erased"]}


Lose = Annotated[int | None, typer.Option(min=0, help="how many lines that cannot be read may be lost, to the number")]


def add_to(app: typer.Typer) -> None:
    """Add this part's commands."""
    keys = typer.Typer(help="the keys of people, and the list of who was erased", no_args_is_help=True)
    app.add_typer(keys, name="keys")

    @keys.command()
    def backup(file: Path, as_json: Json = False) -> None:
        """Write the wrapped keys into a file; keep none longer than 30 days, and none beside the secret."""

        async def work() -> None:
            async with campus() as ready:
                told = await backed_up(ready, file)
                say(
                    told,
                    as_json,
                    f"{file}: {told['keys']} keys; 至多保留 {KEPT_DAYS} 天 · keep {KEPT_DAYS} days at most",
                )

        run(work)

    @keys.command("restore")
    def restore_(file: Path, as_json: Json = False) -> None:
        """Put back the keys that are missing; nobody who is erased gets one."""

        async def work() -> None:
            async with campus() as ready:
                told = await put_back(ready, file)
                say(told, as_json, f"{told['put_back']} of {told['keys']} keys put back; {told['erased']} erased")

        try:
            run(work)
        except BackupUnreadable as trouble:
            complain("backup_unreadable", said=trouble)
            raise typer.Exit(COULD_NOT_RUN) from None

    @keys.command()
    def erasures(as_json: Json = False) -> None:
        """Who was erased, as the list has it: ids only."""

        async def work() -> None:
            async with campus() as ready:
                listed = ready.erasures.read()
                say(
                    told(listed), as_json, lambda: "\n".join(f"{e.at}  person:{e.subject}  {e.request}" for e in listed)
                )

        run(work)

    @keys.command()
    def relist(lose: Lose = None, as_json: Json = False) -> None:
        """Make a damaged list anew from its lines that can be read and from the log; the old file is set aside."""

        async def work() -> None:
            settings = Settings.of()
            with server(settings, create=False) as dsn:
                made = await made_anew(settings, dsn, lose)
            more = f"{made['lost']} lines lost, {made['of_the_log']} added from the log"
            say(made, as_json, f"{made['file']}: {made['erased']} erased; {more}")

        try:
            run(work)
        except ErasuresLost as no:
            complain("erasures_lost", lost=no.found.lost, said=no)
            raise typer.Exit(REFUSED) from None
