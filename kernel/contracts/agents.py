"""What a tenant's settings say about its agents' time: read-only values."""

import msgspec

RECOVERY_SECONDS = 120.0  # agents say that one to two minutes are needed after a hard call
WRAP_UP_LIMIT_SECONDS = 300.0  # whoever needs more writes it down in the back office, with a reason of its own
WRAP_UP_STEP_SECONDS = 60.0  # what one wish for more time gives
ABUSE_REASONS = ("insult", "threat", "harassment")


class ReasonCap(msgspec.Struct, frozen=True, kw_only=True):
    """How many agents may be not ready for this reason at once, and each how long; None: no limit."""

    reason: str
    at_once: int | None = None
    seconds: float | None = None


class AgentRules(msgspec.Struct, frozen=True, kw_only=True):
    """Of one tenant's own agents, whomever they work for."""

    caps: tuple[ReasonCap, ...] = ()
    recovery_seconds: float = RECOVERY_SECONDS
    wrap_up_step_seconds: float = WRAP_UP_STEP_SECONDS
    abuse_reasons: tuple[str, ...] = ABUSE_REASONS

    def cap(self, reason: str) -> ReasonCap | None:
        return next((cap for cap in self.caps if cap.reason == reason), None)
