"""Pictures of a floor on which all sides agree, but for what a test changes."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from kernel.contracts.calls import AgentState
from kernel.contracts.reconciling import Dialog, Holding
from kernel.primitives.ids import CallId, TenantId, UserId
from routing.calls.model import CallPhase
from routing.reconciler.picture import AgentPart, CallPart, Picture

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TENANT = TenantId(UUID(int=1))
ANN, BEN = UserId(UUID(int=0xA001)), UserId(UUID(int=0xA002))
CALL, OTHER = CallId(UUID(int=0xC001)), CallId(UUID(int=0xC002))


def part(state: AgentState, **values: Any) -> AgentPart:
    return AgentPart(tenant=TENANT, state=state, **values)


TALKS = part(AgentState.CONNECTED, call=CALL, reachable=True)
IDLE = part(AgentState.AVAILABLE, reachable=True)
TALK = CallPart(tenant=TENANT, phase=CallPhase.CONNECTED, agent=ANN)
WAITS = CallPart(tenant=TENANT, phase=CallPhase.QUEUED)
JOINED = Dialog(leg="far", agent=ANN)


def picture(**changes: Any) -> Picture:
    """Ann talks, Ben is free; all sides agree. What the gateway holds may be changed by its names."""
    held: dict[str, Any] = {"dialogs": {CALL: JOINED}, "softphones": frozenset({ANN, BEN}), "strays": {}}
    holding = Holding(**{name: changes.pop(name, value) for name, value in held.items()})
    values: dict[str, Any] = {
        "at": NOW,
        "tenants": (TENANT,),
        "agents": {ANN: TALKS, BEN: IDLE},
        "calls": {CALL: TALK},
        "holdings": {TENANT: holding},
        "legs": frozenset({"far", "ann", "ben"}),
    }
    return Picture(**(values | changes))
