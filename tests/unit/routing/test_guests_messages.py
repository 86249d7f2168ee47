"""Messages of a client whose queue a guest serves: the work is the client's, and ends with the grant."""

from datetime import timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from kernel.contracts.calls import AgentState
from kernel.contracts.log import GuestStateChanged
from kernel.contracts.queues import MessageRules, WaitingRules
from kernel.contracts.voicemail import FinishVoicemail, TakeVoicemail, VoicemailLeft, VoicemailLinked
from kernel.primitives.errors import NotFound
from kernel.primitives.ids import CallId, RecordingId, VoicemailId
from routing.acd.decide import VoicemailIntent
from routing.acd.fold import apply
from routing.voicemail.machine import Phase
from tests.unit.routing.floor import ANN
from tests.unit.routing.shared import BLUE, HOME, RED, REDS, SharedFloor

MESSAGE, CALL = VoicemailId(UUID(int=0x900)), CallId(UUID(int=0x901))
OFFERED = WaitingRules(voicemail=MessageRules(offered=True))


@pytest.fixture
def floor() -> SharedFloor:
    """A message waits for the people of Red's queue."""
    floor = SharedFloor()
    red = floor.directories[RED]
    floor.directories[RED] = replace(red, queues=tuple(replace(rules, waiting=OFFERED) for rules in red.queues))
    floor.adopt_all()
    left = VoicemailLeft(
        **floor.stamp(RED), voicemail=MESSAGE, call=CALL, queue=REDS, caller=None, seconds=9.0,
        due=floor.now + timedelta(hours=4),
    )  # fmt: skip
    linked = VoicemailLinked(**floor.stamp(RED), voicemail=MESSAGE, recording=RecordingId(MESSAGE), origin=CALL)
    for event in (left, linked):
        floor.log.append(event)
        apply(floor.state, event)
    return floor


def phase(floor: SharedFloor) -> Phase:
    message = floor.state.messages.get(MESSAGE)
    assert message is not None
    return message.phase


def test_a_guest_is_asked_and_the_clients_log_tells_what_they_do_for_it(floor: SharedFloor) -> None:
    floor.available(ANN)
    assert (floor.agent(ANN).state, floor.agent(ANN).client) == (AgentState.OFFERED, RED)
    with pytest.raises(NotFound):
        floor.take(VoicemailIntent(BLUE, ANN, TakeVoicemail(MESSAGE)))
    with pytest.raises(NotFound):
        floor.take(VoicemailIntent(HOME, ANN, TakeVoicemail(MESSAGE)))
    floor.take(VoicemailIntent(RED, ANN, TakeVoicemail(MESSAGE)))
    assert (floor.agent(ANN).state, floor.agent(ANN).call) == (AgentState.CONNECTED, None)
    floor.take(VoicemailIntent(RED, ANN, FinishVoicemail(MESSAGE)))
    assert floor.agent(ANN).state is AgentState.AVAILABLE
    told = [(event.tenant, event.state) for event in floor.events(GuestStateChanged)]
    assert told == [(RED, AgentState.OFFERED), (RED, AgentState.CONNECTED), (RED, None)]
    assert floor.refold().snapshot(RED) == floor.state.snapshot(RED)


def test_whose_grant_ends_is_asked_no_more(floor: SharedFloor) -> None:
    floor.available(ANN)
    floor.lend(RED)
    assert phase(floor) is Phase.NEW
    assert floor.agent(ANN).state is AgentState.AVAILABLE


def test_what_was_taken_outlives_the_grant(floor: SharedFloor) -> None:
    floor.available(ANN)
    floor.take(VoicemailIntent(RED, ANN, TakeVoicemail(MESSAGE)))
    floor.lend(RED)
    assert phase(floor) is Phase.TAKEN
    floor.wait(MessageRules().work_seconds)
    assert phase(floor) is Phase.NEW
    assert floor.agent(ANN).state is AgentState.NOT_READY
