"""Proofs: every leaf and every pair of sizes up to 300, and single events of a log of a million.

`python -m tests.faults.show_3_2 [events]`
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path

from pymerkle import InmemoryTree

from infra.postgres import Embedded, Institution, connect
from infra.seal.proof import growth, proof_of
from infra.seal.shelf import Shelf
from infra.seal.tree import Broken, Leaves, check_consistency, check_inclusion, consistency, inclusion, leaf_hash, root
from tests.bench.measure import percentile
from tests.faults.million import EVENTS, filled, timed_seal
from tests.faults.show import keep

SIZES, TIMES = 300, 300


def every_proof() -> int:
    """All sizes, all leaves, all pairs; and that a proof of one thing proves no other."""
    leaves = [leaf_hash(b"%d" % n) for n in range(SIZES + 1)]
    hashes, other, wrong = Leaves(leaves), InmemoryTree(algorithm="sha256"), []
    roots = [root(hashes, 0)]
    for size in range(1, SIZES + 1):
        other.append_entry(b"%d" % (size - 1))
        roots.append(other.get_root(size))
    inclusions = consistencies = refused = 0
    for size in range(SIZES + 1):
        for index in range(size):
            path = inclusion(hashes, index, size)
            check_inclusion(leaves[index], index, size, path, roots[size])
            inclusions += 1
            refused += _refuses(lambda s=size, i=index, p=path: check_inclusion(leaves[i + 1], i, s, p, roots[s]))
        for old in range(size + 1):
            path = consistency(hashes, old, size)
            check_consistency(old, size, roots[old], roots[size], path)
            consistencies += 1
            if old:
                refused += _refuses(lambda o=old, s=size, p=path: check_consistency(o, s, roots[o - 1], roots[s], p))
    if refused != inclusions + consistencies - SIZES - 1:
        wrong.append("a proof proved something else")
    told = {"inclusion": inclusions, "consistency": consistencies, "of_other_things_refused": refused}
    return keep("3.2", "all_proofs_to_300", told, {"wrong": wrong} if wrong else {})


def _refuses(check) -> bool:
    try:
        check()
    except Broken:
        return True
    return False


async def of_a_million(college: Institution) -> int:
    """How long single proofs take to make, out of the database, and how large they are."""
    dice, shelf = random.Random(5), Shelf(college.schema)  # noqa: S311  a workload
    times: dict[str, list[float]] = {"inclusion": [], "consistency": []}
    largest = texts = longest = 0
    async with await connect(college, "writer") as line:
        newest = await shelf.newest(line)
        assert newest is not None
        for _ in range(TIMES):
            began = time.perf_counter()
            proof = await proof_of(shelf, line, dice.randint(1, newest.size))
            times["inclusion"].append(time.perf_counter() - began)
            check_inclusion(proof.leaf, proof.index, newest.size, proof.path, newest.root)
            largest, texts = max(largest, 32 * len(proof.path)), max(texts, len(proof.text().encode()))
            old = dice.randint(1, newest.size)
            began = time.perf_counter()
            path = await growth(shelf, line, old, newest.size)
            times["consistency"].append(time.perf_counter() - began)
            longest = max(longest, 32 * len(path))
    told = {
        "events": newest.size,
        "inclusion_bytes": largest,
        "tlog_proof_text_bytes": texts,
        "consistency_bytes": longest,
        **{f"{name}_ms_p50": round(percentile(taken, 0.5) * 1000, 2) for name, taken in times.items()},
        **{f"{name}_ms_p99": round(percentile(taken, 0.99) * 1000, 2) for name, taken in times.items()},
    }
    wrong = {}
    if largest > 1024 or longest > 1024:
        wrong["larger than 1 KB"] = max(largest, longest)
    if percentile(times["inclusion"], 0.5) > 0.020:
        wrong["slower than 20 ms"] = told["inclusion_ms_p50"]
    return keep("3.2", "proofs_of_a_million", told, wrong)


async def campaign(server: Embedded, events: int) -> int:
    """On a log of so many events."""
    college = await filled(server.dsn, events)
    await timed_seal(college)
    return await of_a_million(college)


def main() -> int:
    """Both."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    code = every_proof()
    with tempfile.TemporaryDirectory(prefix="campus-proofs-") as place, Embedded.start(Path(place)) as server:
        return max(code, asyncio.run(campaign(server, events)))


if __name__ == "__main__":
    sys.exit(main())
