"""Customers who are called back before an agent is there: calls out, whose wait is nobody's abandoned wait."""

from datetime import UTC, timedelta

from insight.kpi.counters import Counters
from insight.kpi.live import LiveView
from insight.kpi.records import CallRecord, Outcome
from insight.kpi.state import Changes
from kernel.contracts.calls import Direction
from tests.unit.insight.story import ABANDONED, ALICE, BY_CALLER, SALES, START, Story, call_id

PLACE = START - timedelta(hours=2)


def folded(story: Story) -> tuple[LiveView, Counters]:
    view, changes, result = LiveView(UTC), Changes(), Counters()
    for logged in story.log:
        changes.merge(view.apply(logged))
    for counters in changes.counters.values():
        result.add(counters)
    return view, result


def record_of(view: LiveView) -> CallRecord:
    return view.state.calls[call_id(1)]


def waiting() -> Story:
    """Rung at 0, answered at 10, confirmed at 20 with a place of two hours ago."""
    story = Story()
    story.at(0).offered(1, Direction.OUTBOUND, queue=SALES)
    story.at(10).answered(1)
    story.at(20).queued(1, since=PLACE)
    return story


def test_the_live_wait_begins_when_they_confirmed() -> None:
    view, _ = folded(waiting())
    assert view.state.waiting[SALES][call_id(1)] == START + timedelta(seconds=20)


def test_who_talks_is_a_call_out_and_answered_by_its_agent() -> None:
    story = waiting()
    story.at(30).made(1, ALICE)
    story.at(35).connected(1, ALICE)
    story.at(95).ended(1, BY_CALLER, agent=ALICE)
    view, figures = folded(story)
    assert (figures.outbound, figures.outbound_answered, figures.handled) == (1, 1, 1)
    assert (figures.answered, figures.queued, figures.picked_up, figures.answer_wait_ms) == (0, 0, 0, 0)
    assert (record_of(view).outcome, record_of(view).wait_ms) == (Outcome.ANSWERED, 15_000)


def test_who_hangs_up_in_line_is_no_abandoned_call_of_the_queue() -> None:
    story = waiting()
    story.at(50).ended(1, ABANDONED, queue=SALES)
    view, figures = folded(story)
    assert (figures.outbound, figures.abandoned, figures.blocked, figures.abandon_waits) == (1, 0, 0, {})
    assert (record_of(view).outcome, record_of(view).wait_ms) == (Outcome.ABANDONED, 30_000)
    assert not view.state.waiting[SALES]


def test_who_presses_no_key_was_not_reached() -> None:
    story = Story()
    story.at(0).offered(1, Direction.OUTBOUND, queue=SALES)
    story.at(10).answered(1)
    story.at(40).ended(1, BY_CALLER)
    view, _ = folded(story)
    assert record_of(view).outcome is Outcome.FAILED
