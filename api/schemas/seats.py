"""The plan and who holds its seats."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from api.schemas.common import Body, Input
from kernel.primitives.money import Money


class PlanBody(Body, frozen=True):
    name: str
    price_per_seat: Money
    period: Literal["month"]
    seats: int


class PlanChange(Input, frozen=True):
    seats: int


class SeatBody(Body, frozen=True):
    user_id: UUID
    since: datetime


class SeatsBody(Body, frozen=True):
    """`seats` is the bought number."""

    seats: int
    assigned: tuple[SeatBody, ...]


class InvoiceLineBody(Body, frozen=True):
    """`quantity` is a decimal number, seats times the part of the month; amounts are in minor units of the currency."""

    code: str
    description: str
    quantity: str
    unit_price_minor: int
    amount_minor: int
    seats: int
    start: datetime
    end: datetime


class InvoicePeriod(Body, frozen=True):
    """The month `start` (inclusive) to `end` (exclusive), in the tenant's time zone."""

    month: str
    start: datetime
    end: datetime
    time_zone: str


class InvoiceBody(Body, frozen=True):
    currency: str
    total_minor: int
    period: InvoicePeriod
    lines: tuple[InvoiceLineBody, ...]
