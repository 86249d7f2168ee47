"""Issuers of invoices, a provider each or the platform: their settings, counters and what they sent. Over tenants."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import Uuid, bindparam, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.primitives.errors import NotFound
from kernel.primitives.ids import TenantId
from tenants.billing.invoices.errors import IssuerUnknown
from tenants.billing.invoices.model import PLATFORM, Invoice, IssuerSettings
from tenants.billing.invoices.numbering import Series
from tenants.billing.invoices.repository import read_invoice, with_sums
from tenants.billing.invoices.tables import CounterRow, InvoiceRow, IssuerRow
from tenants.billing.plans import Side
from tenants.directory.tables import Provider, Tenant
from tenants.rows import RevisionMismatch

_issuers = IssuerRow.table()
_counters = CounterRow.table()
_invoices = InvoiceRow.table()
_providers = Provider.table()
_tenants = Tenant.table()

_BEGIN_COUNTING = text(
    "INSERT INTO invoice_counters (issuer_id, series, year, last) VALUES (:issuer, :series, :year, 0) "
    "ON CONFLICT DO NOTHING"
).bindparams(bindparam("issuer", type_=Uuid()))


class Addressee(NamedTuple):
    """Whom one side of an issuer's invoices goes to, and which tenants' charges they are about."""

    issuer: UUID
    side: Side
    tenant: TenantId
    time_zone: str
    names: dict[TenantId, str]

    @property
    def name(self) -> str:
        return self.names[self.tenant]


class InvoiceFilter(NamedTuple):
    period: str | None = None
    tenant: UUID | None = None
    state: str | None = None


class Issuers:
    """# operator-wide: an issuer works above its tenants; every method names the issuer."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def settings(self, issuer: UUID) -> IssuerSettings | None:
        query = select(_issuers.c.settings, _issuers.c.revision).where(_issuers.c.issuer_id == issuer)
        row = (await self._session.execute(query)).one_or_none()
        if row is None:
            return None
        return msgspec.structs.replace(msgspec.json.decode(row.settings, type=IssuerSettings), revision=row.revision)

    async def required(self, issuer: UUID) -> IssuerSettings:
        """IssuerUnknown."""
        settings = await self.settings(issuer)
        if settings is None:
            raise IssuerUnknown("Set the billing settings first: the name and address on the invoices, and the taxes.")
        return settings

    async def set(self, issuer: UUID, settings: IssuerSettings, expected: int | None) -> IssuerSettings:
        """RevisionMismatch when `expected` is not the present revision; None: whatever it is."""
        known = await self.settings(issuer)
        present = 0 if known is None else known.revision
        if expected is not None and expected != present:
            raise RevisionMismatch("Read it again, then repeat your change.")
        new = msgspec.structs.replace(settings, revision=present + 1)
        values: dict[str, Any] = {"settings": msgspec.json.encode(new), "revision": new.revision}
        if known is None:
            await self._session.execute(insert(_issuers).values(issuer_id=issuer, **values))
        else:
            await self._session.execute(update(_issuers).where(_issuers.c.issuer_id == issuer).values(**values))
        return new

    async def hold(self, issuer: UUID) -> None:
        """One run of an issuer at a time: whoever comes second waits until the end of this transaction."""
        await self._session.execute(select(_issuers.c.revision).where(_issuers.c.issuer_id == issuer).with_for_update())

    async def next_number(self, issuer: UUID, series: Series, year: int) -> int:
        """The counter's next value; whoever asks at the same time waits until this transaction ends."""
        key = {"issuer": issuer, "series": series.value, "year": year}
        await self._session.execute(_BEGIN_COUNTING, key)
        counter = (_counters.c.issuer_id == issuer, _counters.c.series == series.value, _counters.c.year == year)
        taken = update(_counters).where(*counter).values(last=_counters.c.last + 1).returning(_counters.c.last)
        return (await self._session.execute(taken)).scalar_one()

    async def provider_of(self, home: TenantId) -> UUID:
        """The provider whose home tenant this is; NotFound."""
        key = await self._session.scalar(select(_providers.c.id).where(_providers.c.home_tenant_id == home))
        if key is None:
            raise NotFound("This tenant is not the home of a provider.")
        return key

    async def providers(self) -> Sequence[UUID]:
        return list(await self._session.scalars(select(_providers.c.id).order_by(_providers.c.id)))

    async def addressees(self, issuer: UUID) -> Sequence[Addressee]:
        """A provider's clients, but for its own home; the platform's providers."""
        homes = dict[UUID, UUID](
            tuple(row) for row in await self._session.execute(select(_providers.c.id, _providers.c.home_tenant_id))
        )
        query = select(_tenants.c.id, _tenants.c.provider_id, _tenants.c.name, _tenants.c.time_zone)
        rows = list(await self._session.execute(query.order_by(_tenants.c.id)))
        if issuer != PLATFORM:
            return [
                Addressee(issuer, Side.RETAIL, TenantId(row.id), row.time_zone, {TenantId(row.id): row.name})
                for row in rows
                if row.provider_id == issuer and row.id != homes.get(issuer)
            ]
        found: list[Addressee] = []
        for row in rows:
            if homes.get(row.provider_id) == row.id:
                names = {TenantId(other.id): other.name for other in rows if other.provider_id == row.provider_id}
                found.append(Addressee(PLATFORM, Side.WHOLESALE, TenantId(row.id), row.time_zone, names))
        return found

    async def page(self, issuer: UUID, wanted: InvoiceFilter, before: UUID | None, limit: int) -> Sequence[Invoice]:
        """What the issuer sent or drafted, newest first."""
        query = with_sums().where(_invoices.c.issuer_id == issuer).order_by(_invoices.c.id.desc()).limit(limit)
        if wanted.period is not None:
            query = query.where(_invoices.c.period == wanted.period)
        if wanted.tenant is not None:
            query = query.where(_invoices.c.tenant_id == wanted.tenant)
        if wanted.state is not None:
            query = query.where(_invoices.c.state == wanted.state)
        if before is not None:
            query = query.where(_invoices.c.id < before)
        return [read_invoice(row) for row in await self._session.execute(query)]

    async def get(self, issuer: UUID, key: UUID) -> Invoice:
        """NotFound, also for another issuer's."""
        query = with_sums().where(_invoices.c.issuer_id == issuer, _invoices.c.id == key)
        row = (await self._session.execute(query)).one_or_none()
        if row is None:
            raise NotFound("There is no such invoice.")
        return read_invoice(row)
