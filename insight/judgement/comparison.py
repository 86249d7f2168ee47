"""A value beside that of another span."""

import msgspec

from insight.kpi.spans import Span
from insight.kpi.targets import TargetSide

MOVED_PERCENT = 10.0  # less is what chance makes of a good day and a bad one


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """`value` is what it was in `span`; `percent` is None where it was 0 or is not known."""

    span: Span
    value: float | None
    difference: float | None
    percent: float | None


def compare(value: float | None, other: float | None, span: Span) -> Change:
    if value is None or other is None:
        return Change(span=span, value=other, difference=None, percent=None)
    difference = value - other
    percent = difference / abs(other) * 100 if other else None
    return Change(span=span, value=other, difference=difference, percent=percent)


def moved(value: float | None, before: float | None) -> TargetSide | None:
    """To which side a value went from what it was before, by more than chance; None: to none, or not known."""
    if value is None or before is None or abs(value - before) * 100 < MOVED_PERCENT * abs(before) or value == before:
        return None
    return TargetSide.ABOVE if value > before else TargetSide.BELOW
