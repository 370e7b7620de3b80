"""The log as the eventsourcing library's `DCBRecorder`: its suites and tools run against ours.

Pinned to eventsourcing 9.5.6, and imported nowhere else: 10.0 renames this interface.
"""

from __future__ import annotations

import asyncio
import threading
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from datetime import UTC, datetime
from json import dumps, loads
from typing import Any, TypeVar
from uuid import uuid4

from eventsourcing.dcb.api import (
    DCBAppendCondition,
    DCBEvent,
    DCBQuery,
    DCBReadResponse,
    DCBRecorder,
    DCBSequencedEvent,
    DCBSubscription,
)
from eventsourcing.persistence import IntegrityError, ProgrammingError

from infra.log import Attempt, Draft, Log, Recorded, Row, Scan, covers

Result = TypeVar("Result")
_COMMAND = "command:"


class LibraryRecorder(DCBRecorder):  # type: ignore[misc]  # the library ships without types here
    """A synchronous face over any `Log`, which lives on an event loop in a thread of its own."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def wait_for(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run it on the log's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def read(
        self, query: DCBQuery | None = None, *, after: int | None = None, limit: int | None = None
    ) -> DCBReadResponse:
        """As the library says: `head` is the log's, or with a limit that of the last event given."""
        answer = self.wait_for(self._log.read(_scans(query, after or 0)))
        rows = answer.rows[:limit]
        head = answer.head if limit is None else rows[-1].position if rows else 0
        return _Response(map(_sequenced, rows), head or None)

    def append(self, events: Sequence[DCBEvent], condition: DCBAppendCondition | None = None) -> int:
        """The last position; IntegrityError when the condition fails."""
        if not events:
            raise ProgrammingError("at least one event is needed")
        command = f"{_COMMAND}{uuid4()}"
        boundary = () if condition is None else _scans(condition.fail_if_events_match, condition.after or 0)
        drafts = tuple(
            Draft(
                uuid4(),
                event.type,
                (*dict.fromkeys(event.tags), command),
                dumps({"data": b64encode(event.data).decode()}),
            )
            for event in events
        )
        attempt = Attempt(command, drafts, tuple(boundary), datetime.now(UTC))
        [outcome] = self.wait_for(self._log.append([attempt]))
        if not isinstance(outcome, Recorded):
            raise IntegrityError(condition)
        return outcome.last

    def subscribe(self, query: DCBQuery | None = None, *, after: int | None = None) -> DCBSubscription[LibraryRecorder]:
        """Blocks at the end of the log until more is recorded."""
        return _Subscription(self, query, after)

    def follow(self, after: int) -> AsyncIterator[list[Row]]:
        """The log's own subscription, to be driven on its loop."""
        return self._log.subscribe(after)

    def close(self) -> None:
        """Close the log and end the thread."""
        self.wait_for(self._log.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class _Response(DCBReadResponse):  # type: ignore[misc]  # as above
    def __init__(self, events: Iterator[DCBSequencedEvent], head: int | None) -> None:
        self._events = events
        self._head = head

    @property
    def head(self) -> int | None:
        return self._head

    def __next__(self) -> DCBSequencedEvent:
        return next(self._events)


class _Subscription(DCBSubscription[LibraryRecorder]):  # type: ignore[misc]  # as above
    def __init__(self, recorder: LibraryRecorder, query: DCBQuery | None, after: int | None) -> None:
        super().__init__(recorder, query, after)
        self._scans = _scans(query, 0)
        self._pages = recorder.follow(after or 0)
        self._rows: Iterator[Row] = iter(())

    def __next__(self) -> DCBSequencedEvent:
        while not self._has_been_stopped:
            for row in self._rows:
                if any(covers(scan, row.type, row.tags) for scan in self._scans):
                    return _sequenced(row)
            self._rows = iter(self._recorder.wait_for(self._next_page()))
        raise StopIteration

    async def _next_page(self) -> list[Row]:
        return await anext(self._pages)


def _scans(query: DCBQuery | None, after: int) -> list[Scan]:
    items = query.items if query is not None else []
    return [Scan(tuple(item.types), tuple(item.tags), after) for item in items] or [Scan((), (), after)]


def _sequenced(row: Row) -> DCBSequencedEvent:
    tags = [tag for tag in row.tags if not tag.startswith(_COMMAND)]
    data = b64decode(loads(row.body)["data"])
    return DCBSequencedEvent(position=row.position, event=DCBEvent(type=row.type, data=data, tags=tags))
