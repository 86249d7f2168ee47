"""Plans, the number of seats bought over time, and who held a seat from when to when."""

from datetime import datetime
from uuid import UUID

import msgspec

from kernel.primitives.errors import InvalidInput
from kernel.primitives.ids import UserId
from kernel.primitives.money import Money
from tenants.billing.errors import NoFreeSeat, SeatsInUse

MAX_SEATS = 10_000  # five times the largest centre we know; more is a slip of the finger


class SeatTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What is bought from `since` (a whole second) until the next terms: `seats` at `price` per seat and month."""

    since: datetime
    plan: str
    price: Money
    seats: int


class SeatAssignment(msgspec.Struct, frozen=True, kw_only=True):
    """`until` is None while it lasts."""

    id: UUID
    user: UserId
    since: datetime
    until: datetime | None = None


class Contact(msgspec.Struct, frozen=True):
    """Whom to ask for more seats."""

    name: str
    email: str


def whole_second(moment: datetime) -> datetime:
    """Billing counts in whole seconds."""
    return moment.replace(microsecond=0)


def resized(terms: SeatTerms, seats: int, assigned: int, now: datetime) -> SeatTerms:
    """The terms with another number of seats from `now` on; SeatsInUse when fewer than are assigned."""
    if not 0 <= seats <= MAX_SEATS:
        problem = {"field": "seats", "code": "out_of_range", "detail": f"between 0 and {MAX_SEATS}"}
        raise InvalidInput(f"A plan has 0 to {MAX_SEATS} seats.", errors=[problem])
    if seats < assigned:
        raise SeatsInUse(f"Take back {assigned - seats} of the assigned seats first.", seats=seats, assigned=assigned)
    return msgspec.structs.replace(terms, since=whole_second(now), seats=seats)


def require_free_seat(terms: SeatTerms, assigned: int, contacts: tuple[Contact, ...]) -> None:
    """NoFreeSeat when every bought seat is assigned."""
    if assigned < terms.seats:
        return
    whom = ", ".join(f"{contact.name} <{contact.email}>" for contact in contacts)
    raise NoFreeSeat(
        f"All {terms.seats} seats of the plan {terms.plan!r} are assigned. Take one back, or ask for more: {whom}.",
        plan=terms.plan,
        seats=terms.seats,
        assigned=assigned,
        contact=[{"name": contact.name, "email": contact.email} for contact in contacts],
    )
