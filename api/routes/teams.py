"""Teams."""

from uuid import UUID

from litestar import Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api.paging import Paging
from api.routes.responses import created, given, shown
from api.schemas.common import Page
from api.schemas.departments import TeamBody, TeamChange, TeamInput
from api.work import Unit, Work
from kernel.primitives.ids import UserId
from tenants.directory import Team

COLLECTION = "/v1/teams"

_FIELDS = {"department_id": "department"}


def _body(team: Team) -> TeamBody:
    return TeamBody(id=team.id, name=team.name, department_id=team.department, members=team.members, leads=team.leads)


@get(COLLECTION, operation_id="list_teams", tags=["Departments and teams"])
async def list_teams(work: NamedDependency[Work], paging: NamedDependency[Paging]) -> Page[TeamBody]:
    """Teams in the order in which they were made."""
    async with work.read() as unit:
        found = await unit.teams.page(paging.after, paging.one_more)
    return paging.page(found, _body)


@post(COLLECTION, operation_id="create_team", status_code=201, tags=["Departments and teams"])
async def create_team(data: JSONBody[TeamInput], work: NamedDependency[Work]) -> Response[TeamBody]:
    """Make a team."""

    async def add(unit: Unit) -> Response[TeamBody]:
        new = Team(
            id=unit.new_id(),
            name=data.name,
            department=data.department_id,
            members=tuple(UserId(key) for key in data.members),
            leads=tuple(UserId(key) for key in data.leads),
        )
        team = await unit.teams.create(new)
        return created(_body(team), team.revision, COLLECTION, team.id)

    return await work.create(add)


@get(f"{COLLECTION}/{{id:uuid}}", operation_id="get_team", tags=["Departments and teams"])
async def get_team(key: NamedDependency[UUID], work: NamedDependency[Work]) -> Response[TeamBody]:
    """One team."""
    async with work.read() as unit:
        team = await unit.teams.get(key)
    return shown(_body(team), team.revision)


@patch(f"{COLLECTION}/{{id:uuid}}", operation_id="update_team", tags=["Departments and teams"])
async def update_team(
    key: NamedDependency[UUID],
    data: JSONBody[TeamChange],
    work: NamedDependency[Work],
    expected: NamedDependency[int | None],
) -> Response[TeamBody]:
    """Change a team, its people or its leads."""
    changes = {_FIELDS.get(name, name): value for name, value in given(data).items()}
    async with work.write() as unit:
        team = await unit.teams.change(key, changes, expected)
    return shown(_body(team), team.revision)


@delete(f"{COLLECTION}/{{id:uuid}}", operation_id="delete_team", status_code=204, tags=["Departments and teams"])
async def delete_team(
    key: NamedDependency[UUID], work: NamedDependency[Work], expected: NamedDependency[int | None]
) -> None:
    """Remove a team without people."""
    async with work.write() as unit:
        await unit.teams.remove(key, expected)


HANDLERS = [list_teams, create_team, get_team, update_team, delete_team]
