"""Commands 命令: one route per command of the domain, made from its class; a batch; and their OpenAPI.

The route is found by name in a dictionary and reads the raw body: no dependency is solved and no model is
serialised on the way, and the schema a client sees is still the class's own.  Seed: D01.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID, uuid5

import orjson
import pydantic_core
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.audit import Refused
from api.bodies import body_of, header, pointers, read_model
from api.office import Office
from api.problems import Problem, Words, answer, status_of, told, words_of
from domain import Command, Rejected
from domain.words import NAMESPACE
from infra.desk import Busy, KeyReused, Receipt
from infra.log import LogUnavailable

log = logging.getLogger(__name__)
PREFIX: Final = "/api/commands/"
BODY_LIMIT: Final = 256 * 1024
BATCH_LIMIT: Final = 1024 * 1024
BATCH_LENGTH: Final = 100
KEY: Final = re.compile(r"[\x21-\x7e]{1,200}")
CREATED: Final = 201

Kind = type[Command[Any]]


def key_of(key: str | None) -> str:
    """The idempotency key, checked."""
    if not key:
        raise Problem("key_missing")
    if not KEY.fullmatch(key):
        raise Problem("key_invalid")
    return key


def command_id_of(person_id: str, key: str) -> UUID:
    """The id the desk gives to this person's command of this key."""
    return uuid5(NAMESPACE, f"{person_id}\x1f{key}")


def written(receipt: Receipt) -> dict[str, Any]:
    """A receipt as JSON: the same for the first time and every repetition."""
    if receipt.dry_run:
        return {"dry_run": True, "events": [{"type": e.type, "data": e.data} for e in receipt.events]}
    return {
        "command_id": receipt.command_id,
        "positions": [e.position for e in receipt.events],
        "events": [{"position": e.position, "id": e.id, "type": e.type} for e in receipt.events],
        "recorded_at": receipt.recorded_at,
    }


def status_for(receipt: Receipt) -> int:
    """201 when something was recorded, 200 when it was already so or only tried."""
    return 200 if receipt.dry_run or receipt.noop else CREATED


class Ready:
    """A receipt ready to be sent: the two messages and nothing else."""

    __slots__ = ("_content", "_headers", "_status")

    def __init__(self, status: int, content: bytes, repeated: bool) -> None:
        self._status, self._content = status, content
        self._headers = [(b"content-length", b"%d" % len(content)), (b"content-type", b"application/json")]
        if repeated:
            self._headers.append((b"idempotent-replayed", b"true"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self._status, "headers": self._headers})
        await send({"type": "http.response.body", "body": self._content})


class Counter:
    """Where commands are taken: reads the request, asks the desk, writes receipt or problem."""

    def __init__(self, office: Office) -> None:
        self._office, self._words = office, office.words
        self._words_of = {kind: words_of(kind, office.words) for kind in Command.by_name.values()}

    async def one(self, kind: Kind, scope: Scope, receive: Receive) -> ASGIApp:
        """One command, its body the request's."""
        person_id = scope["state"]["person_id"]
        try:
            dry_run = _dry_run(scope)
            raw = await body_of(scope, receive, BODY_LIMIT)
            key = key_of(header(scope, b"idempotency-key"))
            receipt = await self._submit(read_model(kind, raw), person_id, key, dry_run, scope)
        except (Problem, Rejected, KeyReused, Busy, LogUnavailable) as error:
            status, code, facts = self._refused(error, kind.NAME, person_id, header(scope, b"idempotency-key"))
            return answer(self._words_of[kind], scope, status, code, facts)
        return Ready(status_for(receipt), orjson.dumps(written(receipt), option=orjson.OPT_UTC_Z), receipt.repeated)

    async def batch(self, scope: Scope, receive: Receive) -> Response:
        """Up to 100 commands, one after another, one result each; one refused command stops no other."""
        try:
            dry_run = _dry_run(scope)
            items = read_batch(await body_of(scope, receive, BATCH_LIMIT))
        except Problem as error:
            return answer(self._words, scope, error.status, error.code, error.facts)
        results = [await self._item(item, dry_run, scope) for item in items]
        content = orjson.dumps({"results": results}, option=orjson.OPT_UTC_Z, default=str)
        return Response(content, 200, None, "application/json")

    async def _item(self, item: BatchItem, dry_run: bool, scope: Scope) -> dict[str, Any]:
        person_id = scope["state"]["person_id"]
        kind = Command.by_name.get(item.command)
        try:
            if kind is None:
                raise Problem("command_unknown")
            raw = pydantic_core.to_json(item.body)
            if len(raw) > BODY_LIMIT:
                raise Problem("body_too_large", limit=BODY_LIMIT)
            receipt = await self._submit(read_model(kind, raw), person_id, key_of(item.key), dry_run, scope)
        except (Problem, Rejected, KeyReused, Busy, LogUnavailable) as error:
            name = kind.NAME if kind else "unknown"
            words = self._words_of[kind] if kind else self._words
            status, code, facts = self._refused(error, name, person_id, item.key)
            return {"status": status, "problem": told(words, scope, status, code, facts)}
        return {"status": status_for(receipt), "receipt": written(receipt)}

    async def _submit(self, command: Command[Any], person_id: str, key: str, dry_run: bool, scope: Scope) -> Receipt:
        return await self._office.campus.desk.submit(
            command, person_id=person_id, key=key, dry_run=dry_run, source=scope["state"].get("source", "api")
        )

    def _refused(
        self, error: Exception, name: str, person_id: str, key: str | None
    ) -> tuple[int, str, Mapping[str, Any]]:
        """Status, code and facts of a refusal, which is noted for the auditors; pointers into a body are not kept."""
        kept: Mapping[str, Any] = {}
        match error:
            case Problem():
                status, code, facts = error.status, error.code, error.facts
            case Rejected():
                status, code, facts = status_of(error), error.code, error.facts
                kept = facts
            case KeyReused():
                status, code, facts = 422, "key_reused", {}
            case Busy():
                status, code, facts = 503, "busy", {}
            case _:
                status, code, facts = 503, "log_unavailable", {}
        self._office.refusals.note(Refused(person_id, name, command_id_of(person_id, key or ""), code, kept))
        return status, code, facts


