"""At most one process is the gateway of a name; the next one waits until the former is dead, or says that it goes."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from kernel.ports.lease import Lease

LEASE_SECONDS = 3.0  # so long a dead gateway's callers find nobody; shorter, and a slow database would end a live one
RENEW_SECONDS = 0.8  # two renewals may fail before the lease ends
POLL_SECONDS = 0.2  # how often who stands by asks

log = structlog.get_logger(__name__)


class Turn:
    """`name` is the gateway's, `holder` this process's own; without a lease there is nobody to agree with."""

    def __init__(self, lease: Lease | None, name: str, holder: str) -> None:
        self._lease = lease
        self._name = f"gateway.{name}"
        self._holder = holder

    async def wait(self) -> None:
        """Returns when this process is the gateway."""
        told = False
        while self._lease is not None and not await self._lease.acquire(self._name, self._holder, LEASE_SECONDS):
            if not told:
                told = True
                log.info("gateway.stands_by", name=self._name)
            await asyncio.sleep(POLL_SECONDS)

    async def keep(self, lost: Callable[[], Awaitable[None]]) -> None:
        """Renew for ever; `lost` is awaited once another process is the gateway."""
        while self._lease is not None:
            await asyncio.sleep(RENEW_SECONDS)
            if not await self._renewed(self._lease):
                log.critical("gateway.lost_its_turn", name=self._name)
                await lost()
                return

    async def _renewed(self, lease: Lease) -> bool:
        try:
            return await lease.acquire(self._name, self._holder, LEASE_SECONDS)
        except Exception:
            log.exception("gateway.lease_not_renewed")
            return True  # nobody can take it either while the database does not answer

    async def give_up(self) -> None:
        if self._lease is not None:
            await self._lease.release(self._name, self._holder)
