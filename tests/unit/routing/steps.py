"""What the property machines of routing share: steps of people and the gateway, and what must hold after each."""

import contextlib
from typing import ClassVar, Generic, TypeVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from kernel.contracts.calls import AgentState
from kernel.contracts.desk import AcceptOffer, DeskIntent, LogIn, RejectOffer, RequestState
from kernel.contracts.telephony import TelephonyReport
from kernel.primitives.errors import CordboardError
from kernel.primitives.ids import CallId, OfferId, UserId
from routing.acd.decide import next_timer
from routing.acd.state import RoutingState
from routing.calls.model import LIMITS, CallPhase
from tests.unit.routing.audit import Auditor
from tests.unit.routing.floor import Floor

PLACES = st.integers(0, 9)
SECONDS = st.sampled_from((0.0, 0.5, 0.5, 1.0, 5.0, 20.0, 30.0, 60.0, 300.0))
LONGEST_PHASE = max(limit.total_seconds() for limit in LIMITS.values())
NOTHING_KNOWN = UUID(int=0)

F = TypeVar("F", bound=Floor)


class FloorMachine(RuleBasedStateMachine, Generic[F]):
    """`AGENTS` are all who may log in."""

    AGENTS: ClassVar[tuple[UserId, ...]]

    def __init__(self, floor: F) -> None:
        super().__init__()
        self.floor = floor
        self.auditor = Auditor(floor.state)
        self.arrived: list[TelephonyReport] = []
        self.calls: list[CallId] = []

    # --- the gateway ---

    def report(self, report: TelephonyReport) -> None:
        self.arrived.append(report)
        self.floor.take(report)

    @precondition(lambda self: self.arrived)
    @rule(place=st.integers(0, 50))
    def an_old_report_comes_again(self, place: int) -> None:
        self.floor.take(self.arrived[-1 - place % len(self.arrived)])

    # --- who is meant ---

    def some_call(self, place: int, *phases: CallPhase) -> CallId:
        """One in these phases if there is any; else any, or one of the last that ended."""
        known = [call.call for call in self.floor.state.calls if not phases or call.phase in phases]
        known += [] if phases and known else self.calls[-3:]
        return known[place % len(known)] if known else CallId(self.floor.ids.new())

    def some_agent(self, place: int, state: AgentState) -> UserId:
        there = [agent.agent for agent in self.floor.state.agents if agent.state is state]
        return there[place % len(there)] if there else self.AGENTS[place % len(self.AGENTS)]

    def call_of(self, agent: UserId, place: int) -> CallId:
        return self.floor.agent(agent).call or self.some_call(place)

    # --- the agents ---

    def attempt(self, agent: UserId, intent: DeskIntent) -> None:
        with contextlib.suppress(CordboardError):
            self.floor.wish(agent, intent)

    @rule()
    def everybody_gets_ready(self) -> None:
        for agent in self.AGENTS:
            self.get_ready(agent)

    def get_ready(self, agent: UserId) -> None:
        self.attempt(agent, LogIn())
        self.floor.reach(agent)
        self.attempt(agent, RequestState(state=AgentState.AVAILABLE))

    @rule(takes=st.sampled_from((True, True, False)))
    def everybody_answers(self, takes: bool) -> None:
        for agent in self.AGENTS:
            self.attempt(agent, self.answer_of(agent, takes))

    def answer_of(self, agent: UserId, takes: bool) -> DeskIntent:
        offer = self.floor.offer_to(agent) or OfferId(NOTHING_KNOWN)
        return (AcceptOffer if takes else RejectOffer)(offer=offer)

    # --- time and restarts ---

    @rule(seconds=SECONDS)
    def wait(self, seconds: float) -> None:
        self.floor.wait(seconds)
        timer = next_timer(self.floor.state)
        assert timer is None or timer > self.floor.now, "a timed state past its end"

    def require_same(self, state: RoutingState) -> None:
        """What was rebuilt of the logs is what there was."""
        former = self.floor.state
        for tenant in self.floor.rules.tenants:
            assert state.snapshot(tenant) == former.snapshot(tenant)
        for queue in state.queues:
            assert state.waiting.calls(queue) == former.waiting.calls(queue)
            assert state.available.line(queue) == former.available.line(queue)

    # --- what must hold ---

    @invariant()
    def nobody_is_offered_twice_and_nobody_is_forgotten(self) -> None:
        self.auditor.follow(self.floor.log)
        self.auditor.check(self.floor.state, self.floor.rules)
        assert {message.tenant for message in self.floor.last.events} <= set(self.floor.rules.tenants)

    def everybody_leaves(self, seconds: float) -> None:
        """The gateway has nothing any more; after so long nobody is stuck."""
        self.floor.wait(LONGEST_PHASE)
        for tenant in self.floor.rules.tenants:
            self.floor.announce([], [], tenant)
        self.floor.wait(seconds)
        self.nobody_is_offered_twice_and_nobody_is_forgotten()
        state = self.floor.state
        assert not list(state.calls)
        assert {agent.state for agent in state.agents} <= {AgentState.LOGGED_OUT, AgentState.NOT_READY}
