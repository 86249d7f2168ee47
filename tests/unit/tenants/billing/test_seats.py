"""Buying and giving seats."""

import pytest

from kernel.primitives.errors import InvalidInput
from tenants.billing import Contact, Metric, NoFreeSeat, NotSold, PlanPrices, SeatKind, SeatsInUse
from tenants.billing.plans import in_force
from tenants.billing.seats import MAX_SEATS, require_free_seat, require_possible, require_sold
from tests.unit.tenants.billing.histories import BEFORE, DAY, JUNE, OTHER_PLAN, PLAN, bought, priced

OLIVE = Contact("Olive", "olive@example.org")
ALL = priced(items={"seats.named": 4900, "seats.supervisor": 6900, "seats.light": 900, "addon.recording": 500})
SHARED = priced(items={"seats.concurrent": 9900}, metric=Metric.CONCURRENT)


@pytest.mark.parametrize(("agent", "light"), [(-1, 0), (MAX_SEATS + 1, 0), (1, -1)])
def test_a_number_of_seats_that_cannot_be(agent: int, light: int) -> None:
    with pytest.raises(InvalidInput):
        require_possible(bought(JUNE.start, agent, light=light), ALL, {})


def test_fewer_seats_than_are_assigned_of_the_kind() -> None:
    held = {SeatKind.AGENT: 3, SeatKind.LIGHT: 1}
    require_possible(bought(JUNE.start, 3, light=1), ALL, held)
    with pytest.raises(SeatsInUse) as refused:
        require_possible(bought(JUNE.start, 1, light=1), ALL, held)
    assert refused.value.extra == {"seats": 1, "assigned": 3}
    assert "2 of the assigned agent seats" in refused.value.detail


def test_a_cap_on_log_ins_may_be_below_what_was_assigned() -> None:
    require_possible(bought(JUNE.start, 1), SHARED, {SeatKind.AGENT: 3})


@pytest.mark.parametrize(
    ("supervisor", "prices"), [(1, priced()), (1, SHARED)], ids=["no such price", "only log-ins at once"]
)
def test_what_has_no_price_cannot_be_bought(supervisor: int, prices: PlanPrices) -> None:
    with pytest.raises(NotSold) as refused:
        require_possible(bought(JUNE.start, 1, supervisor), prices, {})
    assert refused.value.extra == {"plan": "standard"}


def test_people_get_what_the_plan_has() -> None:
    require_sold(SeatKind.SUPERVISOR, ["recording"], ALL)
    for kind, addons, prices in (
        (SeatKind.AGENT, ["quality"], ALL),
        (SeatKind.LIGHT, [], priced()),
        (SeatKind.AGENT, [], SHARED),
    ):
        with pytest.raises(NotSold):
            require_sold(kind, addons, prices)


def test_without_a_free_seat_it_is_said_whom_to_ask() -> None:
    require_free_seat(SeatKind.AGENT, bought(JUNE.start, 3), 2, "standard", (OLIVE,))
    with pytest.raises(NoFreeSeat) as refused:
        require_free_seat(SeatKind.AGENT, bought(JUNE.start, 3), 3, "standard", (OLIVE,))
    assert refused.value.extra == {
        "plan": "standard",
        "kind": "agent",
        "seats": 3,
        "assigned": 3,
        "contact": [{"name": "Olive", "email": "olive@example.org"}],
    }
    assert "Olive <olive@example.org>" in refused.value.detail


def test_prices_in_force_are_the_newest_that_have_begun() -> None:
    first, second = priced(BEFORE), priced(JUNE.start, {"seats.named": 1})
    assert in_force([second, first], PLAN, JUNE.start) == second
    assert in_force([second, first], PLAN, JUNE.start - DAY) == first
    assert in_force([second, first], PLAN, BEFORE - DAY) is None
    assert in_force([second, first], OTHER_PLAN, JUNE.start) is None
