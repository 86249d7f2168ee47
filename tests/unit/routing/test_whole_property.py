"""The whole of routing in any order, over a line on which all may be lost, repeated and late, with restarts.

Flows, callbacks, messages, transfers, supervisors and guests: whatever happens, people are shown what is so, what
differs between routing, gateway and engine is healed, and no call is touched of which nothing was lost.
"""

import contextlib
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from kernel.contracts.callbacks import (
    CallbackEnded,
    CallbackInstead,
    CallbackRequested,
    CancelCallback,
    RequestCallback,
)
from kernel.contracts.calls import AgentState
from kernel.contracts.desk import (
    AcceptConsultation,
    Confer,
    Consult,
    ConsultColleague,
    DeskIntent,
    Dial,
    DropParty,
    EndAbusiveCall,
    ExtendWrapUp,
    FinishWrapUp,
    HandOver,
    HangUp,
    Hold,
    LogOut,
    RejectCallback,
    RejectConsultation,
    RequestState,
    Retrieve,
    TakeCallback,
    Transfer,
    TransferToColleague,
    TransferToQueue,
)
from kernel.contracts.log import CallEnded, CallOffered
from kernel.contracts.supervision import (
    ForceState,
    Manner,
    MoveWaiting,
    PickWaiting,
    StopSupervising,
    Supervise,
    SupervisorAct,
    TakeOver,
)
from kernel.contracts.voicemail import VoicemailEnded, VoicemailLeft
from kernel.primitives.errors import CordboardError
from kernel.primitives.ids import CallId, QueueId, TenantId, UserId
from kernel.primitives.phone import PhoneNumber
from routing.acd.decide import CallbackIntent, SupervisorIntent, next_timer
from routing.calls.model import CallPhase
from routing.reconciler.patience import Watch
from routing.voicemail.machine import Phase as MessagePhase
from tests.unit.routing.floor import ANN, BEN, EVA, FAR_END, SALES, STRANGER, SUPPORT, SUPPORT_NUMBER, ZOE
from tests.unit.routing.live_count import LiveCount
from tests.unit.routing.message_steps import MessageMachine
from tests.unit.routing.shared import HOME, RED, RON
from tests.unit.routing.steps import PLACES
from tests.unit.routing.whole_floor import NUMBERS, TENANTS
from tests.unit.routing.whole_line import answer_to

pytestmark = pytest.mark.timeout(240)  # some 15 s; a machine with other work takes its time

AGENTS = (ANN, BEN, EVA, RON, ZOE)
QUEUES = (SALES, SUPPORT)
A_WEEK = 7 * 24 * 3600.0  # longer than any promise is kept
PRESENCE: tuple[DeskIntent, ...] = (
    LogOut(),
    RequestState(state=AgentState.AVAILABLE),
    RequestState(state=AgentState.NOT_READY, reason="break"),
    Dial(called=FAR_END),
    Dial(called=FAR_END, client=RED),
)
SHARING: tuple[tuple[Any, dict[str, Any]], ...] = (
    (Consult, {"called": FAR_END}),
    (Consult, {"called": FAR_END}),
    (Transfer, {"called": FAR_END}),
    (Transfer, {"called": SUPPORT_NUMBER}),
    (TransferToQueue, {"queue": SUPPORT, "note": "urgent"}),
    (HandOver, {}),
    (HandOver, {}),
    (Confer, {}),
    (Confer, {}),
    (DropParty, {"party": "party1"}),
    (DropParty, {"party": "colleague"}),
    (Hold, {}),
    (Retrieve, {}),
    (HangUp, {}),
    (EndAbusiveCall, {"reason": "insult"}),
)


