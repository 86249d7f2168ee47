"""The plan, its seats, and what they cost."""

import re
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import delete, get, patch, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from api.schemas.seats import InvoiceBody, InvoiceLineBody, InvoicePeriod, PlanBody, PlanChange, SeatBody, SeatsBody
from api.work import Work
from kernel.primitives.errors import InvalidInput
from kernel.primitives.ids import UserId
from tenants.billing import InvoiceLine, SeatAssignment, SeatTerms

_MONTH = re.compile(r"(\d{4})-(\d{2})")


def _plan(terms: SeatTerms) -> PlanBody:
    return PlanBody(name=terms.plan, price_per_seat=terms.price, period="month", seats=terms.seats)


def _seat(seat: SeatAssignment) -> SeatBody:
    return SeatBody(user_id=seat.user, since=seat.since)


@get("/v1/plan", operation_id="get_plan", tags=["Billing"])
async def get_plan(work: NamedDependency[Work]) -> PlanBody:
    """The plan: the price of a seat, and how many are bought."""
    async with work.read() as unit:
        return _plan(await unit.billing.plan())


@patch("/v1/plan", operation_id="update_plan", tags=["Billing"])
async def update_plan(data: JSONBody[PlanChange], work: NamedDependency[Work]) -> PlanBody:
    """Buy more seats or fewer, from now on; the month is billed to the second."""
    async with work.write() as unit:
        return _plan(await unit.billing.buy(data.seats))


@get("/v1/seats", operation_id="list_seats", tags=["Billing"])
async def list_seats(work: NamedDependency[Work]) -> SeatsBody:
    """Who has a seat."""
    async with work.read() as unit:
        plan = await unit.billing.plan()
        assigned = await unit.billing.assigned()
    return SeatsBody(seats=plan.seats, assigned=tuple(_seat(seat) for seat in assigned))


@put("/v1/seats/{id:uuid}", operation_id="assign_seat", tags=["Billing"])
async def assign_seat(key: NamedDependency[UUID], work: NamedDependency[Work]) -> SeatBody:
    """Give a user a seat; `no_free_seat` when all are assigned, with whom to ask."""
    async with work.write() as unit:
        return _seat(await unit.billing.assign(UserId(key)))


@delete("/v1/seats/{id:uuid}", operation_id="release_seat", status_code=204, tags=["Billing"])
async def release_seat(key: NamedDependency[UUID], work: NamedDependency[Work]) -> None:
    """Take a user's seat back."""
    async with work.write() as unit:
        await unit.billing.release(UserId(key))


def _line(line: InvoiceLine) -> InvoiceLineBody:
    return InvoiceLineBody(
        code=line.code,
        description=line.plan,
        quantity=f"{line.quantity:f}",
        unit_price_minor=line.unit_price.minor,
        amount_minor=line.amount.minor,
        seats=line.seats,
        start=line.start,
        end=line.end,
    )


@get("/v1/invoices/preview", operation_id="preview_invoice", tags=["Billing"])
async def preview_invoice(
    work: NamedDependency[Work],
    month: Annotated[str | None, QueryParameter(description="YYYY-MM; the present one if absent.")] = None,
) -> InvoiceBody:
    """What a month costs if nothing changes any more: seats times price, to the second."""
    async with work.read() as unit:
        tenant = await unit.tenant.get()
        zone = ZoneInfo(tenant.time_zone)
        wanted = month or f"{work.services.clock.now().astimezone(zone):%Y-%m}"
        match = _MONTH.fullmatch(wanted)
        if match is None:
            problem = {"field": "month", "code": "not_a_month", "detail": "such as 2026-03"}
            raise InvalidInput("Name a month as YYYY-MM.", errors=[problem])
        invoice = await unit.billing.invoice(int(match.group(1)), int(match.group(2)), zone, tenant.currency)
    period = InvoicePeriod(
        month=invoice.month.name, start=invoice.month.start, end=invoice.month.end, time_zone=tenant.time_zone
    )
    return InvoiceBody(
        currency=invoice.currency,
        total_minor=invoice.total.minor,
        period=period,
        lines=tuple(_line(line) for line in invoice.lines),
    )


HANDLERS = [get_plan, update_plan, list_seats, assign_seat, release_seat, preview_invoice]
