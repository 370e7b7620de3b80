"""Rebuilding a read table beside the one that serves, in bounded steps, switched in one transaction.

A step commits with its position, so a rebuild that was interrupted goes on where it stood, in any process.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

import psycopg
from psycopg.sql import SQL, Composed, Identifier

from infra.projector.books import Books, Connection, Generation, State
from infra.projector.fold import close_staged, fold, stage
from infra.projector.halt import as_far_as_possible, of_the_data
from infra.projector.shape import Relation, Shape, constrain, create, estimate, secure

_log = logging.getLogger(__name__)
STEP = 20_000
BATCH = 5_000
NEAR = 500
LOCK_TIMEOUT = "300ms"
PATIENCE_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a rebuild or a cold fold of one table has come."""

    table: str
    phase: str
    position: int
    target: int


@dataclass(frozen=True, slots=True)
class Report:
    """How a rebuild ended; `error` says why the new generation could not fold the event after `position`."""

    table: str
    position: int
    error: str | None = None


def silent(progress: Progress) -> None:
    """Progress that nobody watches."""


async def install(books: Books, db: Connection, shape: Shape, *, live: bool) -> None:
    """A table's first generation, empty: live from the log's beginning, or waiting for its rebuild."""
    state: State = "live" if live else "building"
    made = Generation(shape.name, 1, shape.name, shape, True, state, None if live else 0, "serve", 0, None, None)
    relation = books.relation(shape.name)
    statements = (create(shape, relation), *constrain(shape, relation, made.label), *secure(shape, relation))
    await db.execute(SQL("; ").join(statements))
    await books.enter(db, made)


