"""Made-up Chinese names: family names as frequent as in life, given names put together from common characters."""

from __future__ import annotations

import csv
from functools import cache
from itertools import accumulate
from pathlib import Path
from random import Random

FIRST = "子浩宇佳思雨梓嘉欣俊文晨雅志明建国晓海丽静伟敏诗若一天泽启承景书亦清云瑞婉沐慕怡宏博睿昊"
SECOND = "轩涵怡豪洋琪然博睿宁婷萱辰航颖琳杰鑫磊强芳娜超勇军平刚涛洁莹雪霞玲峰昕彤瑶妍晗远舟禾楠帆恒哲安"
ALONE = "伟敏静丽强磊洋艳勇军杰娟涛超明霞刚平辉玲婷鑫颖宁航琳欣博睿轩晨帆"
SHARE_OF_SINGLE = 0.14


@cache
def _families() -> tuple[tuple[str, ...], tuple[float, ...]]:
    with (Path(__file__).parent / "family_names.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return tuple(r["surname"] for r in rows), tuple(accumulate(float(r["weight"]) for r in rows))


def name_of(seed: int, some_id: str) -> str:
    """The name a person has in the demo of this seed; belongs to nobody."""
    chance = Random(f"{seed}/name/{some_id}")  # noqa: S311  # a made-up name needs no secrecy
    families, weights = _families()
    family = chance.choices(families, cum_weights=weights)[0]
    if chance.random() < SHARE_OF_SINGLE:
        return family + chance.choice(ALONE)
    return family + chance.choice(FIRST) + chance.choice(SECOND)
