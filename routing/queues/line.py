"""Keys kept in order, so that the first is at hand: callers in a queue, idle agents, deadlines."""

from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import Any, Generic, TypeVar, cast

K = TypeVar("K", bound=tuple[Any, ...])


class Line(Generic[K]):
    """A sorted list without repetitions: finding a place is logarithmic, making room a memmove of pointers."""

    __slots__ = ("_keys",)

    def __init__(self) -> None:
        self._keys: list[K] = []

    def add(self, key: K) -> None:
        place = bisect_left(self._keys, key)
        if place == len(self._keys) or self._keys[place] != key:
            insort(self._keys, key, lo=place)

    def discard(self, key: K) -> None:
        place = bisect_left(self._keys, key)
        if place < len(self._keys) and self._keys[place] == key:
            del self._keys[place]

    @property
    def first(self) -> K | None:
        return self._keys[0] if self._keys else None

    def __getitem__(self, place: int) -> K:
        return self._keys[place]

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[K]:
        return iter(self._keys)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Line) and self._keys == list(cast("Line[K]", other))

    __hash__ = None  # type: ignore[assignment]
