"""The record of a call whose number leads outside: it rings, then it is talked, at nobody's desk."""

from zoneinfo import ZoneInfo

from insight.kpi.live import LiveView
from insight.kpi.records import SegmentKind
from kernel.contracts.calls import Direction, EndCause, EndReason, EndResult, TransferOutcome
from kernel.contracts.telephony import TrunkParty
from kernel.primitives.phone import PhoneNumber
from tests.unit.insight.story import ALICE, SALES, Story, call_id

OUTSIDE = TrunkParty(called=PhoneNumber("+442071838788"))
BUSY = EndCause(EndResult.CALLEE, EndReason.BUSY, 486, 17)


def fold(story: Story) -> LiveView:
    view = LiveView(ZoneInfo("UTC"))
    for logged in story.log:
        view.apply(logged)
    return view


def test_it_rings_until_the_answer_and_talks_until_the_end() -> None:
    story = Story()
    story.offered(1, Direction.INBOUND, forward=OUTSIDE)
    story.at(8).answered(1)
    record = fold(story).state.calls[call_id(1)]
    assert [(one.kind, one.agent) for one in record.segments] == [(SegmentKind.RINGING, None), (SegmentKind.TALK, None)]
    assert record.connected_at == record.answered_at == story.now


def test_it_tells_who_forwarded_the_call_to_us_until_that_is_erased() -> None:
    story = Story()
    story.offered(1, diverted_by=OUTSIDE.called, attestation="B")
    view = fold(story)
    record = view.state.calls[call_id(1)]
    assert (record.diverted_by, record.attestation) == (OUTSIDE.called, "B")
    story.ended(1, BUSY)
    story.erased(1)
    for logged in story.log[-2:]:
        view.apply(logged)
    assert (record.caller, record.diverted_by, record.attestation) == (None, None, "B")


def test_one_that_is_refused_never_talked() -> None:
    story = Story()
    story.offered(1, Direction.INBOUND, forward=OUTSIDE)
    view = fold(story)
    record = view.state.calls[call_id(1)]
    story.at(3).ended(1, BUSY)
    view.apply(story.log[-1])
    assert [one.kind for one in record.segments] == [SegmentKind.RINGING]
    assert record.answered_at is None


def test_a_transfer_is_another_conversation_of_the_same_agent() -> None:
    story = Story()
    story.offered(1)
    story.at(2).answered(1)
    story.at(4).connected(1, ALICE, SALES)
    story.at(20).transferred(1, TransferOutcome.REFUSED)
    story.at(30).transferred(1, TransferOutcome.COMPLETED)
    talks = [one for one in fold(story).state.calls[call_id(1)].segments if one.kind is SegmentKind.TALK]
    assert [(one.agent, one.queue) for one in talks] == [(ALICE, SALES), (ALICE, SALES)]
    assert talks[1].start == story.now


def test_the_conversation_of_a_call_that_goes_on_in_another_one_ends_as_one() -> None:
    story = Story()
    story.offered(1)
    story.at(2).answered(1)
    story.at(4).connected(1, ALICE, SALES)
    story.at(30).transferred(1, TransferOutcome.COMPLETED, into=call_id(2))
    story.at(31).ended(1, BUSY)
    talks = [one for one in fold(story).state.calls[call_id(1)].segments if one.kind is SegmentKind.TALK]
    assert [(one.start, one.end) for one in talks] == [(talks[0].start, story.now)]
