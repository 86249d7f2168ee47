"""Metering over a real database: entries follow the log, each once, and a recount finds the same."""

import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from kernel.adapters import InProcessBus, Relay
from kernel.adapters.tables import event_log
from kernel.contracts.codec import pack
from kernel.contracts.log import (
    Logged,
)
from kernel.ports.unit_of_work import Change
from kernel.primitives.errors import InvalidInput
from kernel.primitives.ids import TenantId, UserId
from kernel.primitives.phone import ERASED
from tenants.billing import (
    BillingEntry,
    Decks,
    EntryKind,
    PriceInThePast,
    RateDeck,
    Side,
    charges,
    load_book,
    month_of,
)
from tenants.billing.meter import Meter
from tenants.billing.metering import MeteringService
from tenants.billing.plans import NAMED
from tenants.billing.recount import recount
from tenants.billing.repository import further, new_entries
from tenants.billing.tables import BillingEntryRow
from tests.fakes import FakeClock
from tests.integration.tenants.metering_world import FRANCE, GERMANY, MOBILE, World

DEARER = b"prefix,destination,price_per_minute\n49,Germany,0.02\n"


@pytest.fixture
def metering(world: World, bus: InProcessBus) -> MeteringService:
    return MeteringService(database=world.database, bus=bus, tenants=world)


def told(entries: Sequence[BillingEntry]) -> list[tuple[str, int, str | None, str | None]]:
    return sorted(
        (
            entry.kind.value,
            entry.quantity,
            None if entry.retail is None else entry.retail.label,
            None if entry.retail is None else f"{float(entry.amount(Side.RETAIL)):g}",
        )
        for entry in entries
    )


async def test_the_log_becomes_entries_which_name_their_events(world: World, metering: MeteringService) -> None:
    calls = [*world.call(GERMANY, 61), *world.call(MOBILE, 61.2), *world.call(FRANCE, 5)]
    await world.append(*calls, world.log_in(), world.recording(5_000))
    await metering.catch_up(world.tenants.ours)
    entries = await world.entries()
    assert told(entries) == [
        ("log_in", 1, None, None),
        ("minutes", 5, None, None),
        ("minutes", 61, "Germany", "2"),
        ("minutes", 62, "Germany mobile", "10.3333"),
        ("recording_storage", 5_000, None, None),
        ("setup_fee", 1, "Germany mobile", "2"),
    ]
    assert {entry.event for entry in entries} <= {event.id for event in calls} | {
        entry.event for entry in entries if entry.kind in {EntryKind.LOG_IN, EntryKind.RECORDING_STORAGE}
    }
    assert await recount(world.database, world.tenants.our_scope) == []


async def test_the_other_tenant_sees_and_pays_nothing_of_it(world: World, metering: MeteringService) -> None:
    await world.append(*world.call(GERMANY, 61))
    for tenant in world.tenants:
        await metering.catch_up(tenant)
    assert await world.entries(world.tenants.theirs) == []


async def test_after_a_restart_calls_in_progress_are_charged_once(world: World, bus: InProcessBus) -> None:
    first, second = world.call(GERMANY, 61), world.call(MOBILE, 30)
    stream = [first[0], first[1], second[0], first[2], second[1], second[2]]
    for event in stream:
        await world.append(event)
        fresh = MeteringService(database=world.database, bus=bus, tenants=world)  # a new process each time
        await fresh.catch_up(world.tenants.ours)
        await fresh.catch_up(world.tenants.ours)
    assert sorted(entry.quantity for entry in await world.entries() if entry.kind is EntryKind.MINUTES) == [30, 61]


async def test_a_line_that_outlives_processes_and_calls_is_charged_once(world: World, bus: InProcessBus) -> None:
    agent = UserId(UUID(int=9))
    offered, answered, ended = (
        msgspec.structs.replace(event, line_of=agent)  # pyright: ignore[reportCallIssue]
        for event in world.call(MOBILE, 3_600)
    )
    for event in [offered, answered, *world.call(GERMANY, 61), ended]:
        await world.append(event)
        fresh = MeteringService(database=world.database, bus=bus, tenants=world)
        await fresh.catch_up(world.tenants.ours)
    assert told(await world.entries()) == [
        ("minutes", 61, "Germany", "2"),
        ("minutes", 3_600, "Germany mobile", "600"),
        ("setup_fee", 1, "Germany mobile", "2"),
    ]
    assert await recount(world.database, world.tenants.our_scope) == []


async def test_messages_in_any_order_and_number_make_the_same_entries(
    world: World, metering: MeteringService, bus: InProcessBus, relay: Relay
) -> None:
    await metering.start()
    events = [event for _ in range(5) for event in world.call(MOBILE, 10)]
    await world.append(*events)
    await relay.drain()
    told_again = [pack(logged) for logged in await world.database.read_log(world.tenants.ours)] * 2
    random.Random(5).shuffle(told_again)
    await bus.publish_all(f"log.{world.tenants.ours}", told_again)
    await metering.catch_up(world.tenants.ours)
    await metering.close()
    assert len(await world.entries()) == 10
    assert await recount(world.database, world.tenants.our_scope) == []


