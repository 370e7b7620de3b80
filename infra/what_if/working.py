"""Working an answer out: where it stands, the stories told again, the shadow folded, the figures read twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from psycopg import AsyncConnection
from psycopg.sql import Identifier

from domain import Unknown
from domain.policies import Policy, PolicyRevised, Rulebook
from domain.retelling import Retelling, Setting, Supposed, beside
from infra.postgres import Institution
from infra.projector.shape import Shape
from infra.readings import Now
from infra.readings.query import Figure, Filters, Tables, sums
from infra.readings.rules import in_force
from infra.readings.standing import SHAPES, STANDING, Standing, written
from infra.what_if.answer import Answer, Compared, Pair, Place, Retold, Sums, Supposition
from infra.what_if.question import Question, said_by, touched
from infra.what_if.shadow import Shadow, ShadowTables
from infra.what_if.telling import Changes, Span, Stored, beside as known_beside, log_sql, number, retold

if TYPE_CHECKING:
    from infra.what_if import Said

Connection = AsyncConnection[Any]
# As the reader of the whole college; what a viewer may see of the answer is cut out of it afterwards.
WHOLE: Final = "select set_config('campus.breadth', 'college', false)"
PLANS: Final = "set enable_hashjoin = off; set enable_mergejoin = off; set enable_sort = off"
PLANNER: Final = "reset enable_hashjoin; reset enable_mergejoin; reset enable_sort"
_TERM: Final = (
    "select term_id, starts_on from {term} where term_id = %(term)s::text or (%(term)s::text is null"
    " and starts_on <= (%(moment)s::timestamptz at time zone %(zone)s)::date) order by starts_on desc limit 1"
)
_REVISED: Final = (
    "select e.position, e.id, e.type, e.body::text, e.recorded_at from {event} e"
    " where e.type = %(type)s and e.position <= %(upto)s order by e.position"
)


@dataclass(frozen=True)
class Progress:
    """How far it is: `phase` is "telling", "folding" or "reading"."""

    phase: str
    done: int
    target: int


@dataclass(frozen=True)
class Ground:
    """Where an answer stands."""

    standing: Standing
    position: int
    moment: datetime
    term: str
    since: datetime
    tables: Tables
    shapes: Mapping[str, Shape]
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Working:
    """One answer being worked out, on a connection of its own."""

    db: Connection
    institution: Institution
    said: Said
    clock: Now
    question: Question
    watch: Callable[[Progress], None]

    async def begin(self) -> Ground:
        """Where it stands.  Raises Unknown("position_unknown", "term_unknown")."""
        await self.db.execute(WHOLE)
        as_of, zone = self.question.as_of, self.institution.zone
        found = await self.db.execute(written(STANDING, self.institution), {"as_of": as_of})
        position, edition, recorded_at, stopped, rebuilding = await found.fetchone() or (0, 0, None, {}, [])
        if as_of is not None and not 0 <= as_of <= position:
            raise Unknown("position_unknown", position=as_of)
        standing = Standing(position, edition, as_of, recorded_at, stopped, frozenset(rebuilding))
        moment = self.question.at or recorded_at or self.clock.now()
        rows = await (await self.db.execute(written(SHAPES, self.institution))).fetchall()
        shapes = {shape.name: shape for shape in (Shape.from_json(row[0]) for row in rows)}
        known = {name: _Known(dict(shape.columns), shape.fixed) for name, shape in shapes.items()}
        tables = Tables(known, lambda name: Identifier(self.institution.read_schema, name))
        given = {"moment": moment, "position": standing.at, "zone": zone, "term": self.question.term}
        found = await self.db.execute(tables.written(_TERM, standing.at), given, prepare=False)
        if (row := await found.fetchone()) is None:
            raise Unknown("term_unknown", term=self.question.term)
        since = datetime.combine(row[1], time(), ZoneInfo(zone))
        given = {key: given[key] for key in ("moment", "position", "zone")}
        return Ground(standing, standing.at, moment, row[0], since, tables, shapes, given)

    async def answer(self, ground: Ground, whole: bool, seconds: Callable[[], float]) -> Answer:
        """The answer, worked out."""
        rules = await self._rulebook(ground)
        asked = [told for told in self.said.retellings if self._keys & {p.key for p in told.policies}]
        shadow = Shadow(self.db, self.institution.read_schema, ground.shapes, ground.position)
        await shadow.begin()
        told = await self._tell(asked, ground, rules, shadow, whole)
        figures = self._touched(asked, ground)
        self.watch(Progress("folding", 0, len(figures)))
        wanted = frozenset(n for f in figures for n in ground.tables.named_in(f.rows))
        shadowed = await shadow.fold(wanted, ground.term)
        compared = await self._compared(figures, ground, shadow.tables(ground.tables, shadowed))
        return Answer(
            question=self.question,
            term=ground.term,
            since=ground.since,
            position=ground.position,
            head=ground.standing.position,
            moment=ground.moment,
            suppositions=self._suppositions(rules, ground.moment),
            figures=tuple(compared),
            retold=Retold(told.stories, told.events, told.otherwise, told.left_out, told.put_in),
            seconds=seconds(),
        )

    @property
    def _keys(self) -> set[str]:
        return {key for key, _ in self.question.values}

    def _suppositions(self, rules: Rulebook, moment: datetime) -> tuple[Supposition, ...]:
        """What is supposed, beside what is in force."""
        told = []
        for key, value in self.question.values:
            now, version = rules.in_force(key, moment)
            told.append(Supposition(Policy.by_key[key], now, version, value))
        return tuple(told)

    async def _rulebook(self, ground: Ground) -> Rulebook:
        given = {"type": PolicyRevised.NAME, "upto": ground.position}
        found = await self.db.execute(log_sql(_REVISED, self.institution.schema), given)
        rules = Rulebook()
        for row in await found.fetchall():
            rules = rules.after(Stored.of(*row).told.event)
        return rules

    async def _tell(
        self, asked: Sequence[Retelling], ground: Ground, rules: Rulebook, shadow: Shadow, whole: bool
    ) -> Changes:
        """The stories told again into the shadow; what became of them, in numbers."""
        db, schema, at, all_told = self.db, self.institution.schema, ground.position, Changes()
        supposed = Supposed(rules.versions, instead=dict(self.question.values), since=ground.since)
        await db.execute(PLANS)
        span = await Span.of(db, schema, ground.term, at)
        target = sum([await number(db, schema, told, span) for told in asked])
        for told in asked:
            heard = beside(await known_beside(db, schema, told, at))
            given = Setting(supposed, ZoneInfo(self.institution.zone), ground.moment, at + 1, heard)
            anew = said_by(told) - shadow.fields.keys() if whole else frozenset[str]()
            async with aclosing(retold(db, schema, told, given, span, anew)) as pages:
                async for changes in pages:
                    await shadow.add(changes)
                    for name in ("read", "stories", "events", "otherwise", "left_out", "put_in"):
                        setattr(all_told, name, getattr(all_told, name) + getattr(changes, name))
                    self.watch(Progress("telling", all_told.read, target))
        await db.execute(PLANNER)
        await shadow.heard()
        return all_told

    def _touched(self, asked: Sequence[Retelling], ground: Ground) -> list[Figure]:
        """The figures that what is supposed may touch."""
        heard = {name: shape.types for name, shape in ground.shapes.items()}
        keys = {key for told in asked for key in touched(told, self.said.figures, heard)}
        by_rule = {k for k, f in self.said.figures.items() if self._keys & {p.key for p in f.policies.values()}}
        known = set(ground.tables.known)
        figures = [self.said.figures[key] for key in sorted(keys | by_rule)]
        return [f for f in figures if set(ground.tables.named_in(f.rows)) <= known]

    async def _compared(self, figures: Sequence[Figure], ground: Ground, shadow: ShadowTables) -> list[Compared]:
        told = []
        instead = dict(self.question.values)
        for done, figure in enumerate(figures):
            self.watch(Progress("reading", done, len(figures)))
            stopped = ground.standing.stop_of(ground.tables.named_in(figure.rows))
            if stopped is not None:
                told.append(Compared(figure, {}, stopped))
                continue
            rules = await in_force(self.db, ground.tables, ground.position, ground.moment, figure.policies)
            other = {name: instead.get(policy.key, rules[name]) for name, policy in figure.policies.items()}
            live = await self._sums(ground.tables, figure, ground, rules)
            named = set(ground.tables.named_in(figure.rows))
            again = rules != other or not named.isdisjoint(shadow.shadowed)
            would = await self._sums(shadow, figure, ground, other) if again else live
            places = sorted(live.keys() | would.keys(), key=str)
            none = Sums()
            cells = {p: Pair(figure.scale, live.get(p, none), would.get(p, none)) for p in places}
            told.append(Compared(figure, cells))
        return told

    async def _sums(
        self, tables: Tables, figure: Figure, ground: Ground, rules: Mapping[str, Any]
    ) -> dict[Place, Sums]:
        filters = Filters(term=ground.term)
        query = sums(tables, figure, ground.position, filters, ("department", "person"))
        given = {**ground.given, **filters.told(), **rules}
        rows = await (await self.db.execute(query, given, prepare=False)).fetchall()
        return {(row[0], row[1]): Sums(Decimal(row[2]), Decimal(row[3]), row[4]) for row in rows}


class _Known:
    def __init__(self, columns: Mapping[str, str], fixed: bool) -> None:
        self.columns, self.fixed = columns, fixed
