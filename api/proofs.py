"""Proofs 证明: the newest checkpoint, and what proves that an event stands in the log that was signed.

A proof holds the exact stored text of its event only for whoever may read all of it; for others it holds the leaf.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from html import escape
from pathlib import Path as File
from string import Template
from typing import Annotated, Any, Final, Literal, TypeVar

import orjson
import segno
from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from psycopg import sql

from api.events import gave
from api.office import Office, viewer_of
from api.openapi import answers, documents
from api.problems import Problem
from api.queries import json_response
from api.sight import Sight, without_secrets
from infra.log import Row
from infra.seal.archive import told
from infra.seal.keys import public_key
from infra.seal.note import Checkpoint, Note
from infra.seal.proof import NotSealedYet, Proof, SealBroken, growth, newest_of, proof_of, texts
from infra.seal.shelf import Line, Shelf

FORMAT: Final = "campus-proof/1"
PAGE: Final = Template((File(__file__).parent / "pages" / "proof.html").read_text(encoding="utf-8"))
PATIENCE_SECONDS: Final = 2.0
MOST: Final = 2**53
Wanted = Annotated[str, Path(pattern=r"^(\d{1,15}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$", description="id · #")]
Size = Annotated[int, Query(ge=0, le=MOST)]

Answer = TypeVar("Answer")


async def asked(office: Office, work: Callable[[Shelf, Line], Awaitable[Answer]]) -> Answer:
    """Ask the seal, and wait a little for the sealer; raises `not_sealed_yet`, `seal_broken`."""
    campus, deadline = office.campus, time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            async with campus.pool.connection() as line:
                return await work(Shelf(campus.institution.schema), line)
        except NotSealedYet:
            if time.monotonic() > deadline:
                raise Problem("not_sealed_yet") from None
        except SealBroken as broken:
            raise Problem("seal_broken", position=broken.args[0]) from None
        await asyncio.sleep(0.1)


def whole(sight: Sight, row: Row) -> bool:
    """Whether the viewer reads all of the event, so that its stored text tells them nothing more."""
    if not sight.narrow:
        return True
    body, shown = orjson.loads(row.body), sight.event(row)
    seen = (shown["data"], list(shown["tags"]), shown["actor"])
    return seen == (without_secrets(body["data"]), list(row.tags), body["actor"])


async def position_of(office: Office, wanted: str) -> int:
    """The position of an event named by either; raises `event_unknown`."""
    if wanted.isdigit():
        return int(wanted)
    query = sql.SQL("select e.position from {} e where e.id = %s")
    async with office.campus.pool.connection() as line:
        found = await line.execute(query.format(sql.Identifier(office.campus.institution.schema, "event")), [wanted])
        row = await found.fetchone()
    if row is None:
        raise Problem("event_unknown")
    return int(row[0])


async def proven(office: Office, sight: Sight, wanted: str) -> tuple[Row, Proof]:
    """An event within sight, or of an own command, and its proof; raises the problems of both."""
    position = await position_of(office, wanted)
    rows = await office.campus.log.page(position - 1, position, limit=1) if position else []
    if not rows or not (sight.sees(rows[0]) or gave(rows[0], sight)):
        raise Problem("event_unknown")
    return rows[0], await asked(office, lambda shelf, line: proof_of(shelf, line, position))


def document(sight: Sight, row: Row, proof: Proof, key: str) -> dict[str, Any]:
    """The proof as a document that campus-verify reads."""
    return {
        "format": FORMAT,
        "event": sight.event(row),
        "stored": told(proof.event) if whole(sight, row) else None,
        "leaf": texts([proof.leaf])[0],
        "index": proof.index,
        "path": texts(proof.path),
        "checkpoint": proof.sealed.note,
        "tlog_proof": proof.text(),
        "key": key,
    }


def page(office: Office, document: dict[str, Any], proof: Proof) -> str:
    """The proof to print: what was recorded, when it was sealed, and a code that holds the proof itself."""
    institution, event = office.campus.institution, document["event"]
    code = segno.make(proof.text(), error="l", mode="byte", encoding="utf-8", micro=False)
    shown = {
        "name_zh": institution.name_zh,
        "name_en": institution.name_en,
        "position": str(event["position"]),
        "id": event["id"],
        "type": event["type"],
        "recorded_at": event["recorded_at"].isoformat(timespec="seconds"),
        "sealed_at": proof.sealed.sealed_at.isoformat(timespec="seconds"),
        "size": str(proof.sealed.size),
        "leaf": document["leaf"],
        "root": texts([proof.sealed.root])[0],
        "checkpoint": proof.sealed.note,
        "data": orjson.dumps(event["data"], option=orjson.OPT_INDENT_2).decode(),
        "code": code.svg_data_uri(scale=3, border=4),
    }
    return PAGE.substitute({name: escape(value) for name, value in shown.items()})


def routes(office: Office) -> APIRouter:
    """GET /api/checkpoint, /api/proofs/consistency, /api/proofs/{event} and the page /proofs/{event}."""
    router = APIRouter(tags=["proofs 证明"])

    def key() -> str:
        return str(public_key(office.campus.institution, office.campus.settings))

    @router.get("/api/checkpoint", responses=documents("text/plain") | answers(500))
    async def checkpoint(format: Literal["json", "note"] = "json") -> Response:
        """最新封存点.  The newest signed checkpoint: size and root of the log; as JSON, or the bare note."""
        newest = await asked(office, newest_of)
        if format == "note":
            return Response(newest.note, media_type="text/plain; charset=utf-8")
        told = Checkpoint.read(Note.read(newest.note).text)
        said = {"origin": told.origin, "size": told.size, "root": texts([told.root])[0], "sealed_at": newest.sealed_at}
        return json_response(said | {"checkpoint": newest.note, "key": key()})

    @router.get("/api/proofs/consistency", responses=documents() | answers(404, 500))
    async def consistency(old: Size, new: Size) -> Response:
        """一致性证明.  That the log of `new` events began with that of `old`."""
        if old > new:
            raise Problem("query_invalid", fields=[{"pointer": "/old", "error": "greater_than_new"}])
        if new > (await office.campus.log.head())[0]:
            raise Problem("position_unknown", position=new)
        path = await asked(office, lambda shelf, line: growth(shelf, line, old, new))
        return json_response({"old": old, "new": new, "path": texts(path)})

    @router.get("/api/proofs/{event}", responses=documents() | answers(404, 500))
    async def proof(request: Request, event: Wanted) -> Response:
        """事件证明.  A self-contained proof that the event stands in the sealed log, for campus-verify."""
        sight = Sight(viewer_of(request))
        row, made = await proven(office, sight, event)
        return json_response(document(sight, row, made, key()))

    @router.get("/proofs/{event}", include_in_schema=False)
    async def printed(request: Request, event: Wanted) -> Response:
        """The same to print, with a QR code."""
        sight = Sight(viewer_of(request))
        row, made = await proven(office, sight, event)
        written = page(office, document(sight, row, made, key()), made)
        return Response(written, media_type="text/html; charset=utf-8")

    return router
