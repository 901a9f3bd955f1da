"""Chance with a seed: the same draws on every machine and every Python.

Only `random.Random.random()` is promised to give the same numbers in every version of Python, so
every draw is built on it. Not for secrets.
"""

import hashlib
from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """Draws that depend on the seed and on what they are for, never on what was drawn elsewhere.

    Args:
        seed: the portfolio's seed.
        path: what the draws are for, such as `"building", 12`: another path, other draws. A
            building can thus be made without making the ones before it.
    """

    def __init__(self, seed: int, *path: str | int) -> None:
        text = "/".join([str(seed), *(str(part) for part in path)])
        self._unit = Random(
            int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
        ).random

    def happens(self, probability: float) -> bool:
        """Returns True that often."""
        return self._unit() < probability

    def between(self, low: int, high: int) -> int:
        """Returns an integer from `low` to `high`, both included."""
        return low + int(self._unit() * (high - low + 1))

    def pick(self, choices: Sequence[T]) -> T:
        """Returns one of `choices`, each as likely."""
        return choices[int(self._unit() * len(choices))]

    def weighted(self, choices: Sequence[tuple[T, int]]) -> T:
        """Returns one of `choices`, each as likely as its weight."""
        rest = int(self._unit() * sum(weight for _, weight in choices))
        for choice, weight in choices:
            if rest < weight:
                return choice
            rest -= weight
        return choices[-1][0]

    def shuffled(self, choices: Sequence[T]) -> list[T]:
        """Returns `choices` in another order."""
        deck = list(choices)
        for last in range(len(deck) - 1, 0, -1):
            other = int(self._unit() * (last + 1))
            deck[last], deck[other] = deck[other], deck[last]
        return deck

    def digits(self, count: int) -> str:
        """Returns `count` digits, leading zeros kept."""
        return f"{int(self._unit() * 10**count):0{count}d}"
