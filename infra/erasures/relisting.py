"""A damaged list made anew: nobody who can still be read is lost, and how many are is said and agreed to first."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from infra import on_disk
from infra.erasures.lines import End, Erasure
from infra.erasures.listing import ErasureList, ErasuresDamaged

Step = Callable[[], object]


@dataclass(frozen=True)
class Found:
    """Who is on a list, how many lines it has lost, and whether its head says how many it had (else at least these)."""

    erasures: tuple[Erasure, ...]
    lost: int = 0
    counted: bool = True


class ErasuresLost(Exception):
    """Making the list anew would lose lines, and not just so many as somebody agreed to lose."""

    def __init__(self, file: Path, found: Found) -> None:
        self.found = found
        zh, en = f"{found.lost} 行读不出", f"{found.lost} lines cannot be read"
        if not found.counted:
            zh = f"至少 {found.lost} 行读不出;末位记录不在或属于另一份,原有多少行无从知道"
            en = f"at least {found.lost} lines cannot be read, and its head, gone or another's, tells not how many"
        super().__init__(
            f"{file}: 删除名单{zh};请先找该文件的副本,确实没有才运行 campus keys relist --lose {found.lost}"
            f" · of the list of erasures {en}; look for a copy of the file, and only if there is none"
            f" run: campus keys relist --lose {found.lost}"
        )


def make_anew(erasures: ErasureList, lose: int | None = None) -> Found:
    """Make a damaged list anew, or finish what a crash cut short; a whole one stays as it is.

    `lose` must be how many lines are lost, None: none of a known number.  Raises ErasuresLost.
    """
    begun = not erasures.file.exists()
    if begun:
        erasures.begin()
    with erasures.locked() as file:
        damaged = _damaged(erasures, file)
        if damaged and _half_made(erasures, file):
            found, put = Found(()), _named(erasures)
        else:
            found = _found(erasures, file) if damaged else Found(())
            put = steps(erasures, found.erasures) if damaged else ()
            if lose != found.lost and (lose is not None or found.lost or not found.counted):
                if begun:
                    erasures.file.unlink()
                raise ErasuresLost(erasures.file, found)
        for step in put:
            step()
    return Found(tuple(erasures.read()), found.lost)


def steps(erasures: ErasureList, kept: Iterable[Erasure]) -> tuple[Step, ...]:
    """What sets a damaged list aside and puts one of those kept in its place, to be taken under the list's lock.

    A crash after any step leaves a list that opens, or one that can be made anew again.
    """
    lines, end = [], End()
    for one in kept:
        line, end = erasures.chain.line(end, one)
        lines.append(line)
    file, new = erasures.file, _new(erasures)
    return (
        lambda: _set_aside(file),
        lambda: on_disk.write(new, b"".join(lines)),
        lambda: on_disk.settle(file.parent),
        lambda: erasures.keep_head(end, surely=True),
        *_named(erasures),
    )


def _named(erasures: ErasureList) -> tuple[Step, ...]:
    file, new = erasures.file, _new(erasures)
    return lambda: new.rename(file), lambda: on_disk.settle(file.parent)


def _new(erasures: ErasureList) -> Path:
    return erasures.file.with_name(erasures.file.name + ".new")


def _aside(file: Path) -> list[Path]:
    return sorted(file.parent.glob(f"{file.name}.damaged-*"))


def _set_aside(file: Path) -> None:
    """A second name for the damaged list, unless an earlier try gave it one."""
    if not any(file.samefile(one) for one in _aside(file)):
        os.link(file, next(p for n in range(1, 10_000) if not (p := Path(f"{file}.damaged-{n}")).exists()))


def _head(erasures: ErasureList) -> End | None:
    """What the head says, None when it says nothing."""
    try:
        return erasures.told_head() if erasures.head.exists() and erasures.head.stat().st_size else None
    except ErasuresDamaged:
        return None


def _damaged(erasures: ErasureList, file: IO[bytes]) -> bool:
    try:
        erasures.whole(file)
    except ErasuresDamaged:
        return True
    return False


def _half_made(erasures: ErasureList, file: IO[bytes]) -> bool:
    """Whether the head speaks of a new list that is all there, and has only to take its name.

    Nobody may have put another list in place meanwhile, a copy that was found perhaps.
    """
    new, head = _new(erasures), _head(erasures)
    aside = any(erasures.file.samefile(one) for one in _aside(erasures.file))
    if head is None or not aside or not new.exists():
        return False
    told = list(erasures.chain.lines(new.read_bytes()))
    last = told[-1] if told else (None, End())
    if None in told or last is None or last[1] != head:
        return False
    kept = {one[0].subject for one in told if one}
    return kept >= {one.subject for one, _ in _readable(erasures, file)}


def _readable(erasures: ErasureList, file: IO[bytes]) -> list[tuple[Erasure, End]]:
    file.seek(0)
    return [told for told in erasures.chain.lines(file.read()) if told]


def _found(erasures: ErasureList, file: IO[bytes]) -> Found:
    """Who can be read in the list, and in those set aside before it: whoever stood in them was put on the next.

    Those set aside make no line less lost: nobody can tell whether it was theirs.
    """
    said = _readable(erasures, file)
    known = {one.subject: one for one, _ in said}
    here = len(known)
    for aside in _aside(erasures.file):
        for told in erasures.chain.lines(aside.read_bytes()):
            if told:
                known.setdefault(told[0].subject, told[0])
    head = _head(erasures) or End()
    lines = max([head.n, *(end.n for _, end in said)])
    anothers = any(end.n == head.n and end != head for _, end in said)
    return Found(tuple(known.values()), max(0, lines - here), head.n > 0 and not anothers)
