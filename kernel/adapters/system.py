"""The machine's clock and its source of identifiers."""

import time
from datetime import UTC, datetime

from uuid_utils.compat import uuid7


class SystemClock:
    """kernel.primitives.clock.Clock of this machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class SystemIds:
    """kernel.primitives.ids.Ids: UUIDv7, in order within the process."""

    new = staticmethod(uuid7)
