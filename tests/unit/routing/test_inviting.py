"""What an agent asks for at the desk during a call: consult, hand over, talk in threes, to a queue or outside."""

from datetime import timedelta

import pytest

from kernel.contracts.calls import AgentState, EndCause, EndReason, EndResult, TransferOutcome
from kernel.contracts.desk import (
    Confer,
    Consult,
    Dial,
    DropParty,
    HandOver,
    HangUp,
    Retrieve,
    Transfer,
    TransferToQueue,
)
from kernel.contracts.directory import CallLimits
from kernel.contracts.log import CallEnded, CallQueued, LimitReached, PartyLeft, TransferEnded
from kernel.contracts.telephony import (
    ConnectParty,
    DisconnectAgent,
    EndCall,
    HoldCall,
    JoinParty,
    PartyEstablished,
    PartyReleased,
    PlayToCaller,
    RetrieveCall,
    TransferAsked,
    TrunkParty,
)
from kernel.contracts.telephony import DropParty as EndParty
from kernel.primitives.ids import CallId, QueueId
from kernel.primitives.phone import PhoneNumber
from routing.calls.model import CallPhase
from routing.errors import (
    CallGone,
    CannotQueue,
    DestinationNotAllowed,
    NobodyInvited,
    NoTrunk,
    OwnNumber,
    PartyGone,
    TransferUnderWay,
    UnknownQueue,
)
from tests.unit.routing.floor import (
    ANN,
    BEN,
    CALLER,
    EVA,
    FAR_END,
    SALES,
    SALES_NUMBER,
    SUPPORT,
    SUPPORT_NUMBER,
    TRUNK,
    Floor,
    kinds,
)

FRENCH = PhoneNumber.parse("+33142685300")
BUSY = EndCause(EndResult.CALLEE, EndReason.BUSY, 486, 17)


def established(floor: Floor, call: CallId, party: str = "party1") -> None:
    floor.take(PartyEstablished(**floor.stamp(), call=call, party=party))


def released(floor: Floor, call: CallId, party: str = "party1", cause: EndCause = BUSY) -> None:
    floor.take(PartyReleased(**floor.stamp(), call=call, party=party, cause=cause))


def consulting(floor: Floor) -> CallId:
    """ANN talks with FAR_END while her caller waits."""
    call = floor.connected(ANN)
    floor.wish(ANN, Consult(call=call, called=FAR_END))
    established(floor, call)
    floor.commands.clear()
    return call


def outcomes(floor: Floor) -> list[TransferOutcome]:
    return [event.outcome for event in floor.events(TransferEnded)]


class TestConsult:
    def test_the_caller_hears_music_while_who_is_consulted_is_called_aside(self, floor: Floor) -> None:
        call = floor.connected(ANN)
        floor.commands.clear()
        floor.wish(ANN, Consult(call=call, called=FAR_END))
        assert floor.call(call).phase is CallPhase.HELD
        assert len(floor.sent(HoldCall)) == 1
        [dialled] = floor.sent(ConnectParty)
        assert dialled.to == TrunkParty(called=FAR_END, caller=CALLER, trunk=TRUNK)
        assert (dialled.aside, dialled.ends_call) == (True, False)

    def test_one_at_a_time(self, floor: Floor) -> None:
        call = consulting(floor)
        with pytest.raises(TransferUnderWay):
            floor.wish(ANN, Consult(call=call, called=FRENCH))

    def test_an_own_number_cannot_be_consulted(self, floor: Floor) -> None:
        call = floor.connected(ANN)
        with pytest.raises(OwnNumber):
            floor.wish(ANN, Consult(call=call, called=SUPPORT_NUMBER))
        assert floor.call(call).phase is CallPhase.CONNECTED

    def test_a_number_that_may_not_be_dialled_leaves_all_as_it_was_and_admins_hear_of_it(self) -> None:
        floor = Floor(1, limits=CallLimits(countries=("GB",)))
        call = floor.connected(ANN)
        with pytest.raises(DestinationNotAllowed):
            floor.wish(ANN, Consult(call=call, called=FRENCH))
        assert floor.call(call).phase is CallPhase.CONNECTED
        assert [event.agent for event in floor.events(LimitReached)] == [ANN]

    def test_without_a_trunk_nobody_is_dialled(self) -> None:
        floor = Floor(1, outbound_trunk=None)
        call = floor.connected(ANN)
        with pytest.raises(NoTrunk):
            floor.wish(ANN, Consult(call=call, called=FAR_END))

    def test_who_goes_back_to_the_caller_ends_the_consultation(self, floor: Floor) -> None:
        call = consulting(floor)
        floor.wish(ANN, Retrieve(call=call))
        assert [command.party for command in floor.sent(EndParty)] == ["party1"]
        assert len(floor.sent(RetrieveCall)) == 1
        assert (floor.call(call).phase, floor.call(call).invited) == (CallPhase.CONNECTED, ())

    def test_who_does_not_answer_leaves_the_caller_on_hold(self, floor: Floor) -> None:
        call = floor.connected(ANN)
        floor.wish(ANN, Consult(call=call, called=FAR_END))
        released(floor, call)
        assert (floor.call(call).phase, floor.call(call).invited) == (CallPhase.HELD, ())
        [left] = floor.events(PartyLeft)
        assert (left.since, left.cause) == (None, BUSY)
        floor.wish(ANN, Consult(call=call, called=FRENCH))
        assert floor.call(call).invited[0].party == "party2"

    def test_another_agents_call_is_not_there(self, floor: Floor) -> None:
        call = floor.connected(ANN)
        floor.not_ready(BEN)
        with pytest.raises(CallGone):
            floor.wish(BEN, Consult(call=call, called=FAR_END))


