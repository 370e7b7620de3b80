"""Looks 查看记录: the table of who looked at whom, put under the signed log day after day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field

from domain import Command, Conflict, Context, Day, Event, Reads
from domain.access import CLOCK, anywhere
from domain.privacy.events import LOOKS, Digest, LooksSealed


@dataclass(frozen=True)
class Looked:
    """The days sealed so far."""

    days: Mapping[date, LooksSealed] = field(default_factory=dict)
    last: LooksSealed | None = None

    def after(self, event: Event) -> Self:
        if isinstance(event, LooksSealed):
            return replace(self, days={**self.days, event.day: event}, last=event)
        return self


class SealLooks(Command[Looked]):
    """封存查看记录.  Puts the looks of one day under the signed log.  Seed: A30."""

    may = {CLOCK: anywhere}
    day: Day
    looks: Annotated[int, Field(ge=0, le=1_000_000_000)]
    digest: Digest
    before: Digest | Literal[""]

    def reads(self) -> list[Reads]:
        return [Reads((LooksSealed,), (LOOKS,))]

    def decide(self, state: Looked, given: Context) -> Iterator[Event]:
        said = LooksSealed(**self.model_dump())
        if made := state.days.get(self.day):
            if made != said:
                raise Conflict("looks_already_sealed", day=self.day)
            return
        if state.last and (self.day < state.last.day or self.before != state.last.digest):
            raise Conflict("looks_out_of_order", day=self.day)
        if not state.last and self.before:
            raise Conflict("looks_out_of_order", day=self.day)
        yield said
