"""One task, many tenants: who is due is woken, in time, again after a failure, and never after being disarmed."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import pytest

from kernel.adapters import SystemClock
from kernel.primitives.ids import TenantId
from routing import timers as module
from routing.timers import Timers
from tests.fakes import eventually

ONE, TWO = TenantId(UUID(int=1)), TenantId(UUID(int=2))


class Owners:
    """Who was woken; `failures` of the first wake-ups fail."""

    def __init__(self, failures: int = 0) -> None:
        self.clock = SystemClock()
        self.woken: list[TenantId] = []
        self.timers = Timers(self.clock, self._due)
        self._failures = failures

    async def _due(self, tenant: TenantId) -> None:
        self.woken.append(tenant)
        if len(self.woken) <= self._failures:
            raise OSError("database is locked")

    def arm(self, tenant: TenantId, seconds: float) -> None:
        self.timers.arm(tenant, self.clock.now() + timedelta(seconds=seconds))

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        task = asyncio.create_task(self.timers.run())
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_tenants_are_woken_in_the_order_of_their_timers() -> None:
    owners = Owners()
    async with owners.running():
        owners.arm(TWO, 0.05)
        owners.arm(ONE, 0.02)
        await eventually(lambda: owners.woken == [ONE, TWO])


async def test_an_earlier_timer_takes_the_place_of_a_later_one_and_wakes_once() -> None:
    owners = Owners()
    async with owners.running():
        owners.arm(ONE, 60)
        await asyncio.sleep(0)
        owners.arm(ONE, 0.01)
        owners.arm(TWO, 0.05)
        await eventually(lambda: owners.woken == [ONE, TWO])


async def test_a_timer_that_was_taken_back_wakes_nobody() -> None:
    owners = Owners()
    async with owners.running():
        owners.arm(ONE, 0.01)
        owners.timers.arm(ONE, None)
        owners.arm(TWO, 0.03)
        await eventually(lambda: TWO in owners.woken)
        assert owners.woken == [TWO]


async def test_an_owner_that_failed_is_woken_again_and_hinders_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY", timedelta(seconds=0.02))
    owners = Owners(failures=2)
    async with owners.running():
        owners.arm(ONE, 0)
        owners.arm(TWO, 0)
        await eventually(lambda: sorted(owners.woken) == [ONE, ONE, TWO, TWO])
