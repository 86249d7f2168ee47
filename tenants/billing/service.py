"""Buying seats, giving them to people, and what it will cost."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

import msgspec

from kernel.primitives.errors import InvalidInput, NotFound
from kernel.primitives.ids import UserId
from kernel.primitives.money import Money
from tenants.billing.book import SeatAssignment, Subscription
from tenants.billing.charges import Charge, charges
from tenants.billing.entries import BillingEntry
from tenants.billing.errors import NoPlan
from tenants.billing.loading import load_book
from tenants.billing.periods import Period
from tenants.billing.plans import Metric, Plan, PlanPrices, SeatKind, Side, in_force
from tenants.billing.price_list import PriceListService
from tenants.billing.price_rows import PriceList, plan_of, prices_of, provider_of
from tenants.billing.repository import BillingEntryRepository, EntryFilter, SeatRepository
from tenants.billing.seats import Contact, assigned_by_kind, require_free_seat, require_possible, require_sold
from tenants.unit import TenantUnit


class People(Protocol):
    """What billing needs to know of a tenant's people."""

    async def is_active(self, user: UserId) -> bool: ...

    async def contacts(self) -> tuple[Contact, ...]:
        """Who can buy seats: owners and those with the billing role."""
        ...


class PresentPlan(NamedTuple):
    """What the tenant has now, and what it costs now."""

    plan: Plan
    subscription: Subscription
    prices: PlanPrices


class SeatChange(NamedTuple):
    """None: as before."""

    agent: int | None = None
    supervisor: int | None = None
    light: int | None = None


