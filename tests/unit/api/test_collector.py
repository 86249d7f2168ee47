"""Circles that are young go at once, old ones when nobody is on the telephone, and in the end whatever happens."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from api.collector import AT_LATEST_SECONDS, LOOK_SECONDS, THROUGH_SECONDS, Collector


class Circle:
    """Holds itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def by_hand() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


def left_behind() -> weakref.ref[Circle]:
    return weakref.ref(Circle())


def test_what_is_young_is_found_by_the_next_look() -> None:
    circle = left_behind()
    assert circle() is not None
    Collector(0.0, lambda: False).look(LOOK_SECONDS)
    assert circle() is None


@pytest.mark.parametrize(
    ("quiet", "seconds", "found"),
    [
        (True, THROUGH_SECONDS - 1, False),
        (True, THROUGH_SECONDS, True),
        (False, THROUGH_SECONDS, False),
        (False, AT_LATEST_SECONDS - 1, False),
        (False, AT_LATEST_SECONDS, True),
    ],
)
def test_what_grew_old_waits_for_its_time(quiet: bool, seconds: float, found: bool) -> None:
    grown_old = Circle()
    circle = weakref.ref(grown_old)
    collector = Collector(0.0, lambda: quiet)
    collector.look(1.0)
    del grown_old
    collector.look(2.0)
    assert circle() is not None
    collector.look(seconds)
    assert (circle() is None) == found


def test_it_looks_through_all_once_each_time() -> None:
    collector = Collector(0.0, lambda: True)
    collector.look(THROUGH_SECONDS)
    grown_old = Circle()
    circle = weakref.ref(grown_old)
    collector.look(THROUGH_SECONDS + 1)
    del grown_old
    collector.look(2 * THROUGH_SECONDS - 1)
    assert circle() is not None
    collector.look(2 * THROUGH_SECONDS)
    assert circle() is None
