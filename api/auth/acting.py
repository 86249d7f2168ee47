"""Acting in a client: the header `Cordboard-Client` and the grant that lets a provider's person in."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from litestar import WebSocket
from litestar.connection import ASGIConnection

from api.auth.permissions import Rule
from api.auth.principal import Principal
from api.services import Services
from kernel.contracts.base import TenantScope
from kernel.primitives.errors import Forbidden
from kernel.primitives.ids import TenantId
from tenants.audit import Origin
from tenants.directory import Permission, of_provider
from tenants.directory.errors import NoSuchClient, ProviderOnly
from tenants.directory.grants import Grant, GrantBook, Person, effective
from tenants.unit import TenantUnit

CLIENT_HEADER = "Cordboard-Client"
CLIENT_PARAMETER = "client"
NOTED_EVERY = timedelta(minutes=1)  # reading goes on all the time: changes are audited each, reading by the minute

Connection = ASGIConnection[Any, Any, Any, Any]


class Acting:
    """Turns who is logged in into who acts here: in the own tenant, or in a client by a grant."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def principal(self, connection: Connection, who: Principal, operation: str, rule: Rule) -> Principal:
        """NoSuchClient without a live grant, Forbidden when no live grant goes that far, ProviderOnly.

        One's own account is at home: the header does not change whose it is.
        """
        wanted = connection.headers.get(CLIENT_HEADER) or _asked_by_page(connection)
        if wanted is None or rule.personal or _client(wanted) == who.home:
            await self._require_provider(who, rule)
            return who
        client = _client(wanted)
        grants = [grant for grant in await self._mine(who) if grant.client == client]
        if not grants:
            raise NoSuchClient("Ask the client to let you in, or ask for it by a request.")
        acting = _by_the_farthest(who, client, grants, rule)
        if acting is None:
            raise Forbidden(f"The client let you in, but not with the permission {rule.permission}.")
        await self._note(connection, acting, _behind(acting, grants), operation)
        return acting

    async def everywhere(
        self, connection: Connection, who: Principal, operation: str, rule: Rule
    ) -> Sequence[Principal]:
        """Who is at home at the provider, in each client that lets them do this, by the clients' ids. ProviderOnly.

        Each client's audit has it, as if it had been asked for by itself.
        """
        live = await self._mine(who) if await self._is_provider(who) else None
        if live is None:
            raise ProviderOnly("This tenant is a client: its provider sees all clients.")
        found: list[Principal] = []
        for client in sorted({grant.client for grant in live}):
            grants = [grant for grant in live if grant.client == client]
            acting = _by_the_farthest(who, client, grants, rule)
            if acting is not None:
                await self._note(connection, acting, _behind(acting, grants), operation)
                found.append(acting)
        return found

    async def _require_provider(self, who: Principal, rule: Rule) -> None:
        if rule.permission is None or not of_provider(rule.permission) or not rule.allows(who.permissions):
            return
        if not await self._is_provider(who):
            raise ProviderOnly("This tenant is a client: its provider has this console.")

    async def _is_provider(self, who: Principal) -> bool:
        """Whether they are at home there now, and act in no client."""
        async with self._services.database.read() as uow:
            return who.tenant == who.home and await GrantBook(uow.session).provider_at(who.home) is not None

    async def _mine(self, who: Principal) -> Sequence[Grant]:
        """The live ones, newest first."""
        if who.user is None:
            return ()
        person = Person(id=who.user, email=who.email, name=who.name, roles=who.roles)
        async with self._services.database.read() as uow:
            return await GrantBook(uow.session).of_person(person, who.home, self._services.clock.now())

    async def _note(self, connection: Connection, acting: Principal, grant: Grant, operation: str) -> None:
        services = self._services
        now = services.clock.now()
        if grant.last_used_at is not None and now - grant.last_used_at < NOTED_EVERY:
            return
        scope = TenantScope(grant.client)
        origin = origin_of(connection, acting)
        async with services.database.write(scope) as uow:
            await GrantBook(uow.session).used(grant.id, acting.person, now)
            unit = TenantUnit(uow, scope, origin, services.clock, services.ids)
            await unit.audit("grant.used", grant.id, operation=operation)


def origin_of(connection: Connection, principal: Principal | None = None) -> Origin:
    """Who acts, from where and as whom, for the audit."""
    address = connection.client.host if connection.client is not None else ""
    agent = connection.headers.get("user-agent", "")
    if principal is None:
        return Origin(None, address, agent)
    guest = "" if principal.grant is None else principal.name
    return Origin(principal.user, address, agent, grant=principal.grant, actor=principal.actor, guest=guest)


def _asked_by_page(connection: Connection) -> str | None:
    """A browser's WebSocket has no headers of its own: there the client stands in the URL."""
    return connection.query_params.get(CLIENT_PARAMETER) if isinstance(connection, WebSocket) else None


def _client(text: str) -> TenantId:
    try:
        return TenantId(UUID(text))
    except ValueError as error:
        raise NoSuchClient(f"{CLIENT_HEADER} is the id of a client.") from error


def _behind(acting: Principal, grants: Sequence[Grant]) -> Grant:
    return next(grant for grant in grants if grant.id == acting.grant)


def _by_the_farthest(who: Principal, client: TenantId, grants: Sequence[Grant], rule: Rule) -> Principal | None:
    """Under the newest grant that allows the operation, one that shows all before one that shows the own only."""
    under = [_under(who, client, grant) for grant in grants]
    allowed = [one for one in under if rule.allows(one.permissions)]
    return min(allowed, key=lambda one: rule.only_own(one.permissions), default=None)


def _under(who: Principal, client: TenantId, grant: Grant) -> Principal:
    permissions: frozenset[Permission] = effective(grant.terms)
    return msgspec.structs.replace(
        who,
        tenant=client,
        roles=frozenset(grant.terms.roles),
        permissions=permissions if who.limit is None else permissions & who.limit,
        grant=grant.id,
    )
