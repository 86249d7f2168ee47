"""Grants: a client lets people of its provider in, sees what they did last, and ends it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from litestar import Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import UNSET

from api.paging import Paging
from api.routes.responses import created, shown
from api.schemas.common import Page
from api.schemas.grants import (
    GrantAcceptance,
    GrantBody,
    GrantInput,
    GrantRequest,
    MyGrantBody,
    MyGrantsBody,
)
from api.times import aware
from api.work import Unit, Work
from kernel.primitives.ids import TenantId, UserId
from tenants.directory import Permission
from tenants.directory.grants import Beneficiary, Grant, GrantBook, Terms, effective, state_at

COLLECTION = "/v1/grants"
OF_PROVIDER = "/v1/provider/grants"


class _Shown:
    """Grants with the names of people and clients, as of one moment."""

    def __init__(self, people: Mapping[UserId, str], clients: Mapping[TenantId, str], now: datetime) -> None:
        self._people = people
        self._clients = clients
        self._now = now

    @classmethod
    async def of(cls, unit: Unit, grants: Sequence[Grant]) -> "_Shown":
        book = GrantBook(unit.uow.session)
        people = {key for grant in grants for key in (grant.holder.person, grant.last_used_by) if key is not None}
        clients = await book.client_names({grant.client for grant in grants})
        return cls(await book.names(people), clients, unit.tenant_unit.now)

    def _name(self, key: UserId | None) -> str | None:
        return None if key is None else self._people.get(key)

    def body(self, grant: Grant) -> GrantBody:
        terms = grant.terms
        return GrantBody(
            id=grant.id,
            state=state_at(grant, self._now),
            client_id=grant.client,
            client_name=self._clients.get(grant.client),
            user_id=grant.holder.person,
            user_name=self._name(grant.holder.person),
            provider_role=grant.holder.role,
            roles=terms.roles,
            extra_permissions=terms.permissions,
            permissions=_sorted(effective(terms)),
            until=terms.until,
            reason=terms.reason,
            asked_at=grant.asked_at,
            asked_by=grant.asked_by,
            given_at=grant.given_at,
            given_by=grant.given_by,
            closed_at=grant.closed_at,
            closed_by=grant.closed_by,
            last_used_at=grant.last_used_at,
            last_used_by=grant.last_used_by,
            last_used_by_name=self._name(grant.last_used_by),
        )


def _sorted(permissions: frozenset[Permission]) -> tuple[Permission, ...]:
    return tuple(permission for permission in Permission if permission in permissions)


def _terms(data: GrantInput | GrantRequest) -> Terms:
    return Terms(roles=data.roles, permissions=data.permissions, until=aware("until", data.until), reason=data.reason)


@get(COLLECTION, operation_id="list_grants", tags=["Grants"])
async def list_grants(work: NamedDependency[Work], paging: NamedDependency[Paging]) -> Page[GrantBody]:
    """All grants that were asked of this tenant or given, live and past, newest first."""
    async with work.read_across() as unit:
        found = await unit.grants.page(paging.after, paging.one_more)
        shows = await _Shown.of(unit, found)
    return paging.page(found, shows.body)


@post(COLLECTION, operation_id="create_grant", status_code=201, tags=["Grants"])
async def create_grant(data: JSONBody[GrantInput], work: NamedDependency[Work]) -> Response[GrantBody]:
    """Let a person of the provider, or all with a role there, act in this tenant until a day."""

    async def add(unit: Unit) -> Response[GrantBody]:
        to = Beneficiary(email=data.email, role=data.provider_role)
        grant = await unit.grants.give(to, _terms(data))
        shows = await _Shown.of(unit, [grant])
        return created(shows.body(grant), grant.revision, COLLECTION, grant.id)

    return await work.create(add, across=True)


@get(f"{COLLECTION}/{{id:uuid}}", operation_id="get_grant", tags=["Grants"])
async def get_grant(key: NamedDependency[UUID], work: NamedDependency[Work]) -> Response[GrantBody]:
    """One grant, with when and by whom it was used last."""
    async with work.read_across() as unit:
        grant = await unit.grants.get(key)
        shows = await _Shown.of(unit, [grant])
    return shown(shows.body(grant), grant.revision)


@post(f"{COLLECTION}/{{id:uuid}}/acceptance", operation_id="accept_grant", status_code=200, tags=["Grants"])
async def accept_grant(
    key: NamedDependency[UUID],
    data: JSONBody[GrantAcceptance],
    work: NamedDependency[Work],
    expected: NamedDependency[int | None],
) -> Response[GrantBody]:
    """Give what the provider asked for; `DELETE` refuses it."""
    until = None if data.until is UNSET else aware("until", data.until)
    async with work.write_across() as unit:
        grant = await unit.grants.accept(key, until, expected)
        shows = await _Shown.of(unit, [grant])
    return shown(shows.body(grant), grant.revision)


@delete(f"{COLLECTION}/{{id:uuid}}", operation_id="end_grant", status_code=200, tags=["Grants"])
async def end_grant(
    key: NamedDependency[UUID], work: NamedDependency[Work], expected: NamedDependency[int | None]
) -> Response[GrantBody]:
    """End a live grant at once, or refuse one that was asked for: the next request under it fails."""
    async with work.write_across() as unit:
        grant = await unit.grants.end(key, expected)
        shows = await _Shown.of(unit, [grant])
    return shown(shows.body(grant), grant.revision)


@get(OF_PROVIDER, operation_id="list_provider_grants", tags=["Provider"])
async def list_provider_grants(work: NamedDependency[Work], paging: NamedDependency[Paging]) -> Page[GrantBody]:
    """All grants of the provider's people, asked for, live and past, newest first."""
    async with work.read_across() as unit:
        found = await unit.grants.asked(paging.after, paging.one_more)
        shows = await _Shown.of(unit, found)
    return paging.page(found, shows.body)


