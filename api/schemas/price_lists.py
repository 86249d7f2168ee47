"""A provider's price list: plans, their prices over time, and rate decks."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from msgspec import UNSET, UnsetType

from api.schemas.common import Body, Input
from tenants.billing import Interval, Metric, Side
from tenants.billing.plans import PEAK_SECONDS


class ProviderPlanBody(Body, frozen=True):
    """A plan that is not `offered` goes on for the clients that have it."""

    id: UUID
    name: str
    metric: Metric
    period: Interval
    currency: str
    offered: bool


class ProviderPlanInput(Input, frozen=True):
    """`metric`, `period` and `currency` never change: make another plan."""

    name: str
    currency: str
    metric: Metric = Metric.NAMED
    period: Interval = Interval.MONTH
    offered: bool = True


class ProviderPlanChange(Input, frozen=True):
    name: str | UnsetType = UNSET
    offered: bool | UnsetType = UNSET


class PlanPricesInput(Input, frozen=True):
    """What holds from `since` (now if absent) on, whole: what has no price here is not sold any more.

    `items` are decimal numbers of minor units by what they are for: `seats.named`, `seats.supervisor`, `seats.light`
    and `addon.<name>` (whole numbers, per seat and period), or `seats.concurrent`; `numbers` per number and month,
    `recording_storage` per GB and month, `robot_minutes` per minute. Calls are charged by the decks.
    """

    items: Mapping[str, str]
    since: datetime | None = None
    outbound_deck_id: UUID | None = None
    inbound_deck_id: UUID | None = None
    peak_seconds: int = PEAK_SECONDS


class PlanPricesBody(Body, frozen=True):
    """`side` is what clients pay (`retail`) or what the provider pays (`wholesale`)."""

    id: UUID
    side: Side
    since: datetime
    items: Mapping[str, str]
    outbound_deck_id: UUID | None
    inbound_deck_id: UUID | None
    peak_seconds: int


class RateDeckInput(Input, frozen=True):
    name: str
    currency: str


class RateDeckBody(Body, frozen=True):
    id: UUID
    name: str
    currency: str


class RateDeckVersionBody(Body, frozen=True):
    """The whole deck from `since` on, with `rates` prefixes."""

    id: UUID
    since: datetime
    rates: int


class RateBody(Body, frozen=True):
    """Prices in minor units: `price` per minute, `setup_fee` per answered call."""

    prefix: str
    destination: str
    price: str
    setup_fee: str
    minimum_seconds: int
    increment_seconds: int
