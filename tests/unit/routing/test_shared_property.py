"""Two clients with shared agents, in any order of calls, wishes, repeated reports, grants and restarts."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from insight.kpi.live import LiveView
from kernel.contracts.calls import AgentState
from kernel.contracts.desk import (
    DeskIntent,
    Dial,
    FinishWrapUp,
    HangUp,
    Hold,
    LogOut,
    RequestState,
    Retrieve,
)
from kernel.contracts.log import AgentStateChanged, GuestStateChanged, LogEvent, Logged
from kernel.contracts.telephony import CallArrived, CallsAnnounced, EndCall, SoftphoneChanged
from kernel.primitives.ids import CallId, TenantId, UserId
from routing.acd.decide import next_timer
from routing.agents.model import ENGAGED
from tests.unit.routing.floor import ANN, BEN, EVA, FAR_END, SALES_NUMBER, TRUNK
from tests.unit.routing.shared import BLUE, BLUE_NUMBER, HOME, RED, RED_NUMBER, RED_TRUNK, RON, SharedFloor
from tests.unit.routing.steps import FloorMachine

pytestmark = pytest.mark.timeout(180)  # some 10 s; a machine with other work takes its time

AGENTS = (ANN, BEN, EVA, RON)
NUMBERS = (RED_NUMBER, BLUE_NUMBER, RED_NUMBER, BLUE_NUMBER, SALES_NUMBER)
TENANTS = (HOME, RED, BLUE)
PRESENCE: tuple[DeskIntent, ...] = (
    LogOut(),
    RequestState(state=AgentState.AVAILABLE),
    RequestState(state=AgentState.NOT_READY, reason="break"),
    Dial(called=FAR_END),
    Dial(called=FAR_END, client=RED),
    Dial(called=FAR_END, client=BLUE),
)


Work = dict[tuple[UserId, TenantId, AgentState], timedelta]


class SharedMachine(FloorMachine[SharedFloor]):
    AGENTS = AGENTS

    def __init__(self) -> None:
        super().__init__(SharedFloor())
        self.floor.change(RED, outbound_trunk=RED_TRUNK)

    @initialize(ready=st.sets(st.sampled_from(AGENTS), min_size=1))
    def open_the_doors(self, ready: set[UserId]) -> None:
        self.floor.available(*sorted(ready))

    # --- callers and the gateway ---

    @rule(called=st.sampled_from(NUMBERS), count=st.integers(1, 3))
    def arrive(self, called: Any, count: int) -> None:
        for _ in range(count):
            self.calls.append(self.floor.queued(called))
            self.floor.wait(0.5)

    @rule(place=st.integers(0, 9), what=st.sampled_from(("establish", "played", "release", "release")))
    def report_of_a_call(self, place: int, what: str) -> None:
        getattr(self.floor, what)(self.some_call(place))

    @rule(tenant=st.sampled_from(TENANTS), called=st.sampled_from(NUMBERS))
    def a_call_comes_by_any_trunk(self, tenant: TenantId, called: Any) -> None:
        call = CallId(self.floor.ids.new())
        stamp = self.floor.stamp(tenant)
        self.report(CallArrived(**stamp, call=call, trunk=TRUNK, called=called, caller=None))

    @rule(tenant=st.sampled_from(TENANTS), agent=st.sampled_from(AGENTS), reachable=st.booleans())
    def a_softphone_of_any_tenant(self, tenant: TenantId, agent: UserId, reachable: bool) -> None:
        self.report(SoftphoneChanged(**self.floor.stamp(tenant), agent=agent, reachable=reachable))

    @rule(tenant=st.sampled_from(TENANTS), kept=st.sampled_from((7, 7, 5, 0)), gone=st.sampled_from((None, ANN)))
    def announce(self, tenant: TenantId, kept: int, gone: UserId | None) -> None:
        calls = [call.call for place, call in enumerate(self.floor.state.calls) if kept >> (place % 3) & 1]
        agents = tuple(agent.agent for agent in self.floor.state.agents if agent.reachable and agent.agent != gone)
        self.report(CallsAnnounced(**self.floor.stamp(tenant), calls=tuple(calls), agents=agents))

    # --- the agents ---

    @rule(agent=st.sampled_from(AGENTS), what=st.sampled_from((HangUp, Hold, Retrieve)), place=st.integers(0, 3))
    def use_call(self, agent: UserId, what: Any, place: int) -> None:
        self.attempt(agent, what(call=self.call_of(agent, place)))

    @rule()
    def everybody_finishes(self) -> None:
        for agent in AGENTS:
            state = self.floor.agent(agent)
            if state.state is AgentState.WRAP_UP and state.call is not None:
                self.floor.wish(agent, FinishWrapUp(call=state.call, disposition=self.disposition(agent)))

    def disposition(self, agent: UserId) -> str:
        return self.floor.rules.dispositions(self.floor.agent(agent).queue)[0]

    @rule(agent=st.sampled_from(AGENTS), what=st.sampled_from(PRESENCE))
    def presence(self, agent: UserId, what: DeskIntent) -> None:
        self.attempt(agent, what)

    # --- time, grants, restarts ---

    @rule(tenant=st.sampled_from((RED, BLUE)), guests=st.sets(st.sampled_from((ANN, BEN, EVA))))
    def lend(self, tenant: TenantId, guests: set[UserId]) -> None:
        self.floor.lend(tenant, *sorted(guests))

    @rule(guest=st.sampled_from((ANN, BEN)), seconds=st.sampled_from((1.0, 30.0)))
    def lend_for_a_while(self, guest: UserId, seconds: float) -> None:
        self.floor.lend(RED, guest, until=self.floor.now + timedelta(seconds=seconds))
        self.floor.wait(seconds)
        self.floor.adopt_all()
        assert not self.floor.rules.may_serve(guest, RED)

    @rule(side_by_side=st.randoms(use_true_random=False), from_snapshots=st.booleans())
    def restart(self, side_by_side: Any, from_snapshots: bool) -> None:
        """The tenants' logs are read in any order between each other."""
        state = self.floor.restored() if from_snapshots else self.floor.refold(list(self.shuffled(side_by_side)))
        self.require_same(state)
        assert next_timer(state) == next_timer(self.floor.state)
        assert state.bonds == self.floor.state.bonds
        self.floor.state = state

    def shuffled(self, side_by_side: Any) -> Iterator[LogEvent]:
        logs = {tenant: iter(self.floor.log_of(tenant)) for tenant in TENANTS}
        while logs:
            tenant = side_by_side.choice(sorted(logs))
            event = next(logs[tenant], None)
            if event is None:
                del logs[tenant]
            else:
                yield event

    # --- what must hold ---

    @invariant()
    def every_second_is_one_clients_or_no_ones(self) -> None:
        self.auditor.follow(self.floor.log)
        for agent in self.floor.state.agents:
            if agent.state in ENGAGED:
                assert agent.call is not None
                assert agent.client == self.auditor.calls[agent.call]
                ringing = agent.state is AgentState.OFFERED
                assert not ringing or self.floor.rules.may_serve(agent.agent, self.auditor.calls[agent.call])
            elif agent.state is AgentState.AVAILABLE:
                assert agent.client == self.floor.rules.client_of(agent.agent)
            else:
                assert agent.client is None

    @invariant()
    def calls_are_told_and_commanded_in_the_name_of_their_tenant(self) -> None:
        self.auditor.follow(self.floor.log)
        for message in (*self.floor.last.events, *self.floor.last.commands):
            owner = self.auditor.calls.get(getattr(message, "call", CallId(UUID(int=0))))
            told_at_home = isinstance(message, AgentStateChanged)
            stray = isinstance(message, EndCall)  # a gateway that holds another tenant's call is told to end it
            assert owner in (None, message.tenant) or told_at_home or stray

    def teardown(self) -> None:
        """Home and clients tell of the same seconds."""
        self.everybody_leaves(1000)
        assert not self.floor.state.bonds
        told_at_home = work_told_at_home(self.floor.log)
        assert told_at_home == work_told_to_clients(self.floor.log)
        assert told_at_home == self.work_counted_for_clients()

    def work_counted_for_clients(self) -> Work:
        """By the fold of each client's own log that its people see."""
        spent: Work = defaultdict(timedelta)
        for tenant in (RED, BLUE):
            view = LiveView(ZoneInfo("UTC"))
            for sequence, event in enumerate(self.floor.log_of(tenant), start=1):
                for key, counters in view.apply(Logged(sequence=sequence, event=event)).counters.items():
                    if key.agent is not None and key.agent != RON:
                        for state, milliseconds in counters.state_ms.items():
                            spent[(key.agent, tenant, AgentState(state))] += timedelta(milliseconds=milliseconds)
        return {key: time for key, time in spent.items() if time}


def work_told_at_home(log: Sequence[LogEvent]) -> Work:
    """The time that guests worked on calls of clients."""
    spent: Work = defaultdict(timedelta)
    present: dict[UserId, AgentStateChanged] = {}
    for event in log:
        if not isinstance(event, AgentStateChanged):
            continue
        former = present.get(event.agent)
        if former is not None and former.state in ENGAGED and former.client not in (None, former.tenant):
            assert former.client is not None
            spent[(event.agent, former.client, former.state)] += event.at - former.at
        present[event.agent] = event
    return {key: time for key, time in spent.items() if time}


def work_told_to_clients(log: Sequence[LogEvent]) -> Work:
    spent: Work = defaultdict(timedelta)
    present: dict[tuple[UserId, TenantId], GuestStateChanged] = {}
    for event in log:
        if not isinstance(event, GuestStateChanged):
            continue
        former = present.get((event.agent, event.tenant))
        if former is not None and former.state is not None:
            spent[(event.agent, event.tenant, former.state)] += event.at - former.at
        present[(event.agent, event.tenant)] = event
    return {key: time for key, time in spent.items() if time}


TestSharedAgents = SharedMachine.TestCase
TestSharedAgents.settings = settings(
    max_examples=100, stateful_step_count=50, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
