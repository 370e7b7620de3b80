"""The list of erasures 删除名单: who was erased, kept where a backup of log and keys does not reach.

A line is on disk before the key is destroyed, and holds no personal data.  The lines are chained under the
institution's secret, and a small head file beside the secret says how many there were, so that a list which is cut,
edited or not there is noticed and nothing is opened.  Before anything is opened the list and the log are put together:
whoever stands in either is erased, again if need be, and what a restored log had lost is recorded in it anew.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Final

import orjson

from infra.keys import Secrets
from infra.postgres import Institution
from infra.settings import Settings

MODE: Final = 0o600
# Within one sector, so that a crash leaves the old head or the new one.
HEAD_BYTES: Final = 128


class ErasuresDamaged(Exception):
    """The list of erasures is not what it was: nothing may be opened, for somebody erased could be read again."""

    def __init__(self, file: Path, zh: str, en: str) -> None:
        remedy = "从副本恢复该文件,或运行 campus keys relist · restore the file from a copy, or run: campus keys relist"
        super().__init__(f"{file}: 删除名单{zh} · the list of erasures {en}; {remedy}")


@dataclass(frozen=True)
class Erasure:
    """One erased person: `event` is the id of the event that recorded it, `at` an ISO moment."""

    subject: str
    request: str
    event: str
    at: str


@dataclass(frozen=True)
class _End:
    """Where the list ends: how many lines, and the code of the last."""

    n: int = 0
    mac: str = ""


class ErasureList:
    """One institution's list, in a file that any process may add to and nothing shortens."""

    def __init__(self, file: Path, head: Path, secret: Secrets) -> None:
        self.file, self.head, self._secret = file, head, secret
        self._known: tuple[tuple[int, int], list[Erasure], _End] | None = None

    def read(self) -> list[Erasure]:
        """Every line in order; raises ErasuresDamaged.  A list that was never begun is empty."""
        if not self.file.exists():
            if self._head().n:
                raise ErasuresDamaged(self.file, "不见了", "is gone")
            return []
        with self._locked() as file:
            return list(self._read(file)[0])

    def add(self, erasures: Iterable[Erasure]) -> int:
        """Put those down whose person is not listed yet, on disk when it returns; how many.  ErasuresDamaged."""
        self._begin()
        with self._locked() as file:
            listed, end = self._read(file)
            known = {one.subject for one in listed}
            new: list[Erasure] = []
            for one in erasures:
                if one.subject not in known:
                    known.add(one.subject)
                    new.append(one)
            if not new:
                return 0
            for one in new:
                line, end = self._line(end, one)
                file.write(line)
            file.flush()
            os.fsync(file.fileno())
            self._keep_head(end)
            self._known = _stamp(file), [*listed, *new], end
            return len(new)

    def readable(self) -> list[Erasure]:
        """The lines before the first that is damaged, for a list that is to be made anew."""
        return [one for one, _ in self._checked(self.file.read_bytes())] if self.file.exists() else []

    def make_anew(self, erasures: Iterable[Erasure]) -> int:
        """Set a damaged list aside and begin another with these; how many it has."""
        if self.file.exists():
            aside = next(p for n in range(1, 10_000) if not (p := Path(f"{self.file}.damaged-{n}")).exists())
            self.file.rename(aside)
        self.head.unlink(missing_ok=True)
        self._known = None
        return self.add(erasures)

    def _begin(self) -> None:
        if self.file.exists():
            return
        if self._head().n:
            raise ErasuresDamaged(self.file, "不见了", "is gone")
        os.close(os.open(self.file, os.O_WRONLY | os.O_CREAT, MODE))
        _settle_folder(self.file.parent)

    @contextmanager
    def _locked(self) -> Iterator[IO[bytes]]:
        """The file, to read and to add to, for one process at a time; PermissionError when others may read it."""
        with self.file.open("a+b") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise PermissionError(f"{self.file} must be readable by its owner only (chmod 600)")
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file

    def _read(self, file: IO[bytes]) -> tuple[list[Erasure], _End]:
        """The whole list, checked against its chain and its head; a line cut while it was written is dropped."""
        if self._known and self._known[0] == _stamp(file):
            return self._known[1], self._known[2]
        head = self._head()
        file.seek(0)
        content = file.read()
        whole = content[: content.rfind(b"\n") + 1]
        listed, end, at_head = [], _End(), _End()
        for erasure, end in self._checked(whole):
            listed.append(erasure)
            at_head = end if end.n == head.n else at_head
        if end.n != whole.count(b"\n"):
            raise ErasuresDamaged(self.file, f"第 {end.n + 1} 行被改动", f"was changed in line {end.n + 1}")
        if head.n > end.n:
            raise ErasuresDamaged(self.file, f"缺少 {head.n - end.n} 行", f"lacks {head.n - end.n} lines")
        if head != at_head:
            raise ErasuresDamaged(self.file, "不是原来那一份", "is another list")
        if whole != content:
            file.truncate(len(whole))
        self._known = _stamp(file), listed, end
        return listed, end

    def _checked(self, content: bytes) -> Iterator[tuple[Erasure, _End]]:
        """The lines as long as they follow one from another."""
        end = _End()
        for line in content.splitlines(keepends=True):
            try:
                said = orjson.loads(line)
                erasure = Erasure(*(str(said[name]) for name in ("subject", "request", "event", "at")))
            except (orjson.JSONDecodeError, KeyError, TypeError):
                return
            written, end = self._line(end, erasure)
            if written != line:
                return
            yield erasure, end

    def _line(self, end: _End, erasure: Erasure) -> tuple[bytes, _End]:
        said = {"n": end.n + 1, **asdict(erasure)}
        mac = self._secret.listing(end.mac.encode() + b"\n" + orjson.dumps(said))
        return orjson.dumps({**said, "mac": mac}) + b"\n", _End(end.n + 1, mac)

    def _head(self) -> _End:
        if not self.head.exists():
            return _End()
        try:
            said = orjson.loads(self.head.read_bytes())
            return _End(int(said["n"]), str(said["mac"]))
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            raise ErasuresDamaged(self.head, "的末位记录读不懂", "has a head that cannot be read") from None

    def _keep_head(self, end: _End) -> None:
        """Overwrite the head in place; a crash may lose that, for it may stand behind the list, never before it."""
        new = not self.head.exists()
        handle = os.open(self.head, os.O_WRONLY | os.O_CREAT, MODE)
        try:
            os.pwrite(handle, orjson.dumps(asdict(end)).ljust(HEAD_BYTES - 1) + b"\n", 0)
            if new:
                os.fsync(handle)
        finally:
            os.close(handle)
        if new:
            _settle_folder(self.head.parent)


