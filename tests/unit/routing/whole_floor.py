"""A provider's home and two clients with everything that a tenant can set up, and a gateway that does as it is told."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec.structs import replace

from kernel.contracts.calls import Fault
from kernel.contracts.codec import pack, unpack
from kernel.contracts.queues import (
    CALLBACK_CALENDAR,
    Comfort,
    LastAgent,
    MessageRules,
    Overflow,
    OverflowCause,
    Target,
    ToCallback,
    ToFlow,
    ToNumber,
    ToVoicemail,
    WaitingRules,
)
from kernel.contracts.telephony import TelephonyCommand, TelephonyReport
from kernel.primitives.ids import CallId, QueueId, TenantId, UserId
from kernel.primitives.phone import PhoneNumber
from routing.acd.decide import Decision, RoutingInput, RulesAdopted, next_timer
from routing.acd.flow_book import FlowBook
from routing.acd.flow_standings import Standing
from routing.acd.flow_words import FlowErrand
from routing.acd.picturing import picture_of
from routing.acd.state import RoutingState
from routing.flows.calendars.calendar import Calendar, Opening
from routing.reconciler.picture import Picture
from tests.unit.routing.far_side import FarSide
from tests.unit.routing.floor import FAR_END, SALES_NUMBER, SUPPORT_NUMBER
from tests.unit.routing.flow_documents import FLOW, flows_of
from tests.unit.routing.shared import BLUE, BLUE_NUMBER, HOME, RED, RED_NUMBER, RED_TRUNK, SharedFloor

TENANTS = (HOME, RED, BLUE)
NUMBERS = (SALES_NUMBER, SALES_NUMBER, SUPPORT_NUMBER, RED_NUMBER, BLUE_NUMBER)
RUNG_AT = (Opening("09:00", "09:03"), Opening("09:06", "20:00"))
AS_WORK = MessageRules(offered=True)
TWO_HEARD = Comfort(prompts=("patience",), first_seconds=10.0, every_seconds=15.0, say_position=True, say_wait=True)


def waiting(*, full: Target, waited: Target, nobody: Target) -> WaitingRules:
    """Room for two; the third, and who has waited 20 s, go on, as do all whom nobody serves."""
    limits = (
        Overflow(OverflowCause.FULL, full),
        Overflow(OverflowCause.WAITED, waited, 20.0),
        Overflow(OverflowCause.NO_AGENTS, nobody),
    )
    return WaitingRules(capacity=2, overflows=limits, comfort=TWO_HEARD, voicemail=AS_WORK)


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
        self.far = FarSide()

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

    # --- the gateway, whose every call and softphone routing hears of ---

    def arrive(self, called: PhoneNumber = SALES_NUMBER, call: CallId | None = None) -> CallId:
        call = call or CallId(self.ids.new())
        self.far.begin(call, self.owner_of(called))
        return super().arrive(called, call)

    def reach(self, agent: UserId, reachable: bool = True, fault: Fault = Fault.CONNECTION) -> Decision:
        self.far.reach(agent, self.agent(agent).home, reachable=reachable)
        return super().reach(agent, reachable, fault)

    def reported(self, goes_well: bool) -> Iterator[TelephonyReport]:
        """What the gateway has to tell of the commands since, in their order; else nobody answers and nothing works."""
        commands, self.obeyed = self.commands[self.obeyed :], len(self.commands)
        for command in commands:
            report = self.far.carry_out(command, goes_well, self.stamp(command.tenant))
            if report is not None:
                yield report

    @property
    def unheard(self) -> Sequence[TelephonyCommand]:
        """What the gateway has not read yet."""
        return self.commands[self.obeyed :]

    def lose_a_command(self) -> TelephonyCommand:
        self.obeyed += 1
        return self.commands[self.obeyed - 1]

    def picture(self, told_until: datetime | None) -> Picture:
        seen = self.far.surroundings(TENANTS)
        return picture_of(self.state, self.now, next_timer(self.state), seen, told_until)

    def queue_of(self, tenant: TenantId) -> QueueId:
        return self.directories[tenant].queues[0].queue
