"""Messages as pieces of work: nobody's until taken, and never anybody's for ever."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.contracts.codec import pack, unpack
from kernel.contracts.queues import (
    LONGEST_MESSAGE_SECONDS,
    MESSAGE_DUE_SECONDS,
    MESSAGE_WORK_SECONDS,
    MessageRules,
)
from kernel.contracts.voicemail import (
    ReturnCause,
    VoicemailEnd,
    VoicemailEnded,
    VoicemailEvent,
    VoicemailLeft,
    VoicemailOverdue,
    VoicemailReturned,
)
from kernel.primitives.errors import CordboardError
from kernel.primitives.ids import CallId, QueueId, RecordingId, TenantId, UserId
from kernel.primitives.phone import PhoneNumber
from routing.voicemail.box import Box
from routing.voicemail.decide import (
    OFFER_SECONDS,
    Erased,
    Finish,
    GiveBack,
    Gone,
    Matched,
    Moment,
    Recorded,
    Reject,
    Stored,
    Take,
    TimerDue,
    Word,
    decide,
    leave,
)
from routing.voicemail.errors import VoicemailNotTaken, VoicemailTakenByOther
from routing.voicemail.machine import TABLE, TIMERS, Input, Phase, step
from routing.voicemail.model import Voicemail
from tests.unit.routing.floor import CountingIds

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TENANT, QUEUE = TenantId(UUID(int=1)), QueueId(UUID(int=0x5001))
ANN, BEN = UserId(UUID(int=0xA001)), UserId(UUID(int=0xA002))
CALLER = PhoneNumber("+442071838750")


class Desk:
    """One tenant's box with a virtual clock."""

    def __init__(self) -> None:
        self.now = NINE
        self.ids = CountingIds(1)
        self.box = Box()
        self.log: list[VoicemailEvent] = []

    @property
    def moment(self) -> Moment:
        return Moment(self.now, self.ids, MessageRules())

    def take_down(self, events: tuple[VoicemailEvent, ...]) -> tuple[VoicemailEvent, ...]:
        for event in events:
            self.box.apply(unpack(pack(event), VoicemailEvent))
        self.log += events
        return events

    def leave(self, seconds: float = 30.0, agent: UserId | None = None) -> Voicemail | None:
        call = CallId(self.ids.new())
        self.take_down(leave(Recorded(TENANT, call, QUEUE, CALLER, seconds, agent), self.moment))
        return next(iter(self.box.of_call(call)), None)

    def message(self, agent: UserId | None = None) -> Voicemail:
        left = self.leave(agent=agent)
        assert left is not None
        return left

    def tell(self, message: Voicemail, word: Word) -> tuple[VoicemailEvent, ...]:
        known = self.box.get(message.voicemail)
        return () if known is None else self.take_down(decide(known, word, self.moment))

    def now_of(self, message: Voicemail) -> Voicemail:
        known = self.box.get(message.voicemail)
        assert known is not None
        return known

    def wait(self, seconds: float) -> None:
        end = self.now + timedelta(seconds=seconds)
        while (timer := self.box.next_timer) is not None and timer <= end:
            self.now = max(timer, self.now)
            for message in self.box:
                due = message.next_timer
                if due is not None and due.at <= self.now:
                    assert self.tell(message, TimerDue(due.name)), f"{due.name} changed nothing"
        self.now = end


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.parametrize("word", Input)
@pytest.mark.parametrize("phase", Phase)
def test_every_phase_and_input_has_one_outcome(phase: Phase, word: Input) -> None:
    assert step(phase, word) is TABLE.get((phase, word))


def test_every_open_phase_ends_by_time_or_is_told_to_be_late() -> None:
    assert set(TIMERS) == set(Phase) - {Phase.ENDED}
    for phase, timers in TIMERS.items():
        assert None not in {step(phase, word) for word in timers.values()}


class TestLeaving:
    def test_a_breath_is_no_message(self, desk: Desk) -> None:
        assert desk.leave(1.5) is None
        assert desk.log == []

    def test_what_is_too_long_was_cut_off(self, desk: Desk) -> None:
        left = desk.leave(LONGEST_MESSAGE_SECONDS + 7)
        assert left is not None
        assert left.seconds == LONGEST_MESSAGE_SECONDS

    def test_it_is_linked_with_its_sound_once(self, desk: Desk) -> None:
        message = desk.message()
        recording = RecordingId(UUID(int=9))
        assert len(desk.tell(message, Stored(recording))) == 1
        assert not desk.tell(message, Stored(recording))
        found = desk.box.get(message.voicemail)
        assert found is not None
        assert found.recording == recording
        assert (found.caller, found.queue, found.call) == (CALLER, QUEUE, message.call)


