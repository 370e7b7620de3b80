"""The projector: folds the log into the read tables, keeps them abreast, rebuilds and proves them.

Any number of projectors may run: a batch is one transaction that holds the checkpoint's row.  What is folded is
what the books say, by the SQL written there; a process only contributes the declarations it knows.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

import psycopg
from psycopg.sql import SQL, Composed, Identifier

from domain import Unknown
from infra.postgres import Institution
from infra.projector.books import RESERVED, Books, Connection, Generation, Superseded, connected
from infra.projector.cold import Comparison, compared
from infra.projector.fold import fold
from infra.projector.halt import as_far_as_possible, of_the_data
from infra.projector.rebuild import Progress, Rebuild, Report, install, silent
from infra.projector.replay import Replayed, replayed
from infra.projector.shape import Shape, Table
from infra.projector.staging import LANES, Staging, grouped, ranges
from infra.readings.query import Figure, Filters

__all__ = ["Comparison", "Projector", "Replayed", "Report", "Table"]
_log = logging.getLogger(__name__)

BATCH = 10_000
POLL_SECONDS = 0.1
BACK_OFF_SECONDS = 5.0


Watch = Callable[[int, int], None]


class _Course:
    """The progress of several tables told as one: (events folded, events to fold)."""

    def __init__(self, tables: int, watch: Watch | None) -> None:
        self._tables, self._watch = tables, watch
        self._done: dict[str, int] = {}

    def __call__(self, progress: Progress) -> None:
        self._done[progress.table] = progress.position
        if self._watch is not None:
            self._watch(sum(self._done.values()), self._tables * progress.target)


class Projector:
    """The read tables of one institution.  After each batch it says "read:<position>" on the read schema's channel."""

    def __init__(self, institution: Institution, tables: Iterable[Table], *, batch: int = BATCH) -> None:
        self.institution = institution
        self.shapes = {t.name: Shape.of(t) for t in tables}
        if clash := RESERVED & self.shapes.keys():
            raise ValueError(f"no read table may be named {clash}")
        self.books = Books(institution)
        self._batch = batch
        self._edition = -1
        self._folded: tuple[Generation, ...] = ()

    async def prepare(self, db: Connection | None = None) -> list[str]:
        """Create what is missing and begin the rebuilds that are due; the tables new or declared differently."""
        if db is None:
            async with await connected(self.institution) as own:
                return await self.prepare(own)
        due = []
        async with db.transaction():
            await db.execute(
                "select pg_advisory_xact_lock(hashtext(%s))", (f"campus projector {self.institution.key}",)
            )
            await self.books.create(db)
            position = await self.books.lock(db)
            serving = {g.name: g for g in await self.books.generations(db) if g.serving}
            for shape in self.shapes.values():
                now = serving.get(shape.name)
                if now is None:
                    await install(self.books, db, shape, live=position == 0)
                if now is None and position or now and (now.shape != shape or now.state == "building"):
                    await Rebuild(self.books, shape).begin(db)
                    due.append(shape.name)
        return due

    async def fold(self, db: Connection, upto: int | None = None) -> tuple[int, bool]:
        """Fold the next batch in one transaction; the checkpoint then, and whether anything was folded."""
        try:
            return await self._fold(db, upto, careful=False)
        except psycopg.Error as error:
            if not of_the_data(error):
                raise
            _log.warning("folding table by table: %s", error)
            return await self._fold(db, upto, careful=True)

    async def _fold(self, db: Connection, upto: int | None, *, careful: bool) -> tuple[int, bool]:
        async with db.transaction():
            edition, after, end, types = await self.books.next_batch(db, self._batch, upto)
            if end <= after:
                return after, False
            concerned = [g for g in await self._serving(db, edition) if not set(g.shape.types).isdisjoint(types)]
            if careful:
                for generation in concerned:
                    await self._as_far(db, generation, after, end)
                moved = await self.books.advance(db, after, end)
            else:
                async with db.pipeline():
                    if concerned:
                        await db.execute(self._statement(concerned, after, end, frozenset(types)), prepare=False)
                    moved = await self.books.advance(db, after, end)
            if moved.rowcount != 1:
                raise Superseded(self.institution.key)
        return end, True

    def _statement(
        self, of: Iterable[Generation], after: int, upto: int, types: frozenset[str] | None = None
    ) -> Composed:
        return fold([(g.shape, self.books.relation(g.relation)) for g in of], self.books.log, after, upto, types)

    async def _as_far(self, db: Connection, of: Generation, after: int, upto: int) -> None:
        reached, error = await as_far_as_possible(db, lambda a, b: self._statement([of], a, b), after, upto)
        if error is not None:
            _log.error("table %s stopped at %s: %s", of.name, reached, error)
            await self.books.halt(db, of, reached, str(error))

    async def _serving(self, db: Connection, edition: int) -> tuple[Generation, ...]:
        if edition != self._edition:
            found = await self.books.generations(db)
            self._folded = tuple(g for g in found if g.serving and g.position is None)
            self._edition = edition
        return self._folded

    async def catch_up(self, upto: int | None = None) -> int:
        """Create what is missing and fold all there is (or up to a position); the checkpoint reached."""
        async with await connected(self.institution) as db:
            await self._rebuild(await self.prepare(db), silent)
            return await self._abreast(db, upto)

    async def _abreast(self, db: Connection, upto: int | None = None) -> int:
        while (position := await self.books.behind(db, upto)) is None:
            folded, more = await self.fold(db, upto)
            if more:
                await self._tell(db, folded)
        return position

    async def _tell(self, db: Connection, position: int) -> None:
        # A statement of its own, after the commit: NOTIFY inside a transaction serialises every commit of the server.
        await db.execute("select pg_notify(%s, %s)", (self.institution.read_schema, f"read:{position}"))

    async def run(self) -> None:
        """Keep the tables abreast of the log until cancelled, through lost connections."""
        pause = POLL_SECONDS
        while not _told_to_stop():
            begun = asyncio.get_running_loop().time()
            try:
                await self._follow()
            except (psycopg.OperationalError, psycopg.InterfaceError, Superseded) as trouble:
                _log.warning("projector of %s begins again: %s", self.institution.key, trouble)
                pause = POLL_SECONDS if asyncio.get_running_loop().time() - begun > BACK_OFF_SECONDS else pause * 2
                await asyncio.sleep(min(pause, BACK_OFF_SECONDS))

    async def _follow(self) -> None:
        async with (
            await connected(self.institution) as ear,
            await connected(self.institution) as db,
        ):
            await ear.execute(SQL("listen {}").format(Identifier(f"{self.institution.schema}_event")))
            due = await self.prepare(db)
            rebuilding = asyncio.create_task(self._rebuild(due, silent))
            try:
                while not _told_to_stop():
                    await self._abreast(db)
                    if rebuilding.done():
                        rebuilding.result()
                    async for _ in ear.notifies(timeout=POLL_SECONDS, stop_after=1):
                        pass
            finally:
                rebuilding.cancel()
                with suppress(asyncio.CancelledError, psycopg.OperationalError, Superseded):
                    await rebuilding

    async def _rebuild(self, names: Iterable[str], watch: Callable[[Progress], None]) -> list[Report]:
        begun = [Rebuild(self.books, self.shapes[name], watch) for name in names]
        if not begun:
            return []
        waiting = iter(await self._staged(begun, watch))

        async def lane() -> list[Report]:
            async with await connected(self.institution) as db:
                return [await one.run(db) for one in waiting]

        lanes = await asyncio.gather(*(lane() for _ in range(LANES)))
        return sorted((report for done in lanes for report in done), key=lambda report: report.table)

    async def _staged(self, begun: Sequence[Rebuild], watch: Callable[[Progress], None]) -> list[Rebuild]:
        """Take the steps that rebuilds have before them, together; the same rebuilds, those of most rows first."""
        async with await connected(self.institution) as db:
            await self.books.alone(db)
            async with db.transaction():
                made = [await one.begin(db) for one in begun]
            for (after, target), some in grouped(made):
                staging = Staging(self.books, lambda: connected(self.institution), some, watch)
                try:
                    await staging.run(ranges(after, target))
                except psycopg.Error as error:
                    if not of_the_data(error):
                        raise
                    _log.warning("rebuilding table by table: %s", error)
            sizes = await self.books.sizes(db, made)
        return sorted(begun, key=lambda one: -sizes[one.shape.name])

    def _named(self, names: Iterable[str] | None) -> list[str]:
        wanted = sorted(self.shapes) if names is None else list(names)
        if strange := [n for n in wanted if n not in self.shapes]:
            raise Unknown("table_unknown", table=strange[0])
        return wanted

    async def rebuild(self, names: Iterable[str] | None = None, progress: Watch | None = None) -> list[Report]:
        """Build tables (None: all) anew beside those that serve, and switch.  Raises Unknown("table_unknown")."""
        wanted = self._named(names)
        await self.catch_up()
        return await self._rebuild(wanted, _Course(len(wanted), progress))

    async def compare(
        self, names: Iterable[str] | None = None, batch: int | None = None, progress: Watch | None = None
    ) -> list[Comparison]:
        """Every table (or those named) against a cold fold of the log up to the checkpoint.

        `batch`: fold cold as live, this many events at a time; None: as a rebuild does.  A halted table is
        compared as of where it stands.  Raises Unknown("table_unknown").
        """
        wanted = self._named(names)
        await self.catch_up()
        course = _Course(len(wanted), progress)
        async with await connected(self.institution) as db:
            position = await self.books.position(db)
            serving = {g.name: g for g in await self.books.generations(db) if g.serving}
            return [
                await compared(self.books, db, serving[n].shape, _stood(serving[n].position, position), batch, course)
                for n in wanted
            ]

    async def replay(
        self,
        until: int,
        figures: Iterable[Figure],
        *,
        department: str | None = None,
        term: str | None = None,
        progress: Watch | None = None,
    ) -> list[Replayed]:
        """Fold the log anew up to a position, aside, and read the figures there, as if it were then."""
        async with await connected(self.institution) as db:
            if not 0 <= until <= await self.books.head(db):
                raise Unknown("position_unknown", position=until)
            return await replayed(
                self.books,
                db,
                self.shapes,
                until,
                list(figures),
                Filters(department, term),
                lambda wanted: _Course(wanted, progress),
            )


def _told_to_stop() -> bool:
    """Whether the task was cancelled.  Before Python 3.12 a cancellation that meets an answer of the server is lost."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _stood(own: int | None, common: int) -> int:
    return common if own is None else min(own, common)
