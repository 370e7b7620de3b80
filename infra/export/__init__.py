"""Exports 导出: the log in the forms that other people's tools read.  What is personal is in none of them.

An export is of a range of positions, read in pages, so that it needs the same memory for a college's first day and
for its tenth year, and never holds a transaction open for long.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final

from infra.log import Log, Row

PAGE: Final = 2_000
PAGE_BYTES: Final = 8 << 20
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Span:
    """Events later than `after` and none beyond `upto`; with a term, only those that name it."""

    after: int
    upto: int
    term: str | None = None

    def holds(self, row: Row) -> bool:
        """Whether an event is asked for."""
        return row.position > self.after and (self.term is None or f'"{self.term}"' in row.body)


async def pages(log: Log, after: int, upto: int, progress: Progress | None = None) -> AsyncIterator[list[Row]]:
    """Every event of a range in order, in pages of bounded size."""
    rows, first = 250, after
    while after < upto:
        page = await log.page(after, upto, limit=rows)
        if not page:
            return
        yield page
        after = page[-1].position
        if progress:
            progress(after - first, upto - first)
        size = sum(len(row.body) for row in page) // len(page) + 1
        rows = max(1, min(PAGE, PAGE_BYTES // size))


async def chosen(log: Log, span: Span, progress: Progress | None = None) -> AsyncIterator[list[Row]]:
    """The events of a span, a page at a time."""
    async for page in pages(log, span.after, span.upto, progress):
        if some := [row for row in page if span.holds(row)]:
            yield some
