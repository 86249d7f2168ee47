"""The live view and the call record, event by event."""

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest

from insight.kpi.counters import Counters, IntervalKey
from insight.kpi.intervals import INTERVAL_MS, interval_of, to_ms
from insight.kpi.live import RETIRE_AFTER, LiveView, SequenceGap, running_time
from insight.kpi.records import CallRecord, Outcome, SegmentKind
from insight.kpi.state import Changes
from kernel.contracts.calls import AgentState, Direction, OfferOutcome
from kernel.contracts.carriers import TrunkReason
from tests.unit.insight.story import (
    ABANDONED,
    ALICE,
    BOB,
    BY_AGENT,
    OVERLOADED,
    SALES,
    SERVICE,
    START,
    Story,
    call_id,
)


def fold(story: Story) -> tuple[LiveView, Changes]:
    view, all_changes = LiveView(UTC), Changes()
    for logged in story.log:
        all_changes.merge(view.apply(logged))
    return view, all_changes


def record_of(story: Story, number: int = 1) -> CallRecord:
    return fold(story)[0].state.calls[call_id(number)]


def total(changes: Changes) -> Counters:
    result = Counters()
    for counters in changes.counters.values():
        result.add(counters)
    return result


def kinds(record: CallRecord) -> list[tuple[SegmentKind, float]]:
    return [
        (segment.kind, (segment.end - segment.start).total_seconds() if segment.end else -1)
        for segment in record.segments
    ]


@pytest.fixture
def answered() -> Story:
    """Greeting 3 s, 10 s in the queue, 5 s ringing, 30 s talk, 20 s hold, 10 s talk, 15 s wrap-up."""
    story = Story()
    story.state(ALICE, AgentState.AVAILABLE)
    story.at(2).offered(1)
    story.at(2.5).answered(1)
    story.at(5.5).queued(1)
    story.at(15.5).made(1, ALICE)
    story.state(ALICE, AgentState.OFFERED, call=1)
    story.at(20.5).offer_ended(1, ALICE, OfferOutcome.ACCEPTED)
    story.connected(1, ALICE)
    story.state(ALICE, AgentState.CONNECTED, call=1)
    story.at(50.5).held(1, ALICE)
    story.at(70.5).retrieved(1, ALICE)
    story.at(80.5).finish_call(1, ALICE)
    story.at(95.5).disposed(1, ALICE)
    story.state(ALICE, AgentState.AVAILABLE)
    return story


class TestAnsweredCall:
    def test_its_segments_follow_the_caller_and_then_the_agent(self, answered: Story) -> None:
        assert kinds(record_of(answered)) == [
            (SegmentKind.GREETING, 3),
            (SegmentKind.QUEUE, 10),
            (SegmentKind.RINGING, 5),
            (SegmentKind.TALK, 30),
            (SegmentKind.HOLD, 20),
            (SegmentKind.TALK, 10),
            (SegmentKind.WRAP_UP, 15),
        ]

    def test_its_figures_are_read_from_its_segments(self, answered: Story) -> None:
        record = record_of(answered)
        assert record.outcome is Outcome.ANSWERED
        assert record.wait_ms == 15_000
        assert record.spent_ms(SegmentKind.TALK) == 40_000
        assert record.connected_ms == 78_000
        assert record.disposition == "resolved"

    def test_it_is_counted_once_for_its_queue_and_agent(self, answered: Story) -> None:
        counters = fold(answered)[1].counters[IntervalKey(interval_of(START), SALES, ALICE)]
        assert (counters.answered, counters.handled, counters.queued, counters.answer_waits) == (1, 1, 1, {15: 1})
        assert (counters.talk_ms, counters.hold_ms, counters.wrap_up_ms, counters.wrap_ups) == (40000, 20000, 15000, 1)

    def test_the_agent_is_free_of_it_after_the_wrap_up(self, answered: Story) -> None:
        view = fold(answered)[0]
        assert view.state.agents[ALICE].call is None
        assert view.state.offers == {}
        assert view.state.waiting[SALES] == {}

    def test_late_papers_reach_the_record(self, answered: Story) -> None:
        answered.at(100).stored(1)
        answered.measured(1)
        record = record_of(answered)
        assert len(record.recordings) == 1
        assert record.quality["caller"].lost == 1


