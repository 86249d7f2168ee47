"""Each cure, carried out on a floor whose state was made wrong, leaves routing in one piece and tells the audit."""

from typing import Any

import pytest

from kernel.contracts.callbacks import RequestCallback
from kernel.contracts.calls import Actor, AgentState, EndReason
from kernel.contracts.log import (
    AgentReachabilityChanged,
    AgentStateChanged,
    CallDisconnected,
    CallEnded,
    LogEvent,
    OfferEnded,
)
from kernel.contracts.reconciling import Dialog, DifferenceFound, Holding, Surroundings
from kernel.contracts.telephony import ConnectAgent, DisconnectAgent, EndCall, PlayToCaller
from kernel.primitives.ids import CallId, UserId
from routing.acd.decide import CallbackIntent, Mend, TimersDue, next_timer
from routing.acd.fold import apply
from routing.acd.picturing import picture_of
from routing.calls.model import CallPhase
from routing.reconciler.differences import Difference, Kind, compare
from routing.reconciler.healing import cure_of
from routing.reconciler.patience import Verdict
from tests.unit.routing.floor import ANN, BEN, FAR_END, SALES, Floor, kinds


def rogue(floor: Floor, event: LogEvent) -> None:
    """Into the state past all rules, as a fault would."""
    apply(floor.state, event)


def put_agent(floor: Floor, agent: UserId, state: AgentState, **changes: Any) -> None:
    previous = floor.agent(agent).state
    rogue(
        floor,
        AgentStateChanged(
            **floor.stamp(), agent=agent, state=state, previous=previous, reason="", actor=Actor.SYSTEM, **changes
        ),
    )


def differences(floor: Floor, *calls: CallId, joined: UserId | None = None, phones: tuple[UserId, ...] = ()):  # type: ignore[no-untyped-def]
    dialogs = {call: Dialog(leg=f"{call}.far", agent=joined) for call in calls}
    holding = Holding(dialogs=dialogs, softphones=frozenset(phones))
    legs = frozenset(f"{call}.far" for call in calls)
    seen = Surroundings(tenants={floor.tenant: holding}, legs=legs)
    return compare(picture_of(floor.state, floor.now, next_timer(floor.state), seen))


def own(floor: Floor) -> list[Difference]:
    """Without the gateway."""
    return compare(picture_of(floor.state, floor.now, next_timer(floor.state)))


def mend(floor: Floor, difference: Difference) -> DifferenceFound:
    decision = floor.take(Mend(Verdict(difference, floor.now, floor.now, cure_of(difference), 1)))
    (note,) = decision.notes
    assert (note.tenant, note.difference) == (difference.tenant, difference.kind)
    assert (note.agent, note.call, note.leg) == (difference.agent, difference.call, difference.leg)
    return note


def test_an_agent_whose_call_is_gone_goes_on(floor: Floor) -> None:
    floor.available(ANN)
    put_agent(floor, ANN, AgentState.CONNECTED, call=CallId(floor.ids.new()))
    (found,) = own(floor)
    assert found.kind is Kind.AGENT_WITHOUT_CALL
    assert mend(floor, found).cure == "FreeAgent"
    assert floor.agent(ANN).state is AgentState.AVAILABLE
    assert own(floor) == []


def test_an_agent_offered_nothing_goes_on_and_is_offered_who_waits(floor: Floor) -> None:
    floor.available(ANN)
    put_agent(floor, ANN, AgentState.OFFERED, call=CallId(floor.ids.new()))
    call = floor.queued()
    (found,) = own(floor)
    mend(floor, found)
    assert (floor.agent(ANN).state, floor.agent(ANN).call) == (AgentState.OFFERED, call)
    assert own(floor) == []


def test_who_is_asked_to_take_a_callback_is_left_alone(floor: Floor) -> None:
    floor.take(CallbackIntent(floor.tenant, None, RequestCallback(queue=SALES, number=FAR_END)))
    floor.available(ANN)
    assert (floor.agent(ANN).state, floor.agent(ANN).call) == (AgentState.OFFERED, None)
    assert own(floor) == []


