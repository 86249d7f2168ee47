"""Agents ask for transfers at the telephones that are their seats: at once, or to whom they asked by a second call."""

from typing import Any

import pytest
from msgspec.structs import replace

from kernel.contracts.calls import AgentState, Direction, EndCause, EndReason, EndResult, TransferOutcome
from kernel.contracts.desk import LogIn, RequestState
from kernel.contracts.directory import CallLimits
from kernel.contracts.log import CallDisconnected, CallOffered, LimitReached, PartyLeft, TransferEnded
from kernel.contracts.telephony import (
    AnswerTransfer,
    CallEstablished,
    ConnectAgent,
    ConnectParty,
    Consulted,
    DisconnectAgent,
    EndCall,
    JoinParty,
    PartyEstablished,
    PartyReleased,
    PhoneChanged,
    PhoneDialled,
    PhoneParty,
    RejectCall,
    TakeOver,
    TransferAsked,
    TrunkParty,
)
from kernel.primitives.ids import CallId, UserId
from kernel.primitives.phone import PhoneNumber
from routing.acd.telephones import party_of
from routing.calls.model import CallPhase
from tests.unit.routing.floor import (
    ANN,
    BEN,
    CALLER,
    FAR_END,
    SALES_NUMBER,
    SUPPORT,
    SUPPORT_NUMBER,
    TRUNK,
    Floor,
    directory,
)

FRENCH = PhoneNumber.parse("+33142685300")
PHONES = {ANN: "ann", BEN: "ben"}


class Phones(Floor):
    """Ann and Ben sit at telephones."""

    def __init__(self, **changes: Any) -> None:
        agents = tuple(
            replace(one, telephone=PhoneParty(user=PHONES[one.agent]) if one.agent in PHONES else None)
            for one in directory(Floor(1).tenant).agents
        )
        super().__init__(1, agents=agents, **changes)
        for agent, phone in PHONES.items():
            self.take(PhoneChanged(**self.stamp(), agent=agent, phone=phone, registered=True))
            self.wish(agent, LogIn(telephone=True))

    def free(self, agent: UserId) -> None:
        self.wish(agent, RequestState(state=AgentState.AVAILABLE))

    def answers(self, call: CallId, party: str) -> None:
        self.take(PartyEstablished(**self.stamp(), call=call, party=party))

    def refers(self, call: CallId, agent: UserId = ANN, **wish: Any) -> None:
        fields: dict[str, Any] = {"called": None} | wish
        self.take(TransferAsked(**self.stamp(), call=call, leg=party_of(agent), **fields))

    @property
    def answer(self) -> tuple[bool, int | None]:
        """To the last REFER: whether it was accepted, else the SIP code."""
        told = self.sent(AnswerTransfer)[-1]
        return told.accepted, None if told.cause is None else told.cause.sip_code


@pytest.fixture
def floor() -> Phones:
    return Phones()


def talking(floor: Phones) -> CallId:
    floor.free(ANN)
    call = floor.queued()
    floor.answers(call, party_of(ANN))
    return call


class TestAtOnce:
    def test_to_a_number_outside_the_agent_wraps_up_and_the_caller_hears_the_ringing(self, floor: Phones) -> None:
        call = talking(floor)
        floor.refers(call, called=FAR_END)
        assert floor.answer == (True, None)
        (order,) = floor.sent(ConnectParty)
        assert (order.to, order.aside) == (TrunkParty(called=FAR_END, caller=CALLER, trunk=TRUNK), False)
        assert [left.agent for left in floor.sent(DisconnectAgent)] == [ANN]
        assert floor.agent(ANN).state is AgentState.WRAP_UP
        floor.answers(call, order.party)
        assert [event.outcome for event in floor.events(TransferEnded)] == [TransferOutcome.COMPLETED]

    def test_the_telephone_is_told_before_it_is_hung_up(self, floor: Phones) -> None:
        call = talking(floor)
        floor.refers(call, called=FAR_END)
        kinds = [type(command) for command in floor.commands]
        assert kinds.index(AnswerTransfer) < kinds.index(DisconnectAgent)

    def test_whom_nobody_answers_is_in_front_of_the_queue_again(self, floor: Phones) -> None:
        call = talking(floor)
        floor.refers(call, called=FAR_END)
        cause = EndCause(EndResult.CALLEE, EndReason.NO_ANSWER)
        floor.take(PartyReleased(**floor.stamp(), call=call, party=floor.sent(ConnectParty)[0].party, cause=cause))
        assert floor.call(call).phase is CallPhase.QUEUED

    def test_a_number_of_a_queue_is_the_queue(self, floor: Phones) -> None:
        call = talking(floor)
        floor.refers(call, called=SUPPORT_NUMBER)
        assert (floor.call(call).phase, floor.call(call).queue) == (CallPhase.QUEUED, SUPPORT)
        assert floor.agent(ANN).state is AgentState.WRAP_UP

    def test_the_limits_of_the_tenant_hold(self) -> None:
        floor = Phones(limits=CallLimits(countries=("GB",)))
        call = talking(floor)
        floor.refers(call, called=FRENCH)
        assert floor.answer == (False, 403)
        assert floor.events(LimitReached)
        assert (floor.call(call).phase, floor.call(call).agent) == (CallPhase.CONNECTED, ANN)

    def test_a_telephone_that_may_not_transfer_is_told_so(self, floor: Phones) -> None:
        call = talking(floor)
        floor.refers(call, called=FAR_END, allowed=False)
        assert floor.answer == (False, 403)
        assert floor.call(call).agent == ANN

    def test_a_colleague_who_works_by_the_telephone_is_offered_the_caller(self, floor: Phones) -> None:
        call = talking(floor)
        floor.free(BEN)
        floor.refers(call, party="ben")
        assert floor.offers(BEN) == [call]
        assert floor.sent(ConnectAgent)[-1].seat == PhoneParty(user="ben", caller=CALLER)
        floor.answers(call, party_of(BEN))
        assert (floor.call(call).agent, floor.agent(ANN).state) == (BEN, AgentState.WRAP_UP)

    def test_one_who_is_not_free_gets_nobody(self, floor: Phones) -> None:
        call = talking(floor)
        floor.refers(call, party="ben")
        assert floor.answer == (False, 486)
        assert floor.call(call).agent == ANN

    def test_a_telephone_that_is_nobodys_seat_rings(self, floor: Phones) -> None:
        call = talking(floor)
        floor.refers(call, party="kitchen")
        assert floor.sent(ConnectParty)[-1].to == PhoneParty(user="kitchen", caller=CALLER)

    def test_what_is_no_number_and_no_telephone_is_refused(self, floor: Phones) -> None:
        call = talking(floor)
        floor.refers(call)
        assert floor.answer == (False, 404)

    def test_a_word_of_a_telephone_that_left_changes_nothing(self, floor: Phones) -> None:
        call = talking(floor)
        floor.refers(call, agent=BEN, called=FAR_END)
        assert floor.answer == (False, 603)
        assert floor.call(call).agent == ANN


