"""What every Lease does."""

import asyncio

import pytest
from sqlalchemy import DateTime, literal

from kernel.adapters import LocalLease, PostgresDatabase, PostgresLease
from kernel.ports.lease import Lease
from tests.databases import Place, StoringDatabase
from tests.fakes import FakeClock

NAME = "routing.ours"


@pytest.fixture
def lease(database: StoringDatabase, clock: FakeClock) -> Lease:
    """The one that goes with each database; told the time as everything else here."""
    if isinstance(database, PostgresDatabase):
        return PostgresLease(database, lambda: literal(clock.now(), DateTime(timezone=True)))
    return LocalLease(clock)


async def test_one_holder_at_a_time(lease: Lease) -> None:
    assert await lease.acquire(NAME, "one", 10)
    assert not await lease.acquire(NAME, "two", 10)
    assert await lease.acquire("routing.theirs", "two", 10)


async def test_its_holder_may_acquire_again(lease: Lease, clock: FakeClock) -> None:
    await lease.acquire(NAME, "one", 10)
    clock.advance(6)
    assert await lease.acquire(NAME, "one", 10)
    clock.advance(6)
    assert not await lease.acquire(NAME, "two", 10)


async def test_a_holder_that_does_not_renew_loses_it_after_its_time(lease: Lease, clock: FakeClock) -> None:
    await lease.acquire(NAME, "one", 10)
    clock.advance(9.9)
    assert not await lease.acquire(NAME, "two", 10)
    clock.advance(0.1)
    assert await lease.acquire(NAME, "two", 10)
    assert not await lease.renew({NAME: "one"}, 10)


async def test_a_holder_that_renews_keeps_it(lease: Lease, clock: FakeClock) -> None:
    await lease.acquire(NAME, "one", 10)
    for _ in range(5):
        clock.advance(6)
        assert await lease.renew({NAME: "one"}, 10) == {NAME}
    assert not await lease.acquire(NAME, "two", 10)


async def test_a_lease_that_ran_out_cannot_be_renewed(lease: Lease, clock: FakeClock) -> None:
    assert not await lease.renew({NAME: "one"}, 10)
    await lease.acquire(NAME, "one", 10)
    clock.advance(10)
    assert not await lease.renew({NAME: "one"}, 10)


async def test_many_are_renewed_at_once_but_those_that_are_lost(lease: Lease, clock: FakeClock) -> None:
    held = {NAME: "one", "routing.theirs": "two", "routing.lost": "three"}
    for name, holder in held.items():
        assert await lease.acquire(name, holder, 10)
    clock.advance(6)
    assert await lease.renew(held, 10) == set(held)
    await lease.release("routing.lost", "three")
    assert await lease.acquire("routing.lost", "four", 3)
    assert await lease.renew(held, 10) == {NAME, "routing.theirs"}
    clock.advance(6)
    assert not await lease.acquire(NAME, "five", 10)
    assert await lease.acquire("routing.lost", "five", 10)
    assert await lease.renew({}, 10) == set()


async def test_released_it_is_free(lease: Lease) -> None:
    await lease.acquire(NAME, "one", 10)
    await lease.release(NAME, "one")
    assert await lease.acquire(NAME, "two", 10)


async def test_nobody_else_can_release_it(lease: Lease) -> None:
    await lease.acquire(NAME, "one", 10)
    await lease.release(NAME, "two")
    assert not await lease.acquire(NAME, "two", 10)


async def test_a_lease_for_no_time_is_refused(lease: Lease) -> None:
    with pytest.raises(ValueError, match="longer"):
        await lease.acquire(NAME, "one", 0)


@pytest.mark.parametrize("shelf", ["postgresql"], indirect=True)
async def test_among_processes_it_ends_by_the_clock_of_the_database(place: Place, clock: FakeClock) -> None:
    one, two = place.open(clock), place.open(clock)
    assert isinstance(one, PostgresDatabase)
    assert isinstance(two, PostgresDatabase)
    assert await PostgresLease(one).acquire(NAME, "one", 0.2)
    assert not await PostgresLease(two).acquire(NAME, "two", 10)
    await asyncio.sleep(0.3)
    assert await PostgresLease(two).acquire(NAME, "two", 10)
    assert not await PostgresLease(one).renew({NAME: "one"}, 10)
    await one.close()
    await two.close()