@post(OF_PROVIDER, operation_id="request_grant", status_code=201, tags=["Provider"])
async def request_grant(data: JSONBody[GrantRequest], work: NamedDependency[Work]) -> Response[GrantBody]:
    """Ask a client to let a person, or all with a role, act in it; nothing is allowed before it accepts."""

    async def add(unit: Unit) -> Response[GrantBody]:
        user = None if data.user_id is None else UserId(data.user_id)
        to = Beneficiary(user=user, role=data.provider_role)
        grant = await unit.grants.ask(TenantId(data.client_id), to, _terms(data))
        shows = await _Shown.of(unit, [grant])
        return created(shows.body(grant), grant.revision, OF_PROVIDER, grant.id)

    return await work.create(add, across=True)


@delete(f"{OF_PROVIDER}/{{id:uuid}}", operation_id="withdraw_grant", status_code=200, tags=["Provider"])
async def withdraw_grant(
    key: NamedDependency[UUID], work: NamedDependency[Work], expected: NamedDependency[int | None]
) -> Response[GrantBody]:
    """Take back what was asked for, or give up what was given."""
    async with work.write_across() as unit:
        grant = await unit.grants.withdraw(key, expected)
        shows = await _Shown.of(unit, [grant])
    return shown(shows.body(grant), grant.revision)


@get("/v1/session/grants", operation_id="list_my_grants", tags=["Session"])
async def list_my_grants(work: NamedDependency[Work]) -> MyGrantsBody:
    """The clients that you may act in now, with the header `Cordboard-Client`."""
    principal = work.principal
    if principal.user is None:
        return MyGrantsBody(items=())
    async with work.read_across() as unit:
        found = await unit.grants.mine(principal.user, principal.roles)
        names = await GrantBook(unit.uow.session).client_names({grant.client for grant in found})
    return MyGrantsBody(
        items=tuple(
            MyGrantBody(
                id=grant.id,
                client_id=grant.client,
                client_name=names[grant.client],
                roles=grant.terms.roles,
                permissions=_sorted(effective(grant.terms)),
                until=grant.terms.until,
            )
            for grant in found
        )
    )


HANDLERS = [
    list_grants,
    create_grant,
    get_grant,
    accept_grant,
    end_grant,
    list_provider_grants,
    request_grant,
    withdraw_grant,
    list_my_grants,
]
