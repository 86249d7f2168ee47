"""One task that wakes the owners: a heap of the tenants' next timers, never one task per call."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from heapq import heappop, heappush

import structlog

from kernel.primitives.clock import Clock
from kernel.primitives.ids import TenantId

LONGEST_SLEEP_SECONDS = 60.0  # a clock that was set is noticed by then
RETRY = timedelta(seconds=1)  # an owner that failed (a locked database) is woken again

log = structlog.get_logger(__name__)


class Timers:
    """`due` is called for a tenant whose time has come; it arms the next one itself."""

    def __init__(self, clock: Clock, due: Callable[[TenantId], Awaitable[None]]) -> None:
        self._clock = clock
        self._due = due
        self._heap: list[tuple[datetime, TenantId]] = []
        self._armed: dict[TenantId, datetime] = {}
        self._wake = asyncio.Event()

    def arm(self, tenant: TenantId, at: datetime | None) -> None:
        """In place of the tenant's former timer; None takes it back."""
        if at is None:
            self._armed.pop(tenant, None)
        elif self._armed.get(tenant) != at:
            self._armed[tenant] = at
            heappush(self._heap, (at, tenant))
            self._wake.set()

    async def run(self) -> None:
        while True:
            self._wake.clear()
            due = self._take_due()
            if due:
                await asyncio.gather(*map(self._fire, due))
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pause()):
                    await self._wake.wait()

    def _take_due(self) -> list[TenantId]:
        now = self._clock.now()
        due: list[TenantId] = []
        while self._heap:
            at, tenant = self._heap[0]
            current = self._armed.get(tenant) == at
            if current and at > now:
                break
            heappop(self._heap)
            if current:
                del self._armed[tenant]
                due.append(tenant)
        return due

    def _pause(self) -> float:
        if not self._heap:
            return LONGEST_SLEEP_SECONDS
        return min((self._heap[0][0] - self._clock.now()).total_seconds(), LONGEST_SLEEP_SECONDS)

    async def _fire(self, tenant: TenantId) -> None:
        try:
            await self._due(tenant)
        except Exception:
            log.exception("routing.timer_failed", tenant=str(tenant))
            if tenant not in self._armed:
                self.arm(tenant, self._clock.now() + RETRY)
