"""Names of people and queues for lists, as JSON: read once per tenant, forgotten when its directory changes."""

import asyncio
from collections.abc import Mapping
from uuid import UUID

import msgspec

from kernel.contracts.base import TenantScope
from kernel.contracts.codec import unpack
from kernel.contracts.directory import DirectoryChanged
from kernel.ports.bus import Bus
from kernel.ports.unit_of_work import Database
from kernel.primitives.ids import TenantId
from tenants.directory import QueueRepository, UserRepository

NOTHING = b"null"


class Names(msgspec.Struct, frozen=True):
    """JSON strings by id, those of removed people and queues too."""

    users: Mapping[UUID, bytes]
    queues: Mapping[UUID, bytes]

    def know(self, user: UUID | None, queue: UUID | None) -> bool:
        return (user is None or user in self.users) and (queue is None or queue in self.queues)

    def user(self, key: UUID | None) -> bytes:
        return NOTHING if key is None else self.users.get(key, NOTHING)

    def queue(self, key: UUID | None) -> bytes:
        return NOTHING if key is None else self.queues.get(key, NOTHING)


class NameBook:
    """Follows the bus from its first use."""

    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus
        self._read: dict[TenantId, Names] = {}
        self._changes = 0
        self._following = asyncio.Lock()
        self._follows = False

    async def of(self, scope: TenantScope) -> Names:
        return self._read.get(scope.tenant) or await self.read(scope)

    async def read(self, scope: TenantScope) -> Names:
        """As they are now: for an id that is not known yet."""
        await self._follow()
        before = self._changes
        async with self._database.read(scope) as uow:
            users = await UserRepository(uow.session, scope).names()
            queues = await QueueRepository(uow.session, scope).names()
        names = Names(
            {key: msgspec.json.encode(name) for key, name in users.items()},
            {key: msgspec.json.encode(name) for key, name in queues.items()},
        )
        if before == self._changes:  # otherwise it may be old already
            self._read[scope.tenant] = names
        return names

    async def _follow(self) -> None:
        async with self._following:
            if not self._follows:
                await self._bus.subscribe("directory.*", self._forget)
                self._follows = True

    async def _forget(self, _subject: str, payload: bytes) -> None:
        self._changes += 1
        self._read.pop(unpack(payload, DirectoryChanged).tenant, None)
