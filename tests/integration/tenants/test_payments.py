"""Payments, credit notes and what follows from money that does not come."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from invoice_world import Client, World
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kernel.adapters import LocalLease
from kernel.contracts.base import TenantScope
from kernel.ports.unit_of_work import Database
from kernel.primitives.money import Money
from tenants.billing.invoices.clock import BillingClock, BillingPorts
from tenants.billing.invoices.dunning import DunningService
from tenants.billing.invoices.errors import NothingLeftToCredit, RefundTooLarge, TenantSuspended, WrongCurrency
from tenants.billing.invoices.machine import InvoiceState
from tenants.billing.invoices.model import Invoice
from tenants.billing.invoices.repository import CreditNoteRepository, document_of
from tenants.billing.invoices.service import InvoiceService
from tenants.billing.invoices.tables import InvoiceRow
from tenants.billing.payments.model import Payment
from tenants.billing.payments.service import PaymentService, Received
from tenants.billing.standing import Standing
from tenants.directory import load_tenant_directory
from tests.fakes import FakeClock, SequentialIds

ISSUED = datetime(2026, 3, 1, 9, tzinfo=UTC)
TOTAL = 11_760


@pytest.fixture
async def world(database: Database, ids: SequentialIds) -> World:
    world = World(database, FakeClock(ISSUED), ids)
    await world.found()
    await world.issue(world.ours, "2026-02")
    return world


def received(minor: int, currency: str = "EUR") -> Received:
    return Received(Money(minor, currency), date(2026, 3, 5), "SEPA 1")


async def pay(world: World, client: Client, invoice: Invoice, minor: int) -> Invoice:
    async with world.database.write() as uow:
        return (await PaymentService(world.unit(uow, client)).record(invoice.id, received(minor)))[1]


async def refund(world: World, client: Client, invoice: Invoice, minor: int) -> Invoice:
    async with world.database.write() as uow:
        return (await PaymentService(world.unit(uow, client)).refund(invoice.id, received(minor)))[1]


async def credit(world: World, client: Client, invoice: Invoice, lines: dict[int, int] | None) -> None:
    async with world.database.write() as uow:
        await InvoiceService(world.unit(uow, client)).credit(invoice.id, lines, "A fault of ours")


async def tick(world: World) -> list[tuple[Any, ...]]:
    ports = BillingPorts(world.database, world.clock, world.ids, LocalLease(world.clock), world.metering)
    clock = BillingClock(ports)
    notices = await clock.tick()
    return [(one.tenant, one.former.value, one.report.standing.value, one.report.step) for one in notices]


async def suspended(world: World, client: Client) -> bool:
    directory = await load_tenant_directory(world.database, TenantScope(client.tenant), world.clock.now())
    return directory.suspended


async def test_parts_add_up_until_it_is_paid(world: World) -> None:
    invoice, _ = await world.invoices(world.first)
    part = await pay(world, world.first, invoice, 760)
    assert (part.state, part.open_minor) == (InvoiceState.ISSUED, 11_000)
    assert (await pay(world, world.first, invoice, 11_000)).state is InvoiceState.PAID


async def test_what_was_paid_too_much_pays_the_next_invoice(world: World) -> None:
    invoice, second = await world.invoices(world.first)
    await pay(world, world.first, second, TOTAL)
    over = await pay(world, world.first, invoice, TOTAL + 5_000)
    assert (over.state, over.open_minor) == (InvoiceState.PAID, -5_000)
    world.at(datetime(2026, 4, 2, tzinfo=UTC))
    await world.issue(world.ours, "2026-03")
    first, _, third = await world.invoices(world.first)
    assert (first.open_minor, third.open_minor, third.state) == (0, TOTAL - 5_000, InvoiceState.ISSUED)


async def test_no_more_credit_is_used_than_the_next_invoice_needs(world: World) -> None:
    invoice, second = await world.invoices(world.first)
    await pay(world, world.first, second, TOTAL)
    await pay(world, world.first, invoice, 2 * TOTAL + 7)
    world.at(datetime(2026, 4, 2, tzinfo=UTC))
    await world.issue(world.ours, "2026-03")
    first, _, third = await world.invoices(world.first)
    assert (first.open_minor, third.open_minor, third.state) == (-7, 0, InvoiceState.PAID)


async def test_money_that_goes_back_opens_the_invoice_again(world: World) -> None:
    invoice, _ = await world.invoices(world.first)
    await pay(world, world.first, invoice, TOTAL)
    again = await refund(world, world.first, invoice, TOTAL)
    assert (again.state, again.open_minor) == (InvoiceState.ISSUED, TOTAL)
    with pytest.raises(RefundTooLarge):
        await refund(world, world.first, invoice, 1)


async def test_a_payment_in_another_currency_is_refused(world: World) -> None:
    invoice, _ = await world.invoices(world.first)
    with pytest.raises(WrongCurrency):
        async with world.database.write() as uow:
            await PaymentService(world.unit(uow, world.first)).record(invoice.id, received(1, "USD"))


async def test_a_credit_note_over_everything_makes_an_unpaid_invoice_void(world: World) -> None:
    invoice, _ = await world.invoices(world.first)
    await credit(world, world.first, invoice, {1: 4900})
    await credit(world, world.first, invoice, None)
    voided, _ = await world.invoices(world.first)
    assert (voided.state, voided.open_minor) == (InvoiceState.VOID, 0)
    async with world.database.read() as uow:
        notes = await CreditNoteRepository(uow.session, world.unit(uow, world.first).scope).of_invoice(invoice.id)
    assert [(note.number, note.total_minor) for note in notes] == [("C2026-00001", 5880), ("C2026-00002", 5880)]
    february = (await world.invoices(world.first))[1]
    with pytest.raises(NothingLeftToCredit):
        await credit(world, world.first, february, {1: 9801})


async def test_a_credit_note_on_a_paid_invoice_is_the_tenants_credit(world: World) -> None:
    invoice, _ = await world.invoices(world.first)
    await pay(world, world.first, invoice, TOTAL)
    await credit(world, world.first, invoice, None)
    paid, _ = await world.invoices(world.first)
    assert (paid.state, paid.open_minor) == (InvoiceState.PAID, -TOTAL)


@pytest.mark.parametrize("table", ["payments", "credit_notes"])
async def test_the_database_refuses_to_change_payments_and_credit_notes(world: World, table: str) -> None:
    invoice, _ = await world.invoices(world.first)
    await pay(world, world.first, invoice, 1)
    await credit(world, world.first, invoice, {1: 1})
    for statement in (f"UPDATE {table} SET currency = 'USD'", f"DELETE FROM {table}"):
        with pytest.raises(DBAPIError, match="append-only"):
            async with world.database.write() as uow:
                await uow.session.execute(text(statement))


async def test_who_does_not_pay_is_reminded_then_suspended_and_active_once_paid(world: World) -> None:
    due = datetime(2026, 3, 15, 23, tzinfo=UTC)  # the end of the fourteenth day after the invoice, in Berlin
    others = [world.second, world.their_client]
    for client in others[:1]:
        for invoice in await world.invoices(client):
            await pay(world, client, invoice, invoice.total_minor)
    first = world.first.tenant
    world.at(due - timedelta(seconds=1))
    assert await tick(world) == []
    told: list[tuple[Any, ...]] = []
    for days in (0, 0.1, 3, 9, 10, 20.9, 21, 30):
        world.at(due + timedelta(days=days))
        told += [notice for notice in await tick(world) if notice[0] == first]
    assert told == [
        (first, "active", "past_due", None),
        (first, "past_due", "warned", "reminder"),
        (first, "warned", "warned", "final_reminder"),
        (first, "warned", "suspended", "final_reminder"),
    ]
    states = {one.period: one.state for one in await world.invoices(world.first)}
    assert (states["2026-01"], states["2026-02"], states["2026-03"]) == (
        InvoiceState.PAST_DUE,
        InvoiceState.PAST_DUE,
        InvoiceState.ISSUED,
    )
    assert (await suspended(world, world.first), await suspended(world, world.second)) == (True, False)
    async with world.database.read() as uow:
        with pytest.raises(TenantSuspended) as refused:
            await DunningService(world.unit(uow, world.first)).require_not_suspended()
    assert "2026-00001" in refused.value.detail
    assert "pay@e.example" in refused.value.detail
    january, february, _ = await world.invoices(world.first)
    await pay(world, world.first, january, TOTAL)
    assert await suspended(world, world.first)
    await pay(world, world.first, february, TOTAL)
    assert not await suspended(world, world.first)
    async with world.database.read() as uow:
        report = await DunningService(world.unit(uow, world.first)).report()
        await DunningService(world.unit(uow, world.first)).require_not_suspended()
    assert report.standing is Standing.ACTIVE


async def test_a_returned_payment_after_the_due_day_is_past_due_at_once(world: World) -> None:
    invoice, february = await world.invoices(world.first)
    await pay(world, world.first, invoice, TOTAL)
    await pay(world, world.first, february, TOTAL)
    world.at(datetime(2026, 3, 20, tzinfo=UTC))
    assert (await refund(world, world.first, invoice, TOTAL)).state is InvoiceState.PAST_DUE


async def test_the_clock_issues_what_is_due_in_each_tenants_time_zone(world: World) -> None:
    world.at(datetime(2026, 4, 1, 22, 30, tzinfo=UTC))  # a day after March ended in Berlin, not yet in UTC
    await tick(world)
    assert {one.period: one.state for one in await world.invoices(world.first)}["2026-03"] is InvoiceState.ISSUED
    assert {one.period: one.state for one in await world.invoices(world.second)}["2026-03"] is InvoiceState.DRAFT


def test_no_field_could_hold_a_cards_data() -> None:
    words = ("card", "pan", "cvv", "cvc", "expiry", "iban", "account_number")
    names = {field.name for field in msgspec.structs.fields(Payment)} | set(Received._fields)
    tables = [
        table for table in InvoiceRow.metadata.tables.values() if table.name in {"payments", "invoices", "credit_notes"}
    ]
    names |= {column.name for table in tables for column in table.columns}
    assert [name for name in sorted(names) if any(word in name for word in words)] == []


async def test_a_document_is_untouched_by_payments_and_credits(world: World) -> None:
    invoice, _ = await world.invoices(world.first)
    await pay(world, world.first, invoice, 5)
    await credit(world, world.first, invoice, {1: 5})
    after, _ = await world.invoices(world.first)
    assert (after.document, after.sha256) == (invoice.document, invoice.sha256)
    assert document_of(after).total_minor == TOTAL
