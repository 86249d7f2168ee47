"""Clock and identifiers that tests lead by the hand."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from kernel.contracts.base import TenantScope
from kernel.primitives.ids import TenantId

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday morning


class FakeClock:
    """kernel.primitives.clock.Clock that stands still until told."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now
        self._monotonic = 1_000.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds


class SequentialIds:
    """kernel.primitives.ids.Ids: well-formed UUIDv7 values, one after the other."""

    def __init__(self, start: int = 1) -> None:
        self._next = start

    def new(self) -> UUID:
        value, self._next = self._next, self._next + 1
        return UUID(int=(0x0195_0000_0000 << 80) | (0x7 << 76) | (0b10 << 62) | value)


class TwoTenants(NamedTuple):
    """Every fixture has another tenant whose things must not be seen."""

    ours: TenantId
    theirs: TenantId

    @property
    def our_scope(self) -> TenantScope:
        return TenantScope(self.ours)

    @property
    def their_scope(self) -> TenantScope:
        return TenantScope(self.theirs)


async def eventually(holds: Callable[[], bool], seconds: float = 5.0) -> None:
    """Let other tasks run until `holds()`; TimeoutError after `seconds`."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 the condition is whatever a test looks at
            await asyncio.sleep(0.001)
