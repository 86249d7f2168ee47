"""Times of the wall clock as instants, on the two days of a year that have too many or too few of them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


def instant_of(wall: datetime, zone: ZoneInfo, last: bool = False) -> datetime:
    """When the clock shows `wall` (naive), in UTC. Shown twice: the first time, or the `last` one.

    Never shown, because the clock is put forward over it: the moment at which that happens.
    """
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    second = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if second < first:  # PEP 495: in a gap, fold 0 and 1 read it by the offsets before and after
        return _change_between(second, first, zone)
    return second if last else first


def _change_between(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The second at which the offset changes; halved until it is found."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after
