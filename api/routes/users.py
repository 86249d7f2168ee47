"""People of the tenant."""

from typing import Any
from uuid import UUID

from litestar import Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api.auth.sessions import SessionStore
from api.paging import Paging
from api.realtime.hub import DeskHub
from api.routes.responses import created, given, shown
from api.schemas.common import Page
from api.schemas.users import UserBody, UserChange, UserInput
from api.work import Unit, Work
from kernel.primitives.ids import UserId
from kernel.primitives.secret import Secret
from tenants.directory import PasswordHasher, User, check_password

COLLECTION = "/v1/users"


def _body(user: User) -> UserBody:
    return UserBody(id=user.id, email=user.email, name=user.name, roles=user.roles, active=user.active)


def _id(user: User) -> UUID:
    return user.id


async def _hashed(password: str, passwords: PasswordHasher) -> str:
    """Before the transaction: hashing takes its time."""
    secret = Secret(password)
    check_password(secret)
    return await passwords.hash(secret)


@get(COLLECTION, operation_id="list_users", tags=["Users"])
async def list_users(work: NamedDependency[Work], paging: NamedDependency[Paging]) -> Page[UserBody]:
    """People in the order in which they were added."""
    async with work.read() as unit:
        found = await unit.users.page(paging.after, paging.one_more)
    return paging.page(found, _id, _body)


@post(COLLECTION, operation_id="create_user", status_code=201, tags=["Users"])
async def create_user(data: JSONBody[UserInput], work: NamedDependency[Work]) -> Response[UserBody]:
    """Add a person; only an owner adds owners."""
    hashed = await _hashed(data.password, work.services.passwords)

    async def add(unit: Unit) -> Response[UserBody]:
        user = User(id=UserId(unit.new_id()), email=data.email, name=data.name, roles=data.roles)
        return created(_body(await unit.users.create(user, hashed)), user.revision, COLLECTION, user.id)

    return await work.create(add)


@get(f"{COLLECTION}/{{id:uuid}}", operation_id="get_user", tags=["Users"])
async def get_user(key: NamedDependency[UUID], work: NamedDependency[Work]) -> Response[UserBody]:
    """One person."""
    async with work.read() as unit:
        user = await unit.users.get(UserId(key))
    return shown(_body(user), user.revision)


@patch(f"{COLLECTION}/{{id:uuid}}", operation_id="update_user", tags=["Users"])
async def update_user(
    key: NamedDependency[UUID],
    data: JSONBody[UserChange],
    work: NamedDependency[Work],
    expected: NamedDependency[int | None],
    hub: NamedDependency[DeskHub],
) -> Response[UserBody]:
    """Change a person; a new password or `active: false` ends that person's other sessions."""
    changes: dict[str, Any] = given(data)
    password = changes.pop("password", None)
    hashed = None if password is None else await _hashed(password, work.services.passwords)
    async with work.write() as unit:
        user = await unit.users.change(UserId(key), changes, hashed, expected)
        locked_out = hashed is not None or not user.active
        if locked_out:
            await SessionStore(unit.uow.session).close_all(user.id, but=work.principal.session)
    if locked_out:
        await hub.check_sessions(work.principal.tenant, user.id)
    return shown(_body(user), user.revision)


@delete(f"{COLLECTION}/{{id:uuid}}", operation_id="delete_user", status_code=204, tags=["Users"])
async def delete_user(
    key: NamedDependency[UUID],
    work: NamedDependency[Work],
    expected: NamedDependency[int | None],
    hub: NamedDependency[DeskHub],
) -> None:
    """Remove a person: the seat is free again, sessions end, call records keep the name."""
    async with work.write() as unit:
        await unit.users.remove(UserId(key), expected)
        await SessionStore(unit.uow.session).close_all(UserId(key))
    await hub.check_sessions(work.principal.tenant, UserId(key))


HANDLERS = [list_users, create_user, get_user, update_user, delete_user]
