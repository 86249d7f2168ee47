"""What the fold makes of alerts: one of a rule at a time, looked after by the first who says so."""

from datetime import UTC, timedelta
from uuid import UUID

from insight.kpi.live import LiveView
from insight.kpi.state import AlertEntry, Changes
from kernel.primitives.ids import EventId
from tests.unit.insight.story import ALICE, BOB, START, Story

RULE = 4


def told(story: Story) -> tuple[LiveView, list[AlertEntry]]:
    """The view, and what became of the alerts, in the order in which they were raised."""
    view, changes = LiveView(UTC), Changes()
    for logged in story.log:
        changes.merge(view.apply(logged))
    return view, list(changes.alert_entries.values())


def raised(story: Story) -> EventId:
    story.alert_raised(RULE)
    return story.log[-1].event.id


def test_an_alert_has_a_beginning_somebody_who_looks_after_it_and_an_end() -> None:
    story = Story()
    alert = raised(story)
    story.at(40).alert_acknowledged(RULE, alert)
    view, _ = told(story)
    assert view.state.alerts[UUID(int=RULE)].acknowledged_by == ALICE
    story.at(90).alert_cleared(RULE)
    view, (entry,) = told(story)
    assert view.state.alerts == {}
    assert (entry.alert.id, entry.alert.raised, entry.cleared) == (alert, START, START + timedelta(seconds=90))
    assert (entry.worst, entry.alert.acknowledged_by, entry.alert.acknowledged_at) == (
        80.0,
        ALICE,
        START + timedelta(seconds=40),
    )


def test_the_first_who_looks_after_it_stays() -> None:
    story = Story()
    alert = raised(story)
    story.alert_acknowledged(RULE, alert)
    story.at(5).alert_acknowledged(RULE, alert, BOB)
    _, (entry,) = told(story)
    assert (entry.alert.acknowledged_by, entry.alert.acknowledged_at) == (ALICE, START)


def test_what_is_over_is_nobodys_and_neither_is_the_next_one() -> None:
    story = Story()
    first = raised(story)
    story.at(10).alert_cleared(RULE)
    second = raised(story.at(20))
    story.at(30).alert_acknowledged(RULE, first)
    _, entries = told(story)
    assert [entry.alert.id for entry in entries] == [first, second]
    assert [entry.alert.acknowledged_by for entry in entries] == [None, None]


def test_an_alert_that_was_never_cleared_is_over_when_the_next_one_is_raised() -> None:
    story = Story()
    raised(story)
    raised(story.at(60))
    _, entries = told(story)
    assert [entry.cleared for entry in entries] == [START + timedelta(seconds=60), None]
