"""A softphone that is lost and perhaps comes back; a gateway that starts anew."""

from datetime import timedelta
from uuid import UUID

import pytest

from kernel.contracts.calls import AgentState, EndReason, Fault, OfferOutcome
from kernel.contracts.desk import Dial, FinishWrapUp, Hold, LogOut, RequestState, Retrieve
from kernel.contracts.log import (
    AgentReachabilityChanged,
    AgentStateChanged,
    CallDisconnected,
    CallEnded,
    CallQueued,
    OfferEnded,
)
from kernel.contracts.telephony import CallsAnnounced, ConnectAgent, DisconnectAgent, EndCall, SoftphoneChanged
from kernel.primitives.ids import CallId
from routing.agents.model import AGENT_RETURN_SECONDS
from routing.errors import SoftphoneUnreachable
from tests.unit.routing.floor import ANN, BEN, FAR_END, SALES, Floor, directory, kinds

LOST = (AgentState.NOT_READY, "softphone_lost")
IN_TIME = AGENT_RETURN_SECONDS - 1


class TestIdle:
    def test_an_available_agent_becomes_not_ready_and_is_offered_nothing(self, floor: Floor) -> None:
        floor.available(ANN)
        floor.reach(ANN, False)
        floor.queued()
        assert floor.states(ANN)[-1] == LOST
        assert floor.offers(ANN) == []

    def test_back_in_time_they_are_available_without_a_click(self, floor: Floor) -> None:
        floor.available(ANN)
        floor.reach(ANN, False)
        call = floor.queued()
        floor.wait(IN_TIME)
        floor.reach(ANN)
        assert floor.offers(ANN) == [call]

    def test_back_too_late_they_stay_not_ready_and_are_told_so(self, floor: Floor) -> None:
        floor.available(ANN)
        floor.reach(ANN, False)
        assert floor.agent(ANN).requested is AgentState.AVAILABLE
        floor.wait(AGENT_RETURN_SECONDS)
        assert (floor.agent(ANN).requested, floor.agent(ANN).until) == (None, None)
        floor.reach(ANN)
        assert floor.states(ANN)[-1] == LOST
        floor.wish(ANN, RequestState(state=AgentState.AVAILABLE))
        assert floor.agent(ANN).state is AgentState.AVAILABLE

    def test_who_took_a_break_before_coming_back_keeps_it(self, floor: Floor) -> None:
        floor.available(ANN)
        floor.reach(ANN, False)
        floor.wish(ANN, RequestState(state=AgentState.NOT_READY, reason="break"))
        floor.reach(ANN)
        assert floor.states(ANN)[-1] == (AgentState.NOT_READY, "break")

    def test_an_offered_caller_goes_to_the_next_agent(self, floor: Floor) -> None:
        call = floor.offered(ANN)
        floor.available(BEN)
        floor.reach(ANN, False)
        assert floor.states(ANN)[-1] == LOST
        assert floor.events(OfferEnded)[0].outcome is OfferOutcome.AGENT_GONE
        assert floor.offers(BEN) == [call]

    def test_after_the_wrap_up_nobody_is_available_without_a_softphone(self, floor: Floor) -> None:
        call = floor.wrapping_up(ANN)
        floor.reach(ANN, False)
        assert floor.agent(ANN).state is AgentState.WRAP_UP
        floor.wish(ANN, FinishWrapUp(call=call, disposition="resolved"))
        assert floor.states(ANN)[-1] == LOST

    @pytest.mark.parametrize("reachable", [True, False])
    def test_a_repeated_report_changes_nothing(self, floor: Floor, reachable: bool) -> None:
        floor.available(ANN)
        floor.reach(ANN, reachable)
        assert kinds(floor.reach(ANN, reachable)) == []

    def test_an_overtaken_report_changes_nothing(self, floor: Floor) -> None:
        floor.available(ANN)
        old = SoftphoneChanged(**floor.stamp(), agent=ANN, reachable=True)
        floor.wait(1)
        floor.reach(ANN, False)
        assert kinds(floor.take(old)) == []