class WholeMachine(MessageMachine):
    AGENTS = AGENTS

    def __init__(self) -> None:
        super().__init__()
        self.live = LiveCount(TENANTS)

    @initialize(ready=st.sets(st.sampled_from(AGENTS), min_size=2), limited=st.booleans(), talks=st.booleans())
    def open_the_doors(self, ready: set[UserId], limited: bool, talks: bool) -> None:
        if limited:
            self.floor.limit_queues()
        self.floor.available(*sorted(ready))
        if talks:
            self.a_conversation_begins(SUPPORT_NUMBER)

    # --- callers ---

    @rule(called=st.sampled_from(NUMBERS), count=st.integers(1, 3))
    def arrive(self, called: PhoneNumber, count: int) -> None:
        self.calls += [self.floor.arrive(called) for _ in range(count)]

    @rule(called=st.sampled_from(NUMBERS[2:]))
    def arrive_and_wait(self, called: PhoneNumber) -> None:
        self.calls.append(self.floor.queued(called))

    @rule(keys=st.sampled_from(("1", "1", "2123", "3", "4", "5", "6", "*", "*1", "#", "9")))
    def somebody_calls_and_presses(self, keys: str) -> None:
        call = self.floor.arrive()
        self.calls.append(call)
        self.floor.establish(call)
        self.press(call, keys)

    @rule(place=PLACES, keys=st.sampled_from(("1", "1", "5", "*", "*1", "1234", "#")))
    def somebody_presses(self, place: int, keys: str) -> None:
        self.press(self.some_call(place), keys)

    # --- agents ---

    def answer_of(self, agent: UserId, takes: bool) -> DeskIntent:
        """To whatever the agent's desk rings for."""
        state = self.floor.state
        callback, call = state.callbacks.of_taker(agent), state.consultations.get(agent)
        if callback is not None:
            return (TakeCallback if takes else RejectCallback)(callback=callback.callback)
        if call is not None:
            return (AcceptConsultation if takes else RejectConsultation)(call=call)
        return super().answer_of(agent, takes)

    @rule(called=st.sampled_from(NUMBERS[2:]))
    def a_conversation_begins(self, called: PhoneNumber) -> None:
        self.everybody_gets_ready()
        self.calls.append(self.floor.queued(called))
        self.everybody_answers(takes=True)

    @rule(place=PLACES, what=st.sampled_from(SHARING))
    def share_call(self, place: int, what: tuple[Any, dict[str, Any]]) -> None:
        kind, fields = what
        agent = self.some_agent(place, AgentState.CONNECTED)
        self.attempt(agent, kind(call=self.call_of(agent, place), **fields))

    @rule(place=PLACES, colleague=st.sampled_from(AGENTS), asks=st.booleans())
    def pass_to_colleague(self, place: int, colleague: UserId, asks: bool) -> None:
        agent = self.some_agent(place, AgentState.CONNECTED)
        kind = ConsultColleague if asks else TransferToColleague
        self.attempt(agent, kind(call=self.call_of(agent, place), agent=colleague, note="vip"))

    @rule(place=PLACES, what=st.sampled_from((LogOut, RequestState, ExtendWrapUp, FinishWrapUp, FinishWrapUp)))
    def end_wrap_up(self, place: int, what: Any) -> None:
        agent = self.some_agent(place, AgentState.WRAP_UP)
        name = self.floor.agent(agent)
        if what is FinishWrapUp:
            disposition = self.floor.rules.dispositions(name.queue)[0]
            self.attempt(agent, FinishWrapUp(call=self.call_of(agent, place), disposition=disposition))
        elif what is ExtendWrapUp:
            self.attempt(agent, ExtendWrapUp(call=self.call_of(agent, place)))
        else:
            self.attempt(agent, LogOut() if what is LogOut else RequestState(state=AgentState.AVAILABLE))

    @rule(agent=st.sampled_from(AGENTS), what=st.sampled_from(PRESENCE))
    def presence(self, agent: UserId, what: DeskIntent) -> None:
        self.attempt(agent, what)

    # --- supervisors ---

    def act(self, tenant: TenantId, act: SupervisorAct, supervisor: UserId = ZOE) -> None:
        with contextlib.suppress(CordboardError):
            self.floor.take(SupervisorIntent(tenant, supervisor, act))

    def tenant_of(self, call: CallId) -> TenantId:
        known = self.floor.state.call(call)
        return HOME if known is None else known.tenant

    @rule(place=PLACES, manner=st.sampled_from((*Manner, None)), supervisor=st.sampled_from((ZOE, RON)))
    def take_part(self, place: int, manner: Manner | None, supervisor: UserId) -> None:
        call = self.some_call(place, CallPhase.CONNECTED, CallPhase.HELD)
        act = StopSupervising() if manner is None else Supervise(call=call, manner=manner)
        self.act(self.tenant_of(call), act, supervisor)

    @rule(place=PLACES)
    def take_over(self, place: int) -> None:
        call = self.some_call(place, CallPhase.CONNECTED, CallPhase.HELD)
        self.act(self.tenant_of(call), TakeOver(call=call))

    @rule(agent=st.sampled_from(AGENTS), state=st.sampled_from(AgentState))
    def force(self, agent: UserId, state: AgentState) -> None:
        self.act(self.floor.agent(agent).home, ForceState(agent=agent, state=state))

    @rule(place=PLACES, picks=st.booleans(), agent=st.sampled_from((None, *AGENTS)), queue=st.sampled_from(QUEUES))
    def act_on_who_waits(self, place: int, picks: bool, agent: UserId | None, queue: QueueId) -> None:
        call = self.some_call(place, CallPhase.QUEUED)
        act = PickWaiting(call=call, agent=agent) if picks else MoveWaiting(call=call, queue=queue)
        self.act(self.tenant_of(call), act)

    # --- callbacks ---

    @rule(tenant=st.sampled_from((HOME, RED)), number=st.sampled_from((FAR_END, STRANGER)), agent=st.booleans())
    def ask_for_a_callback(self, tenant: TenantId, number: PhoneNumber, agent: bool) -> None:
        wanted = RequestCallback(queue=self.floor.queue_of(tenant), number=number, agent=BEN if agent else None)
        with contextlib.suppress(CordboardError):
            self.floor.take(CallbackIntent(tenant, ZOE, wanted))

    @rule(place=PLACES)
    def be_rung_back_instead_of_waiting(self, place: int) -> None:
        call = self.some_call(place, CallPhase.QUEUED)
        with contextlib.suppress(CordboardError):
            self.floor.take(CallbackIntent(self.tenant_of(call), None, CallbackInstead(call=call)))

    @rule(place=PLACES)
    def cancel_a_callback(self, place: int) -> None:
        callbacks = sorted(self.floor.state.callbacks, key=lambda one: one.callback)
        if callbacks:
            one = callbacks[place % len(callbacks)]
            with contextlib.suppress(CordboardError):
                self.floor.take(CallbackIntent(one.tenant, ZOE, CancelCallback(callback=one.callback)))

    # --- time, grants, restarts ---

    @rule(guests=st.sets(st.sampled_from((ANN, BEN))))
    def lend(self, guests: set[UserId]) -> None:
        self.floor.lend(RED, *sorted(guests))

    @rule(limited=st.booleans())
    def other_settings(self, limited: bool) -> None:
        if limited:
            self.floor.limit_queues()
        else:
            self.floor.adopt_all()

    @rule(from_snapshots=st.booleans())
    def restart(self, from_snapshots: bool) -> None:
        """Another process, which remembers no differences."""
        former = self.floor.state
        state = self.floor.restored() if from_snapshots else self.floor.refold()
        self.require_same(state)
        self.under_way += [answer_to(errand, True) for errand in self.floor.restart(state)]
        assert list(state.flows) == [former.flows.of(one.call) for one in state.flows]
        self.watch = Watch()
        self.live.reopen()
        self.floor.adopt_again()

    # --- what must hold ---

    @invariant()
    def what_is_shown_is_so(self) -> None:
        self.live.follow(self.floor.log)
        self.live.check(self.floor.state)

    def teardown(self) -> None:
        """Everybody leaves: nothing is stuck, each call and each promise has one end, and a recount finds the same."""
        self.everything_heals()
        self.everybody_leaves(A_WEEK)
        self.what_is_shown_is_so()
        self.live.check_recount()
        state = self.floor.state
        assert (list(state.calls), len(state.flows), len(state.callbacks)) == ([], 0, 0)
        assert {(one.phase, one.overdue) for one in state.messages} <= {(MessagePhase.NEW, True)}
        assert next_timer(state) is None
        self.everything_has_one_end()

    def everything_has_one_end(self) -> None:
        events = self.floor.events
        calls = Counter(event.call for event in events(CallOffered))
        assert Counter(event.call for event in events(CallEnded)) == calls
        promises = {event.callback for event in events(CallbackRequested)}
        assert Counter(event.callback for event in events(CallbackEnded)) == Counter(promises)
        done = Counter(event.voicemail for event in events(VoicemailEnded))
        left = Counter(event.voicemail for event in events(VoicemailLeft))
        assert done + Counter(one.voicemail for one in self.floor.state.messages) == left


TestWhole = WholeMachine.TestCase
TestWhole.settings = settings(
    max_examples=200, stateful_step_count=50, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
