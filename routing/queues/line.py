"""Keys kept in order, so that the first is at hand: callers in a queue, idle agents, deadlines."""

from bisect import bisect_left, bisect_right, insort
from operator import itemgetter
from typing import Any, TypeVar

K = TypeVar("K", bound=tuple[Any, ...])

_place_of = itemgetter(0)


class Line(list[K]):
    """A sorted list without repetitions: finding a place is logarithmic, making room a memmove of pointers.

    Changed by `add` and `discard` alone; a list, so that looking at it costs no more than that.
    """

    __slots__ = ()

    def add(self, key: K) -> None:
        place = bisect_left(self, key)
        if place == len(self) or self[place] != key:
            insort(self, key, lo=place)

    def discard(self, key: K) -> None:
        place = bisect_left(self, key)
        if place < len(self) and self[place] == key:
            del self[place]

    @property
    def first(self) -> K | None:
        return self[0] if self else None

    def after(self, place: Any) -> int:
        """The index of the first key whose first part is greater; None: of the first key of all."""
        return 0 if place is None or not self else bisect_right(self, place, key=_place_of)
