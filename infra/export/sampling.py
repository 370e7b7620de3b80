"""Sampling 抽样 with a published seed: which events an auditor looks at, as anybody can reckon again.

The draw depends on the seed and on the root of a signed checkpoint.  An auditor who published the seed before the
checkpoint was signed cannot have chosen the events, and the college, whose every trial would stand in the log, could
not know them.  The algorithm is written down in README.md beside this file.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from psycopg import sql

from infra.postgres import Institution, connect
from infra.seal.archive import NothingSealed
from infra.seal.shelf import Line, Sealed, Shelf

ALGORITHM: Final = "campus-sample/1"
MOST: Final = 10_000
WORD: Final = 1 << 64


class CheckpointUnknown(Exception):
    """No checkpoint has this size."""


@dataclass(frozen=True)
class Draw:
    """What is drawn from: how many events, by which seed, of which types (none: all), later than `after`.

    With `by_type`, `size` events are drawn of each type, and without types given, of every type.
    """

    seed: str
    size: int
    types: tuple[str, ...] = ()
    by_type: bool = False
    after: int = 0
    upto: int | None = None


def numbers(seed: str, root: bytes, stratum: str, population: int) -> Iterator[int]:
    """Numbers from 0 to below `population`, each once, in the order in which they are drawn."""
    head = "\n".join((ALGORITHM, base64.b64encode(root).decode(), stratum, seed, ""))
    fair, drawn, counter = WORD - WORD % max(population, 1), set[int](), 0
    while len(drawn) < population:
        word = int.from_bytes(sha256(f"{head}{counter}".encode()).digest()[:8], "big")
        counter += 1
        number = word % population
        # What lies beyond the last full multiple would favour small numbers.
        if word < fair and number not in drawn:
            drawn.add(number)
            yield number


def drawn(draw: Draw, root: bytes, stratum: str, population: int) -> list[int]:
    """As many numbers as are wanted, or all."""
    return [n for n, _ in zip(numbers(draw.seed, root, stratum, population), range(draw.size), strict=False)]


async def sample(institution: Institution, draw: Draw, at: int | None = None) -> dict[str, Any]:
    """The events drawn under the newest checkpoint, or under the one of size `at`, in the order of the draw.

    Raises NothingSealed, CheckpointUnknown.
    """
    shelf = Shelf(institution.schema)
    async with await connect(institution, "reader") as line:
        sealed = await (shelf.newest(line) if at is None else shelf.checkpoint(line, at))
        if sealed is None and at is None:
            raise NothingSealed
        if sealed is None or at not in (None, sealed.size):
            raise CheckpointUnknown(at)
        upto = sealed.size if draw.upto is None else min(sealed.size, draw.upto)
        strata = await _strata(institution, line, draw, upto)
        found = [one for stratum in strata for one in await _drawn(institution, line, draw, sealed, stratum, upto)]
    return {
        "algorithm": ALGORITHM,
        "seed": draw.seed,
        "size": draw.size,
        "types": list(draw.types),
        "by_type": draw.by_type,
        "after": draw.after,
        "upto": upto,
        "checkpoint": {
            "size": sealed.size,
            "after": sealed.after,
            "sealed_at": sealed.sealed_at.isoformat(),
            "root": base64.b64encode(sealed.root).decode(),
            "note": sealed.note,
        },
        "strata": [{"stratum": name, "population": population} for name, _, population in strata],
        "events": found,
    }


Stratum = tuple[str, tuple[str, ...], int]
_WHERE = """e.position > %(after)s and e.position <= %(upto)s
  and (cardinality(%(types)s::text[]) = 0 or e.type = any(%(types)s))"""


async def _strata(institution: Institution, line: Line, draw: Draw, upto: int) -> list[Stratum]:
    """(name, its types, how many events): the whole as one without a name, or each type by itself."""
    values = {"after": draw.after, "upto": upto, "types": list(draw.types)}
    query = sql.SQL(f"select e.type, count(*) from {{}} e where {_WHERE} group by e.type").format(  # noqa: S608  our own words
        sql.Identifier(institution.schema, "event")
    )
    counts = {kind: int(count) async for kind, count in await line.execute(query, values)}
    if draw.by_type:
        return [(kind, (kind,), count) for kind, count in sorted(counts.items())]
    return [("", draw.types, sum(counts.values()))]


async def _drawn(
    institution: Institution, line: Line, draw: Draw, sealed: Sealed, stratum: Stratum, upto: int
) -> list[dict[str, Any]]:
    """The events at the numbers drawn, which count those of the stratum in their order in the log."""
    name, types, population = stratum
    wanted = drawn(draw, sealed.root, name, population)
    rows = await _at(institution, line, draw.after, upto, types, wanted)
    return [{"stratum": name, "number": number, **rows[number]} for number in wanted]


async def _at(
    institution: Institution, line: Line, after: int, upto: int, types: Sequence[str], wanted: Sequence[int]
) -> dict[int, dict[str, Any]]:
    query = sql.SQL(
        f"""select c.number, c.position, c.id::text, c.type from (
              select e.position, e.id, e.type, row_number() over (order by e.position) - 1 as number
              from {{}} e where {_WHERE}) c
            where c.number = any(%(wanted)s)"""  # noqa: S608  our own words
    ).format(sql.Identifier(institution.schema, "event"))
    values = {"after": after, "upto": upto, "types": list(types), "wanted": list(wanted)}
    found = await line.execute(query, values)
    return {int(n): {"position": int(p), "id": one, "type": kind} async for n, p, one, kind in found}
