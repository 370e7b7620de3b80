"""The list of erasures 删除名单: who was erased, kept where a backup of log and keys does not reach.

A line is on disk before the key is destroyed, and holds no personal data.  The lines are chained under the
institution's secret and its name, and a small head file beside the secret says how many there were, so that a list
which is cut, edited, another's or not there is noticed and nothing is opened.  Before anything is opened the list and
the log are put together: whoever stands in either is erased, again if need be, and what a restored log had lost is
recorded in it anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from infra.erasures.lines import Erasure
from infra.erasures.listing import ErasureList, ErasuresDamaged
from infra.keys import Secrets
from infra.postgres import Institution
from infra.settings import Settings

__all__ = ["Erasure", "ErasureList", "ErasuresDamaged", "erasure_list", "listed", "take_down", "told"]


def erasure_list(institution: Institution, settings: Settings, secret: Secrets) -> ErasureList:
    """Where the institution's list is: in CAMPUS_ERASURES, else beside its secret; raises FileNotFoundError."""
    beside = settings.secret_file.parent
    folder = settings.erasures or beside
    if settings.erasures is None:
        folder.mkdir(parents=True, exist_ok=True)
    elif not folder.is_dir():
        raise FileNotFoundError(f"CAMPUS_ERASURES={folder}: 没有这一目录 · there is no such folder")
    name = f"{institution.key}.erasures"
    return ErasureList(folder / name, beside / f"{name}.head", secret, institution.key)


async def listed(erasures: ErasureList) -> list[Erasure]:
    """The list, read beside the event loop."""
    return await asyncio.to_thread(erasures.read)


async def take_down(erasures: ErasureList, new: Sequence[Erasure]) -> int:
    """Add to the list beside the event loop; on disk when it returns."""
    return await asyncio.to_thread(erasures.add, new)


def told(erasures: Sequence[Erasure]) -> list[dict[str, Any]]:
    """As scripts read it."""
    return [asdict(one) for one in erasures]
