"""campus prove: the nightly proof, done now; and the process that does it every night."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import typer

from infra.campus import opened
from infra.cli.audit import task
from infra.cli.common import REFUSED, Json, campus, institution_of, load_areas, run, say
from infra.cli.imports import progress_bar
from infra.cli.sealing import sealed_once
from infra.nightly import Proof, nightly, prove
from infra.settings import Settings


async def prove_nightly(settings: Settings, dsn: str) -> None:
    """Prove every night, until cancelled."""
    async with opened(institution_of(settings, dsn), settings, load_areas(), readers=1) as ready:
        await nightly(ready, settings.prove_at)


def written(proof: Proof) -> str:
    """In words."""
    told = proof.told
    if proof.good:
        return (
            f"已自证 · proven at #{proof.position}: {told['tables']} tables, {told['rows']} rows, 0 differences; "
            f"{told['events']} events sealed and verified"
        )
    return "\n".join(f"不符 · NOT AS RECORDED: {finding}" for finding in proof.findings)


def add_to(app: typer.Typer) -> None:
    """Add this part's commands."""

    @app.command("prove")
    def prove_(as_json: Json = False) -> None:
        """Fold every table cold and compare it, verify the seal, and keep the verdict for every page's badge."""

        async def work() -> None:
            async with campus() as ready:
                await sealed_once(ready)
                with progress_bar() as bar:
                    proof = await prove(ready, lambda part: task(bar, part))
                told: dict[str, Any] = asdict(proof) | {"good": proof.good}
                say(told, as_json, lambda: written(proof))
                if not proof.good:
                    raise typer.Exit(REFUSED)

        run(work)
