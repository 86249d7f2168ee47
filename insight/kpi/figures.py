"""What indicators are evaluated on: sums over any number of cells, and what people gave beside the log."""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from insight.kpi.counters import Counters, count_within, transfers_with
from insight.kpi.given_sums import GivenSums
from kernel.contracts.calls import AgentState
from kernel.contracts.directory import SERVICE_LEVEL_SECONDS, SHORT_ABANDON_SECONDS


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
    """Sums over any number of cells, with every queue's own thresholds applied; `span_ms` is what they are sums over.

    `span_ms` 0: not told, and what needs it has no value.
    """

    sums: Counters = msgspec.field(default_factory=Counters)
    given: GivenSums = msgspec.field(default_factory=GivenSums)
    answered_within: int = 0
    abandoned_within: int = 0
    short_abandons: int = 0
    span_ms: int = 0

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

    @property
    def logged_in_ms(self) -> int:
        return sum(self.sums.state_ms.values())

    def transfers(self, mode: str = "", target: str = "") -> int:
        """Of that mode and to that target, as in `counters.transfer_key`; empty: of any."""
        return transfers_with(self.sums.transfers, mode, target)


def gather(cells: Iterable[tuple[Counters, Thresholds]], given: GivenSums | None = None, span_ms: int = 0) -> Figures:
    figures = Figures(given=given or GivenSums(), span_ms=span_ms)
    for counters, thresholds in cells:
        figures.sums.add(counters)
        figures.answered_within += count_within(counters.answer_waits, thresholds.service_level_seconds)
        figures.abandoned_within += count_within(counters.abandon_waits, thresholds.service_level_seconds)
        figures.short_abandons += count_within(counters.abandon_waits, thresholds.short_abandon_seconds)
    return figures


def together(parts: Iterable[Figures]) -> Figures:
    """Several clients of a provider as one, each with its own queues' thresholds; all of one span."""
    whole = Figures()
    for part in parts:
        whole.sums.add(part.sums)
        whole.given.add(part.given)
        whole.answered_within += part.answered_within
        whole.abandoned_within += part.abandoned_within
        whole.short_abandons += part.short_abandons
        whole.span_ms = max(whole.span_ms, part.span_ms)
    return whole
