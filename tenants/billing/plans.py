"""Plans of a provider's price list: what is sold, how it is counted, and what it costs from when on."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import msgspec

from tenants.billing.periods import Interval

PEAK_SECONDS = 30 * 60  # log-ins at once that last less are a shift handing over to the next

NAMED = "seats.named"
SUPERVISOR = "seats.supervisor"
LIGHT = "seats.light"
CONCURRENT = "seats.concurrent"
NUMBERS = "numbers"
RECORDING_STORAGE = "recording_storage"
ROBOT_MINUTES = "robot_minutes"
MINUTES = "minutes"
SETUP_FEES = "setup_fees"
ADDON = "addon."  # followed by the add-on's own code


class Side(StrEnum):
    """Who pays whom."""

    RETAIL = "retail"  # the client pays its provider
    WHOLESALE = "wholesale"  # the provider pays the platform


class Metric(StrEnum):
    """How a plan counts seats."""

    NAMED = "named"  # bought seats, each given to a person by name
    CONCURRENT = "concurrent"  # whoever logs in; the peak of simultaneous log-ins of each month is paid


class SeatKind(StrEnum):
    AGENT = "agent"  # takes and makes calls
    SUPERVISOR = "supervisor"  # the same, and listens in
    LIGHT = "light"  # looks and reads; no calls


SEAT_CODES: Mapping[SeatKind, str] = {
    SeatKind.AGENT: NAMED,
    SeatKind.SUPERVISOR: SUPERVISOR,
    SeatKind.LIGHT: LIGHT,
}


class Decks(msgspec.Struct, frozen=True):
    """Rate decks by the direction of a call; None: such calls are not charged."""

    outbound: UUID | None = None
    inbound: UUID | None = None


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """`metric`, `interval` and `currency` never change; a plan that is no longer `offered` goes on for who has it."""

    id: UUID
    name: str
    metric: Metric
    interval: Interval
    currency: str
    offered: bool = True
    revision: int = 1


class RateDeck(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    name: str
    currency: str


class RateDeckVersion(msgspec.Struct, frozen=True, kw_only=True):
    """The whole deck from `since` on, with `count` prefixes; the newest one that has begun holds."""

    id: UUID
    deck: UUID
    since: datetime
    count: int
    currency: str


class PlanPrices(msgspec.Struct, frozen=True, kw_only=True):
    """What one side pays on `plan` from `since` until its next prices.

    `items` are prices in minor units by the code of what they are for: seats and add-ons per `interval`, `numbers` per
    number and month, `recording_storage` per GB (10^9 bytes) and month, `robot_minutes` per minute. What has no price
    is not sold. Of two with the same `since` the one with the larger `id` (UUIDv7) holds.
    """

    id: UUID
    plan: UUID
    name: str
    since: datetime
    metric: Metric
    interval: Interval
    currency: str
    items: Mapping[str, Decimal]
    decks: Decks = Decks()
    peak_seconds: int = PEAK_SECONDS

    @property
    def seat_price(self) -> Decimal | None:
        """Of an agent's seat, or of one logged in at once; whole minor units."""
        return self.items.get(NAMED if self.metric is Metric.NAMED else CONCURRENT)


def in_force(prices: Sequence[PlanPrices], plan: UUID, moment: datetime) -> PlanPrices | None:
    """The plan's prices at that moment, whatever the order in which they are given."""
    begun = [one for one in prices if one.plan == plan and one.since <= moment]
    return max(begun, key=lambda one: (one.since, one.id), default=None)
