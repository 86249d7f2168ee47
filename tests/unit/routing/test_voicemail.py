"""Voicemail through the one door of routing: callers leave messages, people take care of them, and none is lost."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from kernel.contracts.calls import EndReason, EndResult
from kernel.contracts.desk import LogOut
from kernel.contracts.log import CallEnded, CallErased, CallOverflowed, CallQueued, RecordingDeleted
from kernel.contracts.queues import ToVoicemail
from kernel.contracts.telephony import (
    CallDigit,
    EndCall,
    MessageFailed,
    RecordMessage,
    StopMessage,
)
from kernel.contracts.voicemail import (
    FinishVoicemail,
    GiveBackVoicemail,
    MissedCause,
    ReturnCause,
    TakeVoicemail,
    VoicemailEnd,
    VoicemailEnded,
    VoicemailLeft,
    VoicemailMissed,
    VoicemailOverdue,
    VoicemailReturned,
)
from kernel.primitives.errors import NotFound
from kernel.primitives.ids import RecordingId, TenantId, VoicemailId
from routing.acd.leaving import BEEP, MESSAGE_LEFT
from routing.calls.model import LIMITS, CallPhase
from routing.voicemail.errors import VoicemailNotTaken, VoicemailTakenByOther
from routing.voicemail.machine import Phase
from tests.unit.routing.floor import ANN, BEN, CALLER, SALES, ZOE
from tests.unit.routing.message_floor import RULES, MessageFloor


@pytest.fixture
def floor() -> MessageFloor:
    return MessageFloor()


class TestLeaving:
    def test_a_caller_whom_nobody_serves_hears_the_prompts_and_the_tone(self, floor: MessageFloor) -> None:
        call = floor.queued()
        assert floor.call(call).phase is CallPhase.MESSAGE
        assert [event.to for event in floor.events(CallOverflowed)] == [ToVoicemail()]
        assert [command.prompts for command in floor.sent(RecordMessage)] == [("leave_one", BEEP)]
        assert floor.state.waiting.count(SALES) == 0

    def test_what_was_said_up_to_the_hanging_up_is_a_message_of_the_queue(self, floor: MessageFloor) -> None:
        message = floor.left(20.0)
        assert (message.queue, message.caller, message.seconds) == (SALES, CALLER, 20.0)
        assert (message.phase, message.recording) == (Phase.NEW, None)
        (ended,) = floor.events(CallEnded)
        assert (ended.cause.reason, ended.queue) == (EndReason.HANGUP_BY_CALLER, None)

    def test_the_hash_key_ends_it_and_the_call(self, floor: MessageFloor) -> None:
        call = floor.speaking()
        floor.wait(20)
        floor.take(CallDigit(**floor.stamp_of(call), call=call, digit="5"))
        assert floor.events(CallEnded) == []
        floor.take(CallDigit(**floor.stamp_of(call), call=call, digit="#"))
        assert [event.seconds for event in floor.events(VoicemailLeft)] == [20.0]
        assert [command.call for command in floor.sent(StopMessage)] == [call]
        assert [command.cause for command in floor.sent(EndCall)] == [MESSAGE_LEFT]
        assert [event.cause.result for event in floor.events(CallEnded)] == [EndResult.COMPLETED]

    def test_one_that_is_too_long_is_cut_off(self, floor: MessageFloor) -> None:
        floor.speaking()
        floor.wait(RULES.longest_seconds)
        assert [event.seconds for event in floor.events(VoicemailLeft)] == [RULES.longest_seconds]
        assert len(floor.events(CallEnded)) == 1

    @pytest.mark.parametrize("speaks", [False, True])
    def test_who_says_nothing_has_left_none(self, floor: MessageFloor, speaks: bool) -> None:
        call = floor.speaking() if speaks else floor.queued()
        floor.wait(1)
        floor.release(call)
        cause = MissedCause.TOO_SHORT if speaks else MissedCause.NOT_RECORDED
        assert [event.cause for event in floor.events(VoicemailMissed)] == [cause]
        assert len(floor.state.messages) == 0

    def test_who_cannot_be_recorded_waits_at_the_former_place(self, floor: MessageFloor) -> None:
        call = floor.queued()
        since = floor.call(call).since
        floor.wait(3)
        recording = floor.sent(RecordMessage)[-1].recording
        floor.take(MessageFailed(**floor.stamp_of(call), call=call, recording=recording))
        assert (floor.call(call).phase, floor.call(call).since) == (CallPhase.QUEUED, since)
        floor.wait(600)
        assert len(floor.sent(RecordMessage)) == 1, "asked over and over"

    def test_where_nothing_is_reported_nobody_is_forgotten(self, floor: MessageFloor) -> None:
        call = floor.queued()
        floor.wait(LIMITS[CallPhase.MESSAGE].total_seconds())
        assert floor.call(call).phase is CallPhase.QUEUED
        assert len(floor.events(CallQueued)) == 2

    def test_a_report_that_comes_twice_or_late_changes_nothing(self, floor: MessageFloor) -> None:
        call = floor.speaking()
        floor.wait(10)
        floor.begin(call)
        floor.wait(10)
        floor.release(call)
        floor.begin(call)
        assert [event.seconds for event in floor.events(VoicemailLeft)] == [20.0]

    def test_the_next_owner_hears_it_to_the_end(self, floor: MessageFloor) -> None:
        call = floor.speaking()
        floor.wait(10)
        floor.state = floor.restored()
        floor.wait(10)
        floor.release(call)
        assert [event.seconds for event in floor.events(VoicemailLeft)] == [20.0]
        assert floor.refold().snapshot(floor.tenant) == floor.state.snapshot(floor.tenant)


class TestSound:
    def test_it_can_be_heard_once_it_is_stored(self, floor: MessageFloor) -> None:
        message = floor.left()
        floor.store(message.call, message.voicemail)
        assert floor.message(message.voicemail).recording == RecordingId(message.voicemail)

    def test_also_when_that_is_told_before_the_end_of_the_call(self, floor: MessageFloor) -> None:
        call = floor.speaking()
        floor.wait(20)
        asked = floor.call(call).message
        assert asked is not None
        floor.store(call, asked.voicemail)
        floor.store(call, asked.voicemail)
        floor.release(call)
        assert floor.message(asked.voicemail).recording == RecordingId(asked.voicemail)

    def test_a_recording_of_the_whole_call_is_none_of_it(self, floor: MessageFloor) -> None:
        message = floor.left()
        before = len(floor.log)
        floor.store(message.call, VoicemailId(UUID(int=77)))
        assert len(floor.log) == before

    def test_a_message_whose_sound_is_gone_is_done(self, floor: MessageFloor) -> None:
        message = floor.left()
        gone: dict[str, Any] = {
            "recording": RecordingId(message.voicemail),
            "call": message.call,
            "bytes": 9,
            "reason": "retention",
        }
        floor.take(RecordingDeleted(**floor.stamp(TenantId(UUID(int=2))), **gone))
        assert len(floor.state.messages) == 1, "another tenant's word"
        floor.take(RecordingDeleted(**floor.stamp(), **gone))
        assert [event.end for event in floor.events(VoicemailEnded)] == [VoicemailEnd.ERASED]
        assert len(floor.state.messages) == 0

    def test_an_erased_number_is_forgotten_here_too(self, floor: MessageFloor) -> None:
        message = floor.left()
        erased = CallErased(**floor.stamp(), call=message.call, number=True, note=False, reason="erasure")
        floor.log.append(erased)
        floor.take(erased)
        assert floor.message(message.voicemail).caller is None
        assert floor.refold().snapshot(floor.tenant) == floor.state.snapshot(floor.tenant)


class TestWork:
    def test_taken_done_and_gone_from_the_list(self, floor: MessageFloor) -> None:
        message = floor.left()
        floor.act(ANN, TakeVoicemail(message.voicemail))
        assert (floor.message(message.voicemail).agent, floor.message(message.voicemail).phase) == (ANN, Phase.TAKEN)
        with pytest.raises(VoicemailTakenByOther):
            floor.act(BEN, TakeVoicemail(message.voicemail))
        with pytest.raises(VoicemailNotTaken):
            floor.act(BEN, FinishVoicemail(message.voicemail))
        floor.act(ANN, FinishVoicemail(message.voicemail, disposition="resolved", note="Rang back."))
        (ended,) = floor.events(VoicemailEnded)
        assert (ended.agent, ended.disposition, ended.note, ended.origin) == (
            ANN,
            "resolved",
            "Rang back.",
            message.call,
        )
        with pytest.raises(NotFound):
            floor.act(ANN, TakeVoicemail(message.voicemail))

    def test_another_tenants_message_is_none(self, floor: MessageFloor) -> None:
        with pytest.raises(NotFound):
            floor.act(ANN, TakeVoicemail(floor.left().voicemail), TenantId(UUID(int=2)))

    def test_given_back_and_taken_by_a_colleague(self, floor: MessageFloor) -> None:
        message = floor.left()
        floor.act(ANN, TakeVoicemail(message.voicemail))
        floor.act(ANN, GiveBackVoicemail(message.voicemail))
        floor.act(ZOE, TakeVoicemail(message.voicemail))
        assert floor.message(message.voicemail).agent == ZOE

    def test_who_takes_too_long_or_logs_out_leaves_it_to_others(self, floor: MessageFloor) -> None:
        floor.available(BEN)
        floor.wish(BEN, LogOut())
        first, second = floor.left(), floor.left()
        floor.available(ANN)
        floor.act(ANN, TakeVoicemail(first.voicemail))
        floor.wish(ANN, LogOut())
        floor.act(BEN, TakeVoicemail(second.voicemail))
        floor.wait(RULES.work_seconds)
        causes = [(event.voicemail, event.cause) for event in floor.events(VoicemailReturned)]
        assert causes == [
            (first.voicemail, ReturnCause.AGENT_GONE),
            (second.voicemail, ReturnCause.TAKEN_TOO_LONG),
        ]

    def test_what_nobody_hears_in_time_is_overdue_and_comes_first(self, floor: MessageFloor) -> None:
        old = floor.left()
        assert old.due - old.left_at == timedelta(seconds=RULES.due_seconds)
        floor.wait(RULES.due_seconds)
        young = floor.left()
        assert [event.voicemail for event in floor.events(VoicemailOverdue)] == [old.voicemail]
        assert [one.voicemail for one in floor.state.messages] == [old.voicemail, young.voicemail]
