"""Anything that may happen on one floor, in any order."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule
from msgspec.structs import replace

from kernel.contracts.calls import AgentState, EndCause, EndReason, EndResult
from kernel.contracts.desk import (
    AcceptOffer,
    Confer,
    Consult,
    DeskIntent,
    Dial,
    DropParty,
    FinishWrapUp,
    HandOver,
    HangUp,
    Hold,
    LogOut,
    PressDigits,
    RequestState,
    Retrieve,
    Transfer,
    TransferToQueue,
)
from kernel.contracts.directory import AgentProfile, QueueRules
from kernel.contracts.queues import (
    Ageing,
    Comfort,
    Distribution,
    LastAgent,
    Overflow,
    OverflowCause,
    ToNumber,
    ToQueue,
    WaitingRules,
)
from kernel.contracts.telephony import (
    CallArrived,
    CallsAnnounced,
    ConnectParty,
    EndCall,
    PartyEstablished,
    PartyReleased,
    SoftphoneChanged,
)
from kernel.primitives.ids import CallId, TenantId, UserId
from routing.acd.decide import next_timer
from routing.calls.model import LIMITS, CallPhase
from tests.unit.routing.floor import (
    ANN,
    BEN,
    CALLER,
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
from tests.unit.routing.steps import FloorMachine

AGENTS = (ANN, BEN, EVA, ZOE, NOBODY)
BASE = directory(TenantId(UUID(int=1)))


def _limited(queues: Sequence[QueueRules]) -> tuple[QueueRules, ...]:
    """Sales holds two and sends on to support, support to a number; both tell callers how long it takes."""
    sales, support = queues
    comfort = Comfort(prompts=("patience",), first_seconds=10.0, every_seconds=15.0, say_position=True, say_wait=True)
    first = (
        Overflow(OverflowCause.FULL, ToQueue(SUPPORT)),
        Overflow(OverflowCause.WAITED, ToQueue(SUPPORT), 20.0),
        Overflow(OverflowCause.WAITED, ToNumber(FAR_END), 40.0),
    )
    second = (Overflow(OverflowCause.NO_AGENTS, ToNumber(FAR_END)), Overflow(OverflowCause.NO_AGENTS, ToQueue(SALES)))
    known = Distribution(last_agent=LastAgent(hold_seconds=5.0), ageing=Ageing(10.0, 3))
    return (
        replace(sales, waiting=WaitingRules(capacity=2, overflows=first, comfort=comfort), distribution=known),
        replace(support, waiting=WaitingRules(overflows=second, comfort=comfort)),
    )


DIRECTORIES: tuple[dict[str, Any], ...] = (
    {},
    {"agents": BASE.agents[1:]},
    {"agents": (*BASE.agents, AgentProfile(agent=ZOE, name="Zoe", queues=(SALES, SUPPORT), has_seat=True))},
    {"queues": BASE.queues[1:]},
    {"queues": BASE.queues[1:], "numbers": BASE.numbers[1:]},
    {"outbound_trunk": None},
    {"queues": _limited(BASE.queues)},
    {"queues": _limited(BASE.queues), "vips": frozenset({CALLER})},
)
PRESENCE: tuple[DeskIntent, ...] = (
    LogOut(),
    LogOut(),
    RequestState(state=AgentState.AVAILABLE),
    RequestState(state=AgentState.NOT_READY, reason="break"),
    RequestState(state=AgentState.CONNECTED),
    Dial(called=FAR_END),
    Dial(called=FAR_END),
)
SHARING: tuple[dict[str, Any], ...] = (
    {"kind": Consult, "called": FAR_END},
    {"kind": Consult, "called": FAR_END},
    {"kind": Transfer, "called": FAR_END},
    {"kind": Transfer, "called": SUPPORT_NUMBER},
    {"kind": TransferToQueue, "queue": SUPPORT},
    {"kind": HandOver},
    {"kind": Confer},
    {"kind": DropParty, "party": "party1"},
)
BUSY = EndCause(EndResult.CALLEE, EndReason.BUSY, 486, 17)


class RoutingMachine(FloorMachine[Floor]):
    AGENTS = AGENTS

    def __init__(self) -> None:
        super().__init__(Floor(1))

    # --- a working day to begin with, so that short runs get far too ---

    @initialize(ready=st.sets(st.sampled_from((ANN, BEN, EVA)), min_size=1), limited=st.booleans())
    def open_the_doors(self, ready: set[UserId], limited: bool) -> None:
        if limited:
            self.floor.adopt(**DIRECTORIES[-2])
        self.floor.available(*sorted(ready))

    # --- the gateway ---

    @rule(called=st.sampled_from((SALES_NUMBER, SALES_NUMBER, SUPPORT_NUMBER, STRANGER)))
    def arrive(self, called: Any) -> None:
        call = CallId(self.floor.ids.new())
        self.calls.append(call)
        self.report(CallArrived(**self.floor.stamp(), call=call, trunk=TRUNK, called=called, caller=None))

    @rule(called=st.sampled_from((SALES_NUMBER, SUPPORT_NUMBER)), count=st.integers(1, 3))
    def arrive_and_listen(self, called: Any, count: int) -> None:
        for _ in range(count):
            self.calls.append(self.floor.queued(called))
            self.floor.wait(0.5)

    @rule()
    def several_are_queued_by_one_decision(self) -> None:
        for called in (SALES_NUMBER, SALES_NUMBER, SUPPORT_NUMBER):
            self.calls.append(self.floor.arrive(called))
            self.floor.establish(self.calls[-1])
        self.floor.wait(LIMITS[CallPhase.GREETING].total_seconds())

    @rule(place=st.integers(0, 9), what=st.sampled_from(("establish", "played", "release", "busy")))
    def report_of_a_call(self, place: int, what: str) -> None:
        call = self.some_call(place)
        if what == "release":
            self.floor.release(call)
        elif what == "busy":
            self.floor.release(call, EndReason.BUSY)
        else:
            getattr(self.floor, what)(call)

    @rule(place=st.integers(0, 9), answered=st.booleans())
    def somebody_outside_answers_or_not(self, place: int, answered: bool) -> None:
        dialled = self.floor.sent(ConnectParty)[-3:]
        if dialled:
            order = dialled[place % len(dialled)]
            stamp: dict[str, Any] = {**self.floor.stamp(), "call": order.call, "party": order.party}
            refused = EndCause(EndResult.CALLEE, EndReason.NO_ANSWER)
            self.report(PartyEstablished(**stamp) if answered else PartyReleased(**stamp, cause=refused))

    @rule(kept=st.sampled_from((7, 7, 5, 0)), gone=st.sampled_from((None, None, ANN, BEN)), stranger=st.booleans())
    def announce(self, kept: int, gone: UserId | None, stranger: bool) -> None:
        known = [call.call for place, call in enumerate(self.floor.state.calls) if kept >> (place % 3) & 1]
        strangers = [CallId(self.floor.ids.new())] if stranger else []
        agents = tuple(agent.agent for agent in self.floor.state.agents if agent.reachable and agent.agent != gone)
        self.report(CallsAnnounced(**self.floor.stamp(), calls=tuple(known + strangers), agents=agents))
        assert set(strangers) <= {command.call for command in self.floor.sent(EndCall)}

    # --- the agents: mostly what people do ---

    @rule(agent=st.sampled_from(AGENTS))
    def one_gets_ready(self, agent: UserId) -> None:
        self.get_ready(agent)

    @rule(called=st.sampled_from((SALES_NUMBER, SUPPORT_NUMBER)))
    def a_conversation_begins(self, called: Any) -> None:
        self.everybody_gets_ready()
        self.arrive_and_listen(called, 1)
        self.everybody_answers(takes=True)

    @rule(place=st.integers(0, 3), what=st.sampled_from((HangUp, Hold, Hold, Retrieve)))
    def use_call(self, place: int, what: Any) -> None:
        agent = self.some_agent(place, AgentState.CONNECTED)
        self.attempt(agent, what(call=self.call_of(agent, place)))

    @rule(place=st.integers(0, 3), what=st.sampled_from(SHARING))
    def share_call(self, place: int, what: dict[str, Any]) -> None:
        agent = self.some_agent(place, AgentState.CONNECTED)
        fields = {name: value for name, value in what.items() if name != "kind"}
        self.attempt(agent, what["kind"](call=self.call_of(agent, place), **fields))

    @rule(place=st.integers(0, 9), party=st.sampled_from(("party1", "party1", "party2")), answers=st.booleans())
    def somebody_called_in(self, place: int, party: str, answers: bool) -> None:
        call = self.some_call(place)
        if answers:
            self.report(PartyEstablished(**self.floor.stamp_of(call), call=call, party=party))
        else:
            self.report(PartyReleased(**self.floor.stamp_of(call), call=call, party=party, cause=BUSY))

    @rule(place=st.integers(0, 3))
    def finish(self, place: int) -> None:
        agent = self.some_agent(place, AgentState.WRAP_UP)
        call = self.call_of(agent, place)
        self.attempt(agent, FinishWrapUp(call=call, disposition="resolved"))

    @rule(place=st.integers(0, 3), state=st.sampled_from(AgentState), what=st.sampled_from(PRESENCE))
    def presence(self, place: int, state: AgentState, what: DeskIntent) -> None:
        self.attempt(self.some_agent(place, state), what)

    @rule(place=st.integers(0, 3), state=st.sampled_from(AgentState), reachable=st.booleans())
    def softphone(self, place: int, state: AgentState, reachable: bool) -> None:
        agent = self.some_agent(place, state)
        self.report(SoftphoneChanged(**self.floor.stamp(), agent=agent, reachable=reachable))

    @rule(agent=st.sampled_from(AGENTS), place=st.integers(0, 9), offers=st.integers(0, 3))
    def what_belongs_to_others(self, agent: UserId, place: int, offers: int) -> None:
        call = self.some_call(place)
        known = [one.offer for one in self.floor.state.calls if one.offer is not None]
        for intent in (HangUp(call=call), Hold(call=call), PressDigits(call=call, digits="1")):
            self.attempt(agent, intent)
        if known:
            self.attempt(agent, AcceptOffer(offer=known[offers % len(known)]))

    # --- time, configuration, restarts ---

    @rule(changes=st.sampled_from(DIRECTORIES))
    def adopt(self, changes: dict[str, Any]) -> None:
        self.floor.adopt(**changes)

    @rule(from_snapshot=st.booleans())
    def restart(self, from_snapshot: bool) -> None:
        state = self.floor.restored() if from_snapshot else self.floor.refold()
        self.require_same(state)
        timer = next_timer(state)
        assert timer == next_timer(self.floor.state) or (timer is not None and timer <= self.floor.now), "due at once"
        self.floor.state = state

    def teardown(self) -> None:
        self.everybody_leaves(1000)
        assert next_timer(self.floor.state) is None
