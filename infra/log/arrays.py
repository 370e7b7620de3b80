"""Arguments for `append_batch` in PostgreSQL's binary array format.

psycopg quotes text arrays element by element in Python, which costs more than the whole append.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from struct import pack
from typing import ClassVar

from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import Dumper
from psycopg.pq import Format

MARK = "\x1f"
_EIGHT = b"\x00\x00\x00\x08"
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


class Array:
    """An encoded array: `count` elements, each a length and its bytes."""

    __slots__ = ("encoded",)
    oid: ClassVar[int]
    element_oid: ClassVar[int]

    def __init__(self, count: int, elements: Iterable[bytes]) -> None:
        dimension = (count, 1) if count else ()
        header = pack(f">iiI{len(dimension)}i", len(dimension) // 2, 0, self.element_oid, *dimension)
        self.encoded = b"".join((header, *elements))


class Texts(Array):
    """text[]"""

    oid, element_oid = 1009, 25


class Jsons(Array):
    """json[]"""

    oid, element_oid = 199, 114


class Uuids(Array):
    """uuid[]"""

    oid, element_oid = 2951, 2950


class Moments(Array):
    """timestamptz[]"""

    oid, element_oid = 1185, 1184


class Truths(Array):
    """boolean[]"""

    oid, element_oid = 1000, 16


class Integers(Array):
    """integer[]"""

    oid, element_oid = 1007, 23

    @classmethod
    def of(cls, values: Sequence[int]) -> Integers:
        """From Python's numbers."""
        paired = [part for value in values for part in (4, value)]
        return cls(len(values), [pack(f">{len(paired)}i", *paired)])


class BigIntegers(Array):
    """bigint[]"""

    oid, element_oid = 1016, 20


def text(value: str) -> bytes:
    """An element of text[] or json[]."""
    encoded = value.encode()
    return len(encoded).to_bytes(4, "big") + encoded


def whole(value: int) -> bytes:
    """An element of bigint[]."""
    return _EIGHT + value.to_bytes(8, "big", signed=True)


def moment(value: datetime) -> bytes:
    """An element of timestamptz[], to the microsecond."""
    since = value - _BEGINNING
    return pack(">iq", 8, (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds)


class _ArrayDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: Array) -> Buffer:
        return obj.encoded


def register(context: AdaptContext) -> None:
    """Teach a connection these arrays."""
    for kind in (Texts, Jsons, Uuids, Moments, Truths, Integers, BigIntegers):
        dumper = type(f"{kind.__name__}Dumper", (_ArrayDumper,), {"oid": kind.oid})
        context.adapters.register_dumper(kind, dumper)
