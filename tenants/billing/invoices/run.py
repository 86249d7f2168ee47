"""Invoice runs: all that an issuer has to invoice of the periods that are over, each exactly once."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from kernel.contracts.base import TenantScope
from kernel.ports.unit_of_work import Database, UnitOfWork
from kernel.primitives.clock import Clock
from kernel.primitives.errors import InvalidInput
from kernel.primitives.ids import Ids, TenantId
from tenants.audit import Origin
from tenants.billing.invoices.errors import PeriodNotOver
from tenants.billing.invoices.issuers import Addressee, Issuers
from tenants.billing.invoices.model import PLATFORM, Invoice, IssuerSettings
from tenants.billing.invoices.repository import InvoiceRepository, RunRepository
from tenants.billing.invoices.service import InvoiceService
from tenants.billing.periods import MONTHS, Period, month_of
from tenants.billing.repository import SeatRepository
from tenants.unit import TenantUnit

YEAR_DIGITS = 4


class Outcome(NamedTuple):
    """The invoices of one addressee's period; none where it had no charges."""

    tenant: TenantId
    period: str
    invoices: Sequence[Invoice]


class Next(NamedTuple):
    """Where an addressee's next period begins: at `start` if one was invoiced before, else with its calendar month."""

    year: int
    month: int
    start: datetime | None


def following(last: Period) -> Next:
    year, month = int(last.name[:YEAR_DIGITS]), int(last.name[YEAR_DIGITS + 1 :])
    return Next(year + month // MONTHS, month % MONTHS + 1, last.end)


def to_invoice(begin: Next, time_zone: str, now: datetime) -> Iterable[Period]:
    """The periods from `begin` that are over, without gap or overlap though the time zone may have changed."""
    year, month, start = begin
    while True:
        calendar = month_of(year, month, time_zone)
        period = calendar if start is None else calendar._replace(start=start)
        if period.end > now:
            return
        yield period
        year, month, start = following(period)


def named_month(name: str, time_zone: str) -> Period:
    """InvalidInput unless it is written YYYY-MM."""
    try:
        period = month_of(int(name[:YEAR_DIGITS]), int(name[YEAR_DIGITS + 1 :]), time_zone)
    except (ValueError, OverflowError):
        period = None
    if period is None or period.name != name:
        problem = {"field": "period", "code": "not_a_month", "detail": "such as 2026-10"}
        raise InvalidInput("Name a month as YYYY-MM.", errors=[problem])
    return period


class Metering(Protocol):
    """Who makes billing entries of the log."""

    async def catch_up(self, tenant: TenantId) -> None:
        """Returns when the entries are as far as the log."""
        ...


class InvoiceRun:
    """# operator-wide: goes over an issuer's tenants, each period of each in a transaction of its own."""

    def __init__(self, database: Database, clock: Clock, ids: Ids, metering: Metering) -> None:
        self._database = database
        self._metering = metering
        self._clock = clock
        self._ids = ids

    async def issuers(self) -> Sequence[UUID]:
        async with self._database.read() as uow:
            return [*await Issuers(uow.session).providers(), PLATFORM]

    async def issue(self, issuer: UUID, through: str, origin: Origin) -> Sequence[Outcome]:
        """Everything up to and with the period `through` (YYYY-MM); what was issued before is left alone.

        IssuerUnknown, InvalidInput, and PeriodNotOver where the period has not ended for every addressee.
        """
        settings, addressees = await self._read(issuer, required=True)
        assert settings is not None
        named_month(through, "UTC")
        for whom in addressees:
            self._require_over(through, whom.time_zone)
        found: list[Outcome] = []
        for whom in addressees:
            wanted = [period for period in await self._periods(whom) if period.name <= through]
            found += [await self._issue(whom, period, settings, origin) for period in wanted]
        return found

    async def due(self, issuer: UUID, origin: Origin) -> Sequence[Outcome]:
        """What the clock asks for: drafts of the periods that are over, issued once their grace is over too."""
        settings, addressees = await self._read(issuer, required=False)
        found: list[Outcome] = []
        for whom in addressees:
            for period in await self._periods(whom):
                if settings is not None and period.end + timedelta(hours=settings.grace_hours) <= self._clock.now():
                    found.append(await self._issue(whom, period, settings, origin))
                else:
                    found.append(await self._draft(whom, period, settings, origin))
        return found

    async def _read(self, issuer: UUID, *, required: bool) -> tuple[IssuerSettings | None, Sequence[Addressee]]:
        async with self._database.read() as uow:
            issuers = Issuers(uow.session)
            settings = await issuers.required(issuer) if required else await issuers.settings(issuer)
            return settings, await issuers.addressees(issuer)

    def _require_over(self, through: str, time_zone: str) -> None:
        period = named_month(through, time_zone)
        if period.end > self._clock.now():
            ends = period.end.astimezone(ZoneInfo(time_zone)).isoformat()
            raise PeriodNotOver(
                f"{through} ends at {ends} in {time_zone}.", period=through, ends_at=period.end.isoformat()
            )

    async def _periods(self, whom: Addressee) -> Sequence[Period]:
        async with self._database.read() as uow:
            last = await RunRepository(uow.session, TenantScope(whom.tenant)).before(whom.side, None, 1)
            begin = following(last[0]) if last else await self._beginning(uow, whom)
        return [] if begin is None else list(to_invoice(begin, whom.time_zone, self._clock.now()))

    async def _beginning(self, uow: UnitOfWork, whom: Addressee) -> Next | None:
        """The month in which the first of its tenants was put on a plan."""
        moments = [
            subscription.since
            for client in whom.names
            for subscription in await SeatRepository(uow.session, TenantScope(client)).subscriptions()
        ]
        if not moments:
            return None
        first = min(moments).astimezone(ZoneInfo(whom.time_zone))
        return Next(first.year, first.month, None)

    async def _issue(self, whom: Addressee, period: Period, settings: IssuerSettings, origin: Origin) -> Outcome:
        for tenant in whom.names:
            await self._metering.catch_up(tenant)
        async with self._database.write(_scope(whom)) as uow:
            if await self._done(uow, whom, period):
                return Outcome(whom.tenant, period.name, ())
            service = InvoiceService(self._unit(uow, whom, origin))
            return Outcome(whom.tenant, period.name, await service.issue(whom, period, settings))

    async def _draft(self, whom: Addressee, period: Period, settings: IssuerSettings | None, origin: Origin) -> Outcome:
        async with self._database.write(_scope(whom)) as uow:
            invoices = InvoiceRepository(uow.session, TenantScope(whom.tenant))
            if await self._done(uow, whom, period) or await invoices.of_period(whom.side, period.name):
                return Outcome(whom.tenant, period.name, ())
            service = InvoiceService(self._unit(uow, whom, origin))
            return Outcome(whom.tenant, period.name, await service.draft(whom, period, settings))

    async def _done(self, uow: UnitOfWork, whom: Addressee, period: Period) -> bool:
        """Whether somebody else issued the period in the meantime; from here on nobody else issues."""
        await Issuers(uow.session).hold(whom.issuer)
        last = await RunRepository(uow.session, TenantScope(whom.tenant)).before(whom.side, None, 1)
        return bool(last) and last[0].name >= period.name

    def _unit(self, uow: UnitOfWork, whom: Addressee, origin: Origin) -> TenantUnit:
        return TenantUnit(uow, TenantScope(whom.tenant), origin, self._clock, self._ids)


def _scope(whom: Addressee) -> TenantScope | None:
    """A client's invoice touches that client only; a provider's is about all of its clients."""
    return TenantScope(whom.tenant) if len(whom.names) == 1 else None
