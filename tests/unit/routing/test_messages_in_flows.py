"""Messages that flows ask callers for: kept however they end, and the flow goes on."""

import pytest

from kernel.contracts.log import CallEnded
from kernel.contracts.telephony import MessageBegun, MessageFailed, RecordMessage, StopMessage
from kernel.contracts.voicemail import MissedCause, VoicemailLeft, VoicemailMissed
from kernel.primitives.ids import CallId
from tests.unit.routing.floor import CALLER, SALES
from tests.unit.routing.flow_floor import FlowFloor


@pytest.fixture
def floor() -> FlowFloor:
    return FlowFloor()


def speaking(floor: FlowFloor) -> CallId:
    """Has heard the tone of the flow's voicemail."""
    call = floor.entered()
    floor.press(call, "5")
    recording = floor.sent(RecordMessage)[-1].recording
    floor.take(MessageBegun(**floor.stamp_of(call), call=call, recording=recording))
    return call


class TestMessages:
    def test_a_message_ended_by_its_key_is_kept_and_the_flow_goes_on(self, floor: FlowFloor) -> None:
        call = speaking(floor)
        floor.wait(20)
        floor.press(call, "#")
        (left,) = floor.events(VoicemailLeft)
        assert (left.queue, left.caller, left.seconds) == (SALES, CALLER, 20.0)
        assert [command.call for command in floor.sent(StopMessage)] == [call]
        assert floor.endings() == ["hung_up"]

    def test_who_hangs_up_has_left_it_too(self, floor: FlowFloor) -> None:
        call = speaking(floor)
        floor.wait(20)
        floor.release(call)
        assert [event.seconds for event in floor.events(VoicemailLeft)] == [20.0]
        assert len(floor.events(CallEnded)) == 1

    def test_one_that_goes_on_is_cut_off_by_the_flow(self, floor: FlowFloor) -> None:
        call = speaking(floor)
        floor.wait(119)
        assert floor.events(VoicemailLeft) == []
        floor.wait(1)
        assert [(event.call, event.seconds) for event in floor.events(VoicemailLeft)] == [(call, 120.0)]

    def test_who_cannot_be_recorded_goes_the_way_for_that(self, floor: FlowFloor) -> None:
        call = floor.entered()
        floor.press(call, "5")
        recording = floor.sent(RecordMessage)[-1].recording
        floor.take(MessageFailed(**floor.stamp_of(call), call=call, recording=recording))
        assert floor.node(call) == "closed"
        assert [event.cause for event in floor.events(VoicemailMissed)] == [MissedCause.NOT_RECORDED]

    def test_a_breath_is_no_message(self, floor: FlowFloor) -> None:
        call = speaking(floor)
        floor.wait(1)
        floor.press(call, "#")
        assert floor.events(VoicemailLeft) == []
        assert floor.node(call) == "closed"
