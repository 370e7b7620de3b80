"""OCEL 2.0: the log as events and the objects they concern, for process mining.

Events are those of the log, under the log's own ids and names.  Objects are whatever they name: students, teachers,
staff, sessions, courses, teaching classes, departments, requests, tasks, slips …  An object's attributes are what the
events about it said, each from the moment it was said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from psycopg import sql

from infra.campus import Campus
from infra.export import Progress, Span, pages
from infra.export.ocel.documents import Document, Json, Sqlite, event_types
from infra.export.ocel.mapping import Mapped, Mapping
from infra.export.ocel.objects import Object, Objects
from infra.export.ocel.shape import STRING, attribute_types, types_of

POSITIONS: Final = 100_000
SUFFIXES: Final[dict[str, type[Json | Sqlite]]] = {".json": Json, ".jsonocel": Json, ".sqlite": Sqlite, ".db": Sqlite}


class FormUnknown(Exception):
    """The file's name does not say which form is wanted."""


async def types_in(
    campus: Campus, span: Span, progress: Progress | None = None, positions: int = POSITIONS
) -> list[str]:
    """The types of event in a span, which is read in ranges of so many positions."""
    found: set[str] = set()
    query = sql.SQL(
        """select distinct e.type from {} e where e.position > %(after)s and e.position <= %(upto)s
           and (%(term)s::text is null or strpos(e.body::text, '"' || %(term)s || '"') > 0)"""
    ).format(sql.Identifier(campus.institution.schema, "event"))
    for after in range(span.after, span.upto, positions):
        upto = min(after + positions, span.upto)
        async with campus.pool.connection() as db:
            kinds = await db.execute(query, {"after": after, "upto": upto, "term": span.term})
            found.update([kind async for (kind,) in kinds])
        if progress:
            progress(upto, span.upto)
    return sorted(found)


async def write(
    campus: Campus, span: Span, file: Path, time: str = "recorded", progress: Progress | None = None
) -> dict[str, Any]:
    """Write a span; how many events, objects and relations, by type.  Raises FormUnknown, OSError.

    `time` is "recorded" or "occurred": which moment of an event is its time.  The same span gives the same file.
    """
    if (form := SUFFIXES.get(file.suffix)) is None:
        raise FormUnknown(file.name)
    part = file.with_name(file.name + ".part")
    part.unlink(missing_ok=True)
    half = _halves(progress) if progress else (None, None)
    types = await types_in(campus, span, half[0])
    objects, mapping = Objects(file.with_name(file.name + ".work")), Mapping(time)
    document: Document = form(part, event_types(types, types_of(types)))
    try:
        counts = await _events(campus, span, mapping, objects, document, half[1])
        document.objects(_typed(objects, mapping, counts), _object_types(objects, mapping))
    finally:
        document.close()
        objects.close()
    part.replace(file)
    return {name: dict(sorted(count.items())) if name != "total" else dict(count) for name, count in counts.items()}


def _halves(progress: Progress) -> tuple[Progress, Progress]:
    """The progress of two ways of the same length, one after the other."""
    return (
        lambda done, total: progress(done, 2 * total),
        lambda done, total: progress(total + done, 2 * total),
    )


async def _events(
    campus: Campus, span: Span, mapping: Mapping, objects: Objects, document: Document, progress: Progress | None
) -> dict[str, Counter[str]]:
    """Map the whole log up to the end of the span, for what an object is called may be older than the span."""
    counts = {name: Counter[str]() for name in ("total", "events", "objects", "related", "links")}
    async for page in pages(campus.log, 0, span.upto, progress):
        mapped = [(mapping.event(row, facts_only=not span.holds(row)), span.holds(row)) for row in page]
        objects.take([event for event, _ in mapped])
        if inside := [event for event, held in mapped if held]:
            document.events(inside)
            counts["events"].update(event.type for event in inside)
            counts["related"].update(qualifier for event in inside for _, qualifier in event.related)
    counts["total"].update(events=counts["events"].total(), related=counts["related"].total())
    return counts


def _typed(objects: Objects, mapping: Mapping, counts: dict[str, Counter[str]]) -> Iterator[tuple[Object, str]]:
    for one in objects.all():
        kind = mapping.object_type(one.id)
        counts["objects"][kind] += 1
        counts["links"].update(qualifier for _, qualifier in one.links)
        counts["total"].update(objects=1, links=len(one.links))
        yield one, kind


def _object_types(objects: Objects, mapping: Mapping) -> dict[str, dict[str, str]]:
    """The types of objects and their attributes."""
    told, found = attribute_types(), dict[str, set[str]]()
    for one in objects.ids():
        found.setdefault(mapping.object_type(one), set()).update(objects.attributes.get(one.partition(":")[0], ()))
    return {kind: {name: told.get(name, STRING) for name in sorted(names)} for kind, names in sorted(found.items())}


__all__ = ["FormUnknown", "Mapped", "types_in", "write"]
