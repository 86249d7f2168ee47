"""The gateway and its engine, as far as routing can tell: what they hold, and what they report of each command."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from kernel.contracts.calls import EndCause, EndReason, EndResult
from kernel.contracts.reconciling import Dialog, Holding, Surroundings
from kernel.contracts.telephony import (
    AnswerCall,
    CallEstablished,
    CallPlayed,
    CallReleased,
    ConnectAgent,
    ConnectParty,
    DisconnectAgent,
    DropParty,
    EndCall,
    MessageBegun,
    MessageFailed,
    PartyEstablished,
    PartyReleased,
    PlaceCall,
    PlayToCaller,
    RecordMessage,
    RejectCall,
    ShutSoftphone,
    SoftphoneChanged,
    TakePlace,
    TelephonyCommand,
    TelephonyReport,
)
from kernel.primitives.ids import CallId, TenantId, UserId
from routing.calls.model import FAR

REFUSED = EndCause(EndResult.CALLEE, EndReason.BUSY, 486, 17)
HUNG_UP = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_CALLER)


class Held(msgspec.Struct):
    """A call as the gateway has it: `agent` is whom it was told to join; `silent`: the engine has lost its leg."""

    tenant: TenantId
    agent: UserId | None = None
    silent: bool = False


class FarSide:
    """`goes_well`: who is dialled answers, and messages can be recorded."""

    def __init__(self) -> None:
        self.calls: dict[CallId, Held] = {}
        self.softphones: dict[UserId, TenantId] = {}
        self.strays: dict[CallId, TenantId] = {}

    def begin(self, call: CallId, tenant: TenantId) -> None:
        self.calls[call] = Held(tenant)

    def end(self, call: CallId) -> bool:
        """Whether there was one."""
        return self.calls.pop(call, None) is not None

    def reach(self, agent: UserId, home: TenantId, *, reachable: bool) -> None:
        if reachable:
            self.softphones[agent] = home
            return
        self.softphones.pop(agent, None)
        for held in self.calls.values():
            held.agent = None if held.agent == agent else held.agent

    def carry_out(self, order: TelephonyCommand, goes_well: bool, stamp: dict[str, Any]) -> TelephonyReport | None:
        if isinstance(order, ShutSoftphone):
            return self._shut(order, stamp)
        if isinstance(order, PlaceCall) and goes_well:
            self.begin(order.call, order.tenant)
            self.calls[order.call].agent = order.agent
            return CallEstablished(**stamp, call=order.call)
        if isinstance(order, PlaceCall):
            return CallReleased(**stamp, call=order.call, cause=REFUSED)
        if order.call not in self.calls:
            return None
        if isinstance(order, RecordMessage):
            kind = MessageBegun if goes_well else MessageFailed
            return kind(**stamp, call=order.call, recording=order.recording)
        if isinstance(order, ConnectParty | DropParty | TakePlace):
            return self._of_a_party(order, goes_well, stamp)
        return self._in_a_call(order, stamp)

    def _shut(self, order: ShutSoftphone, stamp: dict[str, Any]) -> TelephonyReport | None:
        if order.agent not in self.softphones:
            return None
        self.reach(order.agent, order.tenant, reachable=False)
        return SoftphoneChanged(**stamp, agent=order.agent, reachable=False)

    def _in_a_call(self, order: TelephonyCommand, stamp: dict[str, Any]) -> TelephonyReport | None:
        match order:
            case AnswerCall():
                return CallEstablished(**stamp, call=order.call)
            case PlayToCaller() if order.prompts:
                return CallPlayed(**stamp, call=order.call, token=order.token)
            case ConnectAgent():
                self.calls[order.call].agent = order.agent
            case DisconnectAgent():
                self.calls[order.call].agent = None
            case EndCall() | RejectCall():
                self.end(order.call)
                return CallReleased(**stamp, call=order.call, cause=order.cause)
            case _:
                pass
        return None

    def _of_a_party(
        self, order: ConnectParty | DropParty | TakePlace, goes_well: bool, stamp: dict[str, Any]
    ) -> TelephonyReport:
        match order:
            case ConnectParty() if goes_well:
                return PartyEstablished(**stamp, call=order.call, party=order.party)
            case ConnectParty():
                return PartyReleased(**stamp, call=order.call, party=order.party, cause=REFUSED)
            case DropParty():
                return PartyReleased(**stamp, call=order.call, party=order.party, cause=order.cause)
            case TakePlace():
                gone = order.party if order.of == FAR else order.of
                return PartyReleased(**stamp, call=order.call, party=gone, cause=HUNG_UP)

    # --- what it shows of itself ---

    def surroundings(self, tenants: Iterable[TenantId]) -> Surroundings:
        legs = {_leg(call) for call, held in self.calls.items() if not held.silent} | {
            _leg(call) for call in self.strays
        }
        return Surroundings(tenants={one: self._holding(one) for one in tenants}, legs=frozenset(legs))

    def _holding(self, tenant: TenantId) -> Holding:
        return Holding(
            dialogs={call: self._dialog(call) for call in self.of(tenant)},
            softphones=frozenset(agent for agent, home in self.softphones.items() if home == tenant),
            strays={_leg(call): call for call, owner in self.strays.items() if owner == tenant},
        )

    def of(self, tenant: TenantId) -> Iterator[CallId]:
        return (call for call, held in self.calls.items() if held.tenant == tenant)

    def _dialog(self, call: CallId) -> Dialog:
        agent = self.calls[call].agent
        return Dialog(leg=_leg(call), agent=agent if agent in self.softphones else None)

    def delete_leg(self, leg: str) -> None:
        self.strays = {call: owner for call, owner in self.strays.items() if _leg(call) != leg}


def _leg(call: CallId) -> str:
    return f"{call}.far"
