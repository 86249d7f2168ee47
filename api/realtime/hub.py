"""All open desks of this process; the gateway's way to the browsers."""

import asyncio
import secrets
from collections import defaultdict
from uuid import UUID

from api.auth.permissions import OPERATIONS
from api.auth.principal import Principal
from api.auth.sessions import SessionStore
from api.errors import NoSession
from api.realtime.board.hub import BoardHub
from api.realtime.connection import SESSION_ENDED, DeskConnection, Farewell, elsewhere
from api.realtime.floor import Floor
from api.realtime.frames import Hello
from api.realtime.limits import DEFAULT_LIMITS, DeskLimits
from api.realtime.projection import Centre, Part, centre_of, neighbours_of
from api.realtime.stream import DeskStream
from api.services import Insight
from insight.kpi.state import Changes
from kernel.contracts.base import TenantScope
from kernel.contracts.directory import TenantDirectory
from kernel.contracts.softphone import SoftphoneFromGateway
from kernel.ports.bus import Bus, Subscription
from kernel.ports.unit_of_work import Database
from kernel.primitives.clock import Clock
from kernel.primitives.ids import TenantId, UserId
from tenants.directory import TeamRepository, load_tenant_directory

STREAM_NAME_BYTES = 16


def sees_all(principal: Principal) -> bool:
    """Whether the desk shows all queues and the team."""
    return OPERATIONS["get_live"].allows(principal.permissions)


def session_ended() -> Farewell:
    return Farewell(SESSION_ENDED, NoSession("Your session ended: log in again."))


def _may_replace(former: DeskConnection, hello: Hello) -> bool:
    """A page that was reloaded, or comes back, need not ask for its own place."""
    return hello.take_over or not hello.desk or former.page == hello.desk


