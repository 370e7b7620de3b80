"""campus seal, verify, witness: signing the log, and proving to others that nobody changed it."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from infra.campus import Campus
from infra.campus_verify import Bad, CannotRun, key_of, note_of
from infra.cli.audit import task
from infra.cli.common import COULD_NOT_RUN, REFUSED, Json, campus, complain, run, say
from infra.cli.imports import progress_bar
from infra.cli.serving import reachable, seal
from infra.looks import differing
from infra.seal import witness as witnessing
from infra.seal.keys import install_seal_key, kept_in, public_key
from infra.seal.note import COSIGNATURE, Checkpoint, Note, Unreadable, Verifier
from infra.seal.sealer import Altered, AnotherKey, Sealer
from infra.seal.verifying import Examination

Key = Annotated[str | None, typer.Option("--key", help="the college's public key, or its file")]
Since = Annotated[list[Path] | None, typer.Option(help="a checkpoint kept from earlier")]


async def sealed_once(ready: Campus) -> int:
    """Seal what is recorded; how many events."""
    signer = install_seal_key(ready.institution, ready.settings)
    return await Sealer(ready.institution, signer).catch_up()


async def verified(ready: Campus, key: str | None, witness: str | None, since: list[Path]) -> dict[str, Any]:
    """The verdict on the live log."""
    keys = [key_of(key or str(public_key(ready.institution, ready.settings)))]
    notes = [note_of(str(file)) for file in since]
    with progress_bar() as bar:
        examination = Examination(ready.institution, keys, task(bar, "verify"))
        try:
            told = await examination.run(key_of(witness) if witness else None, notes)
        except Bad as bad:
            return {"verdict": "bad", "position": bad.position, "said": str(bad)}
    if wrong := await differing(ready):
        days = ", ".join(one.day.isoformat() for one in wrong)
        said = f"查看记录与封存的不符 · the looks are not as they were sealed: {days}"
        return {"verdict": "bad", "position": wrong[0].position, "said": said, "days": [one.day for one in wrong]}
    return {"verdict": "good", **told}


def verdict(told: dict[str, Any]) -> str:
    """In words."""
    if told["verdict"] == "good":
        return f"完好 · good: {told['events']} events, {told['checkpoints']} checkpoints"
    at = f" #{told['position']}" if told["position"] else ""
    return f"不符 · BAD{at}: {told['said']}"


def add_to(app: typer.Typer) -> None:
    """Add this part's commands."""
    _add_seal(app)
    _add_verify(app)
    _add_witness(app)


def _add_seal(app: typer.Typer) -> None:
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

        _run(work)


def _add_verify(app: typer.Typer) -> None:
    @app.command()
    def verify(
        key: Key = None,
        witness: Annotated[str | None, typer.Option(help="a witness's public key: demands its cosignature")] = None,
        since: Since = None,
        as_json: Json = False,
    ) -> None:
        """Hold the live log against every checkpoint, tile, tag and its head; names the first bad position."""

        async def work() -> None:
            async with campus() as ready:
                told = await verified(ready, key, witness, since or [])
                say(told, as_json, lambda: verdict(told))
                if told["verdict"] != "good":
                    raise typer.Exit(REFUSED)

        _run(work)


def _run(work: Any) -> None:
    try:
        run(work)
    except CannotRun as trouble:
        complain("could_not_run", said=trouble)
        raise typer.Exit(COULD_NOT_RUN) from None


def _add_witness(app: typer.Typer) -> None:
    @app.command()
    def witness(
        key: Annotated[str, typer.Option(help="the public key of the log, or its file")],
        state: Annotated[Path, typer.Option(help="where the last cosigned checkpoint is remembered")],
        signing_key: Annotated[Path, typer.Option(help="the witness's own key; made here when new")],
        api: Annotated[str | None, typer.Option(help="the log's address; its token in CAMPUS_TOKEN")] = None,
        checkpoint: Annotated[Path | None, typer.Option(help="instead of --api: a checkpoint in a file")] = None,
        proof: Annotated[Path | None, typer.Option(help="with it: the consistency proof, JSON")] = None,
        name: Annotated[str, typer.Option(help="under which a new key signs")] = "witness",
        every: Annotated[float | None, typer.Option(min=1, help="again and again, after so many seconds")] = None,
        as_json: Json = False,
    ) -> None:
        """Cosign the newest checkpoint if the log has only grown; exits 1 and signs nothing otherwise."""
        try:
            log = Verifier.read(key if "+" in key else Path(key).read_text(encoding="utf-8"))
            signer = kept_in(signing_key, name, COSIGNATURE)
            while True:
                with witnessing.remembered(state) as last:
                    offered, ask = _offered(api, checkpoint, proof)
                    note = witnessing.cosigned(signer, log, last, offered, ask, int(time.time()))
                    witnessing.remember(state, note)
                told = {"size": Checkpoint.read(note.text).size, "note": str(note), "key": str(signer.verifier)}
                say(told, as_json, str(note))
                if every is None:
                    return
                time.sleep(every)
        except witnessing.Inconsistent as no:
            complain("not_cosigned", said=no)
            raise typer.Exit(REFUSED) from None
        except (OSError, Unreadable) as trouble:
            complain(type(trouble).__name__, said=trouble)
            raise typer.Exit(COULD_NOT_RUN) from None


def _offered(api: str | None, checkpoint: Path | None, proof: Path | None) -> tuple[Note, witnessing.Ask]:
    """A checkpoint and how to get its consistency proof."""
    if api is not None:
        source = witnessing.Source(api, os.environ.get("CAMPUS_TOKEN", ""))
        return source.checkpoint(), source.proof
    if checkpoint is None:
        raise Unreadable("--api or --checkpoint is wanted")

    def kept(old: int, new: int) -> list[bytes]:
        if proof is None:
            raise Unreadable(f"the proof from {old} to {new} is wanted: --proof")
        return witnessing.hashes(witnessing.parsed(proof.read_bytes()))

    return Note.read(checkpoint.read_text(encoding="utf-8")), kept
