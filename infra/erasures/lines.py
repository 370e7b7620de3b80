"""The lines of a list of erasures: each vouched for by a code over itself, the code before it and whose list it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Final

import orjson

from infra.keys import Secrets

_CODE: Final = re.compile(rb'"mac":"([0-9a-f]{64})"\}\s*\Z')


@dataclass(frozen=True)
class Erasure:
    """One erased person: `event` is the id of the event that recorded it, `at` an ISO moment."""

    subject: str
    request: str
    event: str
    at: str


@dataclass(frozen=True)
class End:
    """Where a list ends: how many lines, and the code of the last."""

    n: int = 0
    mac: str = ""


class Chain:
    """How one institution's lines are written and checked."""

    def __init__(self, secret: Secrets, institution: str) -> None:
        self._secret, self._of = secret, f"erasures of {institution}\n".encode()

    def line(self, before: End, erasure: Erasure) -> tuple[bytes, End]:
        """The line that follows, and the list's end after it."""
        said = {"n": before.n + 1, **asdict(erasure)}
        mac = self._secret.listing(self._of + before.mac.encode() + b"\n" + orjson.dumps(said))
        return orjson.dumps({**said, "mac": mac}) + b"\n", End(before.n + 1, mac)

    def lines(self, content: bytes) -> Iterator[tuple[Erasure, End] | None]:
        """Every line, None where nothing vouches for it: it is damaged, or no code can be read in the line before."""
        before: str | None = ""
        for line in content.splitlines(keepends=True):
            yield None if before is None else self._vouched(before, line)
            code = _CODE.search(line)
            before = code[1].decode() if code else None

    def _vouched(self, before: str, line: bytes) -> tuple[Erasure, End] | None:
        try:
            said = orjson.loads(line)
            erasure = Erasure(*(str(said[name]) for name in ("subject", "request", "event", "at")))
            number = said["n"]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return None
        if not isinstance(number, int):
            return None
        written, end = self.line(End(number - 1, before), erasure)
        return (erasure, end) if written.removesuffix(b"\n") == line.removesuffix(b"\n") else None