class BillingService:
    def __init__(self, unit: TenantUnit, people: People) -> None:
        self._unit = unit
        self._people = people
        self._seats = SeatRepository(unit.session, unit.scope)

    # --- what is bought ---

    async def plan(self, *, lock: bool = False) -> PresentPlan:
        """NoPlan; `lock` before anything is changed that depends on it."""
        subscription = await self._seats.present_subscription(lock=lock)
        if subscription is None:
            raise NoPlan("Ask the operator to put this tenant on a plan.")
        plan = await plan_of(self._unit.session, subscription.plan)
        return PresentPlan(plan, subscription, await self._present_prices(plan))

    async def offered(self) -> Sequence[tuple[Plan, PlanPrices]]:
        """The plans that the tenant's provider sells now."""
        session = self._unit.session
        plans = await PriceList(session, await provider_of(session, self._unit.scope)).plans(offered=True)
        history = await prices_of(session, [plan.id for plan in plans], Side.RETAIL)
        found = [(plan, in_force(history, plan.id, self._unit.now)) for plan in plans]
        return [(plan, prices) for plan, prices in found if prices is not None]

    async def begin(self, name: str, price: Money, seats: int) -> PresentPlan:
        """Put the tenant from now on on its provider's plan of this name and price; it is made if there is none."""
        provider = await provider_of(self._unit.session, self._unit.scope)
        plan = await PriceListService(self._unit, provider).simple_plan(name, price)
        return await self.subscribe(plan.id, SeatChange(agent=seats))

    async def subscribe(self, key: UUID, seats: SeatChange) -> PresentPlan:
        """Go over to another plan of the provider from now on; NotFound, NotSold, SeatsInUse."""
        session = self._unit.session
        plan = await PriceList(session, await provider_of(session, self._unit.scope)).plan(key)
        former = await self._seats.present_subscription(lock=True)
        if plan is None or not (plan.offered or (former is not None and former.plan == key)):
            raise NotFound("Choose one of the plans that are offered.")
        if former is None:
            former = Subscription(id=plan.id, since=self._unit.now, plan=plan.id, agent=0)
        new = self._changed(former, seats, plan)
        prices = await self._present_prices(plan)
        assigned = await self._seats.assigned()
        require_possible(new, prices, assigned_by_kind(assigned))
        if plan.metric is Metric.CONCURRENT:
            for seat in assigned:
                await self._seats.release(seat.user, self._unit.now)
        await self._write(new, plan)
        return PresentPlan(plan, new, prices)

    async def buy(self, seats: SeatChange) -> PresentPlan:
        """Have as many seats from now on; billed to the second. NoPlan, InvalidInput, NotSold, SeatsInUse."""
        plan, former, prices = await self.plan(lock=True)
        new = self._changed(former, seats, plan)
        if all(new.seats(kind) == former.seats(kind) for kind in SeatKind):
            return PresentPlan(plan, former, prices)
        require_possible(new, prices, assigned_by_kind(await self._seats.assigned()))
        await self._write(new, plan)
        return PresentPlan(plan, new, prices)

    def _changed(self, former: Subscription, seats: SeatChange, plan: Plan) -> Subscription:
        return Subscription(
            id=self._unit.new_id(),
            since=self._unit.now,
            plan=plan.id,
            agent=former.agent if seats.agent is None else seats.agent,
            supervisor=former.supervisor if seats.supervisor is None else seats.supervisor,
            light=former.light if seats.light is None else seats.light,
        )

    async def _write(self, new: Subscription, plan: Plan) -> None:
        await self._seats.subscribe(new)
        seats = {f"{kind}_seats": new.seats(kind) for kind in SeatKind}
        await self._unit.changed("plan.changed", plan.id, plan=plan.name, **seats)

    async def _present_prices(self, plan: Plan) -> PlanPrices:
        history = await prices_of(self._unit.session, [plan.id], Side.RETAIL)
        prices = in_force(history, plan.id, self._unit.now)
        if prices is None:
            raise NoPlan(f"Ask the provider for the prices of the plan {plan.name!r}: it has none yet.")
        return prices

    # --- who has a seat ---

    async def assigned(self) -> Sequence[SeatAssignment]:
        return await self._seats.assigned()

    async def history(self, user: UserId | None, after: UUID | None, limit: int) -> Sequence[SeatAssignment]:
        """Oldest first; of one person or of all."""
        return await self._seats.history(user, after, limit)

    async def assign(
        self, user: UserId, kind: SeatKind | None = None, addons: tuple[str, ...] | None = None
    ) -> SeatAssignment:
        """Give `user` a seat, or change theirs; what is None stays. NotFound, NoPlan, NotSold, NoFreeSeat."""
        present = await self.plan(lock=True)
        if not await self._people.is_active(user):
            raise NotFound("There is no such user, or it is not active.")
        assigned = await self._seats.assigned()
        former = next((seat for seat in assigned if seat.user == user), None)
        seat = SeatAssignment(id=self._unit.new_id(), user=user, since=self._unit.now)
        if former is not None:
            seat = msgspec.structs.replace(seat, kind=former.kind, addons=former.addons)
        seat = msgspec.structs.replace(
            seat,
            kind=seat.kind if kind is None else kind,
            addons=seat.addons if addons is None else tuple(sorted(set(addons))),
        )
        if former is not None and (former.kind, former.addons) == (seat.kind, seat.addons):
            return former
        require_sold(seat.kind, seat.addons, present.prices)
        if former is None or former.kind is not seat.kind:
            held = assigned_by_kind(assigned).get(seat.kind, 0)
            if held >= present.subscription.seats(seat.kind):
                contacts = await self._people.contacts()
                require_free_seat(seat.kind, present.subscription, held, present.plan.name, contacts)
        if former is not None:
            await self._seats.release(user, self._unit.now)
        await self._seats.assign(seat)
        await self._unit.changed("seat.assigned", user, seat=seat.kind.value, addons=list(seat.addons))
        return seat

    async def release(self, user: UserId) -> None:
        """Take the seat back; NotFound when the user has none."""
        if not await self._seats.release(user, self._unit.now):
            raise NotFound("This user has no seat.")
        await self._unit.changed("seat.released", user)

    # --- what it costs ---

    async def charges(self, period: Period, side: Side = Side.RETAIL) -> tuple[Charge, ...]:
        """What the period costs if nothing changes any more."""
        return charges(await load_book(self._unit.session, self._unit.scope, period, side), period)

    async def entries(self, wanted: EntryFilter, after: UUID | None, limit: int | None) -> Sequence[BillingEntry]:
        """Oldest first; InvalidInput when the time ends before it begins."""
        if wanted.since is not None and wanted.until is not None and wanted.until < wanted.since:
            problem = {"field": "until", "code": "before_since", "detail": "not before `since`"}
            raise InvalidInput("The time ends before it begins.", errors=[problem])
        return await BillingEntryRepository(self._unit.session, self._unit.scope).page(wanted, after, limit)