class TestUnansweredCall:
    def test_a_caller_who_gives_up_in_the_queue_abandoned(self) -> None:
        story = Story()
        story.offered(1)
        story.answered(1)
        story.at(1).queued(1)
        story.at(8.2).ended(1, ABANDONED, queue=SALES)
        view, changes = fold(story)
        assert view.state.calls[call_id(1)].outcome is Outcome.ABANDONED
        counters = total(changes)
        assert (counters.abandoned, counters.abandon_wait_ms, counters.abandon_waits) == (1, 7200, {8: 1})
        assert counters.queued == 1

    def test_a_call_refused_before_the_queue_is_blocked(self) -> None:
        story = Story()
        story.offered(1)
        story.ended(1, OVERLOADED)
        assert record_of(story).outcome is Outcome.BLOCKED
        assert total(fold(story)[1]).blocked == 1

    def test_a_call_lost_in_the_queue_by_our_fault_failed_and_counts_as_blocked(self) -> None:
        story = Story()
        story.offered(1)
        story.queued(1)
        story.at(4).ended(1, OVERLOADED)
        assert record_of(story).outcome is Outcome.FAILED
        assert total(fold(story)[1]).blocked == 1

    def test_a_second_end_changes_nothing(self) -> None:
        story = Story()
        story.offered(1)
        story.queued(1)
        story.at(4).ended(1, ABANDONED)
        story.at(9).ended(1, OVERLOADED)
        assert record_of(story).outcome is Outcome.ABANDONED
        assert total(fold(story)[1]).abandoned == 1


class TestOffers:
    def test_an_unanswered_offer_leaves_the_caller_in_place(self) -> None:
        story = Story()
        story.offered(1)
        story.queued(1)
        story.made(1, ALICE)
        story.at(20).offer_ended(1, ALICE, OfferOutcome.NO_ANSWER)
        story.at(25).take_call(1, BOB)
        view, changes = fold(story)
        record = view.state.calls[call_id(1)]
        assert [kind for kind, _ in kinds(record)] == ["ringing", "queue", "talk"]
        assert record.wait_ms == 25_000
        assert total(changes).queued == 0, "an agent was free at once"

    def test_a_call_that_returns_to_its_queue_is_answered_once_and_handled_by_both(self) -> None:
        story = Story()
        story.offered(1)
        story.queued(1)
        place = story.now
        story.take_call(1, ALICE)
        story.at(30).disconnected(1, ALICE)
        story.queued(1, since=place)
        story.at(40).take_call(1, BOB)
        story.at(60).ended(1, BY_AGENT, BOB)
        view, changes = fold(story)
        counters = total(changes)
        assert (counters.answered, counters.handled, counters.talk_ms) == (1, 2, 50_000)
        assert view.state.calls[call_id(1)].agent == BOB

    def test_waiting_callers_are_those_in_the_queue_or_ringing(self) -> None:
        story = Story()
        for number, second in ((1, 0), (2, 5)):
            story.at(second).offered(number)
            story.queued(number, SERVICE)
        story.made(1, ALICE, SERVICE)
        assert fold(story)[0].state.waiting[SERVICE] == {
            call_id(1): START,
            call_id(2): START + timedelta(seconds=5),
        }


class TestOutboundCall:
    def test_an_answered_one_counts_for_its_agent_and_for_no_queue(self) -> None:
        story = Story()
        story.offered(1, Direction.OUTBOUND, ALICE)
        story.at(6).answered(1)
        story.connected(1, ALICE, None)
        story.at(36).ended(1, BY_AGENT, ALICE)
        view, changes = fold(story)
        cell = changes.counters[IntervalKey(interval_of(START), None, ALICE)]
        assert (cell.outbound, cell.outbound_answered, cell.handled, cell.talk_ms) == (1, 1, 1, 30_000)
        assert kinds(view.state.calls[call_id(1)]) == [(SegmentKind.RINGING, 6), (SegmentKind.TALK, 30)]
        assert total(changes).answered == 0


class TestAgentTime:
    def test_a_state_over_three_intervals_is_cut_at_their_edges(self) -> None:
        story = Story()
        story.at(14 * 60 + 59.999).state(ALICE, AgentState.NOT_READY, "meal")
        story.at(31 * 60 + 0.5).state(ALICE, AgentState.AVAILABLE)
        first = interval_of(START)
        cells = fold(story)[1].counters
        assert [
            cells[IntervalKey(first + step * INTERVAL_MS, None, ALICE)].state_ms["not_ready:meal"] for step in range(3)
        ] == [1, INTERVAL_MS, 60_500]

    def test_time_logged_out_is_no_time(self) -> None:
        story = Story()
        story.state(ALICE, AgentState.AVAILABLE)
        story.at(10).state(ALICE, AgentState.LOGGED_OUT)
        story.at(500).state(ALICE, AgentState.NOT_READY, "logged_in")
        assert total(fold(story)[1]).state_ms == {"available": 10_000}

    def test_the_present_state_counts_up_to_now(self) -> None:
        story = Story()
        story.state(ALICE, AgentState.AVAILABLE)
        cells = running_time(fold(story)[0].state, START + timedelta(minutes=16))
        assert [counters.state_ms["available"] for _, counters in cells] == [INTERVAL_MS, 60_000]

    def test_a_clock_that_steps_back_counts_no_time_twice(self) -> None:
        story = Story()
        story.at(0).state(ALICE, AgentState.AVAILABLE)
        story.at(10).state(ALICE, AgentState.NOT_READY, "break")
        story.at(9).state(ALICE, AgentState.AVAILABLE)
        story.at(20).state(ALICE, AgentState.LOGGED_OUT)
        assert sum(total(fold(story)[1]).state_ms.values()) == 20_000

    def test_wrap_up_without_a_known_call_is_counted_where_it_began(self) -> None:
        story = Story()
        story.state(ALICE, AgentState.WRAP_UP, call=77)
        story.at(12).state(ALICE, AgentState.AVAILABLE)
        assert total(fold(story)[1]).wrap_up_ms == 12_000


