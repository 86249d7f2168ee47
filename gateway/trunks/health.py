"""Whether a trunk answers, as a table: OPTIONS in, up or down out (RFC 3261 11)."""

from enum import StrEnum
from types import MappingProxyType

from kernel.contracts.trunks import HealthCheck

DEAD_STATUSES = frozenset({408, 503})  # nobody answered, or who answers cannot serve; all others are signs of life


class HealthState(StrEnum):
    UNKNOWN = "unknown"  # used like one that is up
    UP = "up"
    DOWN = "down"


class Probe(StrEnum):
    ENOUGH_ANSWERS = "enough answers"
    ENOUGH_FAILURES = "enough failures"


HEALTH_TABLE = MappingProxyType(
    {
        (HealthState.UNKNOWN, Probe.ENOUGH_ANSWERS): HealthState.UP,
        (HealthState.UNKNOWN, Probe.ENOUGH_FAILURES): HealthState.DOWN,
        (HealthState.UP, Probe.ENOUGH_FAILURES): HealthState.DOWN,
        (HealthState.DOWN, Probe.ENOUGH_ANSWERS): HealthState.UP,
    }
)
"""Every pair that is not listed leaves the state as it is."""


class Health:
    """Of one trunk; the first answer is enough to be up, as nothing is known against it."""

    def __init__(self, state: HealthState = HealthState.UNKNOWN) -> None:
        self.state = state
        self._answers = 0
        self._failures = 0

    @property
    def usable(self) -> bool:
        return self.state is not HealthState.DOWN

    def answered(self, status: int, rules: HealthCheck) -> bool:
        """Take the outcome of one OPTIONS (408, 503: also where none came); whether the state changed."""
        if status in DEAD_STATUSES:
            self._failures, self._answers = self._failures + 1, 0
            enough = self._failures >= rules.down_after
            return enough and self._step(Probe.ENOUGH_FAILURES)
        self._answers, self._failures = self._answers + 1, 0
        enough = self.state is HealthState.UNKNOWN or self._answers >= rules.up_after
        return enough and self._step(Probe.ENOUGH_ANSWERS)

    def _step(self, probe: Probe) -> bool:
        after = HEALTH_TABLE.get((self.state, probe))
        if after is None:
            return False
        self.state = after
        return True
