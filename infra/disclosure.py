"""Disclosure 披露: the one place where sealed texts become readable for people.

A restricted person's texts are read by themselves, and by auditors whose look is kept before they see it; to everybody
else they are withheld.  Whether somebody is restricted is asked of the log itself, so that it holds from the moment it
is recorded, however far the read tables have come.  A new page cannot forget it: `tests/test_disclosure.py` knows every
place that asks for a key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import orjson

from domain.access import AUDITOR
from infra.keys import Keys, subject_of, unseal
from infra.log import Log
from infra.looks import Looks
from infra.readings import Viewer

RESTRICTED: Final = "〔限制处理〕"
IMPOSED: Final = "privacy.person_restricted"
LIFTED: Final = "privacy.restriction_lifted"
PAGE: Final = 1_000


class Disclosure:
    """Opens sealed texts for one viewer at a time."""

    def __init__(self, keys: Keys, log: Log, looks: Looks) -> None:
        self._keys, self._log, self._looks = keys, log, looks
        self._restricted: frozenset[str] = frozenset()
        self._position = 0

    async def texts(self, viewer: Viewer, stored: Iterable[Mapping[str, str]], purpose: str) -> list[str]:
        """The texts of many sealed values, in order, as the viewer may read them.

        `purpose` is what an auditor's look at restricted texts is kept under, after "restricted/".
        """
        values = list(stored)
        if not values:
            return []
        withheld = await self._withheld(viewer, {v["of"] for v in values}, purpose)
        found = await self._keys.kept({v["of"] for v in values} - withheld)
        return [RESTRICTED if v["of"] in withheld else unseal(found.get(v["of"]), v) for v in values]

    async def restricted(self) -> frozenset[str]:
        """Whose data are restricted now, as the log has it."""
        restricted, position = set(self._restricted), self._position
        while True:
            rows = await self._log.page(position, types=(IMPOSED, LIFTED), limit=PAGE)
            for row in rows:
                subject = subject_of(orjson.loads(row.body)["data"]["person_id"])
                (restricted.add if row.type == IMPOSED else restricted.discard)(subject)
                position = row.position
            if len(rows) < PAGE:
                break
        if position > self._position:
            self._restricted, self._position = frozenset(restricted), position
        return frozenset(restricted)

    async def _withheld(self, viewer: Viewer, subjects: set[str], purpose: str) -> set[str]:
        """Those of the subjects whose texts the viewer does not read."""
        restricted = (subjects & await self.restricted()) - {subject_of(viewer.person_id)}
        auditing = tuple(actor for actor in viewer.actors if actor.role == AUDITOR)
        if not restricted or not auditing:
            return restricted
        about = sorted(f"person:{subject}" for subject in restricted)
        await self._looks.note(Viewer(viewer.person_id, auditing), f"restricted/{purpose}", about)
        return set()
