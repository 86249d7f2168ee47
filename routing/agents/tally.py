"""What an agent did in one log-in, as far as it decides who is offered the next call."""

from datetime import datetime

import msgspec

from kernel.contracts.calls import AgentState
from kernel.primitives.ids import QueueId

ENGAGED = frozenset({AgentState.OFFERED, AgentState.CONNECTED, AgentState.WRAP_UP})


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """Up to `at`, when the agent came into the present state; empty while logged out."""

    logged_in_at: datetime | None = None
    at: datetime | None = None
    occupied_seconds: float = 0.0
    calls: int = 0
    offered_at: dict[QueueId, datetime] = {}

    @property
    def occupancy(self) -> float:
        """From 0 to 1."""
        if self.logged_in_at is None or self.at is None or self.at <= self.logged_in_at:
            return 0.0
        return min(1.0, self.occupied_seconds / (self.at - self.logged_in_at).total_seconds())


def counted(tally: Tally, former: AgentState, state: AgentState, queue: QueueId | None, at: datetime) -> Tally:
    """After a change from `former` to `state`; each log-in begins anew."""
    if state is AgentState.LOGGED_OUT:
        return Tally()
    if former is AgentState.LOGGED_OUT or tally.at is None:
        return Tally(logged_in_at=at, at=at)
    passed = max(0.0, (at - tally.at).total_seconds())
    offered = tally.offered_at
    if state is AgentState.OFFERED and queue is not None:
        offered = {**offered, queue: at}
    return Tally(
        logged_in_at=tally.logged_in_at,
        at=at,
        occupied_seconds=tally.occupied_seconds + (passed if former in ENGAGED else 0.0),
        calls=tally.calls + (state is AgentState.CONNECTED and former is not AgentState.CONNECTED),
        offered_at=offered,
    )
