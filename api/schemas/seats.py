"""The plan, who holds its seats, what was used and what it costs."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from msgspec import UNSET, UnsetType

from api.schemas.common import Body, Input
from kernel.primitives.money import Money
from tenants.billing import EntryKind, Interval, Metric, SeatKind


class OfferedPlanBody(Body, frozen=True):
    """`prices` are decimal numbers of minor units by what they are for; seats and add-ons cost them per `period`."""

    id: UUID
    name: str
    metric: Metric
    period: Interval
    currency: str
    prices: Mapping[str, str]
    peak_seconds: int


class PlanBody(Body, frozen=True):
    """The present plan; with the metric `concurrent`, `seats` is how many may be logged in at once."""

    id: UUID
    name: str
    metric: Metric
    period: Interval
    currency: str
    price_per_seat: Money | None
    prices: Mapping[str, str]
    peak_seconds: int
    seats: int
    supervisor_seats: int
    light_seats: int


class PlanChange(Input, frozen=True):
    """Only what is present changes."""

    plan_id: UUID | UnsetType = UNSET
    seats: int | UnsetType = UNSET
    supervisor_seats: int | UnsetType = UNSET
    light_seats: int | UnsetType = UNSET


class SeatInput(Input, frozen=True):
    """What is absent stays; without a seat before, it is an agent's without add-ons."""

    kind: SeatKind | UnsetType = UNSET
    addons: tuple[str, ...] | UnsetType = UNSET


class SeatBody(Body, frozen=True):
    user_id: UUID
    kind: SeatKind
    addons: tuple[str, ...]
    since: datetime


class SeatsBody(Body, frozen=True):
    """`seats` and the like are the bought numbers."""

    seats: int
    supervisor_seats: int
    light_seats: int
    assigned: tuple[SeatBody, ...]


class SeatAssignmentBody(Body, frozen=True):
    """`until` is null while it lasts."""

    id: UUID
    user_id: UUID
    kind: SeatKind
    addons: tuple[str, ...]
    since: datetime
    until: datetime | None


class RatedBody(Body, frozen=True):
    """`quantity` as rounded by the rate, `price` in minor units per minute or per call, `amount` in minor units."""

    quantity: int
    price: str
    amount: str
    currency: str
    destination: str
    prefix: str


class BillingEntryBody(Body, frozen=True):
    """`quantity` in seconds, bytes or calls, as the kind has it; `rated` is null where nothing is charged for it."""

    id: UUID
    event_id: UUID
    kind: EntryKind
    at: datetime
    quantity: int
    subject_id: UUID
    rated: RatedBody | None


class ChargeBody(Body, frozen=True):
    """`quantity` times `unit_price` (minor units) is `amount`, within one minor unit."""

    code: str
    text: str
    start: datetime
    end: datetime
    quantity: str
    unit: str
    unit_price: str
    amount: Money
    entries: int


class UsageBody(Body, frozen=True):
    """The running period, `start` (inclusive) to `end` (exclusive), charged up to `until`."""

    period: str
    start: datetime
    end: datetime
    until: datetime
    time_zone: str
    totals: tuple[Money, ...]
    charges: tuple[ChargeBody, ...]


class InvoiceLineBody(Body, frozen=True):
    """`quantity` and `unit_price_minor` are decimal numbers; amounts are in minor units of the currency."""

    code: str
    description: str
    quantity: str
    unit: str
    unit_price_minor: str
    amount_minor: int
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
