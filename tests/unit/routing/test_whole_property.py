"""The whole of routing in any order, over a gateway whose reports are lost, repeated and late, with restarts.

Flows, callbacks, messages, transfers, supervisors and guests: whatever happens, people are shown what is so.
"""

import contextlib
from collections import Counter
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

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
    AcceptOffer,
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
    LogIn,
    LogOut,
    RejectCallback,
    RejectConsultation,
    RejectOffer,
    RequestState,
    Retrieve,
    TakeCallback,
    Transfer,
    TransferToColleague,
    TransferToQueue,
)
from kernel.contracts.log import CallEnded, CallOffered, RecordingStored
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
from kernel.contracts.telephony import CallDigit, TelephonyReport
from kernel.contracts.voicemail import FinishVoicemail, GiveBackVoicemail, TakeVoicemail, VoicemailEnded, VoicemailLeft
from kernel.primitives.errors import CordboardError
from kernel.primitives.ids import CallId, OfferId, QueueId, RecordingId, TenantId, UserId
from kernel.primitives.phone import PhoneNumber
from routing.acd.decide import CallbackIntent, RoutingInput, SupervisorIntent, VoicemailIntent, next_timer
from routing.acd.flow_words import Announce, Announced, ErrandAnswer, FlowErrand, FlowSpoken, FlowWord
from routing.calls.model import LIMITS, CallPhase
from routing.flows.run.effects import Speak
from routing.flows.run.words import LookupAnswered, LookupFailed
from routing.voicemail.machine import Phase as MessagePhase
from tests.unit.routing.audit import Auditor
from tests.unit.routing.floor import ANN, BEN, EVA, FAR_END, SALES, STRANGER, SUPPORT, SUPPORT_NUMBER, ZOE
from tests.unit.routing.live_count import LiveCount
from tests.unit.routing.shared import HOME, RED, RON
from tests.unit.routing.whole_floor import NUMBERS, TENANTS, WholeFloor

pytestmark = pytest.mark.timeout(240)  # some 40 s; a machine with other work takes its time

AGENTS = (ANN, BEN, EVA, RON, ZOE)
QUEUES = (SALES, SUPPORT)
PLACES = st.integers(0, 9)
SECONDS = st.sampled_from((0.5, 1.0, 5.0, 20.0, 30.0, 60.0, 300.0))
A_WEEK = 7 * 24 * 3600.0  # longer than any promise is kept
NOTHING_KNOWN = UUID(int=0)
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
TIMES = (1, 1, 1, 1, 0, 2)  # that a report comes


class WholeMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.floor = WholeFloor()
        self.auditor = Auditor(self.floor.state)
        self.live = LiveCount(TENANTS)
        self.under_way: list[RoutingInput] = []
        self.arrived: list[TelephonyReport] = []
        self.calls: list[CallId] = []
        self.errands_run = 0

    @initialize(ready=st.sets(st.sampled_from(AGENTS), min_size=2), limited=st.booleans())
    def open_the_doors(self, ready: set[UserId], limited: bool) -> None:
        if limited:
            self.floor.limit_queues()
        self.floor.available(*sorted(ready))

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

    def press(self, call: CallId, keys: str) -> None:
        for key in keys:
            self.floor.take(CallDigit(**self.floor.stamp_of(call), call=call, digit=key))

    @rule(place=PLACES)
    def hang_up(self, place: int) -> None:
        self.floor.release(self.some_call(place))

    def some_call(self, place: int, *phases: CallPhase) -> CallId:
        known = [call.call for call in self.floor.state.calls if not phases or call.phase in phases]
        known += [] if phases and known else self.calls[-2:]
        return known[place % len(known)] if known else CallId(self.floor.ids.new())

    # --- the gateway, and what else answers routing ---

    def gather(self, goes_well: bool) -> None:
        self.under_way += self.floor.reported(goes_well)
        errands, self.errands_run = self.floor.errands[self.errands_run :], len(self.floor.errands)
        self.under_way += [answer_to(errand, goes_well) for errand in errands]

    @rule(goes_well=st.sampled_from((True, True, True, False)), rounds=st.integers(1, 4))
    def all_reports_come_in_order(self, goes_well: bool, rounds: int) -> None:
        for _ in range(rounds):
            self.gather(goes_well)
            words, self.under_way = self.under_way, []
            for word in words:
                self.deliver(word)

    @rule(goes_well=st.booleans(), place=PLACES, times=st.sampled_from(TIMES))
    def one_report_comes_out_of_order(self, goes_well: bool, place: int, times: int) -> None:
        self.gather(goes_well)
        if self.under_way:
            word = self.under_way.pop(place % len(self.under_way))
            for _ in range(times):
                self.deliver(word)

    def deliver(self, word: RoutingInput) -> None:
        if not isinstance(word, FlowWord | FlowSpoken | Announced):
            self.arrived.append(word)  # pyright: ignore[reportArgumentType]
        self.floor.take(word)

    @precondition(lambda self: self.arrived)
    @rule(place=st.integers(0, 50))
    def an_old_report_comes_again(self, place: int) -> None:
        self.floor.take(self.arrived[-1 - place % len(self.arrived)])

    @rule(tenant=st.sampled_from(TENANTS), kept=st.sampled_from((7, 7, 5)))
    def announce(self, tenant: TenantId, kept: int) -> None:
        calls = [call.call for place, call in enumerate(self.floor.state.calls) if kept >> (place % 3) & 1]
        self.floor.announce(calls, [agent.agent for agent in self.floor.state.agents if agent.reachable], tenant)

    @rule(place=PLACES)
    def a_sound_is_stored(self, place: int) -> None:
        messages = list(self.floor.state.messages)
        if messages:
            one = messages[place % len(messages)]
            stored = RecordingStored(
                **self.floor.stamp(one.tenant), recording=RecordingId(one.voicemail), call=one.call, key="k",
                seconds=one.seconds, channels=2, bytes=9, sha256="", started_at=one.left_at,
            )  # fmt: skip
            self.floor.take(stored)

    # --- agents ---

    def attempt(self, agent: UserId, intent: DeskIntent) -> None:
        with contextlib.suppress(CordboardError):
            self.floor.wish(agent, intent)

    @rule()
    def everybody_gets_ready(self) -> None:
        for agent in AGENTS:
            self.attempt(agent, LogIn())
            self.floor.reach(agent)
            self.attempt(agent, RequestState(state=AgentState.AVAILABLE))

    @rule(takes=st.sampled_from((True, True, False)))
    def everybody_answers(self, takes: bool) -> None:
        for agent in AGENTS:
            self.attempt(agent, self.answer_of(agent, takes))

    def answer_of(self, agent: UserId, takes: bool) -> DeskIntent:
        """To whatever the agent's desk rings for."""
        state = self.floor.state
        callback, call = state.callbacks.of_taker(agent), state.consultations.get(agent)
        if callback is not None:
            return (TakeCallback if takes else RejectCallback)(callback=callback.callback)
        if call is not None:
            return (AcceptConsultation if takes else RejectConsultation)(call=call)
        offer = self.floor.offer_to(agent) or OfferId(NOTHING_KNOWN)
        return (AcceptOffer if takes else RejectOffer)(offer=offer)

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

    @rule(agent=st.sampled_from(AGENTS), reachable=st.booleans())
    def softphone(self, agent: UserId, reachable: bool) -> None:
        self.floor.reach(agent, reachable)

    def some_agent(self, place: int, state: AgentState) -> UserId:
        there = [agent.agent for agent in self.floor.state.agents if agent.state is state]
        return there[place % len(there)] if there else AGENTS[place % len(AGENTS)]

    def call_of(self, agent: UserId, place: int) -> CallId:
        return self.floor.agent(agent).call or self.some_call(place)

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

    # --- callbacks and messages ---

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

    @rule(place=PLACES, person=st.sampled_from((ANN, BEN)), what=st.sampled_from((TakeVoicemail, GiveBackVoicemail)))
    def take_a_message(self, place: int, person: UserId, what: Any) -> None:
        messages = list(self.floor.state.messages)
        if messages:
            one = messages[place % len(messages)]
            with contextlib.suppress(CordboardError):
                self.floor.take(VoicemailIntent(one.tenant, person, what(voicemail=one.voicemail)))

    @rule(place=PLACES)
    def finish_a_message(self, place: int) -> None:
        taken = [one for one in self.floor.state.messages if one.agent is not None]
        if taken:
            one = taken[place % len(taken)]
            assert one.agent is not None
            with contextlib.suppress(CordboardError):
                self.floor.take(VoicemailIntent(one.tenant, one.agent, FinishVoicemail(voicemail=one.voicemail)))

    # --- time, grants, restarts ---

    @rule(seconds=SECONDS)
    def wait(self, seconds: float) -> None:
        self.floor.wait(seconds)
        timer = next_timer(self.floor.state)
        assert timer is None or timer > self.floor.now, "a timed state past its end"

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
        former = self.floor.state
        state = self.floor.restored() if from_snapshots else self.floor.refold()
        self.under_way += [answer_to(errand, True) for errand in self.floor.restart(state)]
        for tenant in TENANTS:
            assert state.snapshot(tenant) == former.snapshot(tenant)
        assert list(state.flows) == [former.flows.of(one.call) for one in state.flows]
        for queue in state.queues:
            assert state.waiting.calls(queue) == former.waiting.calls(queue)
            assert state.available.line(queue) == former.available.line(queue)
        self.live.reopen()
        self.floor.adopt_again()

    # --- what must hold ---

    @invariant()
    def nobody_is_offered_twice_and_nobody_is_forgotten(self) -> None:
        self.auditor.follow(self.floor.log)
        self.auditor.check(self.floor.state, self.floor.rules)

    @invariant()
    def what_is_shown_is_so(self) -> None:
        self.live.follow(self.floor.log)
        self.live.check(self.floor.state)

    def teardown(self) -> None:
        """Everybody leaves: nothing is stuck, each call and each promise has one end, and a recount finds the same."""
        self.floor.wait(max(limit.total_seconds() for limit in LIMITS.values()))
        for tenant in TENANTS:
            self.floor.announce([], [], tenant)
        self.floor.wait(A_WEEK)
        self.nobody_is_offered_twice_and_nobody_is_forgotten()
        self.what_is_shown_is_so()
        self.live.check_recount()
        state = self.floor.state
        assert (list(state.calls), len(state.flows), len(state.callbacks)) == ([], 0, 0)
        assert {agent.state for agent in state.agents} <= {AgentState.LOGGED_OUT, AgentState.NOT_READY}
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


def answer_to(errand: FlowErrand, goes_well: bool) -> ErrandAnswer:
    asked = errand.errand
    if isinstance(asked, Announce):
        return Announced(errand.tenant, errand.call, asked.message, asked.prompts)
    if isinstance(asked, Speak):
        return FlowSpoken(errand.tenant, errand.call, asked.turn, ("spoken",) if goes_well else ())
    if goes_well:
        return FlowWord(errand.tenant, errand.call, LookupAnswered(turn=asked.turn, status=200, body=b'{"level": "4"}'))
    return FlowWord(errand.tenant, errand.call, LookupFailed(turn=asked.turn, why="no answer"))


TestWhole = WholeMachine.TestCase
TestWhole.settings = settings(
    max_examples=100, stateful_step_count=50, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