def _dry_run(scope: Scope) -> bool:
    if not scope["query_string"]:
        return False
    asked = Request(scope).query_params.get("dry_run", "false")
    if asked not in ("true", "false"):
        raise Problem("query_invalid", fields=[{"pointer": "/dry_run", "error": "bool_parsing"}])
    return asked == "true"


class BatchItem(BaseModel):
    """One command of a batch."""

    model_config = ConfigDict(extra="forbid")
    command: str = Field(max_length=100)
    key: str | None = Field(default=None, pattern=r"^[\x21-\x7e]{1,200}$")
    body: dict[str, Any]


def read_batch(raw: bytes) -> list[BatchItem]:
    """The commands of a batch body; raises `body_unreadable`, `body_invalid`."""
    try:
        items = pydantic_core.from_json(raw, allow_inf_nan=False)
    except ValueError:
        raise Problem("body_unreadable") from None
    if not isinstance(items, list) or not 1 <= len(items) <= BATCH_LENGTH:
        raise Problem("body_invalid", fields=[{"pointer": "", "error": "list_of_1_to_100"}])
    try:
        return [BatchItem.model_validate(item) for item in items]
    except ValidationError as error:
        raise Problem("body_invalid", fields=pointers(error)) from None


class CommandWindow:
    """/api/commands and all of /api/commands/<name>, found by a dictionary before the routes are gone through.

    What is no command goes on to the application inside.
    """

    def __init__(self, counter: Counter, words: Mapping[str, Words], inside: ASGIApp) -> None:
        self._counter, self._words, self._inside = counter, words, inside

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not (name := _named(scope)):
            await self._inside(scope, receive, send)
            return
        try:
            response: ASGIApp = await self._answer(name, scope, receive)
        except Exception:  # the last to know: whatever failed is logged, and told without a stack
            log.exception("request %s failed", scope["state"]["request_id"])
            response = answer(self._words, scope, 500, "internal_error", {})
        await response(scope, receive, send)

    async def _answer(self, name: str, scope: Scope, receive: Receive) -> ASGIApp:
        if scope["method"] != "POST":
            return answer(self._words, scope, 405, "method_not_allowed", {}, {"Allow": "POST"})
        if name == "/":
            return await self._counter.batch(scope, receive)
        if (kind := Command.by_name.get(name)) is None:
            return answer(self._words, scope, 404, "command_unknown", {})
        return await self._counter.one(kind, scope, receive)


def _named(scope: Scope) -> str | None:
    """The command a request names, "/" for a batch; None where it is about something else, a receipt for one."""
    path: str = scope["path"]
    if not path.startswith(PREFIX):
        return "/" if path == PREFIX[:-1] else None
    name = path[len(PREFIX) :]
    return None if scope["method"] in ("GET", "HEAD") or "/" in name or not name else name
