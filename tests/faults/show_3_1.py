"""Tampering: bits, edits, rollbacks and stolen keys are all found; nothing is found where nothing was done.

`python -m tests.faults.show_3_1 [share]`: a share of the whole campaign, by default all of it.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
from pathlib import Path

from infra.postgres import Embedded, Institution, install
from infra.seal import archive
from tests.db.sealing import SIGNER, keep_aside, mighty
from tests.faults.show import keep
from tests.faults.tampering import archives, edits, flips
from tests.faults.tampering.ground import Execute, Tally, begin_anew, found

FLIPS, EDITS, ROLLBACKS, RESIGNED, CLEAN, PAIRS = 10_000, 1_000, 100, 100, 100, 250


def _kept(name: str, tally: Tally, **more: object) -> int:
    tried = sum(tally.tried.values())
    told = {"tried": tried, "found": tried - len(tally.missed), "by_kind": dict(tally.tried), **more}
    return keep("3.1", name, told, {"missed": tally.missed[:20]} if tally.missed else {})


async def tampered(execute: Execute, college: Institution, share: float, dice: random.Random) -> list[int]:
    """Bits, edits, rollbacks and signatures with the stolen key, over one log of 600 events."""
    await begin_anew(execute, college, 300, dice)
    codes, tally = [], Tally()
    await flips.campaign(execute, college, int(FLIPS * share), dice, tally)
    codes.append(_kept("single_bits", tally))
    await begin_anew(execute, college, 600, random.Random(7))  # noqa: S311  a workload
    await keep_aside(execute)
    await edits.edits(execute, college, int(EDITS * share), dice, tally := Tally())
    codes.append(_kept("sql_edits", tally))
    alone = await edits.rollbacks(execute, college, int(ROLLBACKS * share), dice, tally := Tally())
    codes.append(_kept("rollbacks", tally, not_found_without_a_kept_checkpoint=alone))
    alone = await edits.signed_again(execute, college, int(RESIGNED * share), dice, tally := Tally())
    codes.append(_kept("signed_again_with_the_stolen_key", tally, not_found_without_a_kept_checkpoint=alone))
    return codes


async def clean(execute: Execute, college: Institution, count: int, place: Path, dice: random.Random) -> list[Path]:
    """Logs that nobody touched: their archives; what any verifier finds in them is a false alarm."""
    alarms, files = [], []
    for number in range(count):
        await begin_anew(execute, college, dice.choice((1, 2, 255, 256, 257, dice.randrange(3, 700))), dice)
        file = place / f"{number}.zip"
        await archive.write(college, str(SIGNER.verifier), file)
        said = await found(college)
        if said or archives.verdicts(file) != (True, True):
            alarms.append(f"log {number}: {said or 'an archive'}")
        files.append(file)
    keep("3.1", "clean_logs", {"logs": count, "false_alarms": len(alarms)}, {"alarms": alarms} if alarms else {})
    return files


def pairs(files: list[Path], count: int, place: Path, dice: random.Random) -> int:
    """Good archives and as many bad ones, each given to both verifiers."""
    disagreed, wrong, ways = [], [], set()
    bad = place / "bad.zip"
    for number in range(count):
        good = files[number % len(files)]
        if archives.verdicts(good) != (True, True):
            wrong.append(f"good {good.name}")
        ways.add(way := archives.spoil(good, bad, dice))
        judged = archives.verdicts(bad)
        if judged[0] != judged[1]:
            disagreed.append(f"{way}: {judged}")
        elif judged[0]:
            wrong.append(way)
    turned = 0
    for number in range(count):
        archives.turn_a_bit(files[number % len(files)], bad, dice)
        judged = archives.verdicts(bad)
        turned += not judged[0]
        if judged[0] != judged[1]:
            disagreed.append(f"a bit: {judged}")
    told = {
        "archives": 2 * count,
        "bad": count,
        "ways": sorted(ways),
        "bits_turned_beside": count,
        "of_them_bad": turned,
    }
    troubles = {"disagreed": disagreed, "wrong": wrong}
    return keep("3.1", "two_verifiers", told, {name: list_ for name, list_ in troubles.items() if list_})


async def campaign(server: Embedded, place: Path, share: float) -> int:
    """Everything."""
    dice = random.Random(31)  # noqa: S311  a workload
    college = Institution("tampered", server.dsn, "Asia/Shanghai", "试", "Trial")
    other = Institution("clean", server.dsn, "Asia/Shanghai", "试", "Trial")
    await install(college)
    await install(other)
    async with mighty(other) as execute:
        files = await clean(execute, other, max(2, int(CLEAN * share)), place, dice)
    codes = [pairs(files, max(1, int(PAIRS * share)), place, dice)]
    async with mighty(college) as execute:
        codes += await tampered(execute, college, share, dice)
    return max(codes)


def main() -> int:
    """On a server of its own."""
    share = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    with tempfile.TemporaryDirectory(prefix="campus-tamper-") as place, Embedded.start(Path(place)) as server:
        return asyncio.run(campaign(server, Path(place), share))


if __name__ == "__main__":
    sys.exit(main())
