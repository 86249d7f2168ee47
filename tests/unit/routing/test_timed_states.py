"""No agent stays in a timed state past its end, whatever agents, callers and supervisors do."""

import contextlib
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from kernel.contracts.agents import RECOVERY_SECONDS, WRAP_UP_LIMIT_SECONDS, AgentRules, ReasonCap
from kernel.contracts.calls import AgentState
from kernel.contracts.desk import EndAbusiveCall, ExtendWrapUp, LogIn, RequestState
from kernel.contracts.supervision import ForceState, MoveWaiting, PickWaiting, SupervisorAct, TakeOver
from kernel.primitives.errors import CordboardError
from kernel.primitives.ids import UserId
from routing.acd.decide import SupervisorIntent
from routing.agents import machine
from routing.agents.model import Agent
from routing.agents.timing import time_out_of
from tests.unit.routing.audit import Auditor
from tests.unit.routing.floor import ANN, BEN, EVA, RING, SALES, SUPPORT, ZOE, Floor
from tests.unit.routing.routing_machine import AGENTS, DIRECTORIES, RoutingMachine

BREAK = 45.0
RULES = AgentRules(caps=(ReasonCap(reason="break", at_once=2, seconds=BREAK),))
ALLOWED = {
    (AgentState.OFFERED, ""): RING,
    (AgentState.WRAP_UP, ""): WRAP_UP_LIMIT_SECONDS,
    (AgentState.NOT_READY, "break"): BREAK,
    (AgentState.NOT_READY, "recovery"): RECOVERY_SECONDS,
}
QUEUES = (SALES, SUPPORT)
STATES = (AgentState.AVAILABLE, AgentState.NOT_READY, AgentState.LOGGED_OUT)


class SupervisedMachine(RoutingMachine):
    """All that the routing machine does, and what takes time or power."""

    def __init__(self) -> None:
        super().__init__()
        self.floor = Floor(1, agent_rules=RULES)
        self.auditor = Auditor(self.floor.state)

    @rule(changes=st.sampled_from(DIRECTORIES))
    def adopt(self, changes: dict[str, Any]) -> None:
        self.floor.adopt(agent_rules=RULES, **changes)

    # --- time ---

    @rule(place=st.integers(0, 3))
    def extend(self, place: int) -> None:
        agent = self.some_agent(place, AgentState.WRAP_UP)
        self.attempt(agent, ExtendWrapUp(call=self.floor.agent(agent).call or self.some_call(place)))

    @rule(place=st.integers(0, 3))
    def end_abusive_call(self, place: int) -> None:
        agent = self.some_agent(place, AgentState.CONNECTED)
        call = self.floor.agent(agent).call or self.some_call(place)
        self.attempt(agent, EndAbusiveCall(call=call, reason="threat"))

    @rule(place=st.integers(0, 3), state=st.sampled_from(AgentState))
    def pause(self, place: int, state: AgentState) -> None:
        wish = RequestState(state=AgentState.NOT_READY, reason="break")
        self.attempt(self.some_agent(place, state), wish)

    @rule(agent=st.sampled_from((ANN, BEN, EVA)), desk=st.sampled_from(("one", "two")), take_over=st.booleans())
    def sit_down(self, agent: UserId, desk: str, take_over: bool) -> None:
        self.attempt(agent, LogIn(desk=desk, take_over=take_over))

    # --- power ---

    def act(self, act: SupervisorAct) -> None:
        with contextlib.suppress(CordboardError):
            self.floor.take(SupervisorIntent(self.floor.tenant, ZOE, act))

    @rule(agent=st.sampled_from(AGENTS), state=st.sampled_from(STATES), reason=st.sampled_from(("", "break")))
    def force(self, agent: UserId, state: AgentState, reason: str) -> None:
        self.act(ForceState(agent=agent, state=state, reason=reason))

    @rule(place=st.integers(0, 9), chosen=st.sampled_from((None, None, ANN, BEN)), queue=st.sampled_from(QUEUES))
    def rearrange(self, place: int, chosen: UserId | None, queue: Any) -> None:
        self.act(MoveWaiting(call=self.some_call(place), queue=queue))
        self.act(PickWaiting(call=self.some_call(place), agent=chosen))

    @rule(place=st.integers(0, 9))
    def take_over(self, place: int) -> None:
        self.get_ready(ZOE)
        self.act(TakeOver(call=self.some_call(place)))

    # --- what holds ---

    @rule(seconds=st.sampled_from((0.0, 1.0, 45.0, 61.0)))
    def nobody_is_past_the_end(self, seconds: float) -> None:
        self.floor.wait(seconds)
        for agent in self.floor.state.agents:
            assert agent.deadline is None or agent.deadline > self.floor.now
            self.not_longer_than_allowed(agent)

    def not_longer_than_allowed(self, agent: Agent) -> None:
        reason = agent.reason if agent.state is AgentState.NOT_READY else ""
        allowed = ALLOWED.get((agent.state, reason))
        if allowed is not None and agent.since is not None and agent.until is not None:
            assert (self.floor.now - agent.since).total_seconds() < allowed, "longer than any wish can make it"

    @invariant()
    def every_timed_state_has_a_way_out(self) -> None:
        for agent in self.floor.state.agents:
            if agent.deadline is not None:
                assert (agent.state, time_out_of(agent)) in machine.TABLE


TestSupervised = SupervisedMachine.TestCase
TestSupervised.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
