"""The indicators that calls and agent states alone give, of the 23 that the trade counts by."""

from collections.abc import Callable, Iterable
from enum import StrEnum

import msgspec

from insight.kpi.counters import Counters, count_within
from kernel.contracts.calls import AgentState
from kernel.contracts.directory import SERVICE_LEVEL_SECONDS, SHORT_ABANDON_SECONDS

FORMULA_VERSION = 1  # changes with every formula, so that figures of two versions are never compared unawares
RING_CADENCE_MS = 6000  # one ring: 2 s of tone, 4 s of silence
_HOUR_MS = 3_600_000


class ServiceLevelVariant(StrEnum):
    """How calls that were not answered count in the service level; `docs/indicators.md` has each in words."""

    OFFERED = "offered"
    WITHOUT_SHORT_ABANDONS = "without_short_abandons"
    ANSWERED_ONLY = "answered_only"
    ABANDONED_WITHIN_IS_MET = "abandoned_within_is_met"


class Thresholds(msgspec.Struct, frozen=True):
    """A queue's own limits, in seconds."""

    service_level_seconds: float = SERVICE_LEVEL_SECONDS
    short_abandon_seconds: float = SHORT_ABANDON_SECONDS


class Choices(msgspec.Struct, frozen=True):
    """What a tenant chooses about the formulas."""

    service_level: ServiceLevelVariant = ServiceLevelVariant.OFFERED
    wrap_up_is_occupied: bool = False


class Figures(msgspec.Struct, kw_only=True):
    """Sums over any number of cells, with every queue's own thresholds applied."""

    sums: Counters = msgspec.field(default_factory=Counters)
    answered_within: int = 0
    abandoned_within: int = 0
    short_abandons: int = 0

    @property
    def offered(self) -> int:
        return self.sums.answered + self.sums.abandoned + self.sums.blocked

    @property
    def connected(self) -> int:
        """Calls that reached the centre."""
        return self.sums.answered + self.sums.abandoned

    @property
    def abandoned(self) -> int:
        """Without the short ones."""
        return self.sums.abandoned - self.short_abandons

    def state_ms(self, *states: AgentState) -> int:
        """Time in any of the states, whatever the reason."""
        return sum(spent for key, spent in self.sums.state_ms.items() if key.partition(":")[0] in states)


def gather(cells: Iterable[tuple[Counters, Thresholds]]) -> Figures:
    figures = Figures()
    for counters, thresholds in cells:
        figures.sums.add(counters)
        figures.answered_within += count_within(counters.answer_waits, thresholds.service_level_seconds)
        figures.abandoned_within += count_within(counters.abandon_waits, thresholds.service_level_seconds)
        figures.short_abandons += count_within(counters.abandon_waits, thresholds.short_abandon_seconds)
    return figures


class Indicator(msgspec.Struct, frozen=True, kw_only=True):
    """`number` is its place among the 23; `target` is the trade's default in words; `evaluate` gives None for 0 / 0."""

    number: int
    key: str
    name: str
    unit: str  # s, %, calls, rings, calls/h
    formula: str
    target: str
    evaluate: Callable[[Figures, Choices], float | None]


def _ratio(part: float, whole: float, factor: float = 1.0) -> float | None:
    return part / whole * factor if whole else None


def _handle_time(figures: Figures, choices: Choices) -> float | None:
    sums = figures.sums
    return _ratio(sums.talk_ms + sums.hold_ms + sums.wrap_up_ms, sums.handled, 0.001)


def _calls_per_hour(figures: Figures, choices: Choices) -> float | None:
    logged_in = sum(figures.sums.state_ms.values())
    return _ratio(figures.sums.answered, logged_in, _HOUR_MS)


def _occupancy(figures: Figures, choices: Choices) -> float | None:
    occupied = figures.state_ms(AgentState.CONNECTED)
    if choices.wrap_up_is_occupied:
        occupied += figures.state_ms(AgentState.WRAP_UP)
    idle = figures.state_ms(AgentState.AVAILABLE, AgentState.OFFERED)
    return _ratio(occupied, occupied + idle, 100)


def _service_level(figures: Figures, choices: Choices) -> float | None:
    met = figures.answered_within
    match choices.service_level:
        case ServiceLevelVariant.OFFERED:
            return _ratio(met, figures.offered, 100)
        case ServiceLevelVariant.WITHOUT_SHORT_ABANDONS:
            return _ratio(met, figures.offered - figures.short_abandons, 100)
        case ServiceLevelVariant.ANSWERED_ONLY:
            return _ratio(met, figures.sums.answered, 100)
        case ServiceLevelVariant.ABANDONED_WITHIN_IS_MET:
            return _ratio(met + figures.abandoned_within, figures.offered, 100)


def _of_sums(part: str, whole: str, factor: float = 1.0) -> Callable[[Figures, Choices], float | None]:
    return lambda figures, choices: _ratio(getattr(figures.sums, part), getattr(figures.sums, whole), factor)


