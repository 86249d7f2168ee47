"""An endpoint, how far it has been told, and what the answer to an attempt leads to."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

import msgspec

from tenants.directory.model import Entity
from tenants.webhooks.published import EventType

ENDPOINTS_KEPT = 20  # a CRM, a data warehouse, a wallboard, each once more for tests
PARKED_KEPT = 1_000  # of one endpoint, the newest: nobody looks through more
PARKED_DAYS = timedelta(days=30)  # a month's holiday; the events themselves stay in the log
PARKED_AFTER = timedelta(days=1)  # a night and a day's work to mend the receiver
DISABLED_AFTER = timedelta(days=5)  # a long weekend with both its working days
OVERLAP = timedelta(days=1)  # of a former secret, until the receiver knows the new one
DELAYS = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 60, 300, 900, 1_800, 3_600))
"""After the first failure, the second and so on; the last one holds from there on."""

GONE = 410  # Standard Webhooks: the receiver wants no more
SLOW_DOWN = frozenset({429, 503})  # Retry-After counts (RFC 9110 10.2.3)
GOOD = range(200, 300)


class Disabled(StrEnum):
    """Why nothing is sent to an endpoint."""

    BY_HAND = "by_hand"
    GONE = "gone"  # it answered 410
    FAILING = "failing"  # no success for DISABLED_AFTER


class Endpoint(Entity, frozen=True, kw_only=True):
    """`sealed` is its secret, `former` the one before, which signs too until `former_until`."""

    id: UUID
    name: str
    url: str
    events: tuple[EventType, ...]
    created_at: datetime
    sealed: bytes
    former: bytes | None = None
    former_until: datetime | None = None
    disabled: Disabled | None = None

    @property
    def purpose(self) -> str:
        """What its secrets are sealed for."""
        return f"webhook {self.id}"


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """All of the log up to `sequence` is dealt with. `failures` in a row, since `failing_since`; then `next_at`."""

    sequence: int
    failures: int = 0
    failing_since: datetime | None = None
    next_at: datetime | None = None
    error: str = ""
    delivered_at: datetime | None = None


class Parked(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that was given up; its body is made from the log again. `again`: it shall be sent once more."""

    id: UUID  # of the event
    sequence: int
    type: str
    at: datetime
    parked_at: datetime
    error: str
    again: bool = False


class Sent(NamedTuple):
    """What came of an attempt: a status, or 0 and a word that says why there is none."""

    status: int
    error: str = ""
    retry_after: timedelta | None = None

    @property
    def delivered(self) -> bool:
        return self.status in GOOD

    @property
    def why(self) -> str:
        return self.error or f"status {self.status}"


class Step(StrEnum):
    DELIVERED = "delivered"
    RETRY = "retry"
    PARK = "park"
    DISABLE = "disable"


def after(progress: Progress, sequence: int, at: datetime, sent: Sent, now: datetime) -> tuple[Step, Progress]:
    """What follows from an attempt to deliver the event of `sequence`, which happened at `at`."""
    if sent.delivered:
        return Step.DELIVERED, Progress(sequence=sequence, delivered_at=now)
    since = progress.failing_since or now
    failed = msgspec.structs.replace(
        progress,
        failures=progress.failures + 1,
        failing_since=since,
        next_at=now + _delay(progress.failures, sent),
        error=sent.why,
    )
    if sent.status == GONE or now - since >= DISABLED_AFTER:
        return Step.DISABLE, failed
    if now - max(since, at) >= PARKED_AFTER:
        return Step.PARK, msgspec.structs.replace(failed, sequence=sequence)
    return Step.RETRY, failed


def _delay(failures: int, sent: Sent) -> timedelta:
    """`failures` before this one."""
    delay = DELAYS[min(failures, len(DELAYS) - 1)]
    return delay if sent.retry_after is None else max(delay, min(sent.retry_after, DELAYS[-1]))


def retry_after(status: int, headers: Mapping[str, str]) -> timedelta | None:
    """Whole seconds only: no server of this kind sends a date."""
    told = headers.get("retry-after", "")
    small = told.isascii() and told.isdigit() and len(told) <= len(str(int(DELAYS[-1].total_seconds()))) + 1
    return timedelta(seconds=int(told)) if status in SLOW_DOWN and small else None
