"""What gateways found of trunks, kept for people who ask, and told in the tenant's log when it changes."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, delete, insert, select

from gateway.app.tables import GatewayTrunkRow
from gateway.trunks.health import HealthState
from gateway.trunks.registering import RegState
from gateway.trunks.watched import Sign, Watched
from kernel.contracts.base import TenantScope
from kernel.contracts.carriers import TrunkStateChanged
from kernel.contracts.directory import TrunkConfig
from kernel.ports.unit_of_work import Database
from kernel.primitives.clock import Clock
from kernel.primitives.ids import EventId, Ids, TenantId, TrunkId

NO_REGISTRATION = "none"

_trunks = GatewayTrunkRow.table()


class TrunkState(msgspec.Struct, frozen=True, kw_only=True):
    """`registration` "none": the trunk needs none. `status`: the SIP status that decided, 0: none yet."""

    gateway: str
    health: str
    registration: str
    status: int
    since: datetime


class TrunkStates:
    """For the API: of one tenant's trunks, one state for each gateway that watches them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, tenant: TenantId, trunk: TrunkId) -> Sequence[TrunkState]:
        """By the gateway's name; empty while no gateway watches the trunk."""
        mine = select(_trunks).where(_trunks.c.tenant_id == tenant, _trunks.c.trunk_id == trunk)
        async with self._database.read(TenantScope(tenant)) as unit:
            rows = await unit.session.execute(mine.order_by(_trunks.c.gateway))
            return [
                TrunkState(
                    gateway=row.gateway,
                    health=row.health,
                    registration=row.registration,
                    status=row.status,
                    since=row.since,
                )
                for row in rows
            ]


class TrunkStateBook:
    """For one gateway."""

    def __init__(self, database: Database, clock: Clock, ids: Ids, gateway: str) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._gateway = gateway

    async def clear(self) -> None:
        """A new process knows nothing yet."""
        async with self._database.write() as unit:
            await unit.session.execute(delete(_trunks).where(_trunks.c.gateway == self._gateway))

    async def forget(self, trunk: TrunkId) -> None:
        async with self._database.write() as unit:
            await unit.session.execute(delete(_trunks).where(*self._one(trunk)))

    async def note(self, watched: Watched, sign: Sign | None, status: int) -> None:
        """Keep the present state; `sign` is what changed, told in the log."""
        await self._note(watched.trunk, told(watched), sign or "up", status, sign is not None)

    async def _note(self, trunk: TrunkConfig, found: tuple[str, str], state: Sign, status: int, changed: bool) -> None:
        at = self._clock.now()
        health, registration = found
        values = {"tenant_id": trunk.tenant, "health": health, "registration": registration, "status": status}
        async with self._database.write() as unit:
            await unit.session.execute(delete(_trunks).where(*self._one(trunk.trunk)))
            row = values | {"trunk_id": trunk.trunk, "gateway": self._gateway, "since": at}
            await unit.session.execute(insert(_trunks).values(row))
            if changed:
                event = TrunkStateChanged(
                    id=EventId(self._ids.new()),
                    tenant=trunk.tenant,
                    at=at,
                    trunk=trunk.trunk,
                    name=trunk.name,
                    state=state,
                    status=status,
                )
                await unit.append(event)

    async def note_peer(self, trunk: TrunkConfig, registered: bool, *, changed: bool) -> None:
        """The same for a peer that registers with us."""
        registration = RegState.REGISTERED if registered else RegState.WAITING
        health = HealthState.UNKNOWN
        await self._note(trunk, (health, registration), "registered" if registered else "unregistered", 0, changed)

    def _one(self, trunk: TrunkId) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return _trunks.c.trunk_id == trunk, _trunks.c.gateway == self._gateway


def told(watched: Watched) -> tuple[str, str]:
    """Health and registration in words for people."""
    health = watched.health.state if watched.trunk.options.health.interval_seconds else HealthState.UNKNOWN
    machine = watched.registering
    if machine is None:
        return health, NO_REGISTRATION
    if machine.held:
        return health, RegState.REGISTERED
    return health, RegState.TRYING if machine.send else RegState.WAITING
