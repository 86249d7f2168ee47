"""Stretches of time in milliseconds of Unix time: sets of moments, added, subtracted and cut with each other."""

from collections.abc import Iterable

Stretch = tuple[int, int]
"""From the first (inclusive) to the second (exclusive)."""


def united(stretches: Iterable[Stretch]) -> list[Stretch]:
    """In order and apart from each other, whatever overlapped."""
    whole: list[Stretch] = []
    for start, end in sorted(stretches):
        if start >= end:
            continue
        if whole and start <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(end, whole[-1][1]))
        else:
            whole.append((start, end))
    return whole


def common(one: Iterable[Stretch], other: Iterable[Stretch]) -> list[Stretch]:
    """What lies in both."""
    first, second = united(one), united(other)
    shared: list[Stretch] = []
    i = j = 0
    while i < len(first) and j < len(second):
        start, end = max(first[i][0], second[j][0]), min(first[i][1], second[j][1])
        if start < end:
            shared.append((start, end))
        if first[i][1] <= second[j][1]:
            i += 1
        else:
            j += 1
    return shared


def without(one: Iterable[Stretch], other: Iterable[Stretch]) -> list[Stretch]:
    """What lies in the first and not in the other."""
    kept = united(one)
    for start, end in united(other):
        kept = [part for a, b in kept for part in ((a, min(b, start)), (max(a, end), b)) if part[0] < part[1]]
    return kept


def length(stretches: Iterable[Stretch]) -> int:
    return sum(end - start for start, end in united(stretches))


def spread(total: int, over: Stretch, within: Stretch) -> int:
    """The part of an evenly spread whole number that falls within; parts side by side add up to the whole exactly."""
    start, end = over
    first, last = max(start, within[0]), min(end, within[1])
    if first >= last:
        return 0
    return total * (last - start) // (end - start) - total * (first - start) // (end - start)