INDICATORS = (
    Indicator(
        number=2,
        key="after_call_work",
        name="After-call work (ACW)",
        unit="s",
        formula="wrap-up time / wrap-ups finished",
        target="30–60 s",
        evaluate=_of_sums("wrap_up_ms", "wrap_ups", 0.001),
    ),
    Indicator(
        number=3,
        key="average_time_to_abandon",
        name="Average time to abandon",
        unit="s",
        formula="wait of abandoned calls, short ones too / abandoned calls",
        target="20–60 s",
        evaluate=_of_sums("abandon_wait_ms", "abandoned", 0.001),
    ),
    Indicator(
        number=5,
        key="average_handle_time",
        name="Average handle time (AHT)",
        unit="s",
        formula="(talk + hold + wrap-up) / calls handled",
        target="—",
        evaluate=_handle_time,
    ),
    Indicator(
        number=6,
        key="average_hold_time",
        name="Average hold time",
        unit="s",
        formula="hold time / calls handled",
        target="≤ 60 s",
        evaluate=_of_sums("hold_ms", "handled", 0.001),
    ),
    Indicator(
        number=7,
        key="average_rings_before_answer",
        name="Average rings before answer",
        unit="rings",
        formula="time from arrival to the answer of the call's leg, by greeting or agent / 6 s / calls picked up",
        target="few",
        evaluate=_of_sums("ring_ms", "picked_up", 1 / RING_CADENCE_MS),
    ),
    Indicator(
        number=8,
        key="average_queue_time",
        name="Average queue time",
        unit="s",
        formula="wait of answered calls that had to wait / answered calls that had to wait",
        target="—",
        evaluate=_of_sums("answered_queued_wait_ms", "answered_queued", 0.001),
    ),
    Indicator(
        number=9,
        key="average_speed_of_answer",
        name="Average speed of answer (ASA)",
        unit="s",
        formula="wait of all answered calls / answered calls",
        target="10 s",
        evaluate=_of_sums("answer_wait_ms", "answered", 0.001),
    ),
    Indicator(
        number=10,
        key="average_talk_time",
        name="Average talk time",
        unit="s",
        formula="talk time / calls handled",
        target="by call type",
        evaluate=_of_sums("talk_ms", "handled", 0.001),
    ),
    Indicator(
        number=11,
        key="calls_per_hour",
        name="Calls per hour",
        unit="calls/h",
        formula="answered calls / hours logged in, all states",
        target="—",
        evaluate=_calls_per_hour,
    ),
    Indicator(
        number=13,
        key="occupancy",
        name="Occupancy",
        unit="%",
        formula="connected time / (connected + available + offered time); wrap-up joins both where the tenant says so",
        target="—",
        evaluate=_occupancy,
    ),
    Indicator(
        number=14,
        key="abandon_rate",
        name="Abandon rate",
        unit="%",
        formula="abandoned calls without short ones / (answered + abandoned calls without short ones)",
        target="≤ 5 %",
        evaluate=lambda figures, choices: _ratio(figures.abandoned, figures.sums.answered + figures.abandoned, 100),
    ),
    Indicator(
        number=16,
        key="blocked_rate",
        name="Blocked (busy) rate",
        unit="%",
        formula="calls refused or lost before an agent, by no act of the caller / calls offered",
        target="—",
        evaluate=lambda figures, choices: _ratio(figures.sums.blocked, figures.offered, 100),
    ),
    Indicator(
        number=18,
        key="queued_rate",
        name="Queued rate",
        unit="%",
        formula="calls for which no agent was free within 1 s of queueing / calls offered",
        target="—",
        evaluate=lambda figures, choices: _ratio(figures.sums.queued, figures.offered, 100),
    ),
    Indicator(
        number=20,
        key="answer_rate",
        name="Answer rate",
        unit="%",
        formula="answered calls / (answered + abandoned calls without short ones)",
        target="≥ 95 %",
        evaluate=lambda figures, choices: _ratio(figures.sums.answered, figures.sums.answered + figures.abandoned, 100),
    ),
    Indicator(
        number=21,
        key="service_level",
        name="Service level",
        unit="%",
        formula="calls answered within the queue's threshold / calls offered (variants below)",
        target="80 % in 20 s",
        evaluate=_service_level,
    ),
    Indicator(
        number=22,
        key="calls_offered",
        name="Calls offered",
        unit="calls",
        formula="blocked + abandoned, short ones too + answered",
        target="—",
        evaluate=lambda figures, choices: figures.offered,
    ),
)


def evaluate(figures: Figures, choices: Choices) -> dict[str, float | int | None]:
    """All indicators by key, and the counts that they are read with."""
    values: dict[str, float | int | None] = {each.key: each.evaluate(figures, choices) for each in INDICATORS}
    return values | {
        "calls_answered": figures.sums.answered,
        "calls_abandoned": figures.abandoned,
        "calls_short_abandoned": figures.short_abandons,
        "calls_blocked": figures.sums.blocked,
        "calls_handled": figures.sums.handled,
        "outbound_calls": figures.sums.outbound,
        "outbound_answered": figures.sums.outbound_answered,
    }
