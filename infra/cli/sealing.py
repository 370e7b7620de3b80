"""campus seal: the sealer alone."""

from __future__ import annotations

from typing import Annotated

import typer

from infra.campus import Campus
from infra.cli.common import REFUSED, Json, campus, complain, run, say
from infra.cli.serving import reachable, seal
from infra.seal.keys import install_seal_key
from infra.seal.sealer import Altered, AnotherKey, Sealer


async def sealed_once(ready: Campus) -> int:
    """Seal what is recorded; how many events."""
    signer = install_seal_key(ready.institution, ready.settings)
    return await Sealer(ready.institution, signer).catch_up()


def add_to(app: typer.Typer) -> None:
    """Add this part's commands."""

    @app.command("seal")
    def seal_(
        once: Annotated[bool, typer.Option("--once", help="seal what is recorded, then end")] = False,
        key: Annotated[bool, typer.Option("--key", help="print the public key, to hand out, and end")] = False,
        as_json: Json = False,
    ) -> None:
        """Sign what is recorded, in a process of its own."""
        if not once and not key:
            settings = reachable()
            run(lambda: seal(settings, settings.database_url or ""))
            return

        async def work() -> None:
            async with campus() as ready:
                if key:
                    line = str(install_seal_key(ready.institution, ready.settings).verifier)
                    say({"key": line}, as_json, line)
                    return
                try:
                    events = await sealed_once(ready)
                except (Altered, AnotherKey) as trouble:
                    complain("not_sealed", said=trouble)
                    raise typer.Exit(REFUSED) from None
                say({"sealed": events}, as_json, f"{events} events sealed")

        run(work)
