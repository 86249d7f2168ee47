"""The live board: whatever happened, a page that folds what it is told shows what a page opened now would show."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.realtime.board.board import MAPS, Board, Only, seen_by
from api.realtime.projection import Centre, centre_of
from insight.kpi.live import LiveView
from kernel.contracts.calls import AgentState
from kernel.contracts.codec import to_json
from kernel.contracts.directory import AgentProfile, QueueRules, TenantDirectory
from tests.unit.api.shown_floor import Shown
from tests.unit.insight.any_story import stories
from tests.unit.insight.story import ABANDONED, ALICE, BOB, BY_CALLER, SALES, SERVICE, START, TENANT, Story, call_id
from tests.unit.routing.floor import ANN
from tests.unit.routing.shared import BLUE, RED, RED_NUMBER, SharedFloor

DIRECTORY = TenantDirectory(
    tenant=TENANT,
    name="Ours",
    time_zone="UTC",
    currency="EUR",
    queues=(QueueRules(queue=SALES, name="Sales", service_level_seconds=10), QueueRules(queue=SERVICE, name="Service")),
    agents=(
        AgentProfile(agent=ALICE, name="Alice", queues=(SALES, SERVICE), has_seat=True),
        AgentProfile(agent=BOB, name="Bob", queues=(SALES,), has_seat=True),
    ),
    numbers=(),
    outbound_trunk=None,
    outbound_caller=None,
)
TOUCHED = ("waiting", "calls", "agents", "alerts", "alarms")  # a day may have turned: queues are looked at again
ONLY_BOB = frozenset({BOB})


def plain(value: object) -> Any:
    """As the page reads it."""
    return msgspec.json.decode(to_json(value))


class Page:
    """Folds as `docs/indicators.md` says."""

    def __init__(self, board: Board, only: Only = None) -> None:
        self.only = only
        self.state: dict[str, Any] = plain(board.state(only))

    def told(self, changes: dict[str, Any]) -> None:
        for name, value in plain(seen_by(changes, self.only)).items():
            rows = self.state[name] | value if name in MAPS else value
            self.state[name] = {key: row for key, row in rows.items() if row} if name in MAPS else rows


class Told:
    """A tenant's log, folded, with its board."""

    def __init__(self, zone: str = "UTC") -> None:
        self.view = LiveView(ZoneInfo(zone))
        self.centre = Centre(self.view.state, DIRECTORY)
        self.board = Board(self.centre, START)

    def events(self, story: Story) -> None:
        for logged in story.log[self.view.state.sequence :]:
            self.board.touch(self.view.apply(logged))

    def after(self, story: Story) -> dict[str, Any]:
        self.events(story)
        return self.board.drain(story.now)

    def rows(self, story: Story, name: str) -> dict[str, Any]:
        self.after(story)
        return plain(self.board.state(None))[name]


@pytest.fixture
def story() -> Story:
    return Story()


class TestFolding:
    @given(stories(), st.lists(st.booleans(), min_size=60, max_size=60))
    def test_a_page_that_folds_shows_what_one_opened_now_does(self, story: Story, ticks: list[bool]) -> None:
        told = Told()
        pages = [Page(told.board), Page(told.board, ONLY_BOB)]
        now = START
        for place, logged in enumerate(story.log):
            now = max(now, logged.event.at)
            told.board.touch(told.view.apply(logged))
            if ticks[place % len(ticks)]:
                changes = told.board.drain(now)
                for page in pages:
                    page.told(changes)
        fresh = Board(told.centre, now)
        for changes, compared in ((told.board.drain(now), TOUCHED), (told.board.refresh(now), (*MAPS, "alarms"))):
            for page in pages:
                page.told(changes)
                whole = plain(fresh.state(page.only))
                assert {name: page.state[name] for name in compared} == {name: whole[name] for name in compared}

    def test_what_is_told_twice_is_told_once(self, story: Story) -> None:
        told = Told()
        story.at(0).offered(1)
        story.queued(1)
        assert set(told.after(story)) == {"queues", "waiting"}
        assert told.board.drain(story.now) == {}
        assert told.board.refresh(story.now) == {}


