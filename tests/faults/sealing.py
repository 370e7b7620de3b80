"""A sealing process that may be told to die at one of its steps: `python -m tests.faults.sealing <json of Orders>`."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from dataclasses import asdict, dataclass

from infra.cli.serving import BELOW_COMMANDS
from infra.postgres import Institution
from infra.seal.note import Signer
from infra.seal.sealer import Sealer


@dataclass(frozen=True)
class Orders:
    """Seal for ever, or until `step` was reached `times` times: then die as by a power cut."""

    dsn: str
    key: str
    secret: str
    step: str = ""
    times: int = 1
    at_once: int = 16_384

    def command(self) -> list[str]:
        """How to start the process."""
        return [sys.executable, "-m", "tests.faults.sealing", json.dumps(asdict(self))]

    async def start(self) -> asyncio.subprocess.Process:
        """Start the process and wait until it is loaded."""
        started = await asyncio.create_subprocess_exec(*self.command(), stdout=asyncio.subprocess.PIPE)
        assert started.stdout is not None
        await started.stdout.readline()
        return started

    def sealer(self) -> Sealer:
        """As ordered."""
        college = Institution(self.key, self.dsn, "Asia/Shanghai", "试", "Trial")
        left = self.times

        def step(reached: str) -> None:
            nonlocal left
            left -= reached == self.step
            if self.step and left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        return Sealer(college, Signer.read(self.secret), step=step, at_once=self.at_once)


def main() -> None:
    """Obey the orders on the command line, once told on standard output that all is loaded."""
    os.nice(BELOW_COMMANDS)
    sealer = Orders(**json.loads(sys.argv[1])).sealer()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    asyncio.run(sealer.run())


if __name__ == "__main__":
    main()