def _stamp(file: IO[bytes]) -> tuple[int, int]:
    told = os.fstat(file.fileno())
    return told.st_size, told.st_ino


def _settle_folder(folder: Path) -> None:
    """What was made or renamed in a folder is on disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def erasure_list(institution: Institution, settings: Settings, secret: Secrets) -> ErasureList:
    """Where the institution's list is: in CAMPUS_ERASURES, else beside its secret; raises FileNotFoundError."""
    beside = settings.secret_file.parent
    folder = settings.erasures or beside
    if settings.erasures is None:
        folder.mkdir(parents=True, exist_ok=True)
    elif not folder.is_dir():
        raise FileNotFoundError(f"CAMPUS_ERASURES={folder}: 没有这一目录 · there is no such folder")
    name = f"{institution.key}.erasures"
    return ErasureList(folder / name, beside / f"{name}.head", secret)


async def listed(erasures: ErasureList) -> list[Erasure]:
    """The list, read beside the event loop."""
    return await asyncio.to_thread(erasures.read)


async def take_down(erasures: ErasureList, new: Sequence[Erasure]) -> int:
    """Add to the list beside the event loop; on disk when it returns."""
    return await asyncio.to_thread(erasures.add, new)


def told(erasures: Sequence[Erasure]) -> list[dict[str, Any]]:
    """As scripts read it."""
    return [asdict(one) for one in erasures]
