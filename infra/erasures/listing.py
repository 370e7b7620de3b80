"""One institution's list in its file: added to under a lock, and checked against its chain and its head."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO, Final

import orjson

from infra import on_disk
from infra.erasures.lines import Chain, End, Erasure
from infra.keys import Secrets

# Within one sector, so that a crash leaves the old head or the new one.
HEAD_BYTES: Final = 128


class ErasuresDamaged(Exception):
    """The list of erasures is not what it was: nothing may be opened, for somebody erased could be read again."""

    def __init__(self, file: Path, zh: str, en: str) -> None:
        remedy = "从副本恢复该文件,或运行 campus keys relist · restore the file from a copy, or run: campus keys relist"
        super().__init__(f"{file}: 删除名单{zh} · the list of erasures {en}; {remedy}")


class ErasureList:
    """One institution's list, in a file that any process may add to and nothing shortens."""

    def __init__(self, file: Path, head: Path, secret: Secrets, institution: str) -> None:
        self.file, self.head = file, head
        self.chain = Chain(secret, institution)
        self._known: tuple[tuple[int, int, int], list[Erasure], End] | None = None

    def read(self) -> list[Erasure]:
        """Every line in order; raises ErasuresDamaged.  A list that was never begun is empty."""
        if not self.file.exists():
            if self.told_head().n:
                raise ErasuresDamaged(self.file, "不见了", "is gone")
            return []
        with self.locked() as file:
            return list(self.whole(file)[0])

    def add(self, erasures: Iterable[Erasure]) -> int:
        """Put those down whose person is not listed yet, on disk when it returns; how many.  ErasuresDamaged."""
        if not self.file.exists():
            if self.told_head().n:
                raise ErasuresDamaged(self.file, "不见了", "is gone")
            self.begin()
        with self.locked() as file:
            listed, end = self.whole(file)
            known = {one.subject for one in listed}
            new: list[Erasure] = []
            for one in erasures:
                if one.subject not in known:
                    known.add(one.subject)
                    new.append(one)
            # Only a list of one line may be without a head: a longer one was robbed of it.
            for batch in (new[:1], new[1:]) if not listed else (new,):
                end = self._append(file, end, batch)
            self._known = _stamp(file), [*listed, *new], end
            return len(new)

    def _append(self, file: IO[bytes], end: End, batch: Sequence[Erasure]) -> End:
        if not batch:
            return end
        first = not end.n
        for one in batch:
            line, end = self.chain.line(end, one)
            file.write(line)
        file.flush()
        os.fsync(file.fileno())
        self.keep_head(end, surely=first)
        return end

    def begin(self) -> None:
        """An empty file, where there is none."""
        os.close(os.open(self.file, os.O_WRONLY | os.O_CREAT, on_disk.PRIVATE))
        on_disk.settle(self.file.parent)

    @contextmanager
    def locked(self) -> Iterator[IO[bytes]]:
        """The file, to read and to add to, for one process at a time; PermissionError when others may read it."""
        while True:
            with os.fdopen(os.open(self.file, os.O_RDWR | os.O_APPEND), "a+b") as file:
                if os.fstat(file.fileno()).st_mode & 0o077:
                    raise PermissionError(f"{self.file} must be readable by its owner only (chmod 600)")
                fcntl.flock(file, fcntl.LOCK_EX)
                # While this process waited, another list may have taken the name.
                if os.path.samestat(os.fstat(file.fileno()), self.file.stat()):
                    yield file
                    return

    def whole(self, file: IO[bytes]) -> tuple[list[Erasure], End]:
        """The whole list, checked; a line cut while it was written is dropped.  Raises ErasuresDamaged."""
        if self._known and self._known[0] == _stamp(file):
            return self._known[1], self._known[2]
        head = self.told_head()
        file.seek(0)
        content = file.read()
        whole = content[: content.rfind(b"\n") + 1]
        listed, end, at_head = [], End(), End()
        for number, told in enumerate(self.chain.lines(whole), 1):
            if told is None:
                raise _changed(self.file, number)
            erasure, end = told
            listed.append(erasure)
            at_head = end if end.n == head.n else at_head
        if head.n > end.n:
            raise ErasuresDamaged(self.file, f"缺少 {head.n - end.n} 行", f"lacks {head.n - end.n} lines")
        if head != at_head:
            raise ErasuresDamaged(self.file, "不是原来那一份", "is another list")
        if not head.n and end.n > 1:
            raise ErasuresDamaged(self.head, "的末位记录不见了", "has lost its head")
        if whole != content:
            file.truncate(len(whole))
        if not head.n and end.n:
            self.keep_head(end, surely=True)
        self._known = _stamp(file), listed, end
        return listed, end

    def told_head(self) -> End:
        """Where the list ended when it was last added to; a head that was never begun, or is empty, says nothing."""
        said = self.head.read_bytes() if self.head.exists() else b""
        if not said:
            return End()
        try:
            told = orjson.loads(said)
            return End(int(told["n"]), str(told["mac"]))
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            raise ErasuresDamaged(self.head, "的末位记录读不懂", "has a head that cannot be read") from None

    def keep_head(self, end: End, *, surely: bool) -> None:
        """Overwrite the head in place; unless `surely`, a crash may lose that: it may stand behind the list."""
        new = not self.head.exists()
        handle = os.open(self.head, os.O_WRONLY | os.O_CREAT, on_disk.PRIVATE)
        try:
            os.pwrite(handle, orjson.dumps(asdict(end)).ljust(HEAD_BYTES - 1) + b"\n", 0)
            os.ftruncate(handle, HEAD_BYTES)
            if surely or new:
                os.fsync(handle)
        finally:
            os.close(handle)
        if new:
            on_disk.settle(self.head.parent)


def _changed(file: Path, number: int) -> ErasuresDamaged:
    zh, en = f"第 {number} 行被改动", f"was changed in line {number}"
    if number == 1:
        return ErasuresDamaged(file, f"{zh},或是别校的、旧版的名单", f"{en}, or is another's or an earlier version's")
    return ErasuresDamaged(file, zh, en)


def _stamp(file: IO[bytes]) -> tuple[int, int, int]:
    told = os.fstat(file.fileno())
    return told.st_size, told.st_ino, told.st_mtime_ns