class TestTaking:
    def test_an_offer_that_nobody_answers_ends_by_itself(self, desk: Desk) -> None:
        message = desk.message()
        desk.tell(message, Matched(ANN))
        assert not desk.box.waiting(QUEUE)
        desk.wait(OFFER_SECONDS)
        assert desk.now_of(message).phase is Phase.NEW
        assert [event.cause for event in desk.log if isinstance(event, VoicemailReturned)] == [ReturnCause.NO_ANSWER]

    def test_what_one_has_taken_no_other_takes(self, desk: Desk) -> None:
        message = desk.message()
        desk.tell(message, Take(ANN))
        with pytest.raises(VoicemailTakenByOther):
            desk.tell(message, Take(BEN))
        with pytest.raises(VoicemailNotTaken):
            desk.tell(message, Finish(BEN))

    def test_who_has_it_may_ask_for_more_time(self, desk: Desk) -> None:
        message = desk.message()
        desk.tell(message, Take(ANN))
        desk.wait(MESSAGE_WORK_SECONDS - 1)
        desk.tell(message, Take(ANN))
        desk.wait(MESSAGE_WORK_SECONDS - 1)
        assert desk.now_of(message).agent == ANN

    def test_what_is_taken_and_forgotten_comes_back(self, desk: Desk) -> None:
        message = desk.message()
        desk.tell(message, Take(ANN))
        desk.wait(MESSAGE_WORK_SECONDS)
        assert desk.box.waiting(QUEUE) == [desk.now_of(message)]
        with pytest.raises(VoicemailNotTaken):
            desk.tell(message, Finish(ANN))

    @pytest.mark.parametrize("word", [Reject(ANN), Gone(ANN)])
    def test_an_agent_who_refuses_or_leaves_gives_it_to_others(self, desk: Desk, word: Word) -> None:
        message = desk.message()
        desk.tell(message, Matched(ANN))
        desk.tell(message, word)
        assert desk.tell(message, Matched(BEN))

    def test_giving_back_is_for_who_has_it(self, desk: Desk) -> None:
        message = desk.message()
        desk.tell(message, Take(ANN))
        desk.tell(message, GiveBack(ANN))
        assert desk.now_of(message).returns == 1
        with pytest.raises(VoicemailNotTaken):
            desk.tell(message, GiveBack(ANN))

    def test_a_personal_message_is_its_owners_until_it_is_overdue(self, desk: Desk) -> None:
        message = desk.message(agent=ANN)
        assert not desk.tell(message, Matched(BEN))
        with pytest.raises(VoicemailTakenByOther):
            desk.tell(message, Take(BEN))
        desk.wait(MESSAGE_DUE_SECONDS)
        assert desk.tell(message, Take(BEN))


class TestEnding:
    def test_it_ends_with_what_was_done(self, desk: Desk) -> None:
        message = desk.message()
        call = CallId(UUID(int=7))
        desk.tell(message, Take(ANN))
        desk.tell(message, Finish(ANN, "called_back", "will pay", call))
        (ended,) = [event for event in desk.log if isinstance(event, VoicemailEnded)]
        assert (ended.end, ended.agent, ended.disposition, ended.call) == (VoicemailEnd.DONE, ANN, "called_back", call)
        assert desk.box.get(message.voicemail) is None

    @pytest.mark.parametrize("before", [(), (Matched(ANN),), (Take(ANN),)])
    def test_it_ends_with_its_sound(self, desk: Desk, before: tuple[Word, ...]) -> None:
        message = desk.message()
        for word in (*before, Erased()):
            desk.tell(message, word)
        assert not list(desk.box)


class TestDeadline:
    def test_overdue_messages_come_first_and_are_told_once(self, desk: Desk) -> None:
        old = desk.message()
        desk.wait(MESSAGE_DUE_SECONDS - 10)
        desk.message()
        desk.wait(20)
        assert [message.overdue for message in desk.box] == [True, False]
        assert next(iter(desk.box)).voicemail == old.voicemail
        assert len([event for event in desk.log if isinstance(event, VoicemailOverdue)]) == 1

    def test_who_works_on_it_is_not_disturbed_by_the_deadline(self, desk: Desk) -> None:
        message = desk.message()
        desk.wait(MESSAGE_DUE_SECONDS - 10)
        desk.tell(message, Take(ANN))
        desk.wait(20)
        assert (desk.now_of(message).phase, desk.now_of(message).overdue) == (Phase.TAKEN, True)


WORDS: tuple[Callable[[UserId], Word], ...] = (
    Matched,
    Take,
    Reject,
    GiveBack,
    Gone,
    Finish,
    lambda agent: Stored(RecordingId(UUID(int=3))),
)
STEPS = st.lists(
    st.tuples(st.integers(0, 6), st.sampled_from((ANN, BEN)), st.sampled_from((0, 1, 40, 2000, 20_000))), max_size=25
)


@settings(max_examples=80, deadline=None)
@given(steps=STEPS)
def test_in_any_order_nothing_is_stuck_and_the_log_tells_the_box(steps: list[tuple[int, UserId, int]]) -> None:
    desk = Desk()
    message = desk.message()
    for what, agent, seconds in steps:
        before = desk.box.get(message.voicemail)
        try:
            desk.tell(message, WORDS[what](agent))
        except CordboardError:
            assert desk.box.get(message.voicemail) == before
        desk.wait(seconds)
        timer = desk.box.next_timer
        assert timer is None or timer > desk.now
    ends = [place for place, event in enumerate(desk.log) if isinstance(event, VoicemailEnded)]
    assert ends in ([], [len(desk.log) - 1])
    assert isinstance(desk.log[0], VoicemailLeft)
    again = Box()
    for event in desk.log:
        again.apply(event)
    assert list(again) == list(desk.box)
    desk.wait(MESSAGE_DUE_SECONDS + MESSAGE_WORK_SECONDS + OFFER_SECONDS)
    assert all(message.phase is Phase.NEW and message.overdue for message in desk.box)