def second(floor: Phones, called: PhoneNumber = FAR_END) -> CallId:
    """From Ann's telephone, to a number, and answered."""
    call = CallId(floor.ids.new())
    floor.take(PhoneDialled(**floor.stamp(), call=call, agent=ANN, phone="ann", called=called))
    return call


def consulting(floor: Phones) -> tuple[CallId, CallId]:
    call = talking(floor)
    aside = second(floor)
    floor.take(CallEstablished(**floor.stamp(), call=aside))
    return call, aside


def attended(floor: Phones, call: CallId, aside: CallId) -> None:
    to = TrunkParty(called=FAR_END, caller=SALES_NUMBER, trunk=TRUNK)
    floor.refers(call, attended_with=aside, consulted=Consulted("far", "callee", to))


class TestAfterAsking:
    def test_who_talks_may_call_somebody_beside_the_call_within_the_limits(self, floor: Phones) -> None:
        call, aside = consulting(floor)
        offered = floor.events(CallOffered)[-1]
        assert (offered.direction, offered.agent, offered.consults, offered.consultant) == (
            Direction.OUTBOUND,
            None,
            call,
            ANN,
        )
        assert not floor.sent(ConnectParty)[-1].record
        assert (floor.agent(ANN).state, floor.agent(ANN).call) == (AgentState.CONNECTED, call)
        assert floor.call(aside).phase is CallPhase.CONNECTED
        refused = second(floor)
        assert [order.call for order in floor.sent(RejectCall)] == [refused], "one at a time"

    def test_toll_is_refused_there_too(self) -> None:
        floor = Phones(limits=CallLimits(countries=("GB",)))
        talking(floor)
        refused = second(floor, FRENCH)
        assert [order.call for order in floor.sent(RejectCall)] == [refused]

    def test_both_others_talk_and_the_agent_wraps_up(self, floor: Phones) -> None:
        call, aside = consulting(floor)
        attended(floor, call, aside)
        (order,) = floor.sent(TakeOver)
        assert (order.call, order.other, order.taken) == (call, aside, "callee")
        floor.answers(call, order.party)
        assert floor.answer == (True, None)
        joined = floor.sent(JoinParty)[-1]
        assert (joined.party, joined.ends_call) == (order.party, True)
        assert [left.agent for left in floor.sent(DisconnectAgent)] == [ANN]
        assert [ended.call for ended in floor.sent(EndCall)] == [aside]
        assert floor.agent(ANN).state is AgentState.WRAP_UP
        assert [event.agent for event in floor.events(CallDisconnected)] == [ANN]
        floor.wait(30)
        floor.release(call)
        assert [event.party for event in floor.events(PartyLeft)] == [order.party]
        assert floor.refold().call(call) is None

    def test_who_asks_no_more_talks_on_with_the_caller(self, floor: Phones) -> None:
        call, aside = consulting(floor)
        floor.release(aside)
        assert (floor.agent(ANN).state, floor.agent(ANN).call) == (AgentState.CONNECTED, call)

    def test_the_callers_end_is_the_others_too(self, floor: Phones) -> None:
        call, aside = consulting(floor)
        floor.release(call)
        assert [ended.call for ended in floor.sent(EndCall)] == [aside]
        assert floor.agent(ANN).state is AgentState.WRAP_UP

    def test_whom_the_agent_asked_goes_when_the_caller_goes_elsewhere(self, floor: Phones) -> None:
        call, aside = consulting(floor)
        floor.refers(call, called=SUPPORT_NUMBER)
        assert floor.call(call).queue == SUPPORT
        assert [ended.call for ended in floor.sent(EndCall)] == [aside]

    def test_after_a_start_it_is_known_what_belongs_to_what(self, floor: Phones) -> None:
        call, aside = consulting(floor)
        for again in (floor.refold(), floor.restored()):
            assert again.beside == {aside: call}
