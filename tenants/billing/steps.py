"""Levels that change over time: their integral, and their highest lasting peak. Times are epoch seconds."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import NamedTuple


class Peak(NamedTuple):
    """A level that was held from `start` to `end`."""

    level: int
    start: int
    end: int


class Steps:
    """A level given by its changes in any order: from `time` on it is higher by `change`."""

    def __init__(self, changes: Iterable[tuple[int, int]], opening: int = 0) -> None:
        summed: dict[int, int] = {}
        for time, change in changes:
            summed[time] = summed.get(time, 0) + change
        self._times = sorted(time for time, change in summed.items() if change)
        self._levels = list(accumulate((summed[time] for time in self._times), initial=opening))
        self._areas = [0]
        for place in range(1, len(self._times)):
            lasted = self._times[place] - self._times[place - 1]
            self._areas.append(self._areas[-1] + self._levels[place] * lasted)

    def level(self, time: int) -> int:
        return self._levels[bisect_right(self._times, time)]

    def integral(self, start: int, end: int) -> int:
        """Level times seconds from `start` to `end`."""
        return self._area(end) - self._area(start)

    def _area(self, time: int) -> int:
        """From the first change to `time`; negative before it, so that differences are right."""
        if not self._times:
            return self._levels[0] * time
        place = bisect_right(self._times, time)
        if place == 0:
            return -self._levels[0] * (self._times[0] - time)
        return self._areas[place - 1] + self._levels[place] * (time - self._times[place - 1])

    def pieces(self, start: int, end: int) -> Iterator[Peak]:
        """The span in order of time, cut where the level changes."""
        place = bisect_right(self._times, start)
        while start < end:
            until = min(self._times[place], end) if place < len(self._times) else end
            yield Peak(self._levels[place], start, until)
            start, place = until, place + 1

    def peak(self, start: int, end: int, lasting: int) -> Peak | None:
        """The highest level that was reached or passed for `lasting` seconds without a break inside the span.

        Of equal ones the earliest; None when it never was above 0 for so long. One pass: each piece waits on a stack
        until a lower one ends it, which then knows how far to both sides the level was at least as high.
        """
        best: Peak | None = None
        waiting: list[tuple[int, int]] = []  # (level, since), rising
        for piece in (*self.pieces(start, end), Peak(0, end, end)):
            since = piece.start
            while waiting and waiting[-1][0] >= piece.level:
                level, since = waiting.pop()
                long_enough = level > 0 and piece.start - since >= lasting
                if long_enough and (best is None or (level, -since) > (best.level, -best.start)):
                    best = Peak(level, since, piece.start)
            waiting.append((piece.level, since))
        return best
