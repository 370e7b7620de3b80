"""Small files that must outlive a power cut: on disk when the call returns."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

PRIVATE: Final = 0o600


def write(file: Path, content: bytes) -> None:
    """The whole file, for its owner only; not yet its name, which `settle` of the folder makes sure of."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE)
    with os.fdopen(handle, "wb") as out:
        os.fchmod(handle, PRIVATE)
        out.write(content)
        out.flush()
        os.fsync(handle)


def once(file: Path, content: bytes) -> None:
    """A file under its name whole or not at all; whichever process was first made it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f"{file.name}.new-{secrets.token_hex(8)}")
    try:
        write(new, content)
        with suppress(FileExistsError):
            os.link(new, file)
    finally:
        new.unlink(missing_ok=True)
    settle(file.parent)


def settle(place: Path) -> None:
    """A file's content, or what was made, linked or renamed in a folder."""
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