async def test_the_log_is_read_only_where_messages_leave_a_gap(
    world: World, metering: MeteringService, bus: InProcessBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenants.billing.metering.GATHER_SECONDS", 0)
    ours, read_log = world.tenants.ours, world.database.read_log
    await metering.start()
    await metering.catch_up(ours)
    await world.append(*world.call(GERMANY, 60), *world.call(MOBILE, 60), *world.call(FRANCE, 60))
    entries = await read_log(ours)
    reads: list[int] = []

    async def counted(tenant: TenantId, after: int = 0, limit: int = 10_000) -> Sequence[Logged]:
        reads.append(after)
        return await read_log(tenant, after, limit)

    monkeypatch.setattr(world.database, "read_log", counted)

    async def tell(heard: Sequence[Logged], until: int) -> None:
        await bus.publish_all(f"log.{ours}", [pack(logged) for logged in heard])
        async with asyncio.timeout(5):
            while sum(entry.kind is EntryKind.MINUTES for entry in await world.entries()) < until:  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    await tell(entries[:3], 1)
    assert reads == []
    await tell(entries[6:], 3)  # what came before it is in the log
    await metering.close()
    assert reads[0] == 3
    assert await recount(world.database, world.tenants.our_scope) == []


async def test_what_the_log_has_from_before_is_metered_without_being_asked(
    world: World, metering: MeteringService
) -> None:
    await world.append(*world.call(GERMANY, 60))
    await metering.start()
    async with asyncio.timeout(5):
        while not await world.entries():  # noqa: ASYNC110 (another task writes them)
            await asyncio.sleep(0.01)
    await metering.close()
    assert len(await world.entries()) == 1


async def test_a_recount_finds_what_is_missing_wrong_or_too_much(world: World, metering: MeteringService) -> None:
    await world.append(*world.call(GERMANY, 60), *world.call(MOBILE, 60))
    scope = world.tenants.our_scope
    wrong = BillingEntry(
        id=world.ids.new(),
        event=world.ids.new(),
        kind=EntryKind.MINUTES,
        at=world.clock.now(),
        quantity=1,
        subject=world.ids.new(),
    )
    meter = Meter(sequence=3)
    await world.database.record(Change(scope, rows=[new_entries(scope, [wrong]), further(scope, meter, pack(meter))]))
    found = await recount(world.database, scope)
    missing = [one.told.quantity for one in found if one.kept is None and one.told is not None]
    assert missing == [60]  # the other call comes after what was metered
    assert [one.kept for one in found if one.told is None] == [wrong]


async def test_what_was_erased_from_the_log_stands(world: World, metering: MeteringService) -> None:
    offered, answered, ended = world.call(GERMANY, 60)
    await world.append(offered, answered, ended)
    await metering.catch_up(world.tenants.ours)
    erased = msgspec.structs.replace(offered, called=ERASED)
    async with world.database.write() as uow:
        same = (event_log.c.tenant_id == world.tenants.ours, event_log.c.id == offered.id)
        await uow.session.execute(update(event_log).where(*same).values(body=pack(erased)))
    assert await recount(world.database, world.tenants.our_scope) == []


async def test_a_new_deck_holds_for_calls_answered_from_then_on(
    world: World, metering: MeteringService, clock: FakeClock
) -> None:
    await world.append(*world.call(GERMANY, 60))
    async with world.database.write() as uow:
        await world.price_list(uow).replace_rates(world.deck, clock.now() + timedelta(hours=1), DEARER)
    clock.advance(3_600 - 2)
    before = world.call(GERMANY, 60)  # answered a second before, and longer than that
    clock.advance(2)
    await world.append(*before, *world.call(GERMANY, 60))
    await metering.catch_up(world.tenants.ours)
    amounts = [(entry.at, entry.amount(Side.RETAIL)) for entry in await world.entries()]
    assert [amount for _, amount in sorted(amounts)] == [1, 1, 2]
    assert await recount(world.database, world.tenants.our_scope) == []


async def test_prices_never_change_backward(world: World, clock: FakeClock) -> None:
    past = clock.now() - timedelta(seconds=1)
    async with world.database.write() as uow:
        prices = world.price_list(uow)
        with pytest.raises(PriceInThePast):
            await prices.replace_rates(world.deck, past, DEARER)
        with pytest.raises(PriceInThePast):
            await prices.set_prices(world.plan, {NAMED: Decimal(1)}, since=past)


async def test_a_deck_is_in_the_currency_of_its_plan(world: World, clock: FakeClock) -> None:
    async with world.database.write() as uow:
        prices = world.price_list(uow)
        dollars = await prices.add_deck(RateDeck(id=world.ids.new(), name="Dollars", currency="USD"))
        with pytest.raises(InvalidInput, match="USD"):
            await prices.set_prices(
                world.plan, {NAMED: Decimal(1)}, since=clock.now(), decks=Decks(outbound=dollars.id)
            )


@pytest.mark.parametrize(
    "change", [update(BillingEntryRow.table()).values(quantity=0), delete(BillingEntryRow.table())]
)
async def test_the_database_refuses_to_change_an_entry(world: World, metering: MeteringService, change: Any) -> None:
    await world.append(*world.call(GERMANY, 61))
    await metering.catch_up(world.tenants.ours)
    with pytest.raises(DBAPIError, match="append-only"):
        async with world.database.write() as uow:
            await uow.session.execute(change)
    assert len(await world.entries()) == 1


async def test_what_is_stored_and_metered_is_charged(world: World, metering: MeteringService) -> None:
    await world.append(*world.call(GERMANY, 61), *world.call(MOBILE, 60), world.recording(10**9))
    await metering.catch_up(world.tenants.ours)
    april = month_of(2026, 4, "Europe/Berlin")
    scope = world.tenants.our_scope
    async with world.database.read(scope) as uow:
        march = month_of(2026, 3, "Europe/Berlin")
        found = charges(await load_book(uow.session, scope, march), march)
        later = charges(await load_book(uow.session, scope, april), april)
    assert [line.code for line in found] == ["seats.named", "recording_storage", "minutes", "minutes", "setup_fees"]
    assert [(line.code, line.amount.minor) for line in later] == [("seats.named", 9_800), ("recording_storage", 3)]
    assert datetime(2026, 3, 31, 22, tzinfo=UTC) == april.start
