"""Signing keys: one line in a file of mode 0600, outside the database; the public half beside it, to hand out."""

from __future__ import annotations

from pathlib import Path

from infra import on_disk
from infra.postgres import Institution
from infra.seal.note import SIGNATURE, Signer, Verifier
from infra.settings import Settings


def seal_file(institution: Institution, settings: Settings) -> Path:
    """Where the institution's signing key is."""
    return settings.data / "keys" / f"{institution.key}.seal"


def public_half(file: Path) -> Path:
    """The file beside a signing key that anybody may read."""
    return file.with_name(file.name + ".pub")


def origin(institution: Institution) -> str:
    """The name under which an institution's log is signed, unless its key was made under another."""
    return f"campus-ledger/{institution.key}"


def kept_in(file: Path, name: str, kind: int = SIGNATURE) -> Signer:
    """The signing key in a file, made under `name` on first use.

    Raises PermissionError when others may read it, Unreadable when it is no key.
    """
    if not file.exists():
        on_disk.once(file, f"{Signer.made(name, kind).secret}\n".encode())
    if file.stat().st_mode & 0o077:
        raise PermissionError(f"{file} must be readable by its owner only (chmod 600)")
    signer = Signer.read(file.read_text(encoding="utf-8"))
    if not public_half(file).exists() or not public_half(file).stat().st_size:
        public_half(file).write_text(f"{signer.verifier}\n", encoding="utf-8")
    return signer


def install_seal_key(institution: Institution, settings: Settings) -> Signer:
    """The institution's signing key, made when it is installed."""
    return kept_in(seal_file(institution, settings), origin(institution))


def public_key(institution: Institution, settings: Settings) -> Verifier:
    """The institution's public key, without touching the private one; raises OSError, Unreadable."""
    return Verifier.read(public_half(seal_file(institution, settings)).read_text(encoding="utf-8"))
