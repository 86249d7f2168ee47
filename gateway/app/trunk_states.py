"""What gateways found of trunks, kept for people who ask, and told in the tenant's log when it changes."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, delete, insert, select

from gateway.app.tables import GatewayTrunkRow
from gateway.trunks.health import HealthState
from gateway.trunks.registering import RegState
from gateway.trunks.watched import Found, Sign, Trouble, Watched
from kernel.contracts.base import TenantScope
from kernel.contracts.carriers import TrunkReason, TrunkStateChanged
from kernel.contracts.directory import TrunkConfig
from kernel.ports.unit_of_work import Database, UnitOfWork
from kernel.primitives.clock import Clock
from kernel.primitives.ids import EventId, Ids, TenantId, TrunkId

_trunks = GatewayTrunkRow.table()


class TrunkState(msgspec.Struct, frozen=True, kw_only=True):
    """`registration` "none": the trunk needs none. `status`: the SIP status that decided, 0: none yet.

    `reason` says what is wrong, since `reason_since`; None: nothing is. Health or registration changed at `since`.
    """

    gateway: str
    health: str
    registration: str
    status: int
    since: datetime
    reason: TrunkReason | None = None
    reason_since: datetime | None = None


class TrunkStates:
    """For the API: of one tenant's trunks, one state for each gateway that watches them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, tenant: TenantId, trunks: Collection[TrunkId]) -> Mapping[TrunkId, Sequence[TrunkState]]:
        """By the gateway's name; a trunk that no gateway watches has none."""
        found: dict[TrunkId, list[TrunkState]] = {trunk: [] for trunk in trunks}
        mine = select(_trunks).where(_trunks.c.tenant_id == tenant, _trunks.c.trunk_id.in_(trunks))
        async with self._database.read(TenantScope(tenant)) as unit:
            for row in await unit.session.execute(mine.order_by(_trunks.c.gateway)):
                found[TrunkId(row.trunk_id)].append(_read(row))
        return found


def _read(row: Row[Any]) -> TrunkState:
    return TrunkState(
        gateway=row.gateway,
        health=row.health,
        registration=row.registration,
        status=row.status,
        since=row.since,
        reason=TrunkReason(row.reason) if row.reason is not None else None,
        reason_since=row.reason_since,
    )


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
        """Keep what is found now; `sign` is what changed, told in the log, and `status` what the carrier said last."""
        why = watched.trouble_of(sign) if sign is not None else None
        await self._note(watched.trunk, watched.found, status, sign, why)

    async def note_peer(self, trunk: TrunkConfig, registered: bool, *, changed: bool) -> None:
        """The same for a peer that registers with us."""
        found = Found(HealthState.UNKNOWN, RegState.REGISTERED if registered else RegState.WAITING)
        sign: Sign = "registered" if registered else "unregistered"
        await self._note(trunk, found, 0, sign if changed else None)

    async def _note(
        self, trunk: TrunkConfig, found: Found, status: int, sign: Sign | None, why: Trouble | None = None
    ) -> None:
        at = self._clock.now()
        async with self._database.write() as unit:
            await self._keep(unit, trunk, found, status, at)
            if sign is not None:
                event = TrunkStateChanged(
                    id=EventId(self._ids.new()),
                    tenant=trunk.tenant,
                    at=at,
                    trunk=trunk.trunk,
                    name=trunk.name,
                    state=sign,
                    status=status if why is None else why.status,
                    reason=None if why is None else why.reason,
                )
                await unit.append(event)

    async def _keep(self, unit: UnitOfWork, trunk: TrunkConfig, found: Found, status: int, at: datetime) -> None:
        """What stays as it was keeps its moment."""
        one, trouble = self._one(trunk.trunk), found.trouble
        former = (await unit.session.execute(select(_trunks).where(*one))).one_or_none()
        row = {
            "trunk_id": trunk.trunk,
            "gateway": self._gateway,
            "tenant_id": trunk.tenant,
            "health": found.health,
            "registration": found.registration,
            "status": status if trouble is None else trouble.status,
            "since": at,
            "reason": None if trouble is None else trouble.reason,
            "reason_since": None if trouble is None else at,
        }
        if former is not None and (former.health, former.registration) == (found.health, found.registration):
            row["since"] = former.since
        if former is not None and trouble is not None and former.reason == trouble.reason:
            row["reason_since"] = former.reason_since
        await unit.session.execute(delete(_trunks).where(*one))
        await unit.session.execute(insert(_trunks).values(row))

    def _one(self, trunk: TrunkId) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return _trunks.c.trunk_id == trunk, _trunks.c.gateway == self._gateway
