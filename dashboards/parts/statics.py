"""Static files 静态文件 of the board: compressed once, named by their content, kept by browsers for a year."""

from __future__ import annotations

import asyncio
import hashlib
from functools import cache
from gzip import compress
from pathlib import Path

from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

SQUEEZED = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


@cache
def squeezed(path: Path, changed: float) -> bytes:
    """A file compressed, once for each state it was in."""
    return compress(path.read_bytes(), 9)


async def squeezed_bytes(body: bytes) -> bytes:
    """Bytes compressed, away from the event loop."""
    return await asyncio.to_thread(compress, body, 9)


@cache
def mark(path: Path) -> str:
    """Names the content of a file in its address, so that a new one is fetched."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


class Statics(StaticFiles):
    """Files of one folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder)
        self._folder = folder
        for file in folder.rglob("*"):
            if file.suffix in SQUEEZED:
                squeezed(file, file.stat().st_mtime)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file; one asked for by the mark of its content may be kept."""
        answer = await super().get_response(path, scope)
        if answer.status_code != 200:
            return answer
        answer.headers["cache-control"] = (
            "public, max-age=31536000, immutable" if b"m=" in scope["query_string"] else "no-cache"
        )
        answer.headers["vary"] = "accept-encoding"
        file = self._folder / path
        if file.suffix in SQUEEZED and "gzip" in Headers(scope=scope).get("accept-encoding", ""):
            kept = {k: v for k, v in answer.headers.items() if k in ("cache-control", "vary", "etag", "last-modified")}
            body = squeezed(file, file.stat().st_mtime)
            return Response(body, headers={**kept, "content-encoding": "gzip"}, media_type=SQUEEZED[file.suffix])
        return answer


class Squeezed:
    """Compresses the board's pages and callbacks, and nothing else: the streams of the API go out as they are."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._plain, self._prefix = app, prefix
        self._squeezing = GZipMiddleware(app, minimum_size=1_000, compresslevel=5)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        board = scope["type"] == "http" and scope["path"].startswith(self._prefix)
        await (self._squeezing if board else self._plain)(scope, receive, send)
