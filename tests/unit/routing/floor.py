"""Routing of one floor, mostly of one tenant, with a virtual clock and all logs in one list."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from kernel.contracts.calls import AgentState, EndCause, EndReason, EndResult, Fault
from kernel.contracts.codec import pack, unpack
from kernel.contracts.desk import AcceptOffer, DeskIntent, LogIn, RequestState
from kernel.contracts.directory import AgentProfile, NumberRoute, QueueRules, TenantDirectory
from kernel.contracts.log import AgentStateChanged, CallOffered, LogEvent, OfferMade
from kernel.contracts.telephony import (
    CallArrived,
    CallEstablished,
    CallPlayed,
    CallReleased,
    CallsAnnounced,
    SoftphoneChanged,
    TelephonyCommand,
)
from kernel.primitives.ids import CallId, EventId, NumberId, OfferId, QueueId, TenantId, TrunkId, UserId
from kernel.primitives.phone import PhoneNumber
from routing.acd.decide import AgentIntent, Decision, RoutingInput, RulesAdopted, TimersDue, decide, next_timer
from routing.acd.flow_words import FlowErrand
from routing.acd.fold import apply
from routing.acd.reports import GREETING_TOKEN
from routing.acd.state import RoutingState, Snapshot
from routing.agents.model import Agent
from routing.calls.model import Call
from routing.queues.rules import Rules

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CALLER = PhoneNumber("+442071838750")
STRANGER = PhoneNumber("+442071838799")
FAR_END = PhoneNumber("+442071838788")

TRUNK = TrunkId(UUID(int=0x7000))
SALES, SUPPORT = QueueId(UUID(int=0x5001)), QueueId(UUID(int=0x5002))
SALES_NUMBER, SUPPORT_NUMBER = PhoneNumber("+442071838701"), PhoneNumber("+442071838702")
ANN, BEN, EVA, ZOE = (UserId(UUID(int=0xA000 + place)) for place in range(1, 5))
NOBODY = UserId(UUID(int=0xA0FF))  # has no seat

RING, WRAP_UP = 20.0, 60.0

E = TypeVar("E")


def directory(tenant: TenantId, **changes: Any) -> TenantDirectory:
    values: dict[str, Any] = {
        "name": "Tenant",
        "time_zone": "Europe/London",
        "currency": "GBP",
        "queues": (
            QueueRules(queue=SALES, name="Sales", priority=5, ring_seconds=RING, wrap_up_seconds=WRAP_UP),
            QueueRules(queue=SUPPORT, name="Support", ring_seconds=RING, wrap_up_seconds=WRAP_UP, record=False),
        ),
        "agents": (
            AgentProfile(agent=ANN, name="Ann", queues=(SALES, SUPPORT), has_seat=True),
            AgentProfile(agent=BEN, name="Ben", queues=(SALES,), has_seat=True),
            AgentProfile(agent=EVA, name="Eva", queues=(SUPPORT,), has_seat=True),
            AgentProfile(agent=ZOE, name="Zoe", queues=(), has_seat=True),
            AgentProfile(agent=NOBODY, name="Nobody", queues=(SALES,), has_seat=False),
        ),
        "numbers": (
            NumberRoute(number=NumberId(UUID(int=1)), called=SALES_NUMBER, queue=SALES),
            NumberRoute(number=NumberId(UUID(int=2)), called=SUPPORT_NUMBER, queue=SUPPORT),
        ),
        "outbound_trunk": TRUNK,
        "outbound_caller": SALES_NUMBER,
    }
    return TenantDirectory(tenant=tenant, **(values | changes))


class CountingIds:
    def __init__(self, tenant: int) -> None:
        self._next = tenant << 64

    def new(self) -> UUID:
        self._next += 1
        return UUID(int=self._next)


class Floor:
    def __init__(self, number: int, **changes: Any) -> None:
        self.tenant = TenantId(UUID(int=number))
        self.ids = CountingIds(number)
        self.now = START
        self.directories = {self.tenant: directory(self.tenant, **changes)}
        self.rules = self.read_rules()
        self.state = RoutingState(self.rules)
        self.log: list[LogEvent] = []
        self.commands: list[TelephonyCommand] = []
        self.errands: list[FlowErrand] = []
        self.last = Decision((), ())

    # --- driving ---

    def take(self, word: RoutingInput) -> Decision:
        self.last = decide(self.state, word, self.now, self.ids, keep=True)
        self.log += self.last.events
        self.commands.extend(self.last.commands)
        self.errands.extend(self.last.errands)
        if self.last.refusal is not None:
            raise self.last.refusal
        return self.last

    def wish(self, agent: UserId, intent: DeskIntent) -> Decision:
        return self.take(AgentIntent(self.agent(agent).home, agent, intent))

    def wait(self, seconds: float) -> None:
        """Time goes by; timers fire when they are due."""
        end = self.now + timedelta(seconds=seconds)
        while (timer := next_timer(self.state)) is not None and timer <= end:
            self.now = max(timer, self.now)
            self.take(TimersDue())
        self.now = end

    def adopt(self, **changes: Any) -> Decision:
        self.directories[self.tenant] = directory(self.tenant, **changes)
        return self.adopt_all()

    def adopt_all(self) -> Decision:
        self.rules = self.read_rules()
        self.state.adopt(self.rules)
        return self.take(RulesAdopted())

    def read_rules(self) -> Rules:
        return Rules(list(self.directories.values()), self.now)

    def stamp(self, tenant: TenantId | None = None) -> dict[str, Any]:
        return {"id": EventId(self.ids.new()), "tenant": tenant or self.tenant, "at": self.now}

    def refold(self, log: Sequence[LogEvent] | None = None) -> RoutingState:
        state = RoutingState(self.rules)
        for event in self.log if log is None else log:
            apply(state, unpack(pack(event), LogEvent))
        return state

    def restored(self) -> RoutingState:
        """From a snapshot of each tenant's part, as they are stored."""
        state = RoutingState(self.rules)
        for tenant in self.rules.tenants:
            state.restore(tenant, unpack(pack(self.state.snapshot(tenant)), Snapshot))
        return state

    # --- reports ---

    def arrive(self, called: PhoneNumber = SALES_NUMBER, call: CallId | None = None) -> CallId:
        call = call or CallId(self.ids.new())
        stamp = self.stamp(self.owner_of(called))
        self.take(CallArrived(**stamp, call=call, trunk=TRUNK, called=called, caller=CALLER))
        return call

    def establish(self, call: CallId) -> Decision:
        return self.take(CallEstablished(**self.stamp_of(call), call=call))

    def played(self, call: CallId, token: str = GREETING_TOKEN) -> Decision:
        return self.take(CallPlayed(**self.stamp_of(call), call=call, token=token))

    def release(self, call: CallId, reason: EndReason = EndReason.HANGUP_BY_CALLER) -> Decision:
        return self.take(CallReleased(**self.stamp_of(call), call=call, cause=EndCause(EndResult.COMPLETED, reason)))

    def reach(self, agent: UserId, reachable: bool = True, fault: Fault = Fault.CONNECTION) -> Decision:
        stamp = self.stamp(self.agent(agent).home)
        return self.take(SoftphoneChanged(**stamp, agent=agent, reachable=reachable, fault=fault))

    def announce(self, calls: Sequence[CallId], agents: Sequence[UserId], tenant: TenantId | None = None) -> Decision:
        return self.take(CallsAnnounced(**self.stamp(tenant), calls=tuple(calls), agents=tuple(agents)))

    def owner_of(self, called: PhoneNumber) -> TenantId:
        """Whose number it is; strangers' reach the first tenant's trunk."""
        routes = ((tenant, route) for tenant, each in self.directories.items() for route in each.numbers)
        return next((tenant for tenant, route in routes if route.called == called), self.tenant)

    def stamp_of(self, call: CallId) -> dict[str, Any]:
        offered = next((event for event in self.events(CallOffered) if event.call == call), None)
        return self.stamp(None if offered is None else offered.tenant)

    # --- shortcuts ---

    def queued(self, called: PhoneNumber = SALES_NUMBER) -> CallId:
        call = self.arrive(called)
        self.establish(call)
        self.played(call)
        return call

    def not_ready(self, *agents: UserId) -> None:
        for agent in agents:
            self.wish(agent, LogIn())
            self.reach(agent)

    def available(self, *agents: UserId) -> None:
        for agent in agents:
            self.not_ready(agent)
            self.wish(agent, RequestState(state=AgentState.AVAILABLE))

    def offered(self, agent: UserId = ANN, called: PhoneNumber = SALES_NUMBER) -> CallId:
        self.available(agent)
        return self.queued(called)

    def accept(self, agent: UserId) -> Decision:
        return self.wish(agent, AcceptOffer(offer=self.offer_of(agent)))

    def connected(self, agent: UserId = ANN, called: PhoneNumber = SALES_NUMBER) -> CallId:
        call = self.offered(agent, called)
        self.accept(agent)
        return call

    def wrapping_up(self, agent: UserId = ANN, called: PhoneNumber = SALES_NUMBER) -> CallId:
        call = self.connected(agent, called)
        self.release(call)
        return call

    # --- looking ---

    def agent(self, agent: UserId) -> Agent:
        return self.state.agent(agent)

    def call(self, call: CallId) -> Call:
        found = self.state.call(call)
        assert found is not None
        return found

    def offer_of(self, agent: UserId) -> OfferId:
        offer = self.offer_to(agent)
        assert offer is not None
        return offer

    def offer_to(self, agent: UserId) -> OfferId | None:
        name = self.agent(agent).call
        call = None if name is None else self.state.call(name)
        return None if call is None else call.offer

    def events(self, kind: type[E]) -> list[E]:
        return [event for event in self.log if isinstance(event, kind)]

    def offers(self, agent: UserId) -> list[CallId]:
        return [event.call for event in self.events(OfferMade) if event.agent == agent]

    def states(self, agent: UserId) -> list[tuple[AgentState, str]]:
        return [(event.state, event.reason) for event in self.events(AgentStateChanged) if event.agent == agent]

    def sent(self, kind: type[E]) -> list[E]:
        return [command for command in self.commands if isinstance(command, kind)]


def kinds(decision: Decision) -> list[str]:
    return [type(message).__name__ for message in (*decision.events, *decision.commands)]
