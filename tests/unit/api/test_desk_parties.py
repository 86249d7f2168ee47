"""What the desk shows of people whom its agent called into the call, and of who had the caller before."""

from zoneinfo import ZoneInfo

import pytest

from api.realtime.projection import Centre
from api.realtime.state import DeskReasonCap
from insight.kpi.live import LiveView
from kernel.contracts.agents import AgentRules, ReasonCap
from kernel.contracts.calls import AgentState, EndCause, EndReason, EndResult
from kernel.contracts.desk import Confer, Consult, HandOver, RequestState, TransferToQueue
from kernel.contracts.log import Logged
from kernel.contracts.telephony import CallArrived, PartyEstablished, PartyReleased
from kernel.primitives.ids import CallId
from kernel.primitives.phone import PhoneNumber
from tests.unit.routing.floor import ANN, CALLER, EVA, FAR_END, SALES_NUMBER, SUPPORT, TRUNK, Floor

BUSY = EndCause(EndResult.CALLEE, EndReason.BUSY, 486, 17)
SWITCHBOARD = PhoneNumber("+442071838760")


@pytest.fixture
def floor() -> Floor:
    return Floor(1)


def centre(floor: Floor) -> Centre:
    view = LiveView(ZoneInfo("UTC"))
    for sequence, event in enumerate(floor.log, start=1):
        view.apply(Logged(sequence=sequence, event=event))
    return Centre(view.state, floor.directories[floor.tenant])


def shown(floor: Floor) -> list[tuple[str, str | None, str | None]]:
    call = centre(floor).call(ANN)
    assert call is not None
    return [(party.state, party.number, party.reason and party.reason.value) for party in call.parties]


def consulting(floor: Floor) -> CallId:
    call = floor.connected(ANN)
    floor.wish(ANN, Consult(call=call, called=FAR_END))
    return call


def test_who_is_called_in_is_followed_from_ringing_to_the_conference(floor: Floor) -> None:
    call = consulting(floor)
    assert shown(floor) == [("dialling", FAR_END.e164, None)]
    floor.take(PartyEstablished(**floor.stamp(), call=call, party="party1"))
    assert shown(floor) == [("aside", FAR_END.e164, None)]
    floor.wish(ANN, Confer(call=call))
    assert shown(floor) == [("joined", FAR_END.e164, None)]


def test_only_the_last_who_left_is_told_of_and_why(floor: Floor) -> None:
    call = consulting(floor)
    floor.take(PartyReleased(**floor.stamp(), call=call, party="party1", cause=BUSY))
    floor.now = floor.now.replace(second=30)
    floor.wish(ANN, Consult(call=call, called=FAR_END))
    floor.take(PartyReleased(**floor.stamp(), call=call, party="party2", cause=BUSY))
    assert shown(floor) == [("left", FAR_END.e164, "busy")]


def test_for_who_handed_over_the_call_has_ended_then(floor: Floor) -> None:
    call = consulting(floor)
    floor.take(PartyEstablished(**floor.stamp(), call=call, party="party1"))
    floor.wish(ANN, HandOver(call=call))
    told = centre(floor).call(ANN)
    assert told is not None
    assert (told.id, told.state, told.ended_at) == (call, "ended", floor.now)
    assert centre(floor).me(ANN, "Ann").state is AgentState.WRAP_UP


def test_the_next_agent_is_told_who_sent_the_caller(floor: Floor) -> None:
    call = floor.connected(ANN)
    floor.available(EVA)
    floor.wish(ANN, TransferToQueue(call=call, queue=SUPPORT))
    offer = centre(floor).offer(EVA)
    assert offer is not None
    assert (offer.call_id, offer.handled_by) == (call, "Ann")


def test_who_forwarded_the_call_and_how_far_its_number_is_vouched_for_are_shown(floor: Floor) -> None:
    floor.available(ANN)
    call = CallId(floor.ids.new())
    floor.take(
        CallArrived(
            **floor.stamp(),
            call=call,
            trunk=TRUNK,
            called=SALES_NUMBER,
            caller=CALLER,
            diverted_by=SWITCHBOARD,
            attestation="B",
        )
    )
    floor.establish(call)
    floor.played(call)
    offer = centre(floor).offer(ANN)
    assert offer is not None
    assert (offer.diverted_by, offer.attestation) == (SWITCHBOARD.e164, "B")
    floor.accept(ANN)
    connected = centre(floor).call(ANN)
    assert connected is not None
    assert (connected.diverted_by, connected.attestation) == (SWITCHBOARD.e164, "B")


def test_caps_of_pauses_say_how_many_are_away() -> None:
    caps = (ReasonCap(reason="break", at_once=2, seconds=900.0),)
    floor = Floor(1, agent_rules=AgentRules(caps=caps))
    floor.available(ANN, EVA)
    floor.wish(ANN, RequestState(state=AgentState.NOT_READY, reason="break"))
    assert centre(floor).reason_caps() == (DeskReasonCap(reason="break", at_once=2, seconds=900.0, away=1),)
