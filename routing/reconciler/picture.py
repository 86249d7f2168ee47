"""What each side tells of itself at one moment. A side that was not heard of is None: nothing is concluded from it."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from kernel.contracts.calls import AgentState
from kernel.primitives.ids import CallId, TenantId, UserId
from routing.calls.model import CallPhase


class AgentPart(msgspec.Struct, frozen=True, kw_only=True):
    """As routing has it. `by_phone`: the call is at a telephone, the softphone has no part in it."""

    state: AgentState
    call: CallId | None = None
    until: datetime | None = None
    reachable: bool = False
    by_phone: bool = False


class CallPart(msgspec.Struct, frozen=True, kw_only=True):
    """As routing has it; `until` is when its phase ends by itself."""

    tenant: TenantId
    phase: CallPhase
    agent: UserId | None = None
    until: datetime | None = None


class Dialog(msgspec.Struct, frozen=True, kw_only=True):
    """A call as the gateway has it. `leg` is the engine's for the far end; `agent` is whom it is joined with."""

    tenant: TenantId
    leg: str | None = None
    agent: UserId | None = None


class Leg(msgspec.Struct, frozen=True, kw_only=True):
    """As the engine has it: of a call, or an agent's nailed-up one."""

    call: CallId | None = None
    agent: UserId | None = None


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """`softphones` are the agents whose nailed-up leg the gateway takes for able to carry sound.

    `agents` and `calls` are routing's, `dialogs` and `softphones` the gateway's, `legs` the engine's.
    """

    at: datetime
    agents: Mapping[UserId, AgentPart]
    calls: Mapping[CallId, CallPart]
    dialogs: Mapping[CallId, Dialog] | None = None
    softphones: frozenset[UserId] | None = None
    legs: Mapping[str, Leg] | None = None
