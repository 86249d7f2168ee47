"""Why an indicator is out of its range: each known cause tested against the data."""

from collections.abc import Callable
from enum import StrEnum

import msgspec

from insight.judgement.comparison import moved
from insight.judgement.links import LINKS, Cause, Links
from insight.judgement.measures import MEASURES
from insight.kpi.figures import Choices, Figures
from insight.kpi.given_sums import Input
from insight.kpi.indicators import BY_KEY, Level
from insight.kpi.targets import Target, TargetSide

DEEPEST = 3  # an answer that goes on asking why is not read any more


class Verdict(StrEnum):
    OUT_OF_RANGE = "out_of_range"  # the measure misses its own target, on the side that does the harm
    MOVED = "moved"  # in its range or without one, and clearly worse than in the period before
    NOT_MOVED = "not_moved"
    NO_DATA = "no_data"
    NOT_IN_DATA = "not_in_data"  # somebody has to ask


ACTS = frozenset({Verdict.OUT_OF_RANGE, Verdict.MOVED})


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """`needs` is what would have to be given, where there is no data; `because` are the findings about this cause."""

    cause: Cause
    verdict: Verdict
    value: float | None = None
    before: float | None = None
    target: Target | None = None
    needs: tuple[Input, ...] = ()
    because: "tuple[Finding, ...]" = ()


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of a place of that level in the span and the period before; `target` tells an indicator's there."""

    level: Level
    figures: Figures
    before: Figures
    choices: Choices
    target: Callable[[str], Target | None]
    has: frozenset[Input] = frozenset()  # what was ever given

    def values(self, measure: str) -> tuple[float | None, float | None]:
        """Now and before; None: nothing to measure, or not at this level."""
        evaluate = MEASURES[measure].evaluate
        if self.level not in MEASURES[measure].levels:
            return None, None
        return evaluate(self.figures, self.choices), evaluate(self.before, self.choices)

    def missing(self, measure: str) -> tuple[Input, ...]:
        """What somebody could give so that there is a value at this level."""
        found = MEASURES[measure]
        return tuple(need for need in found.needs if need not in self.has) if self.level in found.levels else ()

    def range_of(self, measure: str) -> Target | None:
        """An indicator's is the place's; the other measures have their own, which nobody sets."""
        target = self.target(measure) if measure in BY_KEY else MEASURES[measure].range
        return None if target is None else target.over(self.figures.span_ms)


def causes(key: str, side: TargetSide, evidence: Evidence, links: Links = LINKS) -> tuple[Finding, ...]:
    """What is known to put the indicator out on that side, what shows it first; empty: nothing is known."""
    return _causes((key, side), evidence, links, ())


def _causes(
    effect: tuple[str, TargetSide], evidence: Evidence, links: Links, seen: tuple[tuple[str, TargetSide], ...]
) -> tuple[Finding, ...]:
    if effect in seen or len(seen) >= DEEPEST:
        return ()
    found = [_test(cause, evidence, links, (*seen, effect)) for cause in links.get(effect, ())]
    return tuple(sorted(found, key=lambda finding: _ORDER.index(finding.verdict)))


_ORDER = tuple(Verdict)


def _test(cause: Cause, evidence: Evidence, links: Links, seen: tuple[tuple[str, TargetSide], ...]) -> Finding:
    if cause.measure is None:
        return Finding(cause=cause, verdict=Verdict.NOT_IN_DATA)
    value, before = evidence.values(cause.measure)
    target = evidence.range_of(cause.measure)
    if value is None:
        return Finding(cause=cause, verdict=Verdict.NO_DATA, needs=evidence.missing(cause.measure))
    verdict = _verdict(cause, value, before, target)
    because = _causes((cause.measure, cause.worse), evidence, links, seen) if verdict in ACTS else ()
    return Finding(cause=cause, verdict=verdict, value=value, before=before, target=target, because=because)


def _verdict(cause: Cause, value: float, before: float | None, target: Target | None) -> Verdict:
    if target is not None and target.missed(value) is cause.worse:
        return Verdict.OUT_OF_RANGE
    return Verdict.MOVED if moved(value, before) is cause.worse else Verdict.NOT_MOVED
