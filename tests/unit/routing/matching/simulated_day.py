"""A queue's day, first come first served, by chance from a seed."""

import random
from collections.abc import Iterator
from heapq import heapify, heappop, heapreplace
from typing import NamedTuple

import msgspec


class Centre(msgspec.Struct, frozen=True, kw_only=True):
    """Callers a second, agents, mean seconds of a call and of patience.

    From `change_at` on `agents_then` work: who is too many goes home after the call. `spread` is the standard deviation
    of the logarithm of a call's length (lognormal); None: exponential.
    """

    rate: float
    agents: int
    handle: float
    patience: float
    change_at: float = float("inf")
    agents_then: int = 0
    spread: float | None = None


class Caller(NamedTuple):
    """`wait` is how long one with endless patience would have waited; it is known of those who gave up too."""

    at: float
    wait: float
    patience: float

    @property
    def left_at(self) -> float:
        return self.at + min(self.wait, self.patience)

    @property
    def gave_up(self) -> bool:
        return self.patience < self.wait


def day(centre: Centre, seconds: float, seed: int) -> Iterator[Caller]:
    chance = random.Random(seed)
    free_at = [0.0] * centre.agents
    heapify(free_at)
    at = chance.expovariate(centre.rate)
    while at < seconds:
        while len(free_at) > max(1, centre.agents_then) and max(at, free_at[0]) >= centre.change_at:
            heappop(free_at)
        caller = Caller(at, max(0.0, free_at[0] - at), chance.expovariate(1 / centre.patience))
        if not caller.gave_up:
            heapreplace(free_at, at + caller.wait + _length(centre, chance))
        yield caller
        at += chance.expovariate(centre.rate)


def _length(centre: Centre, chance: random.Random) -> float:
    if centre.spread is None:
        return chance.expovariate(1 / centre.handle)
    return centre.handle * chance.lognormvariate(-(centre.spread**2) / 2, centre.spread)
