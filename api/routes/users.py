"""People of the tenant."""

import secrets
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, QueryParameter

from api.auth.sessions import SessionStore
from api.paging import Paging
from api.realtime.hub import DeskHub
from api.routes.responses import created, given, shown
from api.schemas.common import Page
from api.schemas.users import Acceptance, InvitationBody, UserBody, UserChange, UserInput
from api.services import Services
from api.work import Unit, Work, origin_of
from kernel.contracts.base import TenantScope
from kernel.primitives.ids import UserId
from kernel.primitives.secret import Secret
from tenants.directory import EVERY_PERMISSION, PasswordHasher, Role, User, UserFilter, UserService, check_password
from tenants.directory.invitations import Invitation, invited
from tenants.unit import TenantUnit

COLLECTION = "/v1/users"
UNUSABLE_BYTES = 32  # a password that nobody knows, until the invited person sets one
SEARCH_LENGTH = 100  # no name is longer

_FIELDS = {"department_id": "department"}


def _body(user: User) -> UserBody:
    return UserBody(
        id=user.id,
        email=user.email,
        name=user.name,
        roles=user.roles,
        custom_roles=user.custom_roles,
        department_id=user.department,
        active=user.active,
    )


def invitation_body(user: UserId, invitation: Invitation) -> InvitationBody:
    return InvitationBody(user_id=user, token=invitation.token.reveal(), expires_at=invitation.expires_at)


async def hashed(password: str | None, passwords: PasswordHasher) -> str:
    """Before the transaction: hashing takes its time. None: a password that nobody knows."""
    secret = Secret(secrets.token_urlsafe(UNUSABLE_BYTES) if password is None else password)
    check_password(secret)
    return await passwords.hash(secret)


@get(COLLECTION, operation_id="list_users", tags=["Users"])
async def list_users(
    work: NamedDependency[Work],
    paging: NamedDependency[Paging],
    people: NamedDependency[UserFilter],
    department_id: Annotated[UUID | None, QueryParameter(description="In this department or below it.")] = None,
) -> Page[UserBody]:
    """People in the order in which they were added."""
    async with work.read() as unit:
        if department_id is not None:
            people = people.within(await unit.users.departments_below(department_id))
        found = await unit.users.page(paging.after, paging.one_more, people)
    return paging.page(found, _body)


def provide_people(
    team_id: Annotated[UUID | None, QueryParameter(description="In this team, or leading it.")] = None,
    role: FromQuery[Role | None] = None,
    custom_role_id: Annotated[UUID | None, QueryParameter(description="With this own role of the tenant.")] = None,
    active: FromQuery[bool | None] = None,
    q: Annotated[
        str | None, QueryParameter(description="In the name or e-mail address.", min_length=1, max_length=SEARCH_LENGTH)
    ] = None,
) -> UserFilter:
    """The filters of the list, but the department."""
    return UserFilter(team=team_id, role=role, custom_role=custom_role_id, active=active, text=q)


@post(COLLECTION, operation_id="create_user", status_code=201, tags=["Users"])
async def create_user(data: JSONBody[UserInput], work: NamedDependency[Work]) -> Response[UserBody]:
    """Add a person, with no permission that you do not have; only an owner adds owners."""
    password_hash = await hashed(data.password, work.services.passwords)

    async def add(unit: Unit) -> Response[UserBody]:
        user = User(
            id=UserId(unit.new_id()),
            email=data.email,
            name=data.name,
            roles=data.roles,
            custom_roles=data.custom_roles,
            department=data.department_id,
        )
        return created(_body(await unit.users.create(user, password_hash)), user.revision, COLLECTION, user.id)

    return await work.create(add, across=True)


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
    changes: dict[str, Any] = {_FIELDS.get(name, name): value for name, value in given(data).items()}
    password = changes.pop("password", None)
    password_hash = None if password is None else await hashed(password, work.services.passwords)
    async with work.write_across() as unit:
        user = await unit.users.change(UserId(key), changes, password_hash, expected)
        await unit.grants.person_changed(user.id, user.active)
        locked_out = password_hash is not None or not user.active
        if locked_out:
            await SessionStore(unit.uow.session).close_all(user.id, but=work.principal.session)
    await hub.check_sessions(work.principal.tenant, user.id)
    return shown(_body(user), user.revision)


@delete(f"{COLLECTION}/{{id:uuid}}", operation_id="delete_user", status_code=204, tags=["Users"])
async def delete_user(
    key: NamedDependency[UUID],
    work: NamedDependency[Work],
    expected: NamedDependency[int | None],
    hub: NamedDependency[DeskHub],
) -> None:
    """Remove a person: the seat is free again, sessions and grants end, call records keep the name."""
    async with work.write_across() as unit:
        await unit.users.remove(UserId(key), expected)
        await unit.grants.person_changed(UserId(key), active=False)
        await SessionStore(unit.uow.session).close_all(UserId(key))
    await hub.check_sessions(work.principal.tenant, UserId(key))


@post(f"{COLLECTION}/{{id:uuid}}/invitation", operation_id="invite_user", status_code=200, tags=["Users"])
async def invite_user(key: NamedDependency[UUID], work: NamedDependency[Work]) -> InvitationBody:
    """A link's token for the person to set a password with; a former one is void. It is told this once."""
    async with work.write() as unit:
        invitation = await unit.users.invite(UserId(key))
    return invitation_body(UserId(key), invitation)


@post("/v1/invitations", operation_id="accept_invitation", status_code=204, tags=["Session"])
async def accept_invitation(
    data: JSONBody[Acceptance], request: Request[Any, Any, Any], services: NamedDependency[Services]
) -> None:
    """Set the password with an invitation's token, then log in with it."""
    token, now = Secret(data.token), services.clock.now()
    async with services.database.read() as uow:
        await invited(uow.session, token, now)
    password_hash = await hashed(data.password, services.passwords)
    async with services.database.write() as uow:
        who = await invited(uow.session, token, now)
        origin = origin_of(request)
        unit = TenantUnit(uow, TenantScope(who.tenant), origin, services.clock, services.ids)
        await UserService(unit, EVERY_PERMISSION).join(who.user, password_hash)
        await SessionStore(uow.session).close_all(who.user)


HANDLERS = [list_users, create_user, get_user, update_user, delete_user, invite_user, accept_invitation]
