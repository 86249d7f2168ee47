"""Invoice runs over a price list: numbers without gaps, late entries, and bytes that can be computed again."""

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from invoice_world import ORIGIN, SETTINGS, World
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError

from kernel.ports.unit_of_work import Database
from tenants.billing.invoices.errors import IssuerUnknown, PeriodNotOver
from tenants.billing.invoices.issuers import Issuers
from tenants.billing.invoices.machine import InvoiceState
from tenants.billing.invoices.model import PLATFORM
from tenants.billing.invoices.numbering import Series
from tenants.billing.invoices.repository import document_of
from tenants.billing.invoices.tables import InvoiceRow
from tenants.billing.tables import PlanPricesRow
from tests.fakes import FakeClock, SequentialIds

FEBRUARY = datetime(2026, 2, 1, tzinfo=UTC)
MARCH = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
async def world(database: Database, ids: SequentialIds) -> World:
    clock = FakeClock(MARCH + timedelta(hours=9))
    world = World(database, clock, ids)
    await world.found()
    return world


async def test_every_client_gets_an_invoice_for_each_period_that_is_over(world: World) -> None:
    outcomes = await world.issue(world.ours, "2026-02")
    assert [(one.period, len(one.invoices)) for one in outcomes] == [("2026-01", 1), ("2026-02", 1)] * 2
    january, february = await world.invoices(world.first)
    assert (january.number, february.number) == ("2026-00001", "2026-00002")
    assert january.total_minor == round(2 * 4900 * 1.2)
    assert february.state is InvoiceState.ISSUED
    assert await world.invoices(world.home) == []
    assert await world.invoices(world.their_client) == []


async def test_running_again_issues_nothing(world: World) -> None:
    await world.issue(world.ours, "2026-02")
    before = await world.invoices(world.second)
    assert await world.issue(world.ours, "2026-02") == []
    assert await world.invoices(world.second) == before


async def test_the_platform_invoices_a_provider_for_all_its_tenants(world: World) -> None:
    await world.used(world.first, FEBRUARY)
    await world.issue(PLATFORM, "2026-02")
    *_, invoice = await world.invoices(world.home)
    document = document_of(invoice)
    assert {line.client for line in document.lines} == {"Our home", "First client", "Second client"}
    assert document.subtotal_minor == (2 + 2 + 3) * 3000 + 10 * 4
    assert await world.invoices(world.first) == []
    assert (await world.verify(world.home, invoice)).difference is None


async def test_a_period_that_is_not_over_in_the_clients_time_zone_is_refused(world: World) -> None:
    world.at(datetime(2026, 3, 31, 23, 0, tzinfo=UTC))  # April has begun in Berlin, not in UTC
    with pytest.raises(PeriodNotOver):
        await world.issue(world.ours, "2026-03")


async def test_without_settings_there_are_drafts_only(world: World) -> None:
    async with world.database.write() as uow:
        await uow.session.execute(text("DELETE FROM invoice_issuers"))
    with pytest.raises(IssuerUnknown):
        await world.issue(world.ours, "2026-02")
    await world.run.due(world.ours, ORIGIN)
    assert {one.state for one in await world.invoices(world.first)} == {InvoiceState.DRAFT}


async def test_a_draft_stands_until_the_grace_is_over_and_then_becomes_the_invoice(world: World) -> None:
    await world.run.due(world.ours, ORIGIN)
    january, february = await world.invoices(world.first)
    assert (january.state, february.state) == (InvoiceState.ISSUED, InvoiceState.DRAFT)
    await world.used(world.first, FEBRUARY)  # late, but inside the grace
    world.clock.advance(16 * 3600)
    await world.run.due(world.ours, ORIGIN)
    _, issued = await world.invoices(world.first)
    assert (issued.id, issued.state) == (february.id, InvoiceState.ISSUED)
    assert document_of(issued).subtotal_minor == 2 * 4900 + 100
    assert await world.run.due(world.ours, ORIGIN) == []


async def test_what_comes_late_is_adjusted_by_the_next_invoice_and_both_can_be_computed_again(world: World) -> None:
    await world.used(world.first, FEBRUARY)
    await world.issue(world.ours, "2026-02")
    late = await world.used(world.first, FEBRUARY + timedelta(days=3), seconds=1200)
    await world.used(world.first, MARCH + timedelta(days=3))
    world.at(datetime(2026, 4, 2, tzinfo=UTC))
    await world.issue(world.ours, "2026-03")
    january, february, march = await world.invoices(world.first)
    codes = {line.code: line.amount_minor for line in document_of(march).lines}
    assert codes == {"seats.named": 9800, "minutes": 100, "adjustment.minutes": 200}
    adjusted = next(line for line in document_of(march).lines if line.code == "adjustment.minutes")
    assert adjusted.sources.count == 1
    assert adjusted.tax == "standard"
    assert february.issued_at is not None
    assert late.at < february.issued_at
    for invoice in (january, february, march):
        verified = await world.verify(world.first, invoice)
        assert (verified.difference, verified.sha256) == (None, invoice.sha256)