class DeskHub:
    def __init__(
        self, *, database: Database, bus: Bus, insight: Insight, clock: Clock, limits: DeskLimits = DEFAULT_LIMITS
    ) -> None:
        self.limits = limits
        self._database = database
        self._bus = bus
        self._insight = insight
        self._clock = clock
        self._floors: dict[TenantId, Floor] = {}
        self._watchers: dict[TenantId, set[TenantId]] = defaultdict(set)  # by whom they look at
        self._directories: dict[TenantId, TenantDirectory] = {}
        self._changes = 0
        self._locks: dict[TenantId, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._subscription: Subscription | None = None
        self.boards = BoardHub(database, clock, limits, self.centre)

    async def start(self) -> None:
        self._insight.on_change(self._changed)
        self._subscription = await self._bus.subscribe("directory.*", self._directory_changed)

    async def close(self) -> None:
        if self._subscription is not None:
            await self._subscription.close()
        for floor in self._floors.values():
            floor.close()
        self._floors.clear()
        self.boards.close()

    # --- desks ---

    async def attach(self, connection: DeskConnection, hello: Hello) -> None:
        """The user's former desk, if one is open, is told that this one took over; without leave this one is closed."""
        principal = connection.principal
        floor = await self._floor(principal.tenant)
        former = floor.connection_of(principal.person)
        if former is not None and former is not connection and not _may_replace(former, hello):
            connection.close(elsewhere())
            return
        connection.page = hello.desk
        name = secrets.token_urlsafe(STREAM_NAME_BYTES)
        stream = DeskStream(name, principal.person, principal.name, sees_all(principal))
        stream.only = await self._led(principal)
        floor.attach(connection, stream, (hello.stream, hello.last), self._clock.now())

    async def _led(self, principal: Principal) -> frozenset[UserId] | None:
        """Whom the live view shows to who sees only the teams that they lead; None: everybody."""
        if not OPERATIONS["get_live"].only_team(principal.permissions):
            return None
        async with self._database.read(principal.scope) as uow:
            return await TeamRepository(uow.session, principal.scope).led_by(principal.person)

    def detach(self, connection: DeskConnection) -> bool:
        """Whether it was the user's present desk."""
        floor = self._floors.get(connection.principal.tenant)
        return floor is not None and floor.detach(connection)

    async def _floor(self, tenant: TenantId) -> Floor:
        async with self._locks[tenant]:
            floor = self._floors.get(tenant)
            if floor is None:
                floor = self._floors[tenant] = Floor(await self.centre(tenant), self.limits)
            return floor

    async def centre(self, tenant: TenantId) -> Centre:
        """The tenant's live view as of now; it goes on changing with the logs, until a directory changes."""
        parts = {tenant: await self._part(tenant, None)}
        for neighbour in neighbours_of(parts[tenant]):
            parts[neighbour] = await self._part(neighbour, self._directories.get(neighbour))
            self._watchers[neighbour].add(tenant)
        return centre_of(tenant, parts)

    async def _part(self, tenant: TenantId, directory: TenantDirectory | None) -> Part:
        return Part(await self._insight.open(tenant), directory or await self._directory(tenant))

    async def _directory(self, tenant: TenantId) -> TenantDirectory:
        before = self._changes
        found = await load_tenant_directory(self._database, TenantScope(tenant), self._clock.now())
        if before == self._changes:  # otherwise it may be old already
            self._directories[tenant] = found
        return found

    async def push(self, tenant: TenantId, agent: UserId, message: SoftphoneFromGateway) -> None:
        """Hand it to the agent's desk; dropped where no desk is open."""
        floor = self._floors.get(tenant)
        if floor is not None:
            floor.push(agent, message)

    # --- sessions ---

    async def end_session(self, session: bytes) -> None:
        """Close the desk that this session opened."""
        for floor in self._floors.values():
            for desk in floor.desks:
                if desk.connection is not None and desk.connection.principal.session == session:
                    desk.connection.close(session_ended())

    async def check_sessions(self, tenant: TenantId, user: UserId) -> None:
        """Close the user's desk if its session is no more."""
        floor = self._floors.get(tenant)
        connection = None if floor is None else floor.connection_of(user)
        if connection is not None:
            await self.check_session(connection)

    async def check_session(self, connection: DeskConnection) -> None:
        async with self._database.read() as uow:
            principal = await SessionStore(uow.session).find_by_hash(connection.principal.session, self._clock.now())
        if principal is None or not OPERATIONS["desk"].allows(principal.permissions):
            connection.close(session_ended())
            return
        floor = self._floors.get(principal.tenant)
        if principal != connection.principal:
            connection.principal = principal
            if floor is not None:
                floor.renamed(principal.person, principal.name, sees_all(principal))
        if floor is not None:
            floor.narrow(principal.person, await self._led(principal))

    async def watch_session(self, connection: DeskConnection) -> None:
        """Look at the session again and again; ends only by being cancelled."""
        while True:
            left = (connection.principal.expires_at - self._clock.now()).total_seconds()
            await asyncio.sleep(max(0.0, min(self.limits.check_seconds, left)))
            await self.check_session(connection)

    # --- things change ---

    def _changed(self, tenant: TenantId, changes: Changes) -> None:
        if not self._floors and not self.boards.watched:
            return
        tenants = self._seen_by(tenant)
        self.boards.changed(tenants, changes)
        for seen_by in tenants:
            floor = self._floors.get(seen_by)
            if floor is not None:
                floor.changed(changes)

    def _seen_by(self, tenant: TenantId) -> set[TenantId]:
        return {tenant} | self._watchers.get(tenant, set())

    async def _directory_changed(self, subject: str, _payload: bytes) -> None:
        changed = TenantId(UUID(subject.rpartition(".")[2]))
        self._changes += 1
        self._directories.pop(changed, None)
        for tenant in self._seen_by(changed):
            async with self._locks[tenant]:
                floor = self._floors.get(tenant)
                if floor is not None:
                    floor.directory_changed(await self.centre(tenant))
            await self.boards.directory_changed(tenant)
