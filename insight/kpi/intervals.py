"""Time as whole milliseconds of Unix time, cut at the edges of quarter hours."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo

INTERVAL_MS = 15 * 60 * 1000  # every time zone in use differs from UTC by whole quarter hours, so local days add up
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_ms(at: datetime) -> int:
    """Round down, so that the parts of a span always add up to the span."""
    return (at - _EPOCH) // _MILLISECOND


def from_ms(value: int) -> datetime:
    return _EPOCH + value * _MILLISECOND


def duration_ms(start: datetime, end: datetime) -> int:
    """Never negative: clocks of two machines may cross by a little."""
    return max(0, (end - _EPOCH) // _MILLISECOND - (start - _EPOCH) // _MILLISECOND)


def interval_of(at: datetime) -> int:
    """The start of the interval that holds `at`."""
    value = to_ms(at)
    return value - value % INTERVAL_MS


def cut(start: datetime, end: datetime) -> Iterator[tuple[int, int]]:
    """Split a span into (interval start, milliseconds inside it)."""
    begin, finish = to_ms(start), to_ms(end)
    while begin < finish:
        interval = begin - begin % INTERVAL_MS
        edge = min(finish, interval + INTERVAL_MS)
        yield interval, edge - begin
        begin = edge


def day_bounds(at: datetime, zone: tzinfo) -> tuple[int, int]:
    """Midnight to midnight of the local day that holds `at`; 23 or 25 hours apart where summer time begins or ends."""
    midnight = at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    following = (midnight + timedelta(hours=36)).replace(hour=0, minute=0, fold=0)
    return to_ms(midnight), to_ms(following)