class Rebuild:
    """One rebuild of one table, from its declaration."""

    def __init__(
        self, books: Books, shape: Shape, watch: Callable[[Progress], None] = silent, *, step: int = STEP
    ) -> None:
        self.books, self.shape, self._watch, self._size = books, shape, watch, step

    async def run(self, db: Connection) -> Report:
        """Build, catch up and switch.  Raises Superseded if another process took the generation away."""
        made = await self.begin(db)
        try:
            while made.phase == "stage":
                made = await self._step(db, made)
            while await self._follow(db, made):
                pass
            position = await self._switch(db, made)
            while position is None:
                await asyncio.sleep(PATIENCE_SECONDS)
                position = await self._switch(db, made)
        except psycopg.Error as error:
            if not of_the_data(error):
                raise
            _log.warning("rebuilding %s event by event: %s", self.shape.name, error)
            return await self._carefully(db, made)
        return Report(self.shape.name, position)

    async def begin(self, db: Connection) -> Generation:
        """The generation of this declaration already begun, or a new one; others under construction are dropped."""
        async with db.transaction():
            target = await self.books.lock(db)
            known = await self.books.generations(db, self.shape.name)
            for one in known:
                if not one.serving and one.shape == self.shape and one.state == "building":
                    return one
                if not one.serving:
                    await self._discard(db, one)
            number = max((g.number for g in known), default=0) + 1
            relation = f"{self.shape.name}~{number}"
            made = Generation(
                self.shape.name, number, relation, self.shape, False, "building", 0, "stage", target, None, None
            )
            await self._create(db, made)
            await self.books.enter(db, made)
            return made

    async def _create(self, db: Connection, made: Generation) -> None:
        relation = self._relation(made)
        for statement in (create(self.shape, relation), *secure(self.shape, relation)):
            await db.execute(statement)

    def _relation(self, of: Generation) -> Relation:
        return self.books.relation(of.relation)

    def _folding(self, of: Generation) -> Callable[[int, int], Composed]:
        return lambda after, upto: fold([(self.shape, self._relation(of))], self.books.log, after, upto)

    async def _discard(self, db: Connection, one: Generation) -> None:
        await db.execute(SQL("drop table if exists {}").format(self._relation(one)))
        await self.books.ask(db, "delete from {generation} where name = %s and number = %s", one.name, one.number)

    async def _step(self, db: Connection, made: Generation) -> Generation:
        """Stage the next step; after the last, close what was succeeded and add keys and indexes."""
        async with db.transaction():
            now = await self.books.hold(db, made)
            after = now.position or 0
            if now.phase != "stage":
                return now
            upto = min(after + self._size, now.target)
            if upto > after:
                await db.execute(stage([(self.shape, self._relation(now))], self.books.log, after, upto), prepare=False)
            done = upto == now.target
            if done:
                await self._finish(db, now)
            moved = replace(now, position=upto, phase="follow" if done else "stage")
            await self.books.move(db, moved)
        self._watch(Progress(now.name, "stage", upto, now.target))
        return moved

    async def _finish(self, db: Connection, made: Generation) -> None:
        relation = self._relation(made)
        for statement in close_staged(self.shape, relation):
            await db.execute(statement, prepare=False)
        for statement in constrain(self.shape, relation, made.label):
            await db.execute(statement)
        await db.execute(estimate(self.shape, relation))

    async def _follow(self, db: Connection, made: Generation) -> bool:
        """Fold the next batch of what came meanwhile; False when near enough to switch."""
        async with db.transaction():
            now = await self.books.hold(db, made)
            common, after = await self.books.position(db), now.position or 0
            upto = min(after + BATCH, common)
            if common - after > NEAR:
                await db.execute(self._folding(now)(after, upto), prepare=False)
                await self.books.move(db, replace(now, position=upto))
        self._watch(Progress(made.name, "follow", min(upto, common), common))
        return common - upto > NEAR

    async def _switch(self, db: Connection, made: Generation) -> int | None:
        """Catch up for good and take the serving generation's place; None when readers were in the way."""
        try:
            async with db.transaction():
                await db.execute(SQL("set local lock_timeout = {}").format(LOCK_TIMEOUT))
                common = await self.books.lock(db)
                now = await self.books.hold(db, made)
                if (now.position or 0) < common:
                    await db.execute(self._folding(now)(now.position or 0, common), prepare=False)
                await self._take_place(db, now)
        except psycopg.errors.LockNotAvailable:
            # A long reading holds the old generation; waiting in line would hold up every later reading.
            return None
        return common

    async def _take_place(self, db: Connection, now: Generation) -> None:
        live = self.books.relation(self.shape.name)
        await db.execute(SQL("drop table {}").format(live))
        await db.execute(SQL("alter table {} rename to {}").format(self._relation(now), Identifier(self.shape.name)))
        await self.books.succeed(db, now)

    async def _carefully(self, db: Connection, made: Generation) -> Report:
        """Fold from the beginning with every constraint on, up to the event that cannot be folded."""
        async with db.transaction():
            now = await self.books.hold(db, made)
            await db.execute(SQL("drop table {}").format(self._relation(now)))
            await self._create(db, now)
            for statement in constrain(self.shape, self._relation(now), now.label):
                await db.execute(statement)
            now = replace(now, position=0, phase="follow")
            await self.books.move(db, now)
        error: psycopg.Error | None = None
        while error is None:
            async with db.transaction():
                common = await self.books.lock(db)
                now = await self.books.hold(db, now)
                after, upto = now.position or 0, min((now.position or 0) + BATCH, common)
                reached, error = await as_far_as_possible(db, self._folding(now), after, upto)
                now = replace(now, position=reached)
                await self.books.move(db, now)
                if error is None and reached == common:
                    await self._take_place(db, now)
                    return Report(self.shape.name, common)
            self._watch(Progress(now.name, "follow", reached, common))
        return await self._stop(db, now, str(error))

    async def _stop(self, db: Connection, made: Generation, error: str) -> Report:
        """Give up at `made.position`: the new generation serves all the same if it has come further than the old."""
        position = made.position or 0
        async with db.transaction():
            await self.books.lock(db)
            known = await self.books.generations(db, self.shape.name)
            old = next(g for g in known if g.serving)
            if old.position is not None and old.position <= position:
                await self._take_place(db, made)
            else:
                await db.execute(SQL("drop table {}").format(self._relation(made)))
            await self.books.halt(db, made, position, error)
        return Report(self.shape.name, position, error)