def test_a_caller_offered_to_nobody_goes_to_the_next_agent(floor: Floor) -> None:
    call = floor.offered(ANN)
    put_agent(floor, ANN, AgentState.NOT_READY)
    floor.available(BEN)
    (found,) = own(floor)
    assert found.kind is Kind.CALL_WITHOUT_AGENT
    mend(floor, found)
    assert (floor.call(call).phase, floor.call(call).agent) == (CallPhase.OFFERED, BEN)
    assert own(floor) == []
    assert len(floor.events(OfferEnded)) == 1


def test_a_caller_left_by_the_agent_goes_back_to_the_front(floor: Floor) -> None:
    call = floor.connected(ANN)
    since = floor.call(call).since
    put_agent(floor, ANN, AgentState.NOT_READY)
    floor.wait(5)
    later = floor.queued()
    (found,) = own(floor)
    mend(floor, found)
    assert (floor.call(call).phase, floor.call(call).since) == (CallPhase.QUEUED, since)
    assert [floor.commands[-2].call, floor.commands[-1].call] == [call, call]  # type: ignore[union-attr]
    assert isinstance(floor.commands[-2], DisconnectAgent)
    assert isinstance(floor.commands[-1], PlayToCaller)
    assert floor.state.waiting.calls(SALES)[:2] == [call, later]
    assert own(floor) == []


def test_a_dialled_call_without_its_agent_ends(floor: Floor) -> None:
    from kernel.contracts.desk import Dial

    floor.not_ready(ANN)
    floor.wish(ANN, Dial(called=FAR_END))
    (call,) = [call.call for call in floor.state.calls]
    put_agent(floor, ANN, AgentState.NOT_READY)
    (found,) = own(floor)
    mend(floor, found)
    assert floor.state.call(call) is None
    assert [command.call for command in floor.sent(EndCall)] == [call]
    assert floor.agent(ANN).state is AgentState.NOT_READY


def test_who_cannot_hear_is_not_available(floor: Floor) -> None:
    floor.available(ANN)
    floor.reach(ANN, False)
    put_agent(floor, ANN, AgentState.AVAILABLE)
    (found,) = own(floor)
    assert found.kind is Kind.UNREACHABLE_AVAILABLE
    mend(floor, found)
    assert floor.agent(ANN).state is AgentState.NOT_READY


def test_a_call_that_the_gateway_does_not_hold_has_ended(floor: Floor) -> None:
    call = floor.connected(ANN)
    (found,) = differences(floor, phones=(ANN,))
    assert found.kind is Kind.CALL_WITHOUT_DIALOG
    mend(floor, found)
    (ended,) = floor.events(CallEnded)
    assert (ended.call, ended.cause.reason) == (call, EndReason.LOST_IN_RESTART)
    assert floor.agent(ANN).state is AgentState.WRAP_UP
    assert differences(floor, phones=(ANN,)) == []


def test_a_ghost_whose_agent_is_elsewhere_ends_and_leaves_the_agent_alone(floor: Floor) -> None:
    floor.connected(ANN)
    put_agent(floor, ANN, AgentState.AVAILABLE)
    found = next(one for one in differences(floor, phones=(ANN,)) if one.kind is Kind.CALL_WITHOUT_DIALOG)
    mend(floor, found)
    assert len(floor.events(CallEnded)) == 1
    assert floor.agent(ANN).state is AgentState.AVAILABLE


def test_a_call_that_routing_does_not_hold_is_hung_up(floor: Floor) -> None:
    floor.available(ANN)
    stranger = CallId(floor.ids.new())
    (found,) = differences(floor, stranger, phones=(ANN,))
    assert found.kind is Kind.DIALOG_WITHOUT_CALL
    assert mend(floor, found).cure == "HangUp"
    (told,) = floor.sent(EndCall)
    assert (told.call, told.tenant) == (stranger, floor.tenant)