class TestConnected:
    def test_the_caller_hears_music_and_the_call_waits_for_the_agent(self, floor: Floor) -> None:
        call = floor.connected(ANN)
        assert kinds(floor.reach(ANN, False)) == ["AgentReachabilityChanged", "PlayToCaller"]
        assert floor.agent(ANN).call == call

    def test_back_in_time_they_hear_each_other_again(self, floor: Floor) -> None:
        floor.connected(ANN)
        floor.reach(ANN, False)
        floor.wait(IN_TIME)
        assert kinds(floor.reach(ANN)) == ["AgentReachabilityChanged", "ConnectAgent"]
        floor.wait(AGENT_RETURN_SECONDS)
        assert floor.agent(ANN).state is AgentState.CONNECTED
        assert len(floor.sent(ConnectAgent)) == 2

    def test_a_caller_on_hold_stays_on_hold(self, floor: Floor) -> None:
        call = floor.connected(ANN)
        floor.wish(ANN, Hold(call=call))
        assert kinds(floor.reach(ANN, False)) == ["AgentReachabilityChanged"]
        with pytest.raises(SoftphoneUnreachable):
            floor.wish(ANN, Retrieve(call=call))
        assert kinds(floor.reach(ANN)) == ["AgentReachabilityChanged"]

    @pytest.mark.parametrize("held", [True, False])
    def test_without_a_return_the_caller_waits_again_in_front_of_later_ones(self, floor: Floor, held: bool) -> None:
        call = floor.connected(ANN)
        since = floor.call(call).since
        if held:
            floor.wish(ANN, Hold(call=call))
        later = floor.queued()
        floor.reach(ANN, False)
        floor.wait(AGENT_RETURN_SECONDS)

        assert [(event.call, event.agent) for event in floor.events(CallDisconnected)] == [(call, ANN)]
        queued = floor.events(CallQueued)[-1]
        assert (queued.call, queued.queue, queued.since) == (call, SALES, since)
        assert [command.agent for command in floor.sent(DisconnectAgent)] == [ANN]
        assert floor.states(ANN)[-1] == LOST
        floor.available(BEN)
        assert floor.offers(BEN) == [call]
        assert later not in floor.offers(BEN)

    def test_a_wish_to_log_out_is_honoured_then(self, floor: Floor) -> None:
        floor.connected(ANN)
        floor.wish(ANN, LogOut())
        floor.reach(ANN, False)
        floor.wait(AGENT_RETURN_SECONDS)
        assert floor.agent(ANN).state is AgentState.LOGGED_OUT

    @pytest.mark.parametrize("answered", [True, False])
    def test_a_dialled_call_has_no_queue_to_wait_in_and_ends(self, floor: Floor, answered: bool) -> None:
        floor.available(ANN)
        floor.wish(ANN, Dial(called=FAR_END))
        call = floor.agent(ANN).call
        assert call is not None
        if answered:
            floor.establish(call)
        floor.reach(ANN, False)
        floor.wait(AGENT_RETURN_SECONDS)
        assert [event.cause.reason for event in floor.events(CallEnded)] == [EndReason.HANGUP_BY_SYSTEM]
        assert [command.call for command in floor.sent(EndCall)] == [call]

    def test_a_callee_who_answers_while_the_agent_is_lost_hears_music(self, floor: Floor) -> None:
        floor.available(ANN)
        floor.wish(ANN, Dial(called=FAR_END))
        call = floor.agent(ANN).call
        assert call is not None
        floor.reach(ANN, False)
        assert kinds(floor.establish(call)) == ["CallAnswered", "CallConnected", "PlayToCaller"]

    def test_a_caller_whose_queue_was_removed_meanwhile_comes_to_a_clear_end(self, floor: Floor) -> None:
        call = floor.connected(ANN)
        floor.adopt(queues=directory(floor.tenant).queues[1:], numbers=())
        floor.reach(ANN, False)
        floor.wait(AGENT_RETURN_SECONDS)
        assert [event.call for event in floor.events(CallEnded)] == [call]


