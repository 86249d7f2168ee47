"""The plan, its seats, and who has them."""

from typing import Annotated
from uuid import UUID

from litestar import delete, get, patch, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from msgspec import UNSET

from api.paging import Paging
from api.schemas.common import Page
from api.schemas.seats import (
    OfferedPlanBody,
    PlanBody,
    PlanChange,
    SeatAssignmentBody,
    SeatBody,
    SeatInput,
    SeatsBody,
)
from api.work import Work
from kernel.primitives.ids import UserId
from kernel.primitives.money import Money
from tenants.billing import Plan, PlanPrices, PresentPlan, SeatAssignment, SeatChange


def _decimals(prices: PlanPrices) -> dict[str, str]:
    return {code: f"{price:f}" for code, price in prices.items.items()}


def _offered(plan: Plan, prices: PlanPrices) -> OfferedPlanBody:
    return OfferedPlanBody(
        id=plan.id,
        name=plan.name,
        metric=plan.metric,
        period=plan.interval,
        currency=plan.currency,
        prices=_decimals(prices),
        peak_seconds=prices.peak_seconds,
    )


def _plan(present: PresentPlan) -> PlanBody:
    plan, bought, prices = present
    price = prices.seat_price
    return PlanBody(
        id=plan.id,
        name=plan.name,
        metric=plan.metric,
        period=plan.interval,
        currency=plan.currency,
        price_per_seat=None if price is None else Money(int(price), plan.currency),
        prices=_decimals(prices),
        peak_seconds=prices.peak_seconds,
        seats=bought.agent,
        supervisor_seats=bought.supervisor,
        light_seats=bought.light,
    )


def _seat(seat: SeatAssignment) -> SeatBody:
    return SeatBody(user_id=seat.user, kind=seat.kind, addons=seat.addons, since=seat.since)


def _assignment(seat: SeatAssignment) -> SeatAssignmentBody:
    return SeatAssignmentBody(
        id=seat.id, user_id=seat.user, kind=seat.kind, addons=seat.addons, since=seat.since, until=seat.until
    )


@get("/v1/plans", operation_id="list_plans", tags=["Billing"])
async def list_plans(work: NamedDependency[Work]) -> Page[OfferedPlanBody]:
    """The plans that can be chosen, with what they cost now."""
    async with work.read() as unit:
        found = await unit.billing.offered()
    return Page(items=[_offered(plan, prices) for plan, prices in found])


@get("/v1/plan", operation_id="get_plan", tags=["Billing"])
async def get_plan(work: NamedDependency[Work]) -> PlanBody:
    """The present plan: what it costs, and how many seats are bought."""
    async with work.read() as unit:
        return _plan(await unit.billing.plan())


@patch("/v1/plan", operation_id="update_plan", tags=["Billing"])
async def update_plan(data: JSONBody[PlanChange], work: NamedDependency[Work]) -> PlanBody:
    """Buy more seats or fewer, or choose another plan, from now on; the month is billed to the second."""
    seats = SeatChange(
        agent=None if data.seats is UNSET else data.seats,
        supervisor=None if data.supervisor_seats is UNSET else data.supervisor_seats,
        light=None if data.light_seats is UNSET else data.light_seats,
    )
    async with work.write() as unit:
        if data.plan_id is UNSET:
            return _plan(await unit.billing.buy(seats))
        return _plan(await unit.billing.subscribe(data.plan_id, seats))


@get("/v1/seats", operation_id="list_seats", tags=["Billing"])
async def list_seats(work: NamedDependency[Work]) -> SeatsBody:
    """Who has a seat."""
    async with work.read() as unit:
        bought = (await unit.billing.plan()).subscription
        assigned = await unit.billing.assigned()
    return SeatsBody(
        seats=bought.agent,
        supervisor_seats=bought.supervisor,
        light_seats=bought.light,
        assigned=tuple(_seat(seat) for seat in assigned),
    )


@put("/v1/seats/{id:uuid}", operation_id="assign_seat", tags=["Billing"])
async def assign_seat(
    key: NamedDependency[UUID], work: NamedDependency[Work], data: JSONBody[SeatInput | None] = None
) -> SeatBody:
    """Give a user a seat, or change its kind or add-ons; `no_free_seat` when all are assigned, with whom to ask."""
    wanted = data or SeatInput()
    kind = None if wanted.kind is UNSET else wanted.kind
    addons = None if wanted.addons is UNSET else wanted.addons
    async with work.write() as unit:
        return _seat(await unit.billing.assign(UserId(key), kind, addons))


@delete("/v1/seats/{id:uuid}", operation_id="release_seat", status_code=204, tags=["Billing"])
async def release_seat(key: NamedDependency[UUID], work: NamedDependency[Work]) -> None:
    """Take a user's seat back."""
    async with work.write() as unit:
        await unit.billing.release(UserId(key))


@get("/v1/seat-history", operation_id="list_seat_history", tags=["Billing"])
async def list_seat_history(
    work: NamedDependency[Work],
    paging: NamedDependency[Paging],
    user_id: Annotated[UUID | None, QueryParameter(description="Of this user only.")] = None,
) -> Page[SeatAssignmentBody]:
    """Who had which seat with which add-ons from when to when, oldest first."""
    user = None if user_id is None else UserId(user_id)
    async with work.read() as unit:
        found = await unit.billing.history(user, paging.after, paging.one_more)
    return paging.page(found, _assignment)


HANDLERS = [
    list_plans,
    get_plan,
    update_plan,
    list_seats,
    assign_seat,
    release_seat,
    list_seat_history,
]