def test_a_call_without_sound_ends_on_both_sides(floor: Floor) -> None:
    call = floor.connected(ANN)
    found = Difference(Kind.DIALOG_WITHOUT_LEG, floor.tenant, call=call, leg=f"{call}.far")
    mend(floor, found)
    assert [command.call for command in floor.sent(EndCall)] == [call]
    assert [event.cause.reason for event in floor.events(CallEnded)] == [EndReason.MEDIA_FAILED]


@pytest.mark.parametrize("joined", [BEN, None])
def test_a_call_joined_with_another_is_joined_again(floor: Floor, joined: UserId | None) -> None:
    call = floor.connected(ANN)
    told = len(floor.sent(ConnectAgent))
    (found,) = differences(floor, call, joined=joined, phones=(ANN,))
    assert found.kind is Kind.OTHER_AGENT
    mend(floor, found)
    again = floor.sent(ConnectAgent)[told:]
    assert [(command.call, command.agent) for command in again] == [(call, ANN)]


def test_a_call_that_ended_meanwhile_is_not_joined_again(floor: Floor) -> None:
    call = floor.connected(ANN)
    (found,) = differences(floor, call, joined=BEN, phones=(ANN,))
    floor.release(call)
    assert kinds(floor.take(Mend(Verdict(found, floor.now, floor.now, cure_of(found), 1)))) == []


@pytest.mark.parametrize("reachable", [True, False])
def test_routing_is_told_what_softphones_there_are(floor: Floor, reachable: bool) -> None:
    floor.available(ANN)
    phones = (ANN,) if reachable else ()
    rogue(floor, AgentReachabilityChanged(**floor.stamp(), agent=ANN, reachable=not reachable))
    found = next(one for one in differences(floor, phones=phones) if one.kind.startswith("softphone"))
    mend(floor, found)
    assert floor.agent(ANN).reachable is reachable
    assert differences(floor, phones=phones) == []
    assert floor.agent(ANN).state is (AgentState.AVAILABLE if reachable else AgentState.NOT_READY)


def test_a_softphone_of_somebody_unknown_is_noted(floor: Floor) -> None:
    (found,) = differences(floor, phones=(BEN,))
    mend(floor, found)
    assert floor.agent(BEN).reachable
    assert differences(floor, phones=(BEN,)) == []


def test_what_is_past_its_end_is_ended(floor: Floor) -> None:
    floor.wrapping_up(ANN)
    floor.now = floor.agent(ANN).until or floor.now
    (found,) = own(floor)
    assert (found.kind, found.agent) == (Kind.PAST_END, ANN)
    mend(floor, found)
    assert floor.agent(ANN).state is AgentState.AVAILABLE


def test_a_promise_past_its_time_is_seen_by_its_timer(floor: Floor) -> None:
    floor.take(CallbackIntent(floor.tenant, None, RequestCallback(queue=SALES, number=FAR_END)))
    (promised,) = floor.state.callbacks
    floor.now = promised.expires
    (found,) = own(floor)
    assert (found.kind, found.agent, found.call) == (Kind.PAST_END, None, None)
    mend(floor, found)
    assert len(floor.state.callbacks) == 0
    assert kinds(floor.take(TimersDue())) == []


def test_what_cures_did_not_help_is_told_and_changes_nothing(floor: Floor) -> None:
    floor.connected(ANN)
    (found,) = differences(floor, phones=(ANN,))
    decision = floor.take(Mend(Verdict(found, floor.now, floor.now, None, 4)))
    assert kinds(decision) == []
    assert [(note.cure, note.times) for note in decision.notes] == [("", 4)]


def test_the_state_after_each_cure_follows_from_the_log_alone(floor: Floor) -> None:
    call = floor.connected(ANN)
    (found,) = differences(floor, phones=(ANN,))
    mend(floor, found)
    assert floor.refold().snapshot(floor.tenant) == floor.state.snapshot(floor.tenant)
    assert call not in {known.call for known in floor.state.calls}
    assert floor.events(CallDisconnected) == []