class TestSequence:
    def test_a_repeated_event_changes_nothing(self, answered: Story) -> None:
        view, _ = fold(answered)
        again = Changes()
        for logged in answered.log:
            again.merge(view.apply(logged))
        assert again == Changes()

    def test_a_gap_names_the_last_event_known(self, answered: Story) -> None:
        view = LiveView(UTC)
        view.apply(answered.log[0])
        with pytest.raises(SequenceGap) as caught:
            view.apply(answered.log[2])
        assert caught.value.after == 1


class TestRetirement:
    def test_an_ended_call_leaves_after_a_while_and_is_adopted_for_late_papers(self, answered: Story) -> None:
        answered.at(95.5 + RETIRE_AFTER.total_seconds()).state(BOB, AgentState.AVAILABLE)
        view, changes = fold(answered)
        assert call_id(1) not in view.state.calls
        answered.stored(1)
        assert view.missing(answered.log[-1]) == call_id(1)
        view.adopt(changes.retired[call_id(1)])
        assert view.missing(answered.log[-1]) is None
        assert view.apply(answered.log[-1]).calls == {call_id(1)}

    def test_a_call_goes_on_being_shown_and_counted_after_a_former_agents_wrap_up(self) -> None:
        story = Story()
        story.offered(1)
        story.queued(1)
        story.take_call(1, ALICE)
        story.at(10).disconnected(1, ALICE)
        story.state(ALICE, AgentState.WRAP_UP, call=1)
        story.connected(1, BOB)
        story.at(20).state(ALICE, AgentState.AVAILABLE)
        story.at(20 + 2 * RETIRE_AFTER.total_seconds()).state(ALICE, AgentState.NOT_READY, "break")
        assert call_id(1) in fold(story)[0].state.calls, "Bob still talks"
        story.ended(1, BY_AGENT, BOB)
        view, changes = fold(story)
        assert view.state.calls[call_id(1)].ended_at is not None
        assert total(changes).talk_ms == 1000 * (10 + 10 + 2 * RETIRE_AFTER.total_seconds())

    def test_a_call_stays_while_its_agent_wraps_it_up(self) -> None:
        story = Story()
        story.offered(1)
        story.queued(1)
        story.take_call(1, ALICE)
        story.at(60).finish_call(1, ALICE)
        story.at(3600).state(BOB, AgentState.AVAILABLE)
        story.at(3700).state(ALICE, AgentState.AVAILABLE)
        view, changes = fold(story)
        assert view.state.calls[call_id(1)].spent_ms(SegmentKind.WRAP_UP) == 3_640_000
        assert changes.retired == {}


class TestDay:
    def test_figures_of_today_begin_at_the_tenants_midnight(self) -> None:
        story = Story()
        story.at(14.5 * 3600).offered(1)  # 23:30 UTC is 08:30 the next day in Tokyo
        story.queued(1)
        story.at(14.5 * 3600 + 30).ended(1, ABANDONED)
        story.at(15.5 * 3600).offered(2)  # 00:30 UTC
        story.queued(2)
        story.at(15.5 * 3600 + 5).ended(2, ABANDONED)
        utc, tokyo = LiveView(UTC), LiveView(ZoneInfo("Asia/Tokyo"))
        for logged in story.log:
            utc.apply(logged)
            tokyo.apply(logged)
        assert utc.state.day.queues[SALES].abandoned == 1
        assert tokyo.state.day.queues[SALES].abandoned == 2

    def test_the_day_of_a_change_to_summer_time_has_23_hours(self) -> None:
        story = Story()
        story.at(27 * 86400).state(ALICE, AgentState.AVAILABLE)  # 29 March 2026
        view = LiveView(ZoneInfo("Europe/Berlin"))
        view.apply(story.log[0])
        assert view.state.day.end - view.state.day.start == 23 * 3_600_000
        assert view.state.day.start <= to_ms(story.now) < view.state.day.end


def test_a_failed_recording_raises_an_alarm() -> None:
    story = Story()
    story.offered(1)
    story.recording_failed(1)
    view, changes = fold(story)
    assert changes.alarms
    assert view.state.alarms[0].code == "recording_disk_full"
    assert view.state.calls[call_id(1)].recording_failed


def test_a_lost_trunk_is_an_alarm_that_says_why_until_it_is_well() -> None:
    story = Story()
    story.trunk_told("down", TrunkReason.CERTIFICATE_EXPIRED)
    story.trunk_told("up")
    view, _ = fold(story)
    told = [(alarm.code, alarm.detail, alarm.reason) for alarm in view.state.alarms]
    assert told == [("trunk_down", "carrier", TrunkReason.CERTIFICATE_EXPIRED), ("trunk_up", "carrier", None)]
