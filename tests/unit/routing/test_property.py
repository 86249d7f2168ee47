"""Agents, callers, a gateway that repeats and overtakes itself, changing directories and restarts, in any order."""

import contextlib
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from kernel.contracts.calls import AgentState, EndReason
from kernel.contracts.codec import pack, unpack
from kernel.contracts.desk import (
    AcceptOffer,
    Dial,
    FinishWrapUp,
    HangUp,
    Hold,
    LogIn,
    LogOut,
    PressDigits,
    RejectOffer,
    RequestState,
    Retrieve,
)
from kernel.contracts.directory import AgentProfile
from kernel.contracts.telephony import CallArrived, CallsAnnounced, EndCall, SoftphoneChanged, TelephonyReport
from kernel.primitives.errors import CordboardError
from kernel.primitives.ids import CallId, OfferId, TenantId, UserId
from routing.acd.decide import next_timer
from routing.acd.state import RoutingState, Snapshot
from routing.calls.model import LIMITS
from tests.unit.routing.audit import Auditor
from tests.unit.routing.floor import (
    ANN,
    BEN,
    EVA,
    FAR_END,
    NOBODY,
    SALES,
    SALES_NUMBER,
    STRANGER,
    SUPPORT,
    SUPPORT_NUMBER,
    TRUNK,
    ZOE,
    Floor,
    directory,
)

AGENTS = (ANN, BEN, EVA, ZOE, NOBODY)
BASE = directory(TenantId(UUID(int=1)))
DIRECTORIES: tuple[dict[str, Any], ...] = (
    {},
    {"agents": BASE.agents[1:]},
    {"agents": (*BASE.agents, AgentProfile(agent=ZOE, name="Zoe", queues=(SALES, SUPPORT), has_seat=True))},
    {"queues": BASE.queues[1:]},
    {"queues": BASE.queues[1:], "numbers": BASE.numbers[1:]},
    {"outbound_trunk": None},
)
SECONDS = st.sampled_from((0.0, 0.5, 5.0, 20.0, 30.0, 60.0, 130.0))


class RoutingMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.floor = Floor(1)
        self.auditor = Auditor(self.floor.state)
        self.reports: list[TelephonyReport] = []
        self.calls: list[CallId] = []

    # --- a working day to begin with, so that short runs get far too ---

    @initialize(ready=st.sets(st.sampled_from((ANN, BEN, EVA))))
    def open_the_doors(self, ready: set[UserId]) -> None:
        self.floor.available(*sorted(ready))

    # --- the gateway ---

    def report(self, report: TelephonyReport) -> None:
        self.reports.append(report)
        self.floor.take(report)

    @rule(called=st.sampled_from((SALES_NUMBER, SALES_NUMBER, SUPPORT_NUMBER, STRANGER)))
    def arrive(self, called: Any) -> None:
        call = CallId(self.floor.ids.new())
        self.calls.append(call)
        self.report(CallArrived(**self.floor.stamp(), call=call, trunk=TRUNK, called=called, caller=None))

    @rule(called=st.sampled_from((SALES_NUMBER, SUPPORT_NUMBER)))
    def arrive_and_listen(self, called: Any) -> None:
        self.calls.append(self.floor.queued(called))

    def some_call(self, place: int) -> CallId:
        known = [call.call for call in self.floor.state.calls] + self.calls[-3:]
        return known[place % len(known)] if known else CallId(self.floor.ids.new())

    @rule(place=st.integers(0, 9), what=st.sampled_from(("establish", "played", "release", "busy")))
    def report_of_a_call(self, place: int, what: str) -> None:
        call = self.some_call(place)
        if what == "release":
            self.floor.release(call)
        elif what == "busy":
            self.floor.release(call, EndReason.BUSY)
        else:
            getattr(self.floor, what)(call)

    @rule(agent=st.sampled_from(AGENTS), reachable=st.booleans())
    def softphone(self, agent: UserId, reachable: bool) -> None:
        self.report(SoftphoneChanged(**self.floor.stamp(), agent=agent, reachable=reachable))

    @rule(kept=st.integers(0, 7), agents=st.sets(st.sampled_from(AGENTS)), stranger=st.booleans())
    def announce(self, kept: int, agents: set[UserId], stranger: bool) -> None:
        known = [call.call for place, call in enumerate(self.floor.state.calls) if kept >> (place % 3) & 1]
        strangers = [CallId(self.floor.ids.new())] if stranger else []
        listed = tuple(known + strangers)
        self.report(CallsAnnounced(**self.floor.stamp(), calls=listed, agents=tuple(sorted(agents))))
        assert set(strangers) <= {command.call for command in self.floor.sent(EndCall)}

    @precondition(lambda self: self.reports)
    @rule(place=st.integers(0, 50))
    def repeat_an_old_report(self, place: int) -> None:
        self.floor.take(self.reports[-1 - place % len(self.reports)])

    # --- the agents ---

    @rule(
        agent=st.sampled_from(AGENTS),
        what=st.sampled_from(("log_in", "log_out", "available", "available", "break", "connected")),
    )
    def presence(self, agent: UserId, what: str) -> None:
        intents = {
            "log_in": LogIn(),
            "log_out": LogOut(),
            "available": RequestState(state=AgentState.AVAILABLE),
            "break": RequestState(state=AgentState.NOT_READY, reason="break"),
            "connected": RequestState(state=AgentState.CONNECTED),
        }
        with contextlib.suppress(CordboardError):
            self.floor.wish(agent, intents[what])

    @rule(agent=st.sampled_from(AGENTS), accept=st.booleans(), place=st.integers(0, 3))
    def answer(self, agent: UserId, accept: bool, place: int) -> None:
        offers = [call.offer for call in self.floor.state.calls if call.offer is not None]
        own = self.floor.agent(agent).offer
        offer = own or (offers[place % len(offers)] if offers else OfferId(self.floor.ids.new()))
        with contextlib.suppress(CordboardError):
            self.floor.wish(agent, AcceptOffer(offer=offer) if accept else RejectOffer(offer=offer))

    @rule(
        agent=st.sampled_from(AGENTS),
        what=st.sampled_from((HangUp, Hold, Retrieve)),
        own=st.booleans(),
        place=st.integers(0, 3),
    )
    def use_call(self, agent: UserId, what: Any, own: bool, place: int) -> None:
        call = self.floor.agent(agent).call if own else None
        with contextlib.suppress(CordboardError):
            self.floor.wish(agent, what(call=call or self.some_call(place)))

    @rule(agent=st.sampled_from(AGENTS))
    def press_digits(self, agent: UserId) -> None:
        with contextlib.suppress(CordboardError):
            self.floor.wish(agent, PressDigits(call=self.floor.agent(agent).call or self.some_call(0), digits="1"))

    @rule(agent=st.sampled_from(AGENTS))
    def dial(self, agent: UserId) -> None:
        with contextlib.suppress(CordboardError):
            self.floor.wish(agent, Dial(called=FAR_END))

    @rule(agent=st.sampled_from(AGENTS))
    def finish(self, agent: UserId) -> None:
        with contextlib.suppress(CordboardError):
            call = self.floor.agent(agent).call or self.some_call(0)
            self.floor.wish(agent, FinishWrapUp(call=call, disposition="resolved"))

    # --- time, configuration, restarts ---

    @rule(seconds=SECONDS)
    def wait(self, seconds: float) -> None:
        self.floor.wait(seconds)
        timer = next_timer(self.floor.state)
        assert timer is None or timer > self.floor.now, "a timed state past its end"

    @rule(changes=st.sampled_from(DIRECTORIES))
    def adopt(self, changes: dict[str, Any]) -> None:
        self.floor.adopt(**changes)

    @rule(from_snapshot=st.booleans())
    def restart(self, from_snapshot: bool) -> None:
        state = self.floor.refold()
        if from_snapshot:
            state = RoutingState(self.floor.tenant, self.floor.rules)
            state.restore(unpack(pack(self.floor.state.snapshot()), Snapshot))
        assert state.snapshot() == self.floor.state.snapshot()
        assert next_timer(state) == next_timer(self.floor.state)
        for queue in state.queues:
            assert list(state.waiting([queue]).get(queue, ())) == list(self.floor.state.waiting([queue]).get(queue, ()))
            assert list(state.available([queue]).get(queue, ())) == list(
                self.floor.state.available([queue]).get(queue, ())
            )
        self.floor.state = state

    @invariant()
    def all_holds(self) -> None:
        self.auditor.follow(self.floor.log)
        self.auditor.check(self.floor.state, self.floor.rules)
        assert {message.tenant for message in self.floor.last.events} <= {self.floor.tenant}

    def teardown(self) -> None:
        """Everybody leaves: nothing is stuck."""
        self.floor.wait(max(limit.total_seconds() for limit in LIMITS.values()))
        self.floor.announce([], [])
        self.floor.wait(1000)
        self.all_holds()
        assert not list(self.floor.state.calls)
        assert {agent.state for agent in self.floor.state.agents} <= {AgentState.LOGGED_OUT, AgentState.NOT_READY}
        assert next_timer(self.floor.state) is None


TestRouting = RoutingMachine.TestCase
TestRouting.settings = settings(
    max_examples=60, stateful_step_count=50, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
