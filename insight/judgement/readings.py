"""One indicator as a person reads it: the value, or why there is none; the target; what it was before; why, and who."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from uuid import UUID

import msgspec

from insight.judgement.causes import Evidence, Finding, causes
from insight.judgement.comparison import Change, compare
from insight.judgement.targets import TargetBook
from insight.kpi.figures import Choices, Figures
from insight.kpi.given_sums import Input
from insight.kpi.indicators import INDICATORS, Indicator, Level
from insight.kpi.spans import Span
from insight.kpi.targets import Target, TargetSide

WHERE: Mapping[Input, tuple[str, str]] = {
    Input.SHIFTS: ("shifts", "Workforce > Schedules"),
    Input.FORECASTS: ("a forecast", "Workforce > Forecasts"),
    Input.STAFF: ("when people joined and left", "People > Staff records"),
    Input.SCORES: ("evaluations", "Quality > Evaluations"),
    Input.COSTS: ("costs", "Reports > Costs"),
    Input.SURVEYS: ("surveys of callers", "Quality > Surveys"),
    Input.WRAP_UP_CODES: ("wrap-up codes", "the desk, at the end of each call"),
}
"""What to enter, and at which place of the consoles."""


class Status(StrEnum):
    MEASURED = "measured"
    NOTHING_TO_MEASURE = "nothing_to_measure"  # no such call, or no such time, in the span
    NO_DATA = "no_data"  # `hint` says what to enter, and where
    NOT_AT_THIS_LEVEL = "not_at_this_level"


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """`before` is the period before, `weekday` the same weekdays and hours before; `causes` only where out of range."""

    key: str
    version: int
    unit: str
    status: Status
    value: float | None = None
    hint: str = ""
    target: Target | None = None
    missed: TargetSide | None = None
    before: Change | None = None
    weekday: Change | None = None
    causes: tuple[Finding, ...] = ()


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of one place in a span, and of the same place in the spans that it is compared with."""

    level: Level
    scope: UUID
    span: Span
    figures: Figures
    before: tuple[Span, Figures]
    weekday: tuple[Span, Figures] | None = None  # None: the clock never showed that hour then


class Reader:
    """`has` is what was ever given; without it an indicator that needs it says so."""

    def __init__(self, targets: TargetBook, choices: Choices, has: frozenset[Input]) -> None:
        self._targets = targets
        self._choices = choices
        self._has = has

    def read(self, row: Row) -> Sequence[Reading]:
        """All 23, in the order of the trade's list."""
        return [self._read(indicator, row) for indicator in INDICATORS]

    def _read(self, indicator: Indicator, row: Row) -> Reading:
        if row.level not in indicator.levels:
            return _reading(indicator, Status.NOT_AT_THIS_LEVEL, _elsewhere(indicator))
        value = indicator.evaluate(row.figures, self._choices)
        if value is None:
            missing = [need for need in indicator.needs if need not in self._has]
            return _reading(indicator, Status.NO_DATA if missing else Status.NOTHING_TO_MEASURE, hint(missing))
        target = self._targets.find(indicator.key, row.level, row.scope)
        due = None if target is None else target.over(row.span.milliseconds)
        missed = None if due is None else due.missed(value)
        return Reading(
            key=indicator.key,
            version=indicator.version,
            unit=indicator.unit,
            status=Status.MEASURED,
            value=value,
            target=due,
            missed=missed,
            before=self._compared(indicator, value, row.before),
            weekday=None if row.weekday is None else self._compared(indicator, value, row.weekday),
            causes=() if missed is None else causes(indicator.key, missed, self._evidence(row)),
        )

    def _compared(self, indicator: Indicator, value: float, other: tuple[Span, Figures]) -> Change:
        span, figures = other
        return compare(value, indicator.evaluate(figures, self._choices), span)

    def _evidence(self, row: Row) -> Evidence:
        return Evidence(
            level=row.level,
            figures=row.figures,
            before=row.before[1],
            choices=self._choices,
            target=lambda key: self._targets.find(key, row.level, row.scope),
            has=self._has,
        )


def hint(missing: Sequence[Input]) -> str:
    """`no data: enter shifts at Workforce > Schedules`; empty where nothing is missing."""
    told = [f"enter {what} at {where}" for what, where in (WHERE[need] for need in missing)]
    return f"no data: {'; '.join(told)}" if told else ""


def _elsewhere(indicator: Indicator) -> str:
    return f"told by {' and '.join(indicator.levels)}"


def _reading(indicator: Indicator, status: Status, hint: str) -> Reading:
    return Reading(key=indicator.key, version=indicator.version, unit=indicator.unit, status=status, hint=hint)
