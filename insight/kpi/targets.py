"""Ranges that indicators should be in."""

from enum import StrEnum

import msgspec

YEAR_MS = 365 * 86_400_000  # targets told per year are meant for a common one


class TargetSide(StrEnum):
    BELOW = "below"
    ABOVE = "above"


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """From `low` to `high`, both inclusive; None: no such limit.

    `per_year`: the limits are for a year, and shrink with the span that a value is of. `currency`: of limits in its
    minor units; they say nothing about another currency.
    """

    low: float | None = None
    high: float | None = None
    per_year: bool = False
    currency: str = ""

    def __post_init__(self) -> None:
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"a target's low end is not above its high end: {self.low} to {self.high}")

    def over(self, span_ms: int) -> "Target":
        """The limits for a span of that length."""
        if not self.per_year:
            return self
        share = span_ms / YEAR_MS
        low = None if self.low is None else self.low * share
        high = None if self.high is None else self.high * share
        return Target(low=low, high=high, currency=self.currency)

    def missed(self, value: float) -> TargetSide | None:
        """On which side the value is out of the range; None: it is in."""
        if self.low is not None and value < self.low:
            return TargetSide.BELOW
        if self.high is not None and value > self.high:
            return TargetSide.ABOVE
        return None
