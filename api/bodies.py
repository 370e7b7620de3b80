"""Reading what a request carries: a header, a JSON body within its limit, and where a body is not as required."""

from __future__ import annotations

import re
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.types import Message, Receive, Scope

from api.problems import Problem

PLAIN_KEY: Final = re.compile(r"[A-Za-z0-9_:-]{1,80}")
POINTERS: Final = 20
M = TypeVar("M", bound=BaseModel)


def header(scope: Scope, name: bytes) -> str | None:
    """The first header of that lower-case name."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return None


async def body_of(scope: Scope, receive: Receive, limit: int) -> bytes:
    """The whole JSON body; raises `content_type_wrong`, `body_too_large`."""
    kind, _, parameters = (header(scope, b"content-type") or "").partition(";")
    charset = parameters.strip().lower().replace('"', "")
    if kind.strip().lower() != "application/json" or charset not in ("", "charset=utf-8", "charset=utf8"):
        raise Problem("content_type_wrong")
    declared = header(scope, b"content-length")
    if declared is not None and declared.isdigit() and int(declared) > limit:
        raise Problem("body_too_large", limit=limit)
    parts, size = [], 0
    while True:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            raise Problem("body_unreadable")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            raise Problem("body_too_large", limit=limit)
        if not message.get("more_body"):
            return b"".join(parts) if len(parts) > 1 else parts[0]


def pointers(errors: ValidationError) -> list[dict[str, str]]:
    """Where and how a body is not as required.  A key the client chose is named only when it looks like an id."""
    found = []
    for error in errors.errors(include_url=False, include_context=False, include_input=False)[:POINTERS]:
        steps = [str(s) if isinstance(s, int) or PLAIN_KEY.fullmatch(s) else "*" for s in error["loc"]]
        found.append({"pointer": "".join(f"/{s}" for s in steps), "error": error["type"]})
    return found


def read_model(kind: type[M], raw: bytes) -> M:
    """A body as what it should be; raises `body_unreadable`, `body_invalid`."""
    try:
        return kind.model_validate_json(raw)
    except ValidationError as error:
        if error.errors(include_url=False, include_input=False)[0]["type"] == "json_invalid":
            raise Problem("body_unreadable") from None
        raise Problem("body_invalid", fields=pointers(error)) from None
