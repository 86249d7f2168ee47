"""A provider's home and two clients with everything that a tenant can set up, and a gateway that does as it is told."""

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from kernel.contracts.calls import EndCause, EndReason, EndResult
from kernel.contracts.codec import pack, unpack
from kernel.contracts.queues import (
    CALLBACK_CALENDAR,
    Comfort,
    LastAgent,
    Overflow,
    OverflowCause,
    Target,
    ToCallback,
    ToFlow,
    ToNumber,
    ToVoicemail,
    WaitingRules,
)
from kernel.contracts.telephony import (
    AnswerCall,
    CallEstablished,
    CallPlayed,
    CallReleased,
    ConnectParty,
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
    TelephonyCommand,
    TelephonyReport,
)
from kernel.primitives.ids import CallId, QueueId, TenantId
from routing.acd.decide import Decision, RoutingInput, RulesAdopted
from routing.acd.flow_book import FlowBook
from routing.acd.flow_standings import Standing
from routing.acd.flow_words import FlowErrand
from routing.acd.state import RoutingState
from routing.flows.calendars.calendar import Calendar, Opening
from tests.unit.routing.floor import FAR_END, SALES_NUMBER, SUPPORT_NUMBER
from tests.unit.routing.flow_documents import FLOW, flows_of
from tests.unit.routing.shared import BLUE, BLUE_NUMBER, HOME, RED, RED_NUMBER, RED_TRUNK, SharedFloor

TENANTS = (HOME, RED, BLUE)
NUMBERS = (SALES_NUMBER, SALES_NUMBER, SUPPORT_NUMBER, RED_NUMBER, BLUE_NUMBER)
RUNG_AT = (Opening("09:00", "09:03"), Opening("09:06", "20:00"))
REFUSED = EndCause(EndResult.CALLEE, EndReason.BUSY, 486, 17)
TWO_HEARD = Comfort(prompts=("patience",), first_seconds=10.0, every_seconds=15.0, say_position=True, say_wait=True)


def waiting(*, full: Target, waited: Target, nobody: Target) -> WaitingRules:
    """Room for two; the third, and who has waited 20 s, go on, as do all whom nobody serves."""
    limits = (
        Overflow(OverflowCause.FULL, full),
        Overflow(OverflowCause.WAITED, waited, 20.0),
        Overflow(OverflowCause.NO_AGENTS, nobody),
    )
    return WaitingRules(capacity=2, overflows=limits, comfort=TWO_HEARD)


class WholeFloor(SharedFloor):
    def __init__(self) -> None:
        super().__init__()
        flows = flows_of()
        calendars = {**flows.calendars, CALLBACK_CALENDAR: Calendar(time_zone="UTC", weekly={"monday": RUNG_AT})}
        self.state.book = FlowBook({HOME: flows._replace(calendars=calendars)})
        self.standings: dict[CallId, Standing] = {}
        sales, support = self.directories[HOME].numbers
        self.change(HOME, numbers=(replace(sales, flow=FLOW), support))
        self.change(RED, outbound_trunk=RED_TRUNK, outbound_caller=RED_NUMBER)
        self.obeyed = 0

    def take(self, word: RoutingInput) -> Decision:
        try:
            return super().take(word)
        finally:
            for call, standing in self.last.standings.items():
                self.standings.pop(call, None)
                if standing is not None:
                    self.standings[call] = unpack(pack(standing), Standing)

    def limit_queues(self) -> None:
        """Everything that a queue can do with callers whom it cannot keep."""
        self._limit(HOME, full=ToCallback(), waited=ToFlow("other"), nobody=ToVoicemail())
        self._limit(RED, full=ToVoicemail(), waited=ToCallback(), nobody=ToNumber(FAR_END))
        self._limit(BLUE, full=ToNumber(FAR_END), waited=ToVoicemail(), nobody=ToVoicemail())

    def _limit(self, tenant: TenantId, **targets: Target) -> None:
        first, *others = self.directories[tenant].queues
        limited = replace(first, waiting=waiting(**targets))
        limited = replace(limited, distribution=replace(limited.distribution, last_agent=LastAgent(hold_seconds=5.0)))
        self.change(tenant, queues=(limited, *others))

    def restart(self, state: RoutingState) -> list[FlowErrand]:
        """Another owner with this state of the logs; returns what it asks of others once more."""
        state.book = self.state.book
        state.flows.restore(one for one in self.standings.values() if state.call(one.call) is not None)
        self.state = state
        return [FlowErrand(one.tenant, one.call, owed) for one in state.flows for owed in one.owed]

    def adopt_again(self) -> Decision:
        return self.take(RulesAdopted())

    # --- the gateway ---

    def reported(self, goes_well: bool) -> Iterator[TelephonyReport]:
        """What the gateway has to tell of the commands since, in their order; else nobody answers and nothing works."""
        commands, self.obeyed = self.commands[self.obeyed :], len(self.commands)
        for command in commands:
            report = self._report_of(command, goes_well)
            if report is not None:
                yield report

    def _report_of(self, command: TelephonyCommand, goes_well: bool) -> TelephonyReport | None:
        stamp: dict[str, Any] = self.stamp(command.tenant)
        match command:
            case AnswerCall():
                return CallEstablished(**stamp, call=command.call)
            case PlaceCall() if goes_well:
                return CallEstablished(**stamp, call=command.call)
            case PlaceCall():
                return CallReleased(**stamp, call=command.call, cause=REFUSED)
            case PlayToCaller() if command.prompts:
                return CallPlayed(**stamp, call=command.call, token=command.token)
            case ConnectParty() if goes_well:
                return PartyEstablished(**stamp, call=command.call, party=command.party)
            case ConnectParty():
                return PartyReleased(**stamp, call=command.call, party=command.party, cause=REFUSED)
            case DropParty():
                return PartyReleased(**stamp, call=command.call, party=command.party, cause=command.cause)
            case RecordMessage():
                kind = MessageBegun if goes_well else MessageFailed
                return kind(**stamp, call=command.call, recording=command.recording)
            case EndCall() | RejectCall():
                return CallReleased(**stamp, call=command.call, cause=command.cause)
            case _:
                return None

    def queue_of(self, tenant: TenantId) -> QueueId:
        return self.directories[tenant].queues[0].queue
