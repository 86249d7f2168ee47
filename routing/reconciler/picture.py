"""What each side tells of itself at one moment. A side that was not heard of is None: nothing is concluded from it."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from kernel.contracts.calls import AgentState
from kernel.contracts.reconciling import NOTHING, Dialog, Holding
from kernel.primitives.ids import CallId, TenantId, UserId
from routing.calls.model import CallPhase


class AgentPart(msgspec.Struct, frozen=True, kw_only=True):
    """As routing has it. `by_phone`: the call is at a telephone, the softphone has no part in it.

    `telephone`: calls are taken by one, over a line of its own or one for each call, and no softphone is needed.
    `errand`: something else than a call keeps the agent, such as a callback to take, or a colleague's call.
    """

    tenant: TenantId
    state: AgentState
    call: CallId | None = None
    until: datetime | None = None
    reachable: bool = False
    by_phone: bool = False
    telephone: bool = False
    errand: bool = False


class CallPart(msgspec.Struct, frozen=True, kw_only=True):
    """As routing has it; `until` is when its phase ends by itself."""

    tenant: TenantId
    phase: CallPhase
    agent: UserId | None = None
    until: datetime | None = None


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """`agents` and `calls` are routing's, as are its `tenants` and its next `timer`; `holdings` are the gateway's,
    `legs` the engine's, all of them.

    `told_until`: whatever was told between routing and the gateway before that has arrived; None: all has.
    """

    at: datetime
    tenants: tuple[TenantId, ...]
    agents: Mapping[UserId, AgentPart]
    calls: Mapping[CallId, CallPart]
    timer: datetime | None = None
    holdings: Mapping[TenantId, Holding] | None = None
    legs: frozenset[str] | None = None
    told_until: datetime | None = None

    def holding(self, tenant: TenantId) -> Holding:
        return NOTHING if self.holdings is None else self.holdings.get(tenant, NOTHING)

    def dialog(self, name: CallId, tenant: TenantId) -> Dialog | None:
        return self.holding(tenant).dialogs.get(name)
