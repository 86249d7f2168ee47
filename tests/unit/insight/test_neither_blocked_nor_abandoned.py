"""Callers who met no agent and are no failure of a queue: with a message, a promise, or served by a call flow."""

from datetime import UTC, timedelta

import pytest

from insight.kpi.counters import Counters, IntervalKey
from insight.kpi.intervals import interval_of
from insight.kpi.live import LiveView
from insight.kpi.records import Outcome
from insight.kpi.state import Changes
from kernel.contracts.calls import EndCause, EndReason, EndResult
from kernel.contracts.flow_events import CallLeftQueue, FlowEntered
from tests.unit.insight.story import ABANDONED, ALICE, BOB, BY_CALLER, SALES, SERVICE, START, Story, call_id

PROMISED = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_SYSTEM)
LOST = EndCause(EndResult.OURS, EndReason.HANGUP_BY_SYSTEM)


def counted(story: Story) -> Counters:
    view, changes, result = LiveView(UTC), Changes(), Counters()
    for logged in story.log:
        changes.merge(view.apply(logged))
    for counters in changes.counters.values():
        result.add(counters)
    return result


@pytest.fixture
def story() -> Story:
    """Somebody has called and was answered."""
    story = Story()
    story.at(0).offered(1)
    story.at(1).answered(1)
    return story


def enter_flow(story: Story) -> None:
    story.write(FlowEntered(**story._base(), call=call_id(1), flow="menu", version=1))  # pyright: ignore[reportPrivateUsage]


def test_who_hangs_up_in_a_flow_before_any_queue_abandoned_none(story: Story) -> None:
    enter_flow(story)
    story.at(9).ended(1, BY_CALLER)
    figures = counted(story)
    assert (figures.abandoned, figures.blocked, figures.answered, figures.abandon_waits) == (0, 0, 0, {})


def test_who_came_to_a_queue_after_the_flow_and_gives_up_there_abandoned_it(story: Story) -> None:
    enter_flow(story)
    story.at(9).queued(1)
    story.at(20).ended(1, ABANDONED, queue=SALES)
    assert (counted(story).abandoned, counted(story).blocked) == (1, 0)


def test_who_gives_up_in_the_flow_that_a_queue_sent_them_to_abandoned_the_queue(story: Story) -> None:
    story.at(2).queued(1)
    story.at(9).write(CallLeftQueue(**story._base(), call=call_id(1), queue=SALES))  # pyright: ignore[reportPrivateUsage]
    story.at(12).ended(1, BY_CALLER)
    assert counted(story).abandoned == 1


def test_who_hangs_up_during_the_greeting_abandoned(story: Story) -> None:
    story.at(3).ended(1, BY_CALLER)
    assert counted(story).abandoned == 1


def test_whom_a_call_flow_lets_go_is_neither(story: Story) -> None:
    story.at(2).queued(1)
    story.at(30).ended(1, PROMISED, queue=SALES)
    figures = counted(story)
    assert (figures.abandoned, figures.blocked, figures.answered, figures.abandon_waits) == (0, 0, 0, {})


FATES = (BY_CALLER, ABANDONED, PROMISED, LOST)


@pytest.mark.parametrize("cause", FATES)
def test_a_message_is_counted_as_one_however_its_call_ends(story: Story, cause: EndCause) -> None:
    story.at(2).queued(1)
    story.at(40).message_left(1)
    story.ended(1, cause, queue=SALES)
    figures = counted(story)
    assert (figures.messages, figures.callbacks, figures.abandoned, figures.blocked) == (1, 0, 0, 0)
    assert (figures.queued, figures.abandon_waits) == (0, {}), "below no line, so above none"


@pytest.mark.parametrize("cause", FATES)
def test_a_promised_callback_is_counted_as_one_however_its_call_ends(story: Story, cause: EndCause) -> None:
    story.at(2).queued(1)
    story.at(40).callback_promised(1)
    story.at(41).ended(1, cause, queue=SALES)
    figures = counted(story)
    assert (figures.messages, figures.callbacks, figures.abandoned, figures.blocked) == (0, 1, 0, 0)
    assert (figures.queued, figures.abandon_waits) == (0, {})


def test_a_message_left_in_a_flow_counts_for_the_queue_whose_work_it_is(story: Story) -> None:
    enter_flow(story)
    story.at(30).message_left(1, SERVICE)
    story.ended(1, BY_CALLER)
    view, changes = LiveView(UTC), Changes()
    for logged in story.log:
        changes.merge(view.apply(logged))
    assert {key.queue for key, counters in changes.counters.items() if counters.messages} == {SERVICE}
    assert view.state.calls[call_id(1)].outcome is Outcome.MESSAGE_LEFT


def test_who_talks_with_an_agent_after_all_was_answered_and_nothing_else(story: Story) -> None:
    story.message_left(1)
    story.callback_promised(1)
    story.at(30).take_call(1, ALICE)
    story.at(60).finish_call(1, ALICE)
    figures = counted(story)
    assert (figures.answered, figures.messages, figures.callbacks) == (1, 0, 0)


def test_a_message_that_an_agent_is_done_with_is_theirs_and_of_the_hour_in_which_it_was(story: Story) -> None:
    story.message_left(1)
    story.ended(1, BY_CALLER)
    story.at(4000).message_done(1, ALICE)
    story.at(4001).message_done(1, BOB)
    view, changes = LiveView(UTC), Changes()
    for logged in story.log:
        changes.merge(view.apply(logged))
    done = {key: counters.messages_done for key, counters in changes.counters.items() if counters.messages_done}
    assert done == {IntervalKey(interval_of(START + timedelta(seconds=4000)), SALES, ALICE): 1}, "once"


def test_whom_we_hang_up_on_is_blocked(story: Story) -> None:
    story.at(2).queued(1)
    story.at(30).ended(1, LOST, queue=SALES)
    assert counted(story).blocked == 1
