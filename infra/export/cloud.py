"""CloudEvents 1.0: one event a line, in the same words as the feed."""

from __future__ import annotations

import gzip
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, cast

import orjson

from infra.export import Progress, Span, chosen
from infra.export.plain import plain
from infra.log import Log

APART = ("id", "type", "recorded_at", "position")


def cloud_event(source: str, told: dict[str, Any]) -> dict[str, Any]:
    """An event in CloudEvents 1.0; `position` is an extension, the data is what the log's envelope and event say."""
    made = {
        "specversion": "1.0",
        "id": told["id"],
        "source": f"/institutions/{source}",
        "type": told["type"],
        "time": told["recorded_at"],
        "datacontenttype": "application/json",
        "position": str(told["position"]),
        "data": {name: value for name, value in told.items() if name not in APART},
    }
    # An attribute without a value is left out: CloudEvents knows no null.
    return made | {"subject": told["tags"][0]} if told["tags"] else made


async def write(log: Log, source: str, span: Span, file: Path, progress: Progress | None = None) -> int:
    """Write a span as JSON lines, packed when the name ends in .gz; how many.  The same span gives the same bytes."""
    part, written = file.with_name(file.name + ".part"), 0
    with ExitStack() as closing:
        out: IO[bytes] = closing.enter_context(part.open("wb"))
        if file.suffix == ".gz":
            out = cast(IO[bytes], closing.enter_context(gzip.GzipFile("", "wb", 6, out, 0)))
        async for page in chosen(log, span, progress):
            lines = [orjson.dumps(cloud_event(source, plain(row)), option=orjson.OPT_UTC_Z) for row in page]
            out.write(b"\n".join(lines) + b"\n")
            written += len(page)
    part.replace(file)
    return written
