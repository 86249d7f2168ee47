"""Calls out close for the rest of the tenant's day when its spend is reached."""

from datetime import UTC, datetime

import pytest

from kernel.adapters import InProcessBus
from kernel.contracts.log import LimitReached
from tenants.billing.metering import MeteringService
from tenants.directory.reading import load_tenant_directory
from tenants.limits import Limits, LimitsRepository, LimitsService, SpendGuard
from tests.integration.tenants.metering_world import MOBILE, World

HOUR = 3600.0  # the clock starts at nine in London


@pytest.fixture
def metering(world: World, bus: InProcessBus) -> MeteringService:
    guard = SpendGuard(world.database, world.clock, world.ids)
    return MeteringService(database=world.database, bus=bus, tenants=world, billed=guard)


async def allow(world: World, minor: int) -> None:
    async with world.database.write(world.tenants.our_scope) as uow:
        await LimitsService(world.unit(uow, world.tenants.ours)).change({"spend_per_day": minor}, None)


async def limits(world: World) -> Limits:
    async with world.database.read(world.tenants.our_scope) as uow:
        return await LimitsRepository(uow.session, world.tenants.our_scope).get()


async def alarms(world: World) -> list[str]:
    log = await world.database.read_log(world.tenants.ours)
    return [entry.event.limit for entry in log if isinstance(entry.event, LimitReached)]


async def call(world: World, metering: MeteringService) -> None:
    """Ends at once for billing; costs 12.33 cents."""
    await world.append(*world.call(MOBILE, 61.2))
    await metering.catch_up(world.tenants.ours)


async def test_the_call_that_reaches_the_spend_closes_the_day_and_alarms_once(
    world: World,
    metering: MeteringService,
) -> None:
    await allow(world, 25)
    await call(world, metering)
    await call(world, metering)
    assert (await limits(world)).closed_until == datetime(2026, 3, 2, 23, 0, tzinfo=UTC)  # 24.67 is a begun 25
    await call(world, metering)
    assert await alarms(world) == ["daily_spend"]
    now = world.clock.now()
    ours = await load_tenant_directory(world.database, world.tenants.our_scope, now)
    theirs = await load_tenant_directory(world.database, world.tenants.their_scope, now)
    assert (ours.limits.closed_until is None, theirs.limits.closed_until is None) == (False, True)


async def test_below_the_spend_nothing_closes(world: World, metering: MeteringService) -> None:
    await allow(world, 26)
    await call(world, metering)
    await call(world, metering)
    assert (await limits(world)).closed_until is None
    assert await alarms(world) == []


async def test_what_was_spent_yesterday_does_not_count(world: World, metering: MeteringService) -> None:
    world.clock.advance(13 * HOUR)
    await allow(world, 25)
    await call(world, metering)
    world.clock.advance(1.5 * HOUR)  # half past midnight in Berlin
    await call(world, metering)
    assert (await limits(world)).closed_until is None


async def test_more_spend_opens_calls_out_at_once(world: World, metering: MeteringService) -> None:
    await allow(world, 10)
    await call(world, metering)
    assert (await limits(world)).closed_until is not None
    await allow(world, 100)
    assert (await limits(world)).closed_until is None
