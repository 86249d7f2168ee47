"""Buying and giving seats."""

from datetime import UTC, datetime

import pytest

from kernel.primitives.errors import InvalidInput
from kernel.primitives.money import Money
from tenants.billing import Contact, NoFreeSeat, SeatsInUse, SeatTerms
from tenants.billing.seats import MAX_SEATS, require_free_seat, resized

NOW = datetime(2026, 3, 2, 9, 0, 0, 123_456, tzinfo=UTC)
TERMS = SeatTerms(since=datetime(2026, 1, 1, tzinfo=UTC), plan="standard", price=Money(4900, "EUR"), seats=3)
OLIVE = Contact("Olive", "olive@example.org")


def test_more_seats_hold_from_this_second_on() -> None:
    new = resized(TERMS, 5, assigned=3, now=NOW)
    assert (new.seats, new.since, new.price) == (5, NOW.replace(microsecond=0), TERMS.price)


@pytest.mark.parametrize("seats", [-1, MAX_SEATS + 1])
def test_a_number_of_seats_that_cannot_be(seats: int) -> None:
    with pytest.raises(InvalidInput):
        resized(TERMS, seats, assigned=0, now=NOW)


def test_fewer_seats_than_are_assigned() -> None:
    with pytest.raises(SeatsInUse) as refused:
        resized(TERMS, 1, assigned=3, now=NOW)
    assert refused.value.extra == {"seats": 1, "assigned": 3}
    assert "2" in refused.value.detail


def test_a_free_seat_is_no_error() -> None:
    require_free_seat(TERMS, 2, ())


def test_without_a_free_seat_it_is_said_whom_to_ask() -> None:
    with pytest.raises(NoFreeSeat) as refused:
        require_free_seat(TERMS, 3, (OLIVE,))
    assert refused.value.extra == {
        "plan": "standard",
        "seats": 3,
        "assigned": 3,
        "contact": [{"name": "Olive", "email": "olive@example.org"}],
    }
    assert "Olive <olive@example.org>" in refused.value.detail
