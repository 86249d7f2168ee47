"""What a bill says of a centre's cost, where nobody entered any: what is asked for, and as what it counts. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from insight.given.contracts import Cost
from insight.kpi.spans import Span

LONGEST = timedelta(days=31)  # a month of a large centre is a hundred thousand billed minutes: a second's work


def unentered(spans: Iterable[Span], entered: Sequence[Cost] | None, now: datetime) -> list[Span]:
    """The parts of these spans, none of them twice, that are over and of which no cost of the tenant was entered.

    A span of which some was entered is not asked about at all: half a bill beside half an entry is no cost.
    """
    asked = [Span(span.start, min(span.end, now)) for span in spans if span.end - span.start <= LONGEST]
    open_ = [span for span in asked if span.start < span.end and not _is_entered(span, entered or ())]
    edges = sorted({moment for span in open_ for moment in span})
    parts = [Span(start, end) for start, end in pairwise(edges)]
    return [part for part in parts if any(part.start >= span.start and part.end <= span.end for span in open_)]


def _is_entered(span: Span, entered: Sequence[Cost]) -> bool:
    return any(cost.start < span.end and cost.end > span.start for cost in entered)


def as_costs(billed: Iterable[tuple[Span, int]]) -> tuple[Cost, ...]:
    """Each in minor units, as if it had been entered for the tenant as a whole."""
    return tuple(
        Cost(id=UUID(int=place), start=span.start, end=span.end, minor=minor)
        for place, (span, minor) in enumerate(billed, start=1)
    )
