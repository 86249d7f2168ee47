"""Registered telephones on their way to the database."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update

from gateway.app.reporting import message
from gateway.app.tables import GatewayRegistrationRow
from gateway.registrar.binding import Binding
from kernel.contracts.codec import pack, unpack
from kernel.contracts.telephony import PhoneChanged
from kernel.ports.unit_of_work import Database
from kernel.primitives.ids import PhoneId, TenantId, UserId

_rows = GatewayRegistrationRow.table()

Bindings = tuple[Binding, ...]


class SavedTelephone(msgspec.Struct, frozen=True, kw_only=True):
    """A registered telephone; `bindings` are those that another process can use, maybe none.

    `agent` None: it is the peer of a trunk.
    """

    tenant: TenantId
    agent: UserId | None
    name: str
    bindings: Bindings


class RegistrationChange(msgspec.Struct, frozen=True, kw_only=True):
    """`state` None: it is not registered any more. `report` is what is new about its presence."""

    phone: PhoneId
    state: SavedTelephone | None
    report: PhoneChanged | None = None


class RegistrationStore:
    """All rows of one gateway, whichever tenant's they are."""

    def __init__(self, database: Database, gateway: str) -> None:
        self._database = database
        self._gateway = gateway
        self._known: set[PhoneId] = set()

    async def load(self) -> dict[PhoneId, SavedTelephone]:
        async with self._database.read() as unit:
            rows = (await unit.session.execute(select(_rows).where(_rows.c.gateway == self._gateway))).all()
        self._known = {PhoneId(row.phone_id) for row in rows}
        return {PhoneId(row.phone_id): unpack(row.state, SavedTelephone) for row in rows}

    async def write(self, changes: Sequence[RegistrationChange]) -> None:
        """In one transaction."""
        present = {change.phone: change.state for change in changes if change.state is not None}
        fresh = [self._values(phone, state) for phone, state in present.items() if phone not in self._known]
        stale = [{"b_phone": phone, "b_state": pack(state)} for phone, state in present.items() if phone in self._known]
        gone = [change.phone for change in changes if change.state is None]
        async with self._database.write() as unit:
            if fresh:
                await unit.session.execute(insert(_rows), fresh)
            if stale:
                change = update(_rows).where(_rows.c.phone_id == bindparam("b_phone"))
                connection = await unit.session.connection()
                await connection.execute(change.values(state=bindparam("b_state")), stale)
            if gone:
                await unit.session.execute(delete(_rows).where(_rows.c.phone_id.in_(gone)))
            for one in changes:
                if one.report is not None:
                    unit.emit(*message(one.report))
        self._known = (self._known | present.keys()) - set(gone)

    def _values(self, phone: PhoneId, state: SavedTelephone) -> dict[str, Any]:
        return {"phone_id": phone, "tenant_id": state.tenant, "gateway": self._gateway, "state": pack(state)}
