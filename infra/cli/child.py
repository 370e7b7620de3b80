"""One child of `campus serve`: project, keep-time, seal, prove or api.  Ends in order on SIGTERM."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from infra.cli import serving
from infra.settings import Settings


async def until_told(work: Coroutine[Any, Any, None]) -> None:
    """Run until done or SIGTERM."""
    task = asyncio.ensure_future(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with suppress(asyncio.CancelledError):
        await task


def main(part: str) -> None:
    """Be one part."""
    logging.basicConfig(level=logging.WARNING, format=f"%(asctime)s {part} %(levelname)s %(message)s")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settings = Settings.of()
    dsn = settings.database_url or ""
    if part == "api":
        serving.serve_api(settings)
    elif part == "project":
        asyncio.run(until_told(serving.project(settings, dsn)))
    elif part == "seal":
        asyncio.run(until_told(serving.seal(settings, dsn)))
    elif part == "prove":
        from infra.cli import proving

        asyncio.run(until_told(proving.prove_nightly(settings, dsn)))
    else:
        asyncio.run(until_told(serving.keep_time(settings, dsn)))


if __name__ == "__main__":
    main(sys.argv[1])
