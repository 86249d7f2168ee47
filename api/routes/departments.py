"""Departments, a tree."""

from uuid import UUID

from litestar import Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api.paging import Paging
from api.routes.responses import created, given, shown
from api.schemas.common import Page
from api.schemas.departments import DepartmentBody, DepartmentChange, DepartmentInput
from api.work import Unit, Work
from tenants.directory import Department

COLLECTION = "/v1/departments"

_FIELDS = {"parent_id": "parent"}


def _body(department: Department) -> DepartmentBody:
    return DepartmentBody(id=department.id, name=department.name, parent_id=department.parent)


@get(COLLECTION, operation_id="list_departments", tags=["Departments and teams"])
async def list_departments(work: NamedDependency[Work], paging: NamedDependency[Paging]) -> Page[DepartmentBody]:
    """Departments in the order in which they were made."""
    async with work.read() as unit:
        found = await unit.departments.page(paging.after, paging.one_more)
    return paging.page(found, _body)


@post(COLLECTION, operation_id="create_department", status_code=201, tags=["Departments and teams"])
async def create_department(data: JSONBody[DepartmentInput], work: NamedDependency[Work]) -> Response[DepartmentBody]:
    """Make a department, at the top or below another one."""

    async def add(unit: Unit) -> Response[DepartmentBody]:
        new = Department(id=unit.new_id(), name=data.name, parent=data.parent_id)
        department = await unit.departments.create(new)
        return created(_body(department), department.revision, COLLECTION, department.id)

    return await work.create(add)


@get(f"{COLLECTION}/{{id:uuid}}", operation_id="get_department", tags=["Departments and teams"])
async def get_department(key: NamedDependency[UUID], work: NamedDependency[Work]) -> Response[DepartmentBody]:
    """One department."""
    async with work.read() as unit:
        department = await unit.departments.get(key)
    return shown(_body(department), department.revision)


@patch(f"{COLLECTION}/{{id:uuid}}", operation_id="update_department", tags=["Departments and teams"])
async def update_department(
    key: NamedDependency[UUID],
    data: JSONBody[DepartmentChange],
    work: NamedDependency[Work],
    expected: NamedDependency[int | None],
) -> Response[DepartmentBody]:
    """Rename a department or move it, with all that is below it."""
    changes = {_FIELDS.get(name, name): value for name, value in given(data).items()}
    async with work.write() as unit:
        department = await unit.departments.change(key, changes, expected)
    return shown(_body(department), department.revision)


@delete(f"{COLLECTION}/{{id:uuid}}", operation_id="delete_department", status_code=204, tags=["Departments and teams"])
async def delete_department(
    key: NamedDependency[UUID], work: NamedDependency[Work], expected: NamedDependency[int | None]
) -> None:
    """Remove an empty department."""
    async with work.write() as unit:
        await unit.departments.remove(key, expected)


HANDLERS = [list_departments, create_department, get_department, update_department, delete_department]
