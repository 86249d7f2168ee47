"""However a log reaches the fold, the same events give the same view, records and counters."""

from datetime import UTC
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insight.kpi.indicators import Thresholds, gather
from insight.kpi.intervals import duration_ms
from insight.kpi.live import LiveView, SequenceGap
from insight.kpi.records import Outcome, SegmentKind
from insight.kpi.state import FoldState
from kernel.contracts.calls import AgentState, Direction
from kernel.contracts.codec import pack, unpack
from kernel.contracts.log import AgentStateChanged
from tests.unit.insight.any_story import stories
from tests.unit.insight.ledger import Ledger, recount
from tests.unit.insight.story import ALICE, BOB, Story


@given(stories(), st.data())
@settings(max_examples=100, deadline=None)
def test_a_recount_equals_what_was_folded_live_in_any_chunks_with_repeats_and_restarts(
    story: Story, data: st.DataObject
) -> None:
    view, ledger = LiveView(UTC), Ledger()
    position = 0
    while position < len(story.log):
        size = data.draw(st.integers(1, 10))
        repeated = data.draw(st.integers(0, 3))
        ledger.feed(view, story.log[max(0, position - repeated) : position + size])
        position += size
        if data.draw(st.booleans()):
            view = LiveView(UTC, unpack(pack(view.state), FoldState))
    fresh_view, fresh = recount(story.log)
    assert ledger.records == fresh.records
    assert ledger.cells == fresh.cells
    assert view.state == fresh_view.state
    assert ledger.written() == fresh.written()
    assert pack(view.state) == pack(fresh_view.state), "not only equal: the same bytes"


@given(stories(), st.data())
@settings(max_examples=100, deadline=None)
def test_lost_repeated_and_late_deliveries_change_nothing_once_the_log_is_read(
    story: Story, data: st.DataObject
) -> None:
    """The bus delivers any entries in any order; the log is read where something is missing before one."""
    delivered = data.draw(st.lists(st.sampled_from(story.log), max_size=60)) if story.log else []
    view, ledger = LiveView(UTC), Ledger()
    for logged in delivered:
        try:
            ledger.feed(view, [logged])
        except SequenceGap as gap:
            ledger.feed(view, story.log[gap.after : logged.sequence])
    ledger.feed(view, story.log[view.state.sequence :])
    fresh_view, fresh = recount(story.log)
    assert pack(view.state) == pack(fresh_view.state)
    assert ledger.written() == fresh.written()


@given(stories())
@settings(max_examples=100, deadline=None)
def test_every_call_counts_once_and_in_agreement_with_its_record(story: Story) -> None:
    _, ledger = recount(story.log)
    sums = gather((cell, Thresholds()) for cell in ledger.cells.values()).sums
    inbound = [record for record in ledger.records.values() if record.direction is Direction.INBOUND]
    outcomes = [record.outcome for record in inbound]
    assert sums.answered == outcomes.count(Outcome.ANSWERED)
    assert sums.abandoned == outcomes.count(Outcome.ABANDONED)
    assert sums.blocked == outcomes.count(Outcome.BLOCKED) + outcomes.count(Outcome.FAILED)
    assert sums.messages == outcomes.count(Outcome.MESSAGE_LEFT)
    assert sums.callbacks == outcomes.count(Outcome.CALLBACK_PROMISED)
    assert sum(sums.answer_waits.values()) == sums.answered
    assert sums.talk_ms == sum(record.spent_ms(SegmentKind.TALK) for record in ledger.records.values())
    assert sums.hold_ms == sum(record.spent_ms(SegmentKind.HOLD) for record in ledger.records.values())


@given(stories())
@settings(max_examples=100, deadline=None)
def test_state_times_of_an_agent_add_up_to_the_time_logged_in(story: Story) -> None:
    _, ledger = recount(story.log)
    for agent in (ALICE, BOB):
        counted = sum(
            sum(cell.state_ms.values()) for key, cell in ledger.cells.items() if key.agent == agent and cell.state_ms
        )
        changes = [
            logged.event
            for logged in story.log
            if isinstance(logged.event, AgentStateChanged) and logged.event.agent == agent
        ]
        logged_in = sum(
            duration_ms(first.at, second.at)
            for first, second in pairwise(changes)
            if first.state is not AgentState.LOGGED_OUT
        )
        assert counted == logged_in


@given(stories())
@settings(max_examples=100, deadline=None)
def test_a_call_that_ended_waits_nowhere_and_has_no_open_segment_but_wrap_up(story: Story) -> None:
    view, ledger = recount(story.log)
    for record in ledger.records.values():
        if record.ended_at is not None:
            assert record.current is None
            assert all(record.call not in waiting for waiting in view.state.waiting.values())


@given(stories(), st.integers(1, 39))
@settings(max_examples=50, deadline=None)
def test_a_gap_is_noticed_and_leaves_the_view_as_it_was(story: Story, lost: int) -> None:
    view = LiveView(UTC)
    for logged in story.log[:lost]:
        view.apply(logged)
    before = pack(view.state)
    for logged in story.log[lost + 1 :]:
        with pytest.raises(SequenceGap) as caught:
            view.apply(logged)
        assert caught.value.after == lost
    assert pack(view.state) == before
