"""All that causes are tested by: the indicators, and shares of what they are made of."""

from collections.abc import Callable, Mapping

import msgspec

from insight.kpi.counters import TransferMode, TransferTarget
from insight.kpi.figures import Choices, Figures
from insight.kpi.formulas import Formula, ratio
from insight.kpi.given_sums import Input
from insight.kpi.indicators import ALL, CALLERS, INDICATORS, PEOPLE, Level
from insight.kpi.targets import Target

FORECAST_TOLERANCE_PERCENT = 10.0  # what planning allows a good forecast to miss by
BREAKS = ("break", "meal")  # not-ready reasons that are rest; all others are other work
_PERCENT_OF_MILLICALLS = 100_000  # per cent, and a thousand for each call


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """`range` is where it should be, for those that are no indicators: theirs is set by targets."""

    key: str
    name: str
    unit: str
    evaluate: Formula
    needs: tuple[Input, ...] = ()
    range: Target | None = None
    levels: tuple[Level, ...] = ALL


def _share(part: Callable[[Figures], float], whole: Callable[[Figures], float]) -> Formula:
    return lambda figures, choices: ratio(part(figures), whole(figures), 100)


def _volume(figures: Figures, choices: Choices) -> float | None:
    return ratio(figures.offered, figures.given.forecast_millicalls, _PERCENT_OF_MILLICALLS)


def _not_ready_ms(figures: Figures, resting: bool) -> int:
    states = ((*key.partition(":"), spent) for key, spent in figures.sums.state_ms.items())
    return sum(spent for state, _, reason, spent in states if state == "not_ready" and (reason in BREAKS) is resting)


_OWN = (
    Measure(
        key="volume_against_forecast",
        name="Calls offered against the forecast",
        unit="%",
        evaluate=_volume,
        needs=(Input.FORECASTS,),
        range=Target(low=100 - FORECAST_TOLERANCE_PERCENT, high=100 + FORECAST_TOLERANCE_PERCENT),
        levels=CALLERS,
    ),
    Measure(
        key="other_work_share",
        name="Time not ready for other work than calls, of the time logged in",
        unit="%",
        evaluate=_share(lambda figures: _not_ready_ms(figures, False), lambda figures: figures.logged_in_ms),
        levels=PEOPLE,
    ),
    Measure(
        key="break_share",
        name="Time in breaks, of the time logged in",
        unit="%",
        evaluate=_share(lambda figures: _not_ready_ms(figures, True), lambda figures: figures.logged_in_ms),
        levels=PEOPLE,
    ),
    Measure(
        key="blind_share",
        name="Blind transfers, of all transfers",
        unit="%",
        evaluate=_share(lambda figures: figures.transfers(TransferMode.BLIND), lambda figures: figures.transfers()),
    ),
    Measure(
        key="to_queue_share",
        name="Transfers to another queue, of all transfers",
        unit="%",
        evaluate=_share(
            lambda figures: figures.transfers(target=TransferTarget.QUEUE), lambda figures: figures.transfers()
        ),
    ),
    Measure(
        key="caller_satisfaction",
        name="Callers who are content: 4 or 5 of 5",
        unit="%",
        evaluate=_share(lambda figures: figures.given.content, lambda figures: figures.given.surveys),
        needs=(Input.SURVEYS,),
    ),
    Measure(
        key="coded_share",
        name="Answered calls with a wrap-up code",
        unit="%",
        evaluate=_share(lambda figures: figures.given.coded, lambda figures: figures.given.contacts),
    ),
)

MEASURES: Mapping[str, Measure] = {
    each.key: each
    for each in (
        *(
            Measure(
                key=each.key,
                name=each.name,
                unit=each.unit,
                evaluate=each.evaluate,
                needs=each.needs,
                levels=each.levels,
            )
            for each in INDICATORS
        ),
        *_OWN,
    )
}
