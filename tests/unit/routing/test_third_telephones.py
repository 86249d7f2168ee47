"""Colleagues who are asked, and supervisors, at telephones: rung as for an offer, there from the answer on."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from kernel.contracts.calls import AgentState, EndCause, EndReason, EndResult, OfferOutcome
from kernel.contracts.colleagues import ColleagueJoined, ColleagueLeft
from kernel.contracts.desk import (
    AcceptConsultation,
    Confer,
    ConsultColleague,
    HandOver,
    LogIn,
    RequestState,
    Retrieve,
)
from kernel.contracts.directory import CallLimits
from kernel.contracts.log import LimitReached, OfferEnded, PartyLeft
from kernel.contracts.supervision import (
    LeaveSupervision,
    Manner,
    PickWaiting,
    StopSupervising,
    Supervise,
    SuperviseCall,
    SupervisionChanged,
    SupervisorAct,
    TakeOver,
)
from kernel.contracts.telephony import (
    ConnectAgent,
    EndCall,
    PartyEstablished,
    PartyReleased,
    PhoneChanged,
    PhoneParty,
    TrunkParty,
)
from kernel.primitives.ids import CallId, UserId
from kernel.primitives.phone import PhoneNumber
from routing.acd.decide import SupervisorIntent, next_timer
from routing.acd.picturing import picture_of
from routing.acd.telephones import party_of
from routing.calls.model import CallPhase
from routing.errors import AgentNotFree, AtTelephone, SoftphoneUnreachable
from routing.reconciler.differences import compare
from routing.supervision.machine import Part
from tests.unit.routing.audit import Auditor
from tests.unit.routing.floor import ANN, BEN, CALLER, RING, SALES_NUMBER, TRUNK, ZOE, Floor, directory

MOBILE = PhoneNumber("+447700900123")


class Checked(Floor):
    """Zoe has a telephone that registers with us, Ben a number outside; audited after every decision."""

    def __init__(self, **changes: object) -> None:
        at = {ZOE: PhoneParty(user="zoe"), BEN: TrunkParty(called=MOBILE)}
        agents = directory(Floor(1).tenant).agents
        seated = tuple(replace(one, telephone=at.get(one.agent)) for one in agents)
        super().__init__(1, agents=seated, **changes)
        self.auditor = Auditor(self.state)
        for agent in at:
            if agent == ZOE:
                self.take(PhoneChanged(**self.stamp(), agent=ZOE, phone="zoe", registered=True))
            self.wish(agent, LogIn(telephone=True))

    def take(self, word):  # type: ignore[no-untyped-def]
        decision = super().take(word)
        if hasattr(self, "auditor"):
            self.auditor.follow(self.log)
            self.auditor.check(self.state, self.rules)
        return decision

    def free(self, agent: UserId) -> None:
        self.wish(agent, RequestState(state=AgentState.AVAILABLE))

    def answers(self, call: CallId, agent: UserId) -> None:
        self.take(PartyEstablished(**self.stamp(), call=call, party=party_of(agent)))

    def hangs_up(self, call: CallId, agent: UserId, reason: EndReason = EndReason.HANGUP_BY_CALLER) -> None:
        cause = EndCause(EndResult.CALLEE, reason)
        self.take(PartyReleased(**self.stamp(), call=call, party=party_of(agent), cause=cause))

    def act(self, what: SupervisorAct, supervisor: UserId = ZOE) -> None:
        self.take(SupervisorIntent(self.tenant, supervisor, what))

    def agrees(self) -> None:
        assert compare(picture_of(self.state, self.now, next_timer(self.state))) == []


@pytest.fixture
def floor() -> Checked:
    return Checked()


def asked(floor: Checked, colleague: UserId = ZOE) -> CallId:
    call = floor.connected(ANN)
    floor.free(colleague)
    floor.wish(ANN, ConsultColleague(call=call, agent=colleague, note=""))
    return call


def talking(floor: Checked, colleague: UserId = ZOE) -> CallId:
    call = asked(floor, colleague)
    floor.answers(call, colleague)
    return call


class TestColleagues:
    def test_the_telephone_rings_and_its_answer_begins_the_consultation(self, floor: Checked) -> None:
        call = asked(floor)
        (order,) = floor.sent(SuperviseCall)
        assert (order.seat, order.party, order.manner) == (
            PhoneParty(user="zoe", caller=CALLER),
            party_of(ZOE),
            Manner.WHISPER,
        )
        assert floor.agent(ZOE).state is AgentState.OFFERED
        floor.agrees()
        floor.answers(call, ZOE)
        assert floor.agent(ZOE).state is AgentState.CONNECTED
        floor.agrees()
        assert [event.aside for event in floor.events(ColleagueJoined)] == [True]
        assert floor.sent(SuperviseCall)[-1].seat is None, "nobody is dialled twice"
        assert floor.call(call).phase is CallPhase.HELD

    def test_the_desk_cannot_answer_for_it(self, floor: Checked) -> None:
        call = asked(floor)
        with pytest.raises(AtTelephone):
            floor.wish(ZOE, AcceptConsultation(call=call))

    def test_who_does_not_answer_stops_ringing_and_the_agent_has_the_caller(self, floor: Checked) -> None:
        call = asked(floor)
        floor.wait(RING)
        assert [event.outcome for event in floor.events(ColleagueLeft)] == [OfferOutcome.NO_ANSWER]
        assert [order.supervisor for order in floor.sent(LeaveSupervision)] == [ZOE]
        assert floor.states(ZOE)[-1] == (AgentState.NOT_READY, "no_answer")
        floor.wish(ANN, Retrieve(call=call))
        assert (floor.call(call).phase, floor.call(call).agent) == (CallPhase.CONNECTED, ANN)

    @pytest.mark.parametrize(
        ("reason", "outcome"),
        [(EndReason.BUSY, OfferOutcome.REJECTED), (EndReason.UNREACHABLE, OfferOutcome.NO_ANSWER)],
    )
    def test_a_refusal_is_told(self, floor: Checked, reason: EndReason, outcome: OfferOutcome) -> None:
        call = asked(floor)
        floor.hangs_up(call, ZOE, reason)
        assert [event.outcome for event in floor.events(ColleagueLeft)] == [outcome]
        assert floor.call(call).agent == ANN

    def test_all_talk_then_the_colleague_hangs_up_and_nothing_is_billed_for_a_telephone_of_ours(
        self, floor: Checked
    ) -> None:
        call = talking(floor)
        floor.wish(ANN, Confer(call=call))
        assert floor.sent(SuperviseCall)[-1].manner is Manner.BARGE
        floor.hangs_up(call, ZOE)
        assert floor.agent(ZOE).state is AgentState.AVAILABLE
        assert (floor.call(call).agent, floor.sent(EndCall), floor.events(PartyLeft)) == (ANN, [], [])

    def test_the_caller_is_handed_over_to_the_same_telephone(self, floor: Checked) -> None:
        call = talking(floor)
        floor.wish(ANN, HandOver(call=call))
        order = floor.sent(ConnectAgent)[-1]
        assert (order.agent, order.party, order.seat) == (ZOE, party_of(ZOE), PhoneParty(user="zoe", caller=CALLER))
        assert (floor.call(call).agent, floor.agent(ANN).state) == (ZOE, AgentState.WRAP_UP)
        floor.hangs_up(call, ZOE)
        assert floor.agent(ZOE).state is AgentState.WRAP_UP

    def test_a_number_outside_is_billed_from_its_answer_on(self, floor: Checked) -> None:
        call = talking(floor, BEN)
        since = floor.now
        floor.wait(30)
        floor.wish(ANN, Retrieve(call=call))
        (left,) = floor.events(PartyLeft)
        assert (left.to, left.since, left.at - since) == (TrunkParty(called=MOBILE), since, timedelta(seconds=30))

    def test_one_that_may_not_be_called_is_told_and_loses_its_place(self, floor: Checked) -> None:
        call = floor.connected(ANN)
        floor.free(BEN)
        floor.adopt(agents=floor.rules.directory(floor.tenant).agents, limits=CallLimits(countries=("DE",)))
        with pytest.raises(AgentNotFree):
            floor.wish(ANN, ConsultColleague(call=call, agent=BEN, note=""))
        assert floor.events(LimitReached)
        assert floor.states(BEN)[-1] == (AgentState.NOT_READY, "telephone_lost")
        assert floor.call(call).phase is CallPhase.CONNECTED

    def test_one_that_breaks_makes_not_ready(self, floor: Checked) -> None:
        call = talking(floor)
        floor.hangs_up(call, ZOE, EndReason.MEDIA_FAILED)
        assert floor.states(ZOE)[-1] == (AgentState.NOT_READY, "telephone_lost")
        assert floor.call(call).agent == ANN

    def test_the_callers_end_stops_the_ringing(self, floor: Checked) -> None:
        call = asked(floor)
        floor.release(call)
        assert [order.supervisor for order in floor.sent(LeaveSupervision)] == [ZOE]
        assert floor.agent(ZOE).state is AgentState.AVAILABLE


def rung(floor: Checked, manner: Manner = Manner.LISTEN, supervisor: UserId = ZOE) -> CallId:
    call = floor.connected(ANN)
    floor.act(Supervise(call=call, manner=manner), supervisor)
    return call


def heard(floor: Checked, manner: Manner = Manner.LISTEN, supervisor: UserId = ZOE) -> CallId:
    call = rung(floor, manner, supervisor)
    floor.answers(call, supervisor)
    return call


def parts(floor: Checked) -> list[tuple[Manner | None, bool]]:
    """With whether it only rings."""
    return [(event.manner, event.rings_until is not None) for event in floor.events(SupervisionChanged)]


class TestSupervisors:
    def test_the_telephone_rings_and_they_take_part_from_its_answer_on(self, floor: Checked) -> None:
        call = rung(floor, Manner.WHISPER)
        (order,) = floor.sent(SuperviseCall)
        assert (order.seat, order.party) == (PhoneParty(user="zoe", caller=CALLER), party_of(ZOE))
        for again in (floor.refold(), floor.restored()):
            assert again.listening.ears == floor.state.listening.ears
        floor.answers(call, ZOE)
        assert parts(floor) == [(Manner.WHISPER, True), (Manner.WHISPER, False)]
        assert floor.agent(ZOE).state is AgentState.NOT_READY
        for again in (floor.refold(), floor.restored()):
            assert again.listening.ears == floor.state.listening.ears

    def test_who_does_not_answer_is_let_go(self, floor: Checked) -> None:
        rung(floor)
        floor.wait(RING)
        assert parts(floor) == [(Manner.LISTEN, True), (None, False)]
        assert len(floor.sent(LeaveSupervision)) == 1
        assert next_timer(floor.state) is None

    def test_another_wish_while_it_rings_counts_at_the_answer(self, floor: Checked) -> None:
        call = rung(floor)
        for _ in range(2):
            floor.act(Supervise(call=call, manner=Manner.BARGE))
        floor.answers(call, ZOE)
        assert [manner for manner, _ in parts(floor)] == [Manner.LISTEN, Manner.BARGE, Manner.BARGE]
        assert [order.seat is None for order in floor.sent(SuperviseCall)] == [False, True]

    def test_hanging_up_ends_it_and_not_the_call(self, floor: Checked) -> None:
        call = heard(floor)
        floor.hangs_up(call, ZOE)
        assert parts(floor)[-1] == (None, False)
        assert (floor.call(call).agent, floor.sent(EndCall)) == (ANN, [])

    def test_stopping_hangs_up(self, floor: Checked) -> None:
        heard(floor)
        floor.act(StopSupervising())
        assert [order.supervisor for order in floor.sent(LeaveSupervision)] == [ZOE]

    def test_the_agents_end_stops_the_ringing(self, floor: Checked) -> None:
        call = rung(floor)
        floor.release(call)
        assert parts(floor)[-1] == (None, False)

    def test_a_number_outside_is_billed_from_its_answer_on(self, floor: Checked) -> None:
        call = rung(floor, supervisor=BEN)
        (order,) = floor.sent(SuperviseCall)
        assert order.seat == TrunkParty(called=MOBILE, caller=SALES_NUMBER, trunk=TRUNK)
        floor.wait(5)
        floor.answers(call, BEN)
        since = floor.now
        floor.wait(30)
        floor.release(call)
        (left,) = floor.events(PartyLeft)
        assert (left.since, left.at - since) == (since, timedelta(seconds=30))

    def test_the_limits_of_the_tenant_hold(self, floor: Checked) -> None:
        call = floor.connected(ANN)
        floor.adopt(agents=floor.rules.directory(floor.tenant).agents, limits=CallLimits(countries=("DE",)))
        with pytest.raises(SoftphoneUnreachable):
            floor.act(Supervise(call=call, manner=Manner.LISTEN), BEN)

    def test_who_listens_talks_on_over_the_same_telephone(self, floor: Checked) -> None:
        call = heard(floor)
        floor.act(TakeOver(call=call))
        assert (floor.call(call).agent, floor.agent(ANN).state) == (ZOE, AgentState.WRAP_UP)
        assert floor.sent(ConnectAgent)[-1].party == party_of(ZOE)
        floor.hangs_up(call, ZOE)
        assert floor.agent(ZOE).state is AgentState.WRAP_UP

    def test_who_takes_over_has_the_call_by_answering(self, floor: Checked) -> None:
        call = floor.connected(ANN)
        floor.act(TakeOver(call=call))
        assert (floor.call(call).agent, floor.state.listening.ears[ZOE].part) == (ANN, Part.RINGING)
        floor.answers(call, ZOE)
        assert (floor.call(call).agent, floor.agent(ANN).state) == (ZOE, AgentState.WRAP_UP)
        assert not floor.state.listening
        for again in (floor.refold(), floor.restored()):
            assert again.call(call) == floor.call(call)

    def test_who_picks_is_rung_and_does_not_lose_the_caller_by_not_answering(self, floor: Checked) -> None:
        call = floor.queued()
        floor.act(PickWaiting(call=call))
        assert floor.agent(ZOE).state is AgentState.OFFERED
        floor.hangs_up(call, ZOE, EndReason.NO_ANSWER)
        assert floor.call(call).phase is CallPhase.QUEUED
        assert [event.outcome for event in floor.events(OfferEnded)] == [OfferOutcome.NO_ANSWER]
        floor.act(PickWaiting(call=call))
        floor.answers(call, ZOE)
        assert floor.call(call).agent == ZOE
        assert floor.agent(ZOE).requested is AgentState.NOT_READY
