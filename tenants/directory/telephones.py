"""By which telephone an agent may work in place of the browser: one that registers with us, or a number outside."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import delete, insert, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.base import TenantScope
from kernel.contracts.telephony import PartyAddress, PhoneParty, TrunkParty
from kernel.primitives.errors import NotFound
from kernel.primitives.ids import UserId
from kernel.primitives.phone import PhoneNumber
from tenants.directory import tables
from tenants.directory.checks import Checks
from tenants.directory.phones import PhoneRepository
from tenants.directory.repository import UserRepository
from tenants.unit import TenantUnit

_rows = tables.AgentTelephoneRow.table()


class TelephoneMode(StrEnum):
    EACH_CALL = "each_call"  # called for each call
    KEPT = "kept"  # called once, and its line kept up between calls


class AgentTelephone(msgspec.Struct, frozen=True, kw_only=True):
    """One of `phone`, the user name of a telephone of ours, and `number`; `only`: the browser is no choice."""

    agent: UserId
    phone: str | None = None
    number: PhoneNumber | None = None
    only: bool = False
    mode: TelephoneMode = TelephoneMode.EACH_CALL

    @property
    def address(self) -> PartyAddress | None:
        if self.phone is not None:
            return PhoneParty(user=self.phone)
        return None if self.number is None else TrunkParty(called=self.number)


class AgentTelephoneRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def all(self) -> Mapping[UserId, AgentTelephone]:
        mine = select(_rows).where(_rows.c.tenant_id == self._tenant).order_by(_rows.c.user_id)
        return {UserId(row.user_id): _read(row) for row in await self._session.execute(mine)}

    async def put(self, telephone: AgentTelephone) -> None:
        await self.remove(telephone.agent)
        values = {
            "tenant_id": self._tenant,
            "user_id": telephone.agent,
            "phone": telephone.phone,
            "e164": None if telephone.number is None else telephone.number.e164,
            "only": telephone.only,
            "mode": telephone.mode.value,
        }
        await self._session.execute(insert(_rows).values(values))

    async def remove(self, agent: UserId) -> bool:
        """Whether there was one."""
        mine = delete(_rows).where(_rows.c.tenant_id == self._tenant, _rows.c.user_id == agent)
        return (await self._session.execute(mine.returning(_rows.c.user_id))).first() is not None


def _read(row: Row[Any]) -> AgentTelephone:
    number = None if row.e164 is None else PhoneNumber(row.e164)
    mode = TelephoneMode(row.mode)
    return AgentTelephone(agent=UserId(row.user_id), phone=row.phone, number=number, only=row.only, mode=mode)


class AgentTelephoneService:
    def __init__(self, unit: TenantUnit) -> None:
        self._unit = unit
        self._telephones = AgentTelephoneRepository(unit.session, unit.scope)
        self._people = UserRepository(unit.session, unit.scope)
        self._phones = PhoneRepository(unit.session, unit.scope)

    async def all(self) -> Collection[AgentTelephone]:
        return (await self._telephones.all()).values()

    async def get(self, agent: UserId) -> AgentTelephone:
        """NotFound."""
        found = (await self._telephones.all()).get(agent)
        if found is None:
            raise NotFound("This agent works in the browser.")
        return found

    async def put(
        self,
        agent: UserId,
        phone: str | None,
        number: str | None,
        *,
        only: bool,
        mode: TelephoneMode = TelephoneMode.EACH_CALL,
    ) -> AgentTelephone:
        """NotFound, InvalidInput; counts from the agent's next log-in on."""
        if not await self._people.is_active(agent):
            raise NotFound("There is no such agent.")
        checks = Checks()
        checks.require((phone is None) is not (number is None), "phone", "one_of", "either `phone` or `number`")
        parsed = None if number is None else checks.phone("number", number)
        own = {one.name for one in await self._phones.rows.find() if one.user == agent}
        checks.require(phone is None or phone in own, "phone", "not_found", "the user name of a telephone of the agent")
        emergency = parsed is not None and parsed.emergency
        checks.require(not emergency, "number", "emergency", "no emergency number")
        kept = mode is TelephoneMode.KEPT
        checks.require(not kept or number is not None, "mode", "number_only", "`kept` goes with `number` only")
        checks.done()
        telephone = AgentTelephone(agent=agent, phone=phone, number=parsed, only=only, mode=mode)
        await self._telephones.put(telephone)
        kind = "phone" if parsed is None else "number"
        await self._unit.changed("agent.telephone_set", agent, kind=kind, only=only, mode=mode.value)
        return telephone

    async def remove(self, agent: UserId) -> None:
        """NotFound; from the next log-in on the agent works in the browser."""
        if not await self._telephones.remove(agent):
            raise NotFound("This agent works in the browser.")
        await self._unit.changed("agent.telephone_removed", agent)
