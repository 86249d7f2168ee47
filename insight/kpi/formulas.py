"""What each indicator computes; every one gives None for nothing below the line."""

from collections.abc import Callable

from insight.kpi.counters import TransferMode
from insight.kpi.figures import Choices, Figures, ServiceLevelVariant
from kernel.contracts.calls import AgentState

RING_CADENCE_MS = 6000  # one ring: 2 s of tone, 4 s of silence
_HOUR_MS = 3_600_000

Formula = Callable[[Figures, Choices], float | None]


def ratio(part: float, whole: float, factor: float = 1.0) -> float | None:
    return part / whole * factor if whole else None


def of_sums(part: str, whole: str, factor: float = 1.0) -> Formula:
    return lambda figures, choices: ratio(getattr(figures.sums, part), getattr(figures.sums, whole), factor)


def of_given(part: str, whole: str, factor: float = 1.0) -> Formula:
    return lambda figures, choices: ratio(getattr(figures.given, part), getattr(figures.given, whole), factor)


def handle_time(figures: Figures, choices: Choices) -> float | None:
    sums = figures.sums
    return ratio(sums.talk_ms + sums.hold_ms + sums.wrap_up_ms, sums.handled, 0.001)


def calls_per_hour(figures: Figures, choices: Choices) -> float | None:
    return ratio(figures.sums.answered, figures.logged_in_ms, _HOUR_MS)


def occupancy(figures: Figures, choices: Choices) -> float | None:
    occupied = figures.state_ms(AgentState.CONNECTED)
    if choices.wrap_up_is_occupied:
        occupied += figures.state_ms(AgentState.WRAP_UP)
    idle = figures.state_ms(AgentState.AVAILABLE, AgentState.OFFERED)
    return ratio(occupied, occupied + idle, 100)


def abandon_rate(figures: Figures, choices: Choices) -> float | None:
    return ratio(figures.abandoned, figures.sums.answered + figures.abandoned, 100)


def answer_rate(figures: Figures, choices: Choices) -> float | None:
    return ratio(figures.sums.answered, figures.sums.answered + figures.abandoned, 100)


def blocked_rate(figures: Figures, choices: Choices) -> float | None:
    return ratio(figures.sums.blocked, figures.offered, 100)


def queued_rate(figures: Figures, choices: Choices) -> float | None:
    return ratio(figures.sums.queued, figures.offered, 100)


def calls_offered(figures: Figures, choices: Choices) -> float | None:
    return figures.offered


def service_level(figures: Figures, choices: Choices) -> float | None:
    met = figures.answered_within
    match choices.service_level:
        case ServiceLevelVariant.OFFERED:
            return ratio(met, figures.offered, 100)
        case ServiceLevelVariant.WITHOUT_SHORT_ABANDONS:
            return ratio(met, figures.offered - figures.short_abandons, 100)
        case ServiceLevelVariant.ANSWERED_ONLY:
            return ratio(met, figures.sums.answered, 100)
        case ServiceLevelVariant.ABANDONED_WITHIN_IS_MET:
            return ratio(met + figures.abandoned_within, figures.offered, 100)


def transfer_rate(figures: Figures, choices: Choices) -> float | None:
    return ratio(figures.transfers(), figures.sums.handled, 100)


def blind_transfer_rate(figures: Figures, choices: Choices) -> float | None:
    return ratio(figures.transfers(TransferMode.BLIND), figures.sums.handled, 100)


def attended_transfer_rate(figures: Figures, choices: Choices) -> float | None:
    return ratio(figures.transfers(TransferMode.ATTENDED), figures.sums.handled, 100)


def cost_per_call(figures: Figures, choices: Choices) -> float | None:
    """Nothing entered is no cost of 0."""
    return ratio(figures.given.cost_minor, figures.sums.handled) if figures.given.costs else None


def first_call_resolution(figures: Figures, choices: Choices) -> float | None:
    """Without a single wrap-up code nobody said what became of the calls."""
    return ratio(figures.given.resolved, figures.given.contacts, 100) if figures.given.coded else None


def agent_turnover(figures: Figures, choices: Choices) -> float | None:
    """Leavers of the span by the mean number of full-time staff in it; not stretched to a year."""
    return ratio(figures.given.leavers * figures.span_ms, figures.given.staff_ms, 100) if figures.span_ms else None
