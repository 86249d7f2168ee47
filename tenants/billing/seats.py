"""Rules about buying seats and giving them to people."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from kernel.primitives.errors import InvalidInput
from tenants.billing.book import SeatAssignment, Subscription
from tenants.billing.errors import NoFreeSeat, NotSold, SeatsInUse
from tenants.billing.plans import ADDON, CONCURRENT, SEAT_CODES, Metric, PlanPrices, SeatKind

MAX_SEATS = 10_000  # five times the largest centre we know; more is a slip of the finger


class Contact(msgspec.Struct, frozen=True):
    """Whom to ask for more seats."""

    name: str
    email: str


def told(contacts: Iterable[Contact]) -> str:
    return ", ".join(f"{contact.name} <{contact.email}>" for contact in contacts)


def shown(contacts: Iterable[Contact]) -> list[dict[str, str]]:
    """As in problem documents."""
    return [{"name": contact.name, "email": contact.email} for contact in contacts]


def assigned_by_kind(assigned: Iterable[SeatAssignment]) -> Mapping[SeatKind, int]:
    return Counter(seat.kind for seat in assigned)


def require_possible(new: Subscription, prices: PlanPrices, assigned: Mapping[SeatKind, int]) -> None:
    """InvalidInput, NotSold, or SeatsInUse when fewer are to be bought than are assigned."""
    problems = [
        {"field": f"{kind}_seats", "code": "out_of_range", "detail": f"between 0 and {MAX_SEATS}"}
        for kind in SeatKind
        if not 0 <= new.seats(kind) <= MAX_SEATS
    ]
    if problems:
        raise InvalidInput(f"A plan has 0 to {MAX_SEATS} seats of each kind.", errors=problems)
    for kind in SeatKind:
        if new.seats(kind) and _code(kind, prices.metric) not in prices.items:
            raise NotSold(f"The plan {prices.name!r} has no {kind} seats: choose another plan.", plan=prices.name)
    if prices.metric is Metric.CONCURRENT:
        return
    for kind in SeatKind:
        seats, held = new.seats(kind), assigned.get(kind, 0)
        if seats < held:
            raise SeatsInUse(
                f"Take back {held - seats} of the assigned {kind} seats first.", seats=seats, assigned=held
            )


def _code(kind: SeatKind, metric: Metric) -> str:
    if metric is Metric.NAMED:
        return SEAT_CODES[kind]
    return CONCURRENT if kind is SeatKind.AGENT else f"{CONCURRENT}.{kind}"  # a price that no plan has


def require_sold(kind: SeatKind, addons: Iterable[str], prices: PlanPrices) -> None:
    """NotSold unless people can be given such a seat on this plan."""
    if prices.metric is Metric.CONCURRENT:
        raise NotSold(
            f"On the plan {prices.name!r} nobody needs a seat by name: whoever may work at a desk logs in.",
            plan=prices.name,
        )
    missing = [name for name in addons if f"{ADDON}{name}" not in prices.items]
    if SEAT_CODES[kind] not in prices.items:
        missing.insert(0, f"{kind} seats")
    if missing:
        raise NotSold(f"The plan {prices.name!r} does not have: {', '.join(missing)}.", plan=prices.name)


def require_free_seat(
    kind: SeatKind, subscription: Subscription, assigned: int, plan: str, contacts: tuple[Contact, ...]
) -> None:
    """NoFreeSeat when every bought seat of the kind is assigned."""
    seats = subscription.seats(kind)
    if assigned < seats:
        return
    extra: dict[str, Any] = {"plan": plan, "kind": kind.value, "seats": seats, "assigned": assigned}
    raise NoFreeSeat(
        f"All {seats} {kind} seats of the plan {plan!r} are assigned. "
        f"Take one back, or ask for more: {told(contacts)}.",
        contact=shown(contacts),
        **extra,
    )