async def test_every_entry_is_billed_exactly_once_whenever_it_comes(world: World) -> None:
    moments = [datetime(2026, 1, 5, tzinfo=UTC), FEBRUARY, datetime(2026, 2, 20, tzinfo=UTC), MARCH]
    for moment in moments[:2]:
        await world.used(world.second, moment)
    await world.issue(world.ours, "2026-01")
    for moment in moments:
        await world.used(world.second, moment)
    await world.issue(world.ours, "2026-02")
    await world.used(world.second, moments[0])
    await world.used(world.second, moments[1])
    world.at(datetime(2026, 4, 2, tzinfo=UTC))
    await world.issue(world.ours, "2026-03")
    lines = [line for invoice in await world.invoices(world.second) for line in document_of(invoice).lines]
    assert sum(line.amount_minor for line in lines if "minutes" in line.code) == 8 * 100
    assert sum(line.sources.count for line in lines) == 8


async def test_a_history_that_was_changed_is_told_by_its_first_difference(world: World) -> None:
    await world.issue(world.ours, "2026-01")
    (invoice,) = await world.invoices(world.first)
    async with world.database.write() as uow:
        prices = PlanPricesRow.table()
        await uow.session.execute(
            update(prices).where(prices.c.side == "retail").values(prices={"seats.named": "5000"})
        )
    verified = await world.verify(world.first, invoice)
    assert verified.difference is not None
    assert (verified.difference.at, verified.difference.stored, verified.difference.computed) == (
        "lines[0].amount_minor",
        "9800",
        "10000",
    )


@pytest.mark.parametrize("change", ["total_minor = 1", "state = 'draft'", "number = 'X'", "sha256 = 'x'"])
async def test_the_database_refuses_to_change_an_issued_invoice(world: World, change: str) -> None:
    await world.issue(world.ours, "2026-01")
    with pytest.raises(DBAPIError, match="immutable"):
        async with world.database.write() as uow:
            await uow.session.execute(text(f"UPDATE invoices SET {change}"))


@pytest.mark.parametrize("table", ["invoices", "invoice_entries", "invoice_runs"])
async def test_the_database_refuses_to_delete_what_was_issued(world: World, table: str) -> None:
    await world.used(world.first, datetime(2026, 1, 3, tzinfo=UTC))
    await world.issue(world.ours, "2026-01")
    with pytest.raises(DBAPIError, match=r"immutable|append-only"):
        async with world.database.write() as uow:
            await uow.session.execute(text(f"DELETE FROM {table}"))


async def test_the_state_of_an_issued_invoice_may_change(world: World) -> None:
    await world.issue(world.ours, "2026-01")
    async with world.database.write() as uow:
        await uow.session.execute(update(InvoiceRow.table()).values(state="past_due"))


async def test_numbers_taken_at_the_same_time_have_no_gap_and_no_duplicate(world: World) -> None:
    taken: list[int] = []

    async def take(number: int) -> None:
        async with world.database.write() as uow:
            count = await Issuers(uow.session).next_number(world.ours, Series.INVOICE, 2026)
            if number % 3 == 0:
                raise LookupError
            taken.append(count)

    results = await asyncio.gather(*(take(number) for number in range(24)), return_exceptions=True)
    assert sum(isinstance(one, LookupError) for one in results) == 8
    assert sorted(taken) == list(range(1, 17))


async def test_runs_at_the_same_time_issue_each_invoice_once(world: World) -> None:
    await asyncio.gather(*(world.issue(world.ours, "2026-02") for _ in range(4)))
    numbers = [one.number for client in (world.first, world.second) for one in await world.invoices(client)]
    assert sorted(numbers, key=str) == [f"2026-0000{count}" for count in range(1, 5)]


async def test_a_tenant_that_moves_to_another_time_zone_is_billed_without_gap_or_overlap(world: World) -> None:
    await world.issue(world.ours, "2026-01")
    async with world.database.write() as uow:
        await uow.session.execute(text("UPDATE tenants SET time_zone = 'Asia/Tokyo'"))
    await world.issue(world.ours, "2026-02")
    january, february = (document_of(one).facts for one in await world.invoices(world.first))
    assert january.end == february.start == datetime(2026, 1, 31, 23, tzinfo=UTC)
    assert february.end == datetime(2026, 2, 28, 15, tzinfo=UTC)


async def test_each_issuer_numbers_for_itself_and_with_its_own_format(world: World) -> None:
    async with world.database.write() as uow:
        own = msgspec.structs.replace(SETTINGS, number_format="T/{year}/{number:03}")
        await Issuers(uow.session).set(world.theirs, own, 1)
    await world.issue(world.ours, "2026-01")
    await world.issue(world.theirs, "2026-01")
    assert [one.number for one in await world.invoices(world.their_client)] == ["T/2026/001"]
