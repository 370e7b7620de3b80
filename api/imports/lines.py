"""Lines of JSON out of plain, gzipped or array files, as a stream of bounded pieces."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

LINE_BYTES = 1 << 20
FILE_BYTES = 1 << 29
BLOCK_BYTES = 1 << 16
BOM = b"\xef\xbb\xbf"


class Unreadable(Exception):
    """A row, or a file, that cannot be read; `code` is stable."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Listed:
    """One row as listed: the file, its number there (a line, or an item of an array), and what it holds.

    `value` is an Unreadable when the row is not JSON at all.
    """

    file: str
    number: int
    value: Any


@dataclass(frozen=True)
class Rows:
    """The rows of some files, in order; may be walked again and again."""

    paths: Sequence[Path]
    # Rows given from memory, instead of files: tests and the demo's selection use it.
    texts: Sequence[bytes] = field(default=())

    def __iter__(self) -> Iterator[Listed]:
        for number, text in enumerate(self.texts, 1):
            yield Listed("", number, decoded(text))
        for path in self.paths:
            try:
                yield from _file(path)
            except (EOFError, gzip.BadGzipFile, zlib.error):
                yield Listed(path.name, 0, Unreadable("file_damaged"))


def decoded(text: bytes) -> Any:
    """The JSON value of a line, or Unreadable."""
    try:
        return json.loads(text.decode("utf-8"))
    except UnicodeDecodeError:
        return Unreadable("row_not_utf8")
    except (ValueError, RecursionError):
        return Unreadable("row_not_json")


def _file(path: Path) -> Iterator[Listed]:
    with path.open("rb") as plain:
        zipped = plain.peek(2)[:2] == b"\x1f\x8b"
        stream = io.BufferedReader(gzip.GzipFile(fileobj=plain)) if zipped else plain
        start = stream.peek(BLOCK_BYTES)
        if start.startswith(BOM):
            start = start[len(BOM) :]
            stream.read(len(BOM))
        walk = _items if start.lstrip().startswith(b"[") else _lines
        for number, value in walk(stream):
            yield Listed(path.name, number, value)


def _lines(stream: IO[bytes]) -> Iterator[tuple[int, Any]]:
    number, size = 0, 0
    while line := stream.readline(LINE_BYTES + 1):
        number, size = number + 1, size + len(line)
        if size > FILE_BYTES:
            yield number, Unreadable("file_too_big")
            return
        if len(line) > LINE_BYTES:
            while len(rest := stream.readline(LINE_BYTES)) == LINE_BYTES and not rest.endswith(b"\n"):
                size += len(rest)
                if size > FILE_BYTES:
                    break
            yield number, Unreadable("row_too_long")
        elif line.strip():
            yield number, decoded(line)


def _items(stream: IO[bytes]) -> Iterator[tuple[int, Any]]:
    """The items of one JSON array, read block by block; nothing after a broken item can be trusted."""
    number, size, over = 0, 0, False
    held = stream.read(BLOCK_BYTES).lstrip()[1:]
    while True:
        held, item, end = _item(held)
        if end:
            return
        if item is not None:
            number += 1
            yield number, decoded(item)
            continue
        if over or len(held) > LINE_BYTES or size > FILE_BYTES:
            yield number + 1, Unreadable("array_broken")
            return
        block = stream.read(BLOCK_BYTES)
        held, size, over = held + block, size + len(block), not block


def _item(held: bytes) -> tuple[bytes, bytes | None, bool]:
    """(what is left, the next whole object or None, whether the array ended)."""
    held = held.lstrip(b" \t\r\n,")
    if held.startswith(b"]"):
        return held, None, True
    depth, quoted, escaped = 0, False, False
    for at, byte in enumerate(held):
        if quoted:
            quoted = escaped or byte != 0x22
            escaped = byte == 0x5C and not escaped
        elif byte == 0x22:
            quoted = True
        elif byte in b"{[":
            depth += 1
        elif byte in b"}]":
            depth -= 1
            if depth <= 0:
                return held[at + 1 :], held[: at + 1], False
        elif byte == 0x2C and depth == 0:
            return held[at:], held[:at], False
    return held, None, False
