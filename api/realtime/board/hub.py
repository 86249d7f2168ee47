"""All open boards of this process."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable

from api.auth.permissions import OPERATIONS
from api.auth.principal import Principal
from api.realtime.board.board import Only
from api.realtime.board.feed import BoardFeed
from api.realtime.connection import DeskConnection
from api.realtime.limits import DeskLimits
from api.realtime.projection import Centre
from insight.kpi.state import Changes
from kernel.ports.unit_of_work import Database
from kernel.primitives.clock import Clock
from kernel.primitives.ids import TenantId
from tenants.directory import TeamRepository

CentreOf = Callable[[TenantId], Awaitable[Centre]]


class BoardHub:
    def __init__(self, database: Database, clock: Clock, limits: DeskLimits, centre: CentreOf) -> None:
        self.limits = limits
        self._database = database
        self._clock = clock
        self._centre = centre
        self._feeds: dict[TenantId, BoardFeed] = {}
        self._locks: dict[TenantId, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def attach(self, connection: DeskConnection) -> None:
        """Show it the board; once more where it may see others than before."""
        principal = connection.principal
        only = await self._only(principal)
        async with self._locks[principal.tenant]:
            feed = self._feeds.get(principal.tenant)
            if feed is None:
                feed = BoardFeed(await self._centre(principal.tenant), self.limits, self._clock.now)
                self._feeds[principal.tenant] = feed
            feed.attach(connection, only)

    async def renew(self, connection: DeskConnection, principal: Principal) -> None:
        """Who looks was asked for again: they may lead other teams by now."""
        connection.principal = principal
        feed = self._feeds.get(principal.tenant)
        if feed is not None and feed.only_of(connection) != await self._only(principal):
            await self.attach(connection)

    def detach(self, connection: DeskConnection) -> None:
        tenant = connection.principal.tenant
        feed = self._feeds.get(tenant)
        if feed is None:
            return
        feed.detach(connection)
        if not feed.watched:
            self._feeds.pop(tenant).close()

    async def _only(self, principal: Principal) -> Only:
        if not OPERATIONS["watch_live"].only_team(principal.permissions):
            return None
        async with self._database.read(principal.scope) as uow:
            return await TeamRepository(uow.session, principal.scope).led_by(principal.person)

    def close(self) -> None:
        for feed in self._feeds.values():
            feed.close()
        self._feeds.clear()

    # --- things change ---

    @property
    def watched(self) -> bool:
        """Whether anybody looks at any board."""
        return bool(self._feeds)

    def changed(self, tenants: Iterable[TenantId], changes: Changes) -> None:
        """`tenants` are those whose boards may show it."""
        for tenant in tenants:
            feed = self._feeds.get(tenant)
            if feed is not None:
                feed.changed(changes)

    async def directory_changed(self, tenant: TenantId) -> None:
        async with self._locks[tenant]:
            feed = self._feeds.get(tenant)
            if feed is not None:
                feed.directory_changed(await self._centre(tenant))
