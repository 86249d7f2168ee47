"""Billing entries: what was used, each from one event of the log, never changed afterwards."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from uuid import UUID

import msgspec

from tenants.billing.plans import Side

MINUTE = 60


class EntryKind(StrEnum):
    MINUTES = "minutes"  # `quantity` in seconds, from answer to end, a begun second counts
    SETUP_FEE = "setup_fee"  # one for each answered call that has a fee
    RECORDING_STORAGE = "recording_storage"  # `quantity` in bytes, negative when a recording is gone
    ROBOT_MINUTES = "robot_minutes"  # `quantity` in seconds
    LOG_IN = "log_in"  # 1 when an agent logs in, -1 when they log out


LEVELS = frozenset({EntryKind.RECORDING_STORAGE, EntryKind.LOG_IN})
"""Kinds whose sum up to a moment is a level, such as the bytes stored; the others are amounts."""

_PER = {EntryKind.MINUTES: MINUTE, EntryKind.ROBOT_MINUTES: MINUTE, EntryKind.SETUP_FEE: 1}


class Rated(msgspec.Struct, frozen=True, kw_only=True):
    """What one side pays: `quantity` as rounded by the rate, `price` in minor units per minute or per fee."""

    quantity: int
    price: Decimal
    currency: str
    label: str  # the destination, as the deck names it
    prefix: str = ""  # of the deck that matched


class BillingEntry(msgspec.Struct, frozen=True, kw_only=True):
    """`event` is the log event it came from, `subject` the call, recording or agent; it holds no telephone number."""

    id: UUID
    event: UUID
    kind: EntryKind
    at: datetime
    quantity: int
    subject: UUID
    retail: Rated | None = None
    wholesale: Rated | None = None

    def rated(self, side: Side) -> Rated | None:
        return self.retail if side is Side.RETAIL else self.wholesale

    def amount(self, side: Side) -> Fraction:
        """In minor units, exact; 0 for a level and for what no rate was found for."""
        rated = self.rated(side)
        if rated is None or self.kind in LEVELS:
            return Fraction(0)
        return Fraction(rated.price) * rated.quantity / _PER[self.kind]
