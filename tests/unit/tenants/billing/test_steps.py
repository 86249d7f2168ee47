"""Levels over time against counting second by second."""

from hypothesis import given
from hypothesis import strategies as st

from tenants.billing.steps import Peak, Steps
from tests.unit.tenants.billing.histories import peak_by_brute_force

times = st.integers(-20, 120)
changes = st.lists(st.tuples(times, st.integers(-3, 3)), max_size=20)
openings = st.integers(0, 5)


def level(changes: list[tuple[int, int]], opening: int, second: int) -> int:
    return opening + sum(change for time, change in changes if time <= second)


@given(changes, openings, times, times)
def test_the_integral_is_the_sum_over_all_seconds(
    changes: list[tuple[int, int]], opening: int, one: int, other: int
) -> None:
    start, end = sorted((one, other))
    expected = sum(level(changes, opening, second) for second in range(start, end))
    assert Steps(changes, opening).integral(start, end) == expected


@given(changes, openings, times, times)
def test_pieces_cover_the_span_and_have_their_level(
    changes: list[tuple[int, int]], opening: int, one: int, other: int
) -> None:
    start, end = sorted((one, other))
    pieces = list(Steps(changes, opening).pieces(start, end))
    seconds = [second for piece in pieces for second in range(piece.start, piece.end)]
    assert seconds == list(range(start, end))
    assert all(piece.level == level(changes, opening, piece.start) for piece in pieces)


@given(changes, openings, times, times, st.integers(0, 60))
def test_the_peak_is_what_counting_every_second_finds(
    changes: list[tuple[int, int]], opening: int, one: int, other: int, lasting: int
) -> None:
    start, end = sorted((one, other))
    peak = Steps(changes, opening).peak(start, end, lasting)
    assert (0 if peak is None else peak.level) == peak_by_brute_force(changes, opening, start, end, lasting)
    if peak is not None:
        assert start <= peak.start < peak.end <= end
        assert peak.end - peak.start >= lasting
        assert min(level(changes, opening, second) for second in range(peak.start, peak.end)) >= peak.level


def test_of_equal_peaks_the_earliest_is_told() -> None:
    steps = Steps([(10, 2), (20, -2), (30, 2), (50, -2)])
    assert steps.peak(0, 100, 10) == Peak(2, 10, 20)
    assert steps.peak(0, 100, 15) == Peak(2, 30, 50)
