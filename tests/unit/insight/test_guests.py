"""What home and clients each count of an agent whom they share."""

from zoneinfo import ZoneInfo

import pytest

from insight.kpi.counters import Counters
from insight.kpi.live import LiveView, running_time
from insight.kpi.records import SegmentKind
from kernel.contracts.calls import AgentState
from kernel.contracts.desk import FinishWrapUp, LogOut
from kernel.contracts.log import Logged
from kernel.primitives.ids import TenantId, UserId
from tests.unit.routing.floor import ANN
from tests.unit.routing.shared import BLUE, BLUE_NUMBER, BLUES, HOME, RED, RED_NUMBER, REDS, SharedFloor

QUEUED_BY, RUNG, TALKED, WROTE = 10.0, 4.0, 100.0, 30.0


class Views:
    """Every tenant's fold over its own log."""

    def __init__(self, floor: SharedFloor) -> None:
        self.views = {tenant: LiveView(ZoneInfo("UTC")) for tenant in floor.directories}
        self.sums = {tenant: dict[tuple[object, UserId | None], Counters]() for tenant in floor.directories}
        for tenant, view in self.views.items():
            for sequence, event in enumerate(floor.log_of(tenant), start=1):
                for key, counters in view.apply(Logged(sequence=sequence, event=event)).counters.items():
                    self.of(tenant, key.queue, key.agent).add(counters)
            for key, counters in running_time(view.state, floor.now):
                self.of(tenant, key.queue, key.agent).add(counters)

    def of(self, tenant: TenantId, queue: object, agent: UserId | None) -> Counters:
        return self.sums[tenant].setdefault((queue, agent), Counters())

    def states(self, tenant: TenantId) -> dict[str, float]:
        return {state: spent / 1000 for state, spent in self.of(tenant, None, ANN).state_ms.items()}


@pytest.fixture
def floor() -> SharedFloor:
    """Ann was idle, took a call of Red and one of Blue, and logged out."""
    floor = SharedFloor()
    floor.available(ANN)
    floor.wait(QUEUED_BY)
    for number, disposition in ((RED_NUMBER, "Red"), (BLUE_NUMBER, "Blue")):
        call = floor.queued(number)
        floor.wait(RUNG)
        floor.accept(ANN)
        floor.wait(TALKED)
        floor.release(call)
        floor.wait(WROTE)
        floor.wish(ANN, FinishWrapUp(call=call, disposition=disposition))
    floor.wait(QUEUED_BY)
    floor.wish(ANN, LogOut())
    floor.wait(1000)
    return floor


def test_a_client_counts_its_own_calls_and_the_guests_time_on_them_only(floor: SharedFloor) -> None:
    views = Views(floor)
    for tenant, queue in ((RED, REDS), (BLUE, BLUES)):
        counters = views.of(tenant, queue, ANN)
        assert (counters.answered, counters.handled, counters.wrap_ups) == (1, 1, 1)
        assert (counters.talk_ms, counters.wrap_up_ms) == (TALKED * 1000, WROTE * 1000)
        assert views.states(tenant) == {"offered": RUNG, "connected": TALKED, "wrap_up": WROTE}
        agent = views.views[tenant].state.agents[ANN]
        assert (agent.state, agent.home, agent.call) == (AgentState.LOGGED_OUT, HOME, None)


def test_home_counts_the_whole_log_in_and_none_of_the_clients_calls(floor: SharedFloor) -> None:
    views = Views(floor)
    assert views.states(HOME) == {
        "available": 2 * QUEUED_BY,
        "offered": 2 * RUNG,
        "connected": 2 * TALKED,
        "wrap_up": 2 * WROTE,
    }
    counted = views.sums[HOME].values()
    assert sum(counters.handled + counters.wrap_ups + counters.answered for counters in counted) == 0
    assert views.views[HOME].state.calls == {}


def test_the_clients_record_has_the_guests_wrap_up(floor: SharedFloor) -> None:
    (record,) = Views(floor).views[RED].state.calls.values()
    assert (record.agent, record.disposition) == (ANN, "Red")
    (wrap_up,) = [segment for segment in record.segments if segment.kind is SegmentKind.WRAP_UP]
    assert wrap_up.end is not None
    assert (wrap_up.end - wrap_up.start).total_seconds() == WROTE


def test_a_guest_in_a_clients_call_is_shown_there_with_it() -> None:
    floor = SharedFloor()
    call = floor.connected(ANN, RED_NUMBER)
    agent = Views(floor).views[RED].state.agents[ANN]
    assert (agent.state, agent.call, agent.queue) == (AgentState.CONNECTED, call, REDS)
    floor.release(call)
    agent = Views(floor).views[RED].state.agents[ANN]
    assert (agent.state, agent.call, agent.until) == (AgentState.WRAP_UP, call, floor.agent(ANN).until)
