"""What was used, and what the running period costs."""

import csv
import io
import re
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Stream

from api.paging import Paging
from api.schemas.common import Page
from api.schemas.seats import (
    BillingEntryBody,
    ChargeBody,
    InvoiceBody,
    InvoiceLineBody,
    InvoicePeriod,
    RatedBody,
    UsageBody,
)
from api.work import Unit, Work
from kernel.primitives.errors import InvalidInput
from tenants.billing import (
    BillingEntry,
    Charge,
    EntryFilter,
    EntryKind,
    Period,
    Side,
    month_of,
    period_at,
    totals,
)
from tenants.billing.charges import printed

CSV = "text/csv; charset=utf-8; header=present"  # RFC 4180
EXPORT_PAGE = 1_000  # entries held at once, some 1 MB

_MONTH = re.compile(r"(\d{4})-(\d{2})")
_COLUMNS = (
    "id",
    "event_id",
    "kind",
    "at",
    "quantity",
    "subject_id",
    "rated_quantity",
    "price",
    "amount",
    "currency",
    "destination",
    "prefix",
)

Kind = Annotated[EntryKind | None, QueryParameter(description="Of this kind only.")]
Since = Annotated[datetime | None, QueryParameter(description="From this moment on.")]
Until = Annotated[datetime | None, QueryParameter(description="Before this moment.")]


def provide_entry_filter(kind: Kind = None, since: Since = None, until: Until = None) -> EntryFilter:
    for field, moment in (("since", since), ("until", until)):
        if moment is not None and moment.tzinfo is None:
            problem = {"field": field, "code": "no_time_zone", "detail": "such as 2026-03-01T00:00:00Z"}
            raise InvalidInput("Name times with their zone.", errors=[problem])
    return EntryFilter(kind, since, until)


def _rated(entry: BillingEntry) -> RatedBody | None:
    rated = entry.retail
    if rated is None:
        return None
    return RatedBody(
        quantity=rated.quantity,
        price=f"{rated.price:f}",
        amount=f"{printed(entry.amount(Side.RETAIL)):f}",
        currency=rated.currency,
        destination=rated.label,
        prefix=rated.prefix,
    )


def _entry(entry: BillingEntry) -> BillingEntryBody:
    return BillingEntryBody(
        id=entry.id,
        event_id=entry.event,
        kind=entry.kind,
        at=entry.at,
        quantity=entry.quantity,
        subject_id=entry.subject,
        rated=_rated(entry),
    )


@get("/v1/billing-entries", operation_id="list_billing_entries", tags=["Billing"])
async def list_billing_entries(
    work: NamedDependency[Work], paging: NamedDependency[Paging], entries: NamedDependency[EntryFilter]
) -> Page[BillingEntryBody]:
    """What was used, oldest first; each entry names the event of the log it came from."""
    await work.services.metering.catch_up(work.principal.tenant)
    async with work.read() as unit:
        found = await unit.billing.entries(entries, paging.after, paging.one_more)
    return paging.page(found, _entry)


@get("/v1/billing-entries.csv", operation_id="export_billing_entries", media_type=CSV, tags=["Billing"])
async def export_billing_entries(work: NamedDependency[Work], entries: NamedDependency[EntryFilter]) -> Stream:
    """The same as CSV, all of them."""
    await work.services.metering.catch_up(work.principal.tenant)
    async with work.write() as unit:
        first = await unit.billing.entries(entries, None, EXPORT_PAGE)
        await unit.tenant_unit.audit("billing_entries.exported", None)
    headers = {"Content-Disposition": 'attachment; filename="billing-entries.csv"'}
    return Stream(_lines(work, entries, list(first)), media_type=CSV, headers=headers)


async def _lines(work: Work, wanted: EntryFilter, page: list[BillingEntry]) -> AsyncIterator[str]:
    yield _csv([_COLUMNS])
    while page:
        yield _csv([_row(entry) for entry in page])
        if len(page) < EXPORT_PAGE:
            return
        async with work.read() as unit:
            page = list(await unit.billing.entries(wanted, page[-1].id, EXPORT_PAGE))


def _row(entry: BillingEntry) -> tuple[str, ...]:
    used = (entry.id, entry.event, entry.kind, entry.at.isoformat(), entry.quantity, entry.subject)
    rated = _rated(entry)
    if rated is None:
        return (*map(str, used), "", "", "", "", "", "")
    told = (rated.quantity, rated.price, rated.amount, rated.currency, rated.destination, rated.prefix)
    return (*map(str, used), *map(str, told))


def _csv(rows: list[tuple[str, ...]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _charge(charge: Charge) -> ChargeBody:
    return ChargeBody(
        code=charge.code,
        text=charge.text,
        start=charge.start,
        end=charge.end,
        quantity=f"{charge.quantity:f}",
        unit=charge.unit,
        unit_price=f"{charge.unit_price:f}",
        amount=charge.amount,
        entries=len(charge.sources),
    )


@get("/v1/usage", operation_id="get_usage", tags=["Billing"])
async def get_usage(work: NamedDependency[Work]) -> UsageBody:
    """What the running month costs so far, to the second."""
    now = work.services.clock.now()
    await work.services.metering.catch_up(work.principal.tenant)
    async with work.read() as unit:
        tenant = await unit.tenant.get()
        period = period_at(now, (await unit.billing.plan()).plan.interval, tenant.time_zone)
        passed = period.until(now)
        found = await unit.billing.charges(passed)
    return UsageBody(
        period=period.name,
        start=period.start,
        end=period.end,
        until=passed.end,
        time_zone=tenant.time_zone,
        totals=totals(found),
        charges=tuple(_charge(charge) for charge in found),
    )


def _line(charge: Charge) -> InvoiceLineBody:
    return InvoiceLineBody(
        code=charge.code,
        description=charge.text,
        quantity=f"{charge.quantity:f}",
        unit=charge.unit,
        unit_price_minor=f"{charge.unit_price:f}",
        amount_minor=charge.amount.minor,
        start=charge.start,
        end=charge.end,
    )


@get("/v1/invoices/preview", operation_id="preview_invoice", tags=["Billing"])
async def preview_invoice(
    work: NamedDependency[Work],
    month: Annotated[str | None, QueryParameter(description="YYYY-MM; the present one if absent.")] = None,
) -> InvoiceBody:
    """What a month costs if nothing changes any more, to the second."""
    await work.services.metering.catch_up(work.principal.tenant)
    async with work.read() as unit:
        period = await _period(unit, month, work.services.clock.now())
        plan = (await unit.billing.plan()).plan
        found = await unit.billing.charges(period)
    shown = [charge for charge in found if charge.amount.currency == plan.currency]
    return InvoiceBody(
        currency=plan.currency,
        total_minor=sum(charge.amount.minor for charge in shown),
        period=InvoicePeriod(month=period.name, start=period.start, end=period.end, time_zone=period.time_zone),
        lines=tuple(_line(charge) for charge in shown),
    )


async def _period(unit: Unit, month: str | None, now: datetime) -> Period:
    """InvalidInput when there is no such month."""
    zone = (await unit.tenant.get()).time_zone
    match = _MONTH.fullmatch(month or f"{now.astimezone(ZoneInfo(zone)):%Y-%m}")
    if match is not None:
        try:
            return month_of(int(match.group(1)), int(match.group(2)), zone)
        except (ValueError, OverflowError):
            pass
    problem = {"field": "month", "code": "not_a_month", "detail": "such as 2026-03"}
    raise InvalidInput("Name a month as YYYY-MM.", errors=[problem])


HANDLERS = [list_billing_entries, export_billing_entries, get_usage, preview_invoice]
