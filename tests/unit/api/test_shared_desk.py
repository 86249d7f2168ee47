"""What a shared agent sees at the one desk, and what a client's people see of guests."""

import pytest

from api.realtime.projection import OTHER_CLIENT, clients_of, neighbours_of
from api.realtime.state import DeskTenant
from api.realtime.stream import DeskStream
from kernel.contracts.calls import AgentState
from kernel.contracts.desk import Hold
from kernel.primitives.ids import CallId
from tests.unit.api.shown_floor import Shown
from tests.unit.routing.floor import ANN, BEN, SALES, SUPPORT
from tests.unit.routing.shared import BLUE, BLUE_NUMBER, BLUES, HOME, RED, RED_NUMBER, REDS, RON, SharedFloor

AS_RED = DeskTenant(id=RED, name="Red")


@pytest.fixture
def floor() -> SharedFloor:
    return SharedFloor()


@pytest.fixture
def shown(floor: SharedFloor) -> Shown:
    return Shown(floor)


class TestDesk:
    def test_an_offer_says_whose_call_it_is(self, floor: SharedFloor, shown: Shown) -> None:
        call = floor.offered(ANN, RED_NUMBER)
        offer = shown.centre().offer(ANN)
        assert offer is not None
        assert (offer.client, offer.call_id, offer.queue_name) == (AS_RED, call, "Red")

    def test_the_call_is_the_clients_through_hold_to_the_wrap_up(self, floor: SharedFloor, shown: Shown) -> None:
        name = floor.connected(ANN, RED_NUMBER)
        self.shows(shown, name, "connected")
        floor.wish(ANN, Hold(call=name))
        self.shows(shown, name, "held")
        floor.release(name)
        self.shows(shown, name, "ended")
        assert shown.centre().me(ANN, "Ann").state is AgentState.WRAP_UP

    def shows(self, shown: Shown, name: CallId, state: str) -> None:
        call = shown.centre().call(ANN)
        assert call is not None
        assert (call.id, call.client, call.state, call.dispositions) == (name, AS_RED, state, ("Red", "other"))

    def test_an_own_call_is_the_own_tenants(self, floor: SharedFloor, shown: Shown) -> None:
        floor.connected(ANN)
        call = shown.centre().call(ANN)
        assert call is not None
        assert call.client == DeskTenant(id=HOME, name="Tenant")

    def test_me_names_the_clients_and_all_queues(self, shown: Shown) -> None:
        ann, ben = shown.centre().me(ANN, "Ann"), shown.centre().me(BEN, "Ben")
        assert [client.id for client in ann.clients] == [RED, BLUE]
        assert ann.queues == (SALES, SUPPORT, REDS, BLUES)
        assert (ben.clients, ben.queues) == ((AS_RED,), (SALES, REDS))

    def test_the_queues_of_clients_are_seen_by_those_who_serve_them(self, floor: SharedFloor, shown: Shown) -> None:
        floor.queued(BLUE_NUMBER)
        centre = shown.centre()
        assert DeskStream("s", BEN, "Ben", wide=False).shown_queues(centre) == [SALES, REDS]
        assert DeskStream("s", RON, "Ron", wide=True).shown_queues(centre) == [SALES, SUPPORT]
        row = centre.queue(BLUES)
        assert (row.waiting, row.client.name) == (1, "Blue")

    def test_changes_of_a_clients_call_concern_the_agents_desk(self, floor: SharedFloor, shown: Shown) -> None:
        call = floor.connected(ANN, RED_NUMBER)
        assert shown.centre().involved({call}) == {ANN}

    def test_a_call_outlasts_the_grant_on_the_screen(self, floor: SharedFloor, shown: Shown) -> None:
        call = floor.connected(ANN, RED_NUMBER)
        floor.lend(RED)
        floor.change(HOME, clients=(BLUE,))
        shown_call = shown.centre().call(ANN)
        assert shown_call is not None
        assert shown_call.id == call
        assert shown.centre().queues_of(ANN) == (SALES, SUPPORT, BLUES)

    def test_neighbours_are_found_from_either_side(self, shown: Shown) -> None:
        parts = shown.parts()
        assert clients_of(parts[HOME]) == {RED, BLUE}
        assert neighbours_of(parts[RED]) == {HOME}


class TestClient:
    def test_an_idle_guest_counts_as_available(self, floor: SharedFloor, shown: Shown) -> None:
        floor.available(ANN, RON)
        row = shown.centre(RED).queue(REDS)
        assert (row.agents_available, row.agents_logged_in) == (2, 2)

    def test_a_guest_in_a_call_of_ours_is_shown_with_it(self, floor: SharedFloor, shown: Shown) -> None:
        call = floor.connected(ANN, RED_NUMBER)
        (ann,) = [one for one in shown.centre(RED).team() if one.id == ANN]
        assert (ann.state, ann.call_id, ann.queue_id) == (AgentState.CONNECTED, call, REDS)

    def test_a_guest_in_anothers_call_is_away_and_nothing_more_is_told(self, floor: SharedFloor, shown: Shown) -> None:
        floor.connected(ANN, BLUE_NUMBER)
        (ann,) = [one for one in shown.centre(RED).team() if one.id == ANN]
        assert (ann.state, ann.reason, ann.call_id, ann.queue_id) == (AgentState.NOT_READY, OTHER_CLIENT, None, None)
        row = shown.centre(RED).queue(REDS)
        assert (row.agents_available, row.agents_connected) == (0, 0)
        assert shown.centre(RED).offer(ANN) is None
