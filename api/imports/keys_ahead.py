"""Keys made many at a time, ahead of what they will seal: one by one they cost more than the rest of an import."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from infra.campus import Campus
from infra.desk import Desk
from infra.envelope import Codec
from infra.keys import Keys

AT_ONCE: Final = 500


class KeysAhead:
    """The key store, with the keys that were made ahead held until each has been asked for once."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._held: dict[str, AESGCM] = {}

    async def ahead(self, subjects: Sequence[str]) -> None:
        """Make and hold the keys of these subjects."""
        for begin in range(0, len(subjects), AT_ONCE):
            self._held.update(await self._keys.made(subjects[begin : begin + AT_ONCE]))

    async def made(self, subjects: Iterable[str]) -> Mapping[str, AESGCM]:
        wanted = set(subjects)
        found = {s: self._held.pop(s) for s in wanted & self._held.keys()}
        return {**found, **await self._keys.made(rest)} if (rest := wanted - found.keys()) else found

    async def kept(self, subjects: Iterable[str]) -> Mapping[str, AESGCM]:
        return await self._keys.kept(subjects)

    async def erase(self, subject: str) -> None:
        self._held.pop(subject, None)
        await self._keys.erase(subject)

    def forget(self) -> None:
        """Let go of what was made ahead and never asked for."""
        self._held.clear()


def desk_ahead(campus: Campus) -> tuple[Desk, KeysAhead]:
    """A desk that seals with keys made ahead, and where to make them."""
    keys = KeysAhead(campus.keys)
    return Desk(campus.log, Codec(keys, campus.secret), campus.clock, ZoneInfo(campus.institution.zone)), keys