class TestHandOver:
    def test_caller_and_expert_talk_on_while_the_agent_wraps_up(self, floor: Floor) -> None:
        call = consulting(floor)
        floor.wish(ANN, HandOver(call=call))
        assert [type(command) for command in floor.commands] == [JoinParty, DisconnectAgent]
        assert floor.agent(ANN).state is AgentState.WRAP_UP
        assert (floor.call(call).phase, floor.call(call).agent) == (CallPhase.CONNECTED, None)
        [ended] = floor.events(TransferEnded)
        assert (ended.outcome, ended.attended) == (TransferOutcome.COMPLETED, True)

    def test_the_call_ends_when_the_expert_hangs_up_and_the_leg_is_told_for_the_bill(self, floor: Floor) -> None:
        call = consulting(floor)
        answered = floor.now
        floor.wish(ANN, HandOver(call=call))
        floor.now += timedelta(seconds=90)
        released(floor, call, cause=BUSY)
        [left] = floor.events(PartyLeft)
        assert (left.since, left.at - answered) == (answered, timedelta(seconds=90))
        assert len(floor.events(CallEnded)) == len(floor.sent(EndCall)) == 1

    def test_who_still_rings_is_reached_by_the_caller(self, floor: Floor) -> None:
        call = floor.connected(ANN)
        floor.wish(ANN, Consult(call=call, called=FAR_END))
        floor.wish(ANN, HandOver(call=call))
        assert outcomes(floor) == []
        established(floor, call)
        assert outcomes(floor) == [TransferOutcome.COMPLETED]

    def test_with_nobody_there_it_is_refused(self, floor: Floor) -> None:
        call = floor.connected(ANN)
        with pytest.raises(NobodyInvited):
            floor.wish(ANN, HandOver(call=call))


class TestBlind:
    def test_the_agent_is_free_at_once(self, floor: Floor) -> None:
        call = floor.connected(ANN)
        floor.commands.clear()
        floor.wish(ANN, Transfer(call=call, called=FAR_END))
        assert [type(command) for command in floor.commands] == [ConnectParty, DisconnectAgent]
        assert floor.agent(ANN).state is AgentState.WRAP_UP
        established(floor, call)
        assert outcomes(floor) == [TransferOutcome.COMPLETED]

    def test_a_caller_whom_nobody_answers_is_back_in_front(self, floor: Floor) -> None:
        call = floor.connected(ANN)
        place = floor.call(call).since
        floor.wish(ANN, Transfer(call=call, called=FAR_END))
        floor.now += timedelta(seconds=30)
        later = floor.queued()
        floor.commands.clear()
        released(floor, call)
        assert outcomes(floor) == [TransferOutcome.FAILED]
        assert (floor.call(call).phase, floor.call(call).since) == (CallPhase.QUEUED, place)
        assert [command.call for command in floor.sent(PlayToCaller)] == [call]
        floor.available(BEN)
        assert floor.offers(BEN) == [call]
        assert floor.call(later).phase is CallPhase.QUEUED

    def test_whom_we_dialled_has_no_queue_and_is_let_go(self, floor: Floor) -> None:
        floor.available(ANN)
        floor.wish(ANN, Dial(called=FRENCH))
        call = floor.agent(ANN).call
        assert call is not None
        floor.establish(call)
        floor.wish(ANN, Transfer(call=call, called=FAR_END))
        released(floor, call)
        assert [event.cause for event in floor.events(CallEnded)] == [BUSY]

    def test_an_own_number_leads_to_its_queue(self, floor: Floor) -> None:
        call = floor.connected(ANN)
        floor.wish(ANN, Transfer(call=call, called=SUPPORT_NUMBER))
        assert floor.call(call).queue == SUPPORT


