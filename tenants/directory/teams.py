"""Teams: who works together, and who leads them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from msgspec.structs import replace
from sqlalchemy import delete, insert, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.base import TenantScope
from kernel.primitives.errors import InvalidInput
from kernel.primitives.ids import UserId
from tenants.directory import tables
from tenants.directory.changes import changed, get_or_not_found, require_revision
from tenants.directory.checks import Checks
from tenants.directory.departments import TOLD, DepartmentRepository, require_department
from tenants.directory.errors import NameTaken, StillInUse
from tenants.directory.model import Team
from tenants.directory.repository import UserRepository
from tenants.rows import TenantRows
from tenants.unit import TenantUnit

TEAMS = 1_000  # one for every other seat of the largest centre we know
PEOPLE = 500  # beyond it is a department, not a team

_teams = tables.TeamRow.table()
_members = tables.TeamMemberRow.table()


def _team(row: Row[Any]) -> Team:
    return Team(id=row.id, name=row.name, department=row.department_id, revision=row.revision)


class TeamRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant
        self.rows = TenantRows[Team](session, scope, _teams, _team)

    async def with_people(self, teams: Sequence[Team]) -> Sequence[Team]:
        members: dict[UUID, list[UserId]] = {team.id: [] for team in teams}
        leads: dict[UUID, list[UserId]] = {team.id: [] for team in teams}
        rows = await self._session.execute(
            select(_members.c.team_id, _members.c.user_id, _members.c.lead)
            .where(_members.c.tenant_id == self._tenant, _members.c.team_id.in_(list(members)))
            .order_by(_members.c.user_id)
        )
        for team, user, lead in rows:
            (leads if lead else members)[team].append(UserId(user))
        return [replace(team, members=tuple(members[team.id]), leads=tuple(leads[team.id])) for team in teams]

    async def add(self, team: Team) -> None:
        fixed = {"id": team.id, "revision": team.revision}
        await self.rows.add(fixed | {"name": team.name, "department_id": team.department})
        await self._write_people(team)

    async def change(self, team: Team, revision: int) -> None:
        await self.rows.replace(team.id, revision, {"name": team.name, "department_id": team.department})
        await self._write_people(team)

    async def _write_people(self, team: Team) -> None:
        mine = delete(_members).where(_members.c.tenant_id == self._tenant, _members.c.team_id == team.id)
        await self._session.execute(mine)
        people = [(user, False) for user in team.members] + [(user, True) for user in team.leads]
        if people:
            rows = [
                {"tenant_id": self._tenant, "team_id": team.id, "user_id": user, "lead": lead} for user, lead in people
            ]
            await self._session.execute(insert(_members), rows)

    async def is_taken(self, name: str, but: UUID) -> bool:
        return any(team.id != but for team in await self.rows.find(_teams.c.name == name))

    async def led_by(self, user: UserId) -> frozenset[UserId] | None:
        """The people of the teams that the user leads, the user included; None for who leads no team."""
        led = await self._session.scalars(
            select(_members.c.team_id).where(
                _members.c.tenant_id == self._tenant, _members.c.user_id == user, _members.c.lead.is_(True)
            )
        )
        teams = list(led)
        if not teams:
            return None
        people = await self._session.scalars(
            select(_members.c.user_id).where(_members.c.tenant_id == self._tenant, _members.c.team_id.in_(teams))
        )
        return frozenset(UserId(key) for key in people) | {user}


def check_team(team: Team) -> None:
    """InvalidInput naming every wrong field."""
    checks = Checks()
    checks.name("name", team.name)
    checks.distinct("members", team.members)
    checks.distinct("leads", team.leads)
    both = set(team.members) & set(team.leads)
    checks.require(not both, "leads", "member_too", "leads are not listed as members")
    checks.require(len(team.members) + len(team.leads) <= PEOPLE, "members", "too_many", f"at most {PEOPLE} people")
    checks.done()


class TeamService:
    def __init__(self, unit: TenantUnit) -> None:
        self._unit = unit
        self._teams = TeamRepository(unit.session, unit.scope)
        self._users = UserRepository(unit.session, unit.scope)
        self._departments = DepartmentRepository(unit.session, unit.scope)

    async def page(self, after: UUID | None, limit: int) -> Sequence[Team]:
        return await self._teams.with_people(await self._teams.rows.page(after, limit))

    async def get(self, key: UUID) -> Team:
        team = await get_or_not_found(self._teams.rows, key, "team")
        return (await self._teams.with_people([team]))[0]

    async def create(self, team: Team) -> Team:
        """InvalidInput, NameTaken."""
        await self._check(team)
        checks = Checks()
        checks.require(len(await self._teams.rows.find()) < TEAMS, "name", "too_many", f"at most {TEAMS} teams")
        checks.done()
        await self._teams.add(team)
        await self._unit.changed("team.created", team.id, name=team.name)
        return team

    async def change(self, key: UUID, changes: Mapping[str, Any], expected: int | None) -> Team:
        """NotFound, RevisionMismatch, InvalidInput, NameTaken."""
        old = await self.get(key)
        require_revision(old, expected)
        new = changed(old, changes)
        await self._check(new)
        await self._teams.change(new, old.revision)
        await self._unit.changed("team.changed", key, fields=sorted(changes))
        return new

    async def remove(self, key: UUID, expected: int | None) -> None:
        """NotFound, StillInUse while somebody is in it."""
        team = await self.get(key)
        require_revision(team, expected)
        people = [*team.members, *team.leads]
        if people:
            used_by = [{"kind": "user", "id": str(user)} for user in people[:TOLD]]
            raise StillInUse("Take its people out first.", used_by=used_by)
        await self._teams.rows.remove(key)
        await self._unit.changed("team.removed", key, name=team.name)

    async def _check(self, team: Team) -> None:
        check_team(team)
        require_department("department_id", team.department, await self._departments.parents())
        for field, people in (("members", team.members), ("leads", team.leads)):
            unknown = set(people) - await self._users.known(people)
            if unknown:
                problem = {"field": field, "code": "no_such_user", "detail": ", ".join(sorted(map(str, unknown)))}
                raise InvalidInput("Some of them are no users of this tenant.", errors=[problem])
        if await self._teams.is_taken(team.name, team.id):
            raise NameTaken("Give the team another name.")