class TestRows:
    def test_a_waiting_caller_has_the_moment_of_its_place_and_the_desk_that_rings(self, story: Story) -> None:
        story.at(1).offered(1)
        story.at(3).queued(1, SERVICE, START)
        story.at(5).made(1, ALICE, SERVICE)
        row = Told().rows(story, "waiting")[str(call_id(1))]
        assert (row["since"], row["offered_to"], row["queue_id"]) == ("2026-03-02T09:00:00Z", str(ALICE), str(SERVICE))
        assert (row["caller"], row["called"]) == ("+442071838751", "+442071838750")

    def test_a_call_that_is_answered_goes_from_the_waiting_to_the_calls(self, story: Story) -> None:
        told = Told()
        story.at(0).offered(1)
        story.queued(1)
        told.after(story)
        story.at(9).take_call(1, ALICE)
        story.at(20).held(1, ALICE)
        changes = plain(told.after(story))
        key = str(call_id(1))
        assert changes["waiting"] == {key: None}
        assert (changes["calls"][key]["state"], changes["calls"][key]["since"]) == ("held", "2026-03-02T09:00:20Z")
        assert changes["calls"][key]["agent_id"] == str(ALICE)
        story.at(30).finish_call(1, ALICE)
        assert plain(told.after(story))["calls"] == {key: None}

    def test_a_queue_counts_its_agents_by_state_and_its_calls_of_today(self, story: Story) -> None:
        story.at(0).state(ALICE, AgentState.AVAILABLE)
        story.offered(1)
        story.queued(1)
        story.at(6).take_call(1, ALICE)
        story.at(10).offered(2)
        story.queued(2)
        story.at(40).ended(2, ABANDONED)
        row = Told().rows(story, "queues")[str(SALES)]
        assert row["agents"] == {"connected": 1, "logged_out": 1}
        assert (row["offered_today"], row["answered_today"], row["abandoned_today"]) == (2, 1, 1)
        assert (row["average_speed_of_answer_today"], row["service_level_today"]) == (6, 50)
        assert (row["waiting"], row["longest_waiting_since"]) == (0, None)

    def test_a_new_day_begins_without_an_event(self, story: Story) -> None:
        told = Told("Europe/Berlin")
        story.at(0).offered(1)
        story.queued(1)
        story.at(1).ended(1, BY_CALLER)
        told.after(story)
        changes = plain(told.board.refresh(datetime(2026, 3, 2, 23, 0, tzinfo=UTC)))
        assert changes["queues"][str(SALES)]["offered_today"] == 0

    def test_an_agent_has_the_moment_at_which_the_state_began(self, story: Story) -> None:
        story.at(7).state(BOB, AgentState.NOT_READY, "meal")
        story.at(60).requested(BOB, AgentState.AVAILABLE)
        row = Told().rows(story, "agents")[str(BOB)]
        assert (row["state"], row["reason"], row["since"]) == ("not_ready", "meal", "2026-03-02T09:00:07Z")
        assert (row["requested"], row["queues"]) == ("available", [str(SALES)])

    def test_an_alert_is_shown_until_it_is_cleared(self, story: Story) -> None:
        told = Told()
        story.at(70).alert_raised(4, SALES)
        raised = plain(told.after(story))["alerts"]
        (row,) = raised.values()
        assert (row["measure"], row["queue_id"], row["limit"]) == ("longest_wait", str(SALES), 60)
        assert (row["begun"], row["raised"]) == ("2026-03-02T09:01:00Z", "2026-03-02T09:01:10Z")
        story.at(90).alert_cleared(4)
        assert told.after(story) == {"alerts": dict.fromkeys(raised)}


class TestWhoSeesWhat:
    def test_who_leads_a_team_sees_its_agents_and_calls_and_all_who_wait(self, story: Story) -> None:
        told = Told()
        page = Page(told.board, ONLY_BOB)
        for number, agent in ((1, ALICE), (2, BOB)):
            story.at(number).offered(number)
            story.queued(number)
            story.take_call(number, agent)
        story.offered(3)
        story.queued(3)
        page.told(told.after(story))
        assert list(page.state["agents"]) == [str(BOB)]
        assert list(page.state["calls"]) == [str(call_id(2))]
        assert list(page.state["waiting"]) == [str(call_id(3))]

    def test_a_client_sees_its_guests_but_not_for_whom_else_they_work(self) -> None:
        floor = SharedFloor()
        shown = Shown(floor)
        floor.connected(ANN, RED_NUMBER)
        red, blue = (plain(Board(centre_of(tenant, shown.parts()), START).state(None)) for tenant in (RED, BLUE))
        assert red["agents"][str(ANN)]["state"] == "connected"
        assert (blue["agents"][str(ANN)]["state"], blue["agents"][str(ANN)]["reason"]) == ("not_ready", "other_client")
        assert (len(red["calls"]), blue["calls"], blue["agents"][str(ANN)]["call_id"]) == (1, {}, None)
