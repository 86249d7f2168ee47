"""Departments: a tree inside a tenant."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.base import TenantScope
from kernel.primitives.errors import InvalidInput
from tenants.directory import tables
from tenants.directory.changes import changed, get_or_not_found, require_revision
from tenants.directory.checks import Checks
from tenants.directory.errors import DepartmentCycle, NameTaken, StillInUse
from tenants.directory.model import Department
from tenants.rows import TenantRows
from tenants.unit import TenantUnit

DEPARTMENTS = 1_000  # one for every other seat of the largest centre we know
TOLD = 50  # of those who use something: enough to begin with

_departments = tables.DepartmentRow.table()
_users = tables.UserRow.table()
_teams = tables.TeamRow.table()


def _department(row: Row[Any]) -> Department:
    return Department(id=row.id, name=row.name, parent=row.parent_id, revision=row.revision)


def above(department: UUID, parents: Mapping[UUID, UUID | None]) -> Sequence[UUID]:
    """All departments that it is below, the nearest first; DepartmentCycle when it is among them."""
    found: list[UUID] = []
    at = parents.get(department)
    while at is not None:
        if at == department or at in found:
            raise DepartmentCycle("Choose a department that is not below this one.", department=str(at))
        found.append(at)
        at = parents.get(at)
    return found


def below(department: UUID, parents: Mapping[UUID, UUID | None]) -> frozenset[UUID]:
    """The department itself and all below it."""
    return frozenset(key for key in parents if key == department or department in above(key, parents))


class DepartmentRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant
        self.rows = TenantRows[Department](session, scope, _departments, _department)

    async def add(self, department: Department) -> None:
        fixed = {"id": department.id, "revision": department.revision}
        await self.rows.add(fixed | {"name": department.name, "parent_id": department.parent})

    async def change(self, department: Department, revision: int) -> None:
        values = {"name": department.name, "parent_id": department.parent}
        await self.rows.replace(department.id, revision, values)

    async def parents(self, *, lock: bool = False) -> Mapping[UUID, UUID | None]:
        """Of each department; locked, so that two moves at once cannot make a cycle together."""
        query = select(_departments.c.id, _departments.c.parent_id).where(_departments.c.tenant_id == self._tenant)
        rows = await self._session.execute(query.with_for_update() if lock else query)
        return {row.id: row.parent_id for row in rows}

    async def is_taken(self, department: Department) -> bool:
        """By another one below the same parent."""
        same = await self.rows.find(_departments.c.name == department.name)
        return any(other.id != department.id and other.parent == department.parent for other in same)

    async def used_by(self, department: UUID) -> list[dict[str, str]]:
        """What is in it: departments, teams, people."""
        tables_of = (
            ("department", _departments, _departments.c.parent_id),
            ("team", _teams, _teams.c.department_id),
            ("user", _users, _users.c.department_id),
        )
        found: list[dict[str, str]] = []
        for kind, table, column in tables_of:
            query = select(table.c.id).where(table.c.tenant_id == self._tenant, column == department)
            if "removed_at" in table.c:
                query = query.where(table.c.removed_at.is_(None))
            keys = await self._session.scalars(query.order_by(table.c.id).limit(TOLD))
            found += [{"kind": kind, "id": str(key)} for key in keys]
        return found[:TOLD]


class DepartmentService:
    def __init__(self, unit: TenantUnit) -> None:
        self._unit = unit
        self._departments = DepartmentRepository(unit.session, unit.scope)

    async def page(self, after: UUID | None, limit: int) -> Sequence[Department]:
        return await self._departments.rows.page(after, limit)

    async def get(self, key: UUID) -> Department:
        return await get_or_not_found(self._departments.rows, key, "department")

    async def create(self, department: Department) -> Department:
        """InvalidInput, NameTaken."""
        parents = await self._departments.parents(lock=True)
        await self._check(department, parents)
        checks = Checks()
        checks.require(len(parents) < DEPARTMENTS, "name", "too_many", f"at most {DEPARTMENTS} departments")
        checks.done()
        await self._departments.add(department)
        await self._unit.audit("department.created", department.id, name=department.name)
        return department

    async def change(self, key: UUID, changes: Mapping[str, Any], expected: int | None) -> Department:
        """NotFound, RevisionMismatch, InvalidInput, NameTaken, DepartmentCycle."""
        parents = await self._departments.parents(lock=True)
        old = await self.get(key)
        require_revision(old, expected)
        new = changed(old, changes)
        await self._check(new, parents)
        above(key, {**parents, key: new.parent})
        await self._departments.change(new, old.revision)
        await self._unit.audit("department.changed", key, fields=sorted(changes))
        return new

    async def remove(self, key: UUID, expected: int | None) -> None:
        """NotFound, StillInUse while anything is in it."""
        department = await self.get(key)
        require_revision(department, expected)
        used_by = await self._departments.used_by(key)
        if used_by:
            raise StillInUse("Move what is in it elsewhere first.", used_by=used_by)
        await self._departments.rows.remove(key)
        await self._unit.audit("department.removed", key, name=department.name)

    async def _check(self, department: Department, parents: Mapping[UUID, UUID | None]) -> None:
        checks = Checks()
        checks.name("name", department.name)
        checks.done()
        require_department("parent_id", department.parent, parents)
        if await self._departments.is_taken(department):
            raise NameTaken("Give the department another name.")


def require_department(field: str, department: UUID | None, known: Mapping[UUID, UUID | None]) -> None:
    """InvalidInput for a department that the tenant does not have."""
    if department is not None and department not in known:
        problem = {"field": field, "code": "no_such_department", "detail": str(department)}
        raise InvalidInput("There is no such department.", errors=[problem])
