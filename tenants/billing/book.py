"""The history that charges are computed from: plain, immutable, in any order."""

from datetime import datetime
from uuid import UUID

import msgspec

from kernel.primitives.ids import UserId
from tenants.billing.entries import BillingEntry
from tenants.billing.plans import PlanPrices, SeatKind, Side


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """What is bought from `since` until the next one; of two with the same `since` the one with the larger id holds.

    On a plan of concurrent seats `agent` is how many may be logged in at once, and the other two are 0.
    """

    id: UUID
    since: datetime
    plan: UUID
    agent: int
    supervisor: int = 0
    light: int = 0

    def seats(self, kind: SeatKind) -> int:
        return {SeatKind.AGENT: self.agent, SeatKind.SUPERVISOR: self.supervisor, SeatKind.LIGHT: self.light}[kind]


class SeatAssignment(msgspec.Struct, frozen=True, kw_only=True):
    """Who held a seat with which add-ons from when to when; `until` is None while it lasts."""

    id: UUID
    user: UserId
    since: datetime
    until: datetime | None = None
    kind: SeatKind = SeatKind.AGENT
    addons: tuple[str, ...] = ()


class NumberHolding(msgspec.Struct, frozen=True, kw_only=True):
    """A number that the tenant had from when to when; `until` is None while it lasts."""

    id: UUID
    number: UUID
    since: datetime
    until: datetime | None = None


class Opening(msgspec.Struct, frozen=True):
    """The levels before the first of the book's entries: bytes stored and agents logged in."""

    recording_bytes: int = 0
    log_ins: int = 0


class BillingBook(msgspec.Struct, frozen=True, kw_only=True):
    """`prices` and the ratings of `entries` are those of `side`; the last subscription holds on."""

    side: Side = Side.RETAIL
    subscriptions: tuple[Subscription, ...] = ()
    prices: tuple[PlanPrices, ...] = ()
    assignments: tuple[SeatAssignment, ...] = ()
    numbers: tuple[NumberHolding, ...] = ()
    entries: tuple[BillingEntry, ...] = ()
    opening: Opening = Opening()
