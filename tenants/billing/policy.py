"""Who may log in to a desk, for the directory that routing reads."""

from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.base import TenantScope
from kernel.contracts.directory import SeatPolicy
from kernel.primitives.ids import UserId
from tenants.billing.plans import Metric, SeatKind
from tenants.billing.price_rows import plan_of
from tenants.billing.repository import SeatRepository
from tenants.billing.seats import Contact


class Seats(NamedTuple):
    """`holders` have a seat for calls: light seats are not for them."""

    policy: SeatPolicy | None
    holders: frozenset[UserId]

    @property
    def shared(self) -> bool:
        """Whether people log in without a seat of their own."""
        return self.policy is not None and self.policy.concurrent

    def of(self, user: UserId) -> bool:
        """Whether this person may log in, as long as there is room."""
        return self.shared or user in self.holders


async def load_seats(session: AsyncSession, scope: TenantScope, contacts: tuple[Contact, ...]) -> Seats:
    seats = SeatRepository(session, scope)
    holders = frozenset(seat.user for seat in await seats.assigned() if seat.kind is not SeatKind.LIGHT)
    subscription = await seats.present_subscription()
    if subscription is None:
        return Seats(None, holders)
    plan = await plan_of(session, subscription.plan)
    policy = SeatPolicy(
        plan=plan.name,
        seats=subscription.agent + subscription.supervisor,
        concurrent=plan.metric is Metric.CONCURRENT,
        contacts=tuple((contact.name, contact.email) for contact in contacts),
    )
    return Seats(policy, holders)
