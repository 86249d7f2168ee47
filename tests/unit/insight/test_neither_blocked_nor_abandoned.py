"""Callers who met no agent and are no failure of a queue: those who are rung back, those who left in a call flow."""

from datetime import UTC

import pytest

from insight.kpi.counters import Counters
from insight.kpi.live import LiveView
from insight.kpi.state import Changes
from kernel.contracts.calls import EndCause, EndReason, EndResult
from kernel.contracts.flow_events import CallLeftQueue, FlowEntered
from tests.unit.insight.story import ABANDONED, BY_CALLER, SALES, Story, call_id

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


def test_who_is_let_go_with_a_promise_is_neither(story: Story) -> None:
    story.at(2).queued(1)
    story.at(30).ended(1, PROMISED, queue=SALES)
    figures = counted(story)
    assert (figures.abandoned, figures.blocked, figures.answered, figures.abandon_waits) == (0, 0, 0, {})


def test_whom_we_hang_up_on_is_blocked(story: Story) -> None:
    story.at(2).queued(1)
    story.at(30).ended(1, LOST, queue=SALES)
    assert counted(story).blocked == 1
