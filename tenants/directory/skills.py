"""What agents can, and how well: people of the tenant, and guests of the provider in this client."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import delete, insert, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.base import TenantScope
from kernel.contracts.queues import SkillLevel
from kernel.primitives.errors import NotFound
from kernel.primitives.ids import UserId
from tenants.directory import tables
from tenants.directory.checks import Checks
from tenants.directory.grants import GrantBook, shared_staff
from tenants.directory.repository import UserRepository
from tenants.unit import TenantUnit

SKILLS_OF_AN_AGENT = 50  # nobody keeps more up to date
HIGHEST_WEIGHT = 100

_rows = tables.AgentSkillsRow.table()


class AgentSkills(msgspec.Struct, frozen=True, kw_only=True):
    """`weight` is the agent's part where a queue gives calls out in proportion."""

    agent: UserId
    skills: tuple[SkillLevel, ...] = ()
    weight: int = 1


class SkillRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def all(self) -> Mapping[UserId, AgentSkills]:
        rows = await self._session.execute(
            select(_rows).where(_rows.c.tenant_id == self._tenant).order_by(_rows.c.user_id)
        )
        return {UserId(row.user_id): _read(row) for row in rows}

    async def get(self, agent: UserId) -> AgentSkills:
        """Without skills for who has none."""
        mine = select(_rows).where(_rows.c.tenant_id == self._tenant, _rows.c.user_id == agent)
        row = (await self._session.execute(mine)).one_or_none()
        return AgentSkills(agent=agent) if row is None else _read(row)

    async def put(self, skills: AgentSkills) -> None:
        mine = delete(_rows).where(_rows.c.tenant_id == self._tenant, _rows.c.user_id == skills.agent)
        await self._session.execute(mine)
        if skills.skills or skills.weight != 1:
            levels = [{"skill": one.skill, "level": one.level} for one in skills.skills]
            values = {"tenant_id": self._tenant, "user_id": skills.agent, "skills": levels, "weight": skills.weight}
            await self._session.execute(insert(_rows).values(values))


def _read(row: Row[Any]) -> AgentSkills:
    skills = msgspec.convert(row.skills, tuple[SkillLevel, ...])
    return AgentSkills(agent=UserId(row.user_id), skills=skills, weight=row.weight)


class SkillService:
    """In a unit that is not bound to the tenant's rows, for agents may be people of the provider."""

    def __init__(self, unit: TenantUnit) -> None:
        self._unit = unit
        self._skills = SkillRepository(unit.session, unit.scope)
        self._users = UserRepository(unit.session, unit.scope)

    async def all(self) -> Collection[AgentSkills]:
        return (await self._skills.all()).values()

    async def get(self, agent: UserId) -> AgentSkills:
        """NotFound."""
        await self._require(agent)
        return await self._skills.get(agent)

    async def put(self, skills: AgentSkills) -> AgentSkills:
        """NotFound, InvalidInput."""
        await self._require(skills.agent)
        names = [one.skill for one in skills.skills]
        checks = Checks()
        checks.distinct("skills", names)
        checks.require(len(names) <= SKILLS_OF_AN_AGENT, "skills", "too_many", f"at most {SKILLS_OF_AN_AGENT}")
        for name in names:
            checks.name("skills", name)
        checks.between("weight", skills.weight, 1, HIGHEST_WEIGHT)
        checks.done()
        await self._skills.put(skills)
        await self._unit.changed("agent.skills_changed", skills.agent, skills=_told(skills.skills))
        return skills

    async def _require(self, agent: UserId) -> None:
        if await self._users.known([agent]) or agent in await self._guests():
            return
        raise NotFound("There is no such agent.")

    async def _guests(self) -> set[UserId]:
        tenant = self._unit.scope.tenant
        provider = await GrantBook(self._unit.session).provider_of(tenant)
        if provider is None:
            return set()
        staff = await shared_staff(self._unit.session, provider, self._unit.now, client=tenant)
        return {agent.agent for agent in staff}


def _told(skills: Sequence[SkillLevel]) -> list[str]:
    return [f"{one.skill} {one.level}" for one in skills]
