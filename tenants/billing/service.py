"""Buying seats, giving them to people, and what it will cost."""

from collections.abc import Sequence
from datetime import tzinfo
from typing import Protocol

from kernel.primitives.errors import InvalidInput, NotFound
from kernel.primitives.ids import UserId
from kernel.primitives.money import Money
from tenants.billing.errors import NoPlan
from tenants.billing.invoice import Invoice, month_of, preview
from tenants.billing.repository import SeatRepository
from tenants.billing.seats import Contact, SeatAssignment, SeatTerms, require_free_seat, resized, whole_second
from tenants.unit import TenantUnit


class People(Protocol):
    """What billing needs to know of a tenant's people."""

    async def is_active(self, user: UserId) -> bool: ...

    async def contacts(self) -> tuple[Contact, ...]:
        """Who can buy seats: owners and those with the billing role."""
        ...


class BillingService:
    def __init__(self, unit: TenantUnit, people: People) -> None:
        self._unit = unit
        self._people = people
        self._seats = SeatRepository(unit.session, unit.scope)

    async def plan(self) -> SeatTerms:
        terms = await self._seats.present_terms()
        if terms is None:
            raise NoPlan("Ask the operator to put this tenant on a plan.")
        return terms

    async def begin(self, plan: str, price: Money, seats: int) -> SeatTerms:
        """Put the tenant on a plan from now on, or change its price."""
        terms = SeatTerms(since=whole_second(self._unit.now), plan=plan, price=price, seats=0)
        terms = resized(terms, seats, len(await self._seats.assigned()), self._unit.now)
        await self._write(terms)
        return terms

    async def buy(self, seats: int) -> SeatTerms:
        """Have `seats` from now on; billed to the second."""
        terms = await self.plan()
        if seats == terms.seats:
            return terms
        terms = resized(terms, seats, len(await self._seats.assigned()), self._unit.now)
        await self._write(terms)
        return terms

    async def _write(self, terms: SeatTerms) -> None:
        await self._seats.add_terms(self._unit.new_id(), terms)
        await self._unit.audit("plan.changed", None, plan=terms.plan, seats=terms.seats, price_minor=terms.price.minor)

    async def assigned(self) -> Sequence[SeatAssignment]:
        return await self._seats.assigned()

    async def has_seat(self, user: UserId) -> bool:
        return await self._seats.has_seat(user)

    async def assign(self, user: UserId) -> SeatAssignment:
        """Give `user` a seat; who has one keeps it. NotFound, NoFreeSeat."""
        terms = await self.plan()
        if not await self._people.is_active(user):
            raise NotFound("There is no such user, or it is not active.")
        assigned = await self._seats.assigned()
        for seat in assigned:
            if seat.user == user:
                return seat
        if len(assigned) >= terms.seats:
            require_free_seat(terms, len(assigned), await self._people.contacts())
        seat = SeatAssignment(id=self._unit.new_id(), user=user, since=self._unit.now)
        await self._seats.assign(seat)
        await self._unit.changed("seat.assigned", user)
        return seat

    async def release(self, user: UserId) -> None:
        """Take the seat back; NotFound when the user has none."""
        if not await self._seats.release(user, self._unit.now):
            raise NotFound("This user has no seat.")
        await self._unit.changed("seat.released", user)

    async def invoice(self, year: int, month: int, zone: tzinfo, currency: str) -> Invoice:
        """What the month costs if nothing changes any more; InvalidInput when there is no such month."""
        try:
            span = month_of(year, month, zone)
        except (ValueError, OverflowError) as error:
            raise InvalidInput("Name a month as YYYY-MM.") from error
        return preview(await self._seats.terms(), span, currency)
