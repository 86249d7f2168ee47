"""A platform, two providers and their clients on a price list, in a database."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from kernel.adapters import InProcessBus
from kernel.contracts.base import TenantScope
from kernel.ports.unit_of_work import Change, Database, UnitOfWork
from kernel.primitives.ids import TenantId
from tenants.audit import Origin
from tenants.billing.book import Subscription
from tenants.billing.entries import BillingEntry, EntryKind, Rated
from tenants.billing.invoices.issuers import Issuers
from tenants.billing.invoices.model import PLATFORM, Invoice, IssuerSettings, Party
from tenants.billing.invoices.repository import InvoiceRepository
from tenants.billing.invoices.run import InvoiceRun, Outcome
from tenants.billing.invoices.service import InvoiceService, Verified
from tenants.billing.invoices.taxes import TaxPolicy, TaxRule
from tenants.billing.metering import MeteringService
from tenants.billing.repository import SeatRepository, new_entries
from tenants.billing.tables import PlanPricesRow, PlanRow
from tenants.directory.tables import Provider, Tenant
from tenants.unit import TenantUnit
from tests.fakes import FakeClock, SequentialIds

PRICED = datetime(2025, 12, 1, tzinfo=UTC)
ORIGIN = Origin(None, "", "test")
VAT = TaxRule(code="standard", name="VAT", rate=2000)
SETTINGS = IssuerSettings(
    party=Party(name="Example Contact Ltd", address=("1 High Street", "London"), tax_id="GB123", email="pay@e.example"),
    tax=TaxPolicy(default=VAT),
    bank=("IBAN GB00 EXAM",),
)


async def unheard(subject: str, payload: bytes, consumer: str, reason: str) -> None:
    raise AssertionError("nothing is published here")


class Client(NamedTuple):
    tenant: TenantId
    name: str
    time_zone: str = "UTC"
    seats: int = 2
    currency: str = "EUR"

    @property
    def begin(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=ZoneInfo(self.time_zone))


class World:
    """`ours` has a home and two clients, `theirs` a home and one; seats cost 49.00, wholesale 30.00."""

    def __init__(self, database: Database, clock: FakeClock, ids: SequentialIds) -> None:
        self.database, self.clock, self.ids = database, clock, ids
        self.metering = MeteringService(database=database, bus=InProcessBus(unheard), tenants=self)
        self.run = InvoiceRun(database, clock, ids, self.metering)
        self.ours, self.theirs = ids.new(), ids.new()
        self.home = Client(TenantId(ids.new()), "Our home")
        self.first = Client(TenantId(ids.new()), "First client", "Europe/Berlin")
        self.second = Client(TenantId(ids.new()), "Second client", seats=3)
        self.their_home = Client(TenantId(ids.new()), "Their home")
        self.their_client = Client(TenantId(ids.new()), "Their client")

    async def all(self) -> Sequence[TenantId]:
        return [client.tenant for client in (self.home, self.first, self.second, self.their_home, self.their_client)]

    async def found(self) -> None:
        providers = (
            (self.ours, self.home, (self.first, self.second)),
            (self.theirs, self.their_home, (self.their_client,)),
        )
        for provider, home, clients in providers:
            async with self.database.write() as uow:
                await uow.session.execute(
                    insert(Provider.table()).values(id=provider, name=home.name, home_tenant_id=home.tenant, revision=1)
                )
                for client in (home, *clients):
                    await uow.session.execute(insert(Tenant.table()).values(**_tenant(client, provider)))
                plan = await self._plan(uow, provider)
                for client in (home, *clients):
                    await SeatRepository(uow.session, TenantScope(client.tenant)).subscribe(
                        Subscription(id=self.ids.new(), since=client.begin, plan=plan, agent=client.seats)
                    )
                await Issuers(uow.session).set(provider, SETTINGS, None)
        async with self.database.write() as uow:
            await Issuers(uow.session).set(PLATFORM, SETTINGS, None)

    async def _plan(self, uow: UnitOfWork, provider: UUID) -> UUID:
        plan = self.ids.new()
        await uow.session.execute(
            insert(PlanRow.table()).values(
                id=plan,
                provider_id=provider,
                name="standard",
                metric="named",
                interval="month",
                currency="EUR",
                offered=True,
                revision=1,
            )
        )
        for side, price in (("retail", "4900"), ("wholesale", "3000")):
            await uow.session.execute(
                insert(PlanPricesRow.table()).values(
                    id=self.ids.new(),
                    plan_id=plan,
                    side=side,
                    since=PRICED,
                    prices={"seats.named": price, "recording_storage": "100"},
                    peak_seconds=1800,
                )
            )
        return plan

    async def used(self, client: Client, at: datetime, seconds: int = 600, label: str = "Germany") -> BillingEntry:
        """Minutes of a call, at 10 minor units retail and 4 wholesale."""
        entry = BillingEntry(
            id=self.ids.new(),
            event=self.ids.new(),
            kind=EntryKind.MINUTES,
            at=at,
            quantity=seconds,
            subject=self.ids.new(),
            retail=Rated(quantity=seconds, price=Decimal(10), currency="EUR", label=label),
            wholesale=Rated(quantity=seconds, price=Decimal(4), currency="EUR", label=label),
        )
        scope = TenantScope(client.tenant)
        await self.database.record(Change(scope, rows=[new_entries(scope, [entry])]))
        return entry

    async def issue(self, issuer: UUID, period: str) -> list[Outcome]:
        return list(await self.run.issue(issuer, period, ORIGIN))

    async def invoices(self, client: Client) -> list[Invoice]:
        scope = TenantScope(client.tenant)
        async with self.database.read(scope) as uow:
            return list(await InvoiceRepository(uow.session, scope).find())

    def unit(self, uow: UnitOfWork, client: Client) -> TenantUnit:
        return TenantUnit(uow, TenantScope(client.tenant), ORIGIN, self.clock, self.ids)

    async def verify(self, client: Client, invoice: Invoice) -> Verified:
        async with self.database.read() as uow:
            return await InvoiceService(self.unit(uow, client)).verify(invoice.id)

    def at(self, moment: datetime) -> None:
        self.clock.advance((moment - self.clock.now()).total_seconds())


def _tenant(client: Client, provider: UUID) -> dict[str, object]:
    return {
        "id": client.tenant,
        "provider_id": provider,
        "name": client.name,
        "time_zone": client.time_zone,
        "currency": client.currency,
        "locale": "en",
        "not_ready_reasons": [],
        "revision": 1,
    }
