"""What happens by chance in the demo's semester: how late a roll call comes, who was there, who asks for what.

Everything about a session follows from the seed and the session's id, in whatever order it is played.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import exp, sqrt
from random import Random
from typing import Final

from domain.roll_call import Mark

MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
DEADLINE: Final = timedelta(hours=48)
LATE_OR_NEVER: Final = 0.04
NEVER_OF_THOSE: Final = 0.25
QUICK, SAME_DAY = 70 / 96, 20 / 96
TRUANT, LEAVE, LATE, LEFT_EARLY = 0.015, 0.020, 0.018, 0.002
WAIVER_ASKED, WAIVER_GRANTED = 1 / 3, 0.6
CORRECTED, DISPUTED, UPHELD = 0.02, 0.004, 0.6
HABITS: Final = (0.4, 0.7, 1.0, 1.4, 1.8)  # how much worse than usual a department is at something


@dataclass(frozen=True)
class Spell:
    """Some weeks in which a department does worse than usual, or better."""

    first: int
    last: int
    factor: float

    def at(self, week: int) -> float:
        return self.factor if self.first <= week <= self.last else 1.0


@dataclass(frozen=True)
class Mood:
    """How a department does: its usual factor, and its spells, for roll calls and for its students."""

    usual: float
    spells: tuple[Spell, ...]
    truancy: float
    truancy_spell: Spell

    def lateness(self, week: int) -> float:
        factor = self.usual
        for spell in self.spells:
            factor *= spell.at(week)
        return factor


class Chances:
    """The dice of one seed."""

    def __init__(self, seed: int, departments: Sequence[str]) -> None:
        self._seed = seed
        self._moods = {d: self._mood(d, number) for number, d in enumerate(departments)}

    def dice(self, *words: object) -> Random:
        """Dice that always fall the same for the same words."""
        return Random(f"{self._seed}/{'/'.join(map(str, words))}")  # noqa: S311  # a play needs no secrecy

    def _mood(self, department_id: str, number: int) -> Mood:
        dice = self.dice("mood", department_id)
        begin = dice.randint(2, 12)
        bad = Spell(begin, begin + dice.randint(1, 2), dice.uniform(3.5, 6.5))
        better = Spell(dice.randint(9, 12), 16, 0.4)
        usual = (0.6, 0.8, 1.3, 0.5, 1.0)[number % 5] * dice.uniform(0.85, 1.15)
        spells = ((bad,), (bad, better), ())[number % 3]
        slack = dice.randint(4, 13)
        return Mood(usual, spells, dice.uniform(0.7, 1.4), Spell(slack, slack + 1, dice.uniform(1.5, 2.5)))

    def teacher(self, teacher_id: str) -> float:
        """How much later than others a teacher is."""
        return min(max(self.dice("teacher", teacher_id).lognormvariate(-0.32, 0.8), 0.2), 5.0)

    def delay(self, session_id: str, department_id: str, teacher_id: str, week: int) -> timedelta | None:
        """How long after the end the roll is called; None: never."""
        dice = self.dice("delay", session_id)
        bad = min(LATE_OR_NEVER * self._moods[department_id].lateness(week) * self.teacher(teacher_id), 0.7)
        if dice.random() < bad:
            late = DEADLINE + 5 * MINUTE + 70 * HOUR * dice.random() ** 2
            return None if dice.random() < NEVER_OF_THOSE else late
        sort = dice.random()
        if sort < QUICK:
            return 2 * MINUTE + 116 * MINUTE * dice.random() ** 2
        if sort < QUICK + SAME_DAY:
            return 2 * HOUR + 22 * HOUR * dice.random()
        return 24 * HOUR + 23 * HOUR * dice.random()

    def marks(
        self, session_id: str, week: int, students: Sequence[str], department_of: Mapping[str, str]
    ) -> dict[str, Mark]:
        """Who was there."""
        dice = self.dice("marks", session_id)
        found: dict[str, Mark] = {}
        for student in students:
            mood = self._moods[department_of[student]]
            truant = TRUANT * mood.truancy * mood.truancy_spell.at(week) * self._habit(student)
            fell = dice.random()
            if fell >= truant + LEAVE + LATE + LEFT_EARLY:
                found[student] = "present"
            elif fell < truant:
                found[student] = "absent"
            elif fell < truant + LEAVE:
                found[student] = "leave"
            else:
                found[student] = "late" if fell < truant + LEAVE + LATE else "left_early"
        return found

    def _habit(self, student_id: str) -> float:
        """One student in twenty-five is often truant; the ids are random, so they say which."""
        return 8.0 if int(student_id[-2:], 16) % 25 == self._seed % 25 else 0.7

    def slack(self, department_id: str, what: str, week: int) -> float:
        """How much worse than usual a department keeps its deadlines of a kind, in a week; 1 is usual."""
        mood, dice = self._moods[department_id], self.dice("slack", what, department_id)
        spell = Spell(begin := dice.randint(2, 13), begin + 2, dice.uniform(1.5, 3.0))
        return sqrt(mood.usual) * dice.choice(HABITS) * spell.at(week)

    def keenness(self, department_id: str, what: str) -> float:
        """How good a department is at something, between -1 and 1."""
        return self.dice("keenness", what, department_id).uniform(-1, 1)

    def number(self, mean: float, *words: object) -> int:
        """How often something rare happens, with a mean (Poisson)."""
        dice, found = self.dice("number", *words), 0
        left = dice.random()
        share = exp(-mean)
        while left > share and found < 20:
            left -= share
            found += 1
            share *= mean / found
        return found