class TestToQueue:
    def test_the_caller_waits_there_and_the_agent_wraps_up(self, floor: Floor) -> None:
        call = floor.connected(ANN)
        floor.now += timedelta(seconds=60)
        floor.wish(ANN, TransferToQueue(call=call, queue=SUPPORT))
        assert floor.agent(ANN).state is AgentState.WRAP_UP
        assert (floor.call(call).phase, floor.call(call).since) == (CallPhase.QUEUED, floor.now)
        [ended] = floor.events(TransferEnded)
        assert (ended.outcome, ended.queue) == (TransferOutcome.COMPLETED, SUPPORT)
        floor.available(EVA)
        assert floor.offers(EVA) == [call]

    def test_a_consultation_ends_with_it(self, floor: Floor) -> None:
        call = consulting(floor)
        floor.wish(ANN, TransferToQueue(call=call, queue=SUPPORT))
        assert [command.party for command in floor.sent(EndParty)] == ["party1"]
        assert floor.call(call).phase is CallPhase.QUEUED

    def test_of_another_tenant_there_is_no_queue(self, floor: Floor) -> None:
        call = floor.connected(ANN)
        with pytest.raises(UnknownQueue):
            floor.wish(ANN, TransferToQueue(call=call, queue=QueueId(call)))

    def test_whom_we_dialled_cannot_wait(self, floor: Floor) -> None:
        floor.available(ANN)
        floor.wish(ANN, Dial(called=FRENCH))
        call = floor.agent(ANN).call
        assert call is not None
        floor.establish(call)
        with pytest.raises(CannotQueue):
            floor.wish(ANN, TransferToQueue(call=call, queue=SALES))


class TestConference:
    def test_all_three_talk(self, floor: Floor) -> None:
        call = consulting(floor)
        decision = floor.wish(ANN, Confer(call=call))
        assert kinds(decision) == ["PartyJoined", "CallRetrieved", "JoinParty"]
        assert floor.call(call).phase is CallPhase.CONNECTED

    def test_only_with_who_has_answered(self, floor: Floor) -> None:
        call = floor.connected(ANN)
        floor.wish(ANN, Consult(call=call, called=FAR_END))
        with pytest.raises(NobodyInvited):
            floor.wish(ANN, Confer(call=call))

    def test_who_is_dropped_leaves_agent_and_caller(self, floor: Floor) -> None:
        call = consulting(floor)
        floor.wish(ANN, Confer(call=call))
        floor.wish(ANN, DropParty(call=call, party="party1"))
        assert floor.call(call).phase is CallPhase.CONNECTED
        with pytest.raises(PartyGone):
            floor.wish(ANN, DropParty(call=call, party="party1"))

    def test_the_agent_may_leave_it(self, floor: Floor) -> None:
        call = consulting(floor)
        floor.wish(ANN, Confer(call=call))
        floor.wish(ANN, HandOver(call=call))
        assert floor.agent(ANN).state is AgentState.WRAP_UP
        assert outcomes(floor) == [TransferOutcome.COMPLETED]

    def test_of_two_who_were_called_in_one_may_go(self, floor: Floor) -> None:
        call = consulting(floor)
        floor.wish(ANN, Confer(call=call))
        floor.wish(ANN, Consult(call=call, called=FRENCH))
        established(floor, call, "party2")
        floor.wish(ANN, HandOver(call=call))
        released(floor, call, "party1")
        assert not floor.events(CallEnded)
        released(floor, call, "party2")
        assert len(floor.events(CallEnded)) == 1


class TestNobodyIsForgotten:
    def test_the_callers_end_ends_all_and_bills_who_was_called_in(self, floor: Floor) -> None:
        call = consulting(floor)
        floor.release(call)
        assert len(floor.events(PartyLeft)) == len(floor.events(CallEnded)) == 1
        assert floor.agent(ANN).state is AgentState.WRAP_UP

    def test_the_agents_hang_up_too(self, floor: Floor) -> None:
        call = consulting(floor)
        floor.wish(ANN, HangUp(call=call))
        assert len(floor.events(PartyLeft)) == len(floor.sent(EndCall)) == 1

    def test_a_lost_browser_brings_the_caller_back_and_drops_the_expert(self, floor: Floor) -> None:
        consulting(floor)
        floor.reach(ANN, False)
        floor.wait(60)
        assert [command.party for command in floor.sent(EndParty)] == ["party1"]
        assert [event.queue for event in floor.events(CallQueued)] == [SALES, SALES]

    def test_repeated_and_late_reports_change_nothing(self, floor: Floor) -> None:
        call = consulting(floor)
        floor.wish(ANN, Retrieve(call=call))
        log = list(floor.log)
        established(floor, call)
        released(floor, call)
        assert floor.log == log

    def test_a_far_end_cannot_transfer_what_the_agent_already_shares(self, floor: Floor) -> None:
        call = consulting(floor)
        floor.take(TransferAsked(**floor.stamp(), call=call, leg="far", called=SALES_NUMBER))
        assert outcomes(floor) == [TransferOutcome.REFUSED]

    def test_the_log_alone_tells_who_is_in_the_call(self, floor: Floor) -> None:
        call = consulting(floor)
        assert floor.refold().call(call) == floor.restored().call(call) == floor.call(call)