@pytest.mark.parametrize(
    ("fault", "cause", "reason"),
    [
        (Fault.MICROPHONE, "microphone_lost", "microphone_lost"),
        (Fault.AUDIO_PATH, "audio_path_broken", "no_audio_path"),
    ],
)
class TestSoundThatIsMissing:
    def test_an_available_agent_becomes_not_ready_for_that_reason(
        self, floor: Floor, fault: Fault, cause: str, reason: str
    ) -> None:
        floor.available(ANN)
        floor.reach(ANN, False, fault)
        changed = floor.events(AgentStateChanged)[-1]
        assert (changed.state, changed.reason, changed.cause) == (AgentState.NOT_READY, reason, cause)
        floor.queued()
        assert floor.offers(ANN) == []
        with pytest.raises(SoftphoneUnreachable) as refused:
            floor.wish(ANN, RequestState(state=AgentState.AVAILABLE))
        assert refused.value.extra["fault"] == fault.value

    def test_back_in_time_they_are_available_and_too_late_they_say_so(
        self, floor: Floor, fault: Fault, cause: str, reason: str
    ) -> None:
        floor.available(ANN)
        floor.reach(ANN, False, fault)
        floor.wait(IN_TIME)
        floor.reach(ANN)
        assert floor.agent(ANN).state is AgentState.AVAILABLE
        floor.reach(ANN, False, fault)
        floor.wait(AGENT_RETURN_SECONDS)
        floor.reach(ANN)
        assert floor.states(ANN)[-1] == (AgentState.NOT_READY, reason)
        assert floor.agent(ANN).until is None

    def test_an_offered_caller_goes_to_the_next_agent(
        self, floor: Floor, fault: Fault, cause: str, reason: str
    ) -> None:
        call = floor.offered(ANN)
        floor.available(BEN)
        floor.reach(ANN, False, fault)
        assert floor.states(ANN)[-1] == (AgentState.NOT_READY, reason)
        assert floor.offers(BEN) == [call]

    def test_in_a_call_the_agent_hears_on_and_may_hold_and_retrieve(
        self, floor: Floor, fault: Fault, cause: str, reason: str
    ) -> None:
        call = floor.connected(ANN)
        assert kinds(floor.reach(ANN, False, fault)) == ["AgentReachabilityChanged"]
        floor.wait(AGENT_RETURN_SECONDS)
        floor.wish(ANN, Hold(call=call))
        floor.wish(ANN, Retrieve(call=call))
        assert floor.agent(ANN).state is AgentState.CONNECTED
        floor.release(call)
        floor.wish(ANN, FinishWrapUp(call=call, disposition="resolved"))
        assert floor.states(ANN)[-1] == (AgentState.NOT_READY, reason)

    def test_a_connection_lost_beside_it_counts_as_ever(
        self, floor: Floor, fault: Fault, cause: str, reason: str
    ) -> None:
        floor.connected(ANN)
        floor.reach(ANN, False, fault)
        floor.wait(1)
        assert kinds(floor.reach(ANN, False)) == ["AgentReachabilityChanged", "PlayToCaller"]
        floor.wait(1)
        assert kinds(floor.reach(ANN, False, fault)) == ["AgentReachabilityChanged", "ConnectAgent"]
        floor.wait(AGENT_RETURN_SECONDS)
        assert floor.agent(ANN).state is AgentState.CONNECTED


class TestAnnouncement:
    def test_calls_that_the_gateway_lost_are_ended_and_their_agents_go_on(self, floor: Floor) -> None:
        talking, kept = floor.connected(ANN), floor.queued()
        lost = floor.queued()
        ringing = floor.arrive()
        floor.announce([kept], [ANN])

        ended = {event.call: event.cause.reason for event in floor.events(CallEnded)}
        assert ended == dict.fromkeys((talking, lost, ringing), EndReason.LOST_IN_RESTART)
        assert floor.agent(ANN).state is AgentState.WRAP_UP
        assert floor.state.call(kept) is not None

    def test_calls_that_only_the_gateway_knows_are_ended_there(self, floor: Floor) -> None:
        ended = floor.queued()
        floor.release(ended)
        unknown = CallId(UUID(int=1))
        floor.announce([ended, unknown], [])
        assert [command.call for command in floor.sent(EndCall)] == [ended, unknown]

    def test_reachability_is_set_straight(self, floor: Floor) -> None:
        floor.available(ANN)
        floor.not_ready(BEN)
        floor.wait(1)
        floor.reach(BEN, False)
        floor.wait(1)
        floor.announce([], [BEN])
        assert floor.states(ANN)[-1] == LOST
        assert floor.agent(BEN).reachable
        assert len(floor.events(AgentReachabilityChanged)) == 5

    def test_an_announcement_that_comes_again_later_does_not_end_younger_calls(self, floor: Floor) -> None:
        stamp = floor.stamp()
        floor.wait(1)
        call = floor.queued()
        floor.available(ANN)
        floor.take(CallsAnnounced(**stamp, calls=(), agents=()))
        assert floor.state.call(call) is not None
        assert floor.agent(ANN).reachable

    def test_it_is_idempotent(self, floor: Floor) -> None:
        call = floor.connected(ANN)
        floor.announce([call], [ANN])
        assert kinds(floor.last) == []
        floor.announce([], [])
        floor.announce([], [])
        assert kinds(floor.last) == []

    def test_the_caller_is_queued_again_once_the_agent_is_not_announced_in_time(self, floor: Floor) -> None:
        call = floor.connected(ANN)
        floor.announce([call], [])
        floor.wait(AGENT_RETURN_SECONDS)
        floor.available(BEN)
        assert floor.offers(BEN) == [call]
        assert floor.events(AgentStateChanged)[-1].until == floor.now + timedelta(seconds=20)
