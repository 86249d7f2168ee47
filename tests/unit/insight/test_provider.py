"""A provider and its clients as one: nobody's time twice, each queue's own threshold, no sum of different moneys."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from insight.given.contracts import Cost, Given
from insight.given.gathering import GivenBook
from insight.judgement.readings import Reading, Status
from insight.kept.settings import IndicatorSettings
from insight.kpi.counters import Counters, IntervalKey
from insight.kpi.intervals import to_ms
from insight.kpi.spans import Unit, span_at
from insight.overview import spans_of
from insight.provider import Material, read_together
from insight.report import Cell
from kernel.contracts.directory import AgentProfile, QueueRules, TenantDirectory
from tests.unit.insight.story import ALICE, BOB, OTHER_TENANT, SALES, SERVICE, START, TENANT

UTC_ZONE = ZoneInfo("UTC")
TODAY = spans_of(Unit.DAY, span_at(Unit.DAY, START, UTC_ZONE), UTC_ZONE)
MINUTE = 60_000
HOME = TenantDirectory(
    tenant=TENANT,
    name="Provider",
    time_zone="UTC",
    currency="EUR",
    queues=(QueueRules(queue=SALES, name="Own", service_level_seconds=10),),
    agents=(AgentProfile(agent=ALICE, name="Alice", queues=(SALES,), has_seat=True),),
    numbers=(),
    outbound_trunk=None,
    outbound_caller=None,
)
CLIENT = replace(
    HOME,
    tenant=OTHER_TENANT,
    name="Client",
    queues=(QueueRules(queue=SERVICE, name="Theirs", service_level_seconds=30),),
    agents=(
        AgentProfile(agent=ALICE, name="Alice", queues=(SERVICE,), has_seat=True, home=TENANT),
        AgentProfile(agent=BOB, name="Bob", queues=(SERVICE,), has_seat=True),
    ),
)
NOON = to_ms(START)


def material(directory: TenantDirectory, cells: Sequence[Cell], cost: int | None = None) -> Material:
    end = START + timedelta(hours=1)
    costs = None if cost is None else (Cost(id=UUID(int=1), start=START, end=end, minor=cost),)
    book = GivenBook(Given(costs=costs), (), UTC_ZONE, START + timedelta(days=1))
    return Material(directory, IndicatorSettings(), book, dict.fromkeys(TODAY.each, cells))


def together(home: Material, *clients: Material) -> dict[str, Reading]:
    return {reading.key: reading for reading in read_together(home, clients, TODAY)}


LOGGED_IN: Cell = (
    IntervalKey(NOON, None, ALICE),
    Counters(state_ms={"connected": 30 * MINUTE, "available": 30 * MINUTE}),
)
AT_HOME: Cell = (IntervalKey(NOON, SALES, ALICE), Counters(answered=1, handled=1, answer_waits={20: 1}))
AS_GUEST: Cell = (
    IntervalKey(NOON, SERVICE, ALICE),
    Counters(answered=1, handled=1, talk_ms=MINUTE, answer_waits={20: 1}, state_ms={"connected": 30 * MINUTE}),
)
OF_BOB: Cell = (IntervalKey(NOON, SERVICE, BOB), Counters(state_ms={"connected": 60 * MINUTE}))


def test_a_guests_time_counts_where_the_log_in_is_and_once() -> None:
    read = together(material(HOME, [LOGGED_IN]), material(CLIENT, [AS_GUEST]))
    assert read["occupancy"].value == 50.0
    assert read["calls_per_hour"].value == pytest.approx(1.0)
    assert read["average_talk_time"].value == 60.0, "the call itself is the client's, and counts"


def test_the_clients_own_people_count_with_their_time() -> None:
    read = together(material(HOME, [LOGGED_IN]), material(CLIENT, [AS_GUEST, OF_BOB]))
    assert read["occupancy"].value == pytest.approx(75.0)


def test_each_call_is_held_against_its_own_queue() -> None:
    assert together(material(HOME, [AT_HOME]), material(CLIENT, [AS_GUEST]))["service_level"].value == 50.0


def test_costs_add_up_in_one_currency_only() -> None:
    home, client = material(HOME, [AT_HOME], 100), material(CLIENT, [AS_GUEST], 300)
    assert together(home, client)["cost_per_call"].value == 200.0
    abroad = material(replace(CLIENT, currency="CNY"), [AS_GUEST], 300)
    assert together(home, abroad)["cost_per_call"].status is Status.NOTHING_TO_MEASURE
