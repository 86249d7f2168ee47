"""Use cases: letting a provider's people act in a client, and ending it. Both sides' audits tell of each."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from kernel.primitives.errors import Forbidden, InvalidInput, NotFound
from kernel.primitives.ids import ProviderId, TenantId, UserId
from tenants.directory.changes import changed, require_revision
from tenants.directory.errors import GrantOver
from tenants.directory.escalation import require_held
from tenants.directory.grants.model import Closing, Grant, GrantState, Holder, Terms, check_terms, effective, state_at
from tenants.directory.grants.repository import GrantBook, GrantFilter, Person
from tenants.directory.grants.staff import guests_leave_queues
from tenants.directory.permissions import Permission
from tenants.directory.repository import login_key
from tenants.directory.roles import Role
from tenants.unit import TenantUnit

OPEN_STATES = frozenset({GrantState.PENDING, GrantState.LIVE})


class Beneficiary(msgspec.Struct, frozen=True, kw_only=True):
    """A person by e-mail address or id, or everybody of the provider with a role: exactly one of them."""

    email: str | None = None
    user: UserId | None = None
    role: Role | None = None


class GrantService:
    """`unit` is of the tenant that asks, a client or a provider's home; it must not be bound to that tenant's rows."""

    def __init__(self, unit: TenantUnit, acting: frozenset[Permission]) -> None:
        self._unit = unit
        self._acting = acting
        self._book = GrantBook(unit.session)

    # --- the client's side ---

    async def page(self, before: UUID | None, limit: int) -> Sequence[Grant]:
        """All that were ever asked of this tenant, newest first."""
        return await self._book.find(GrantFilter(client=self._unit.scope.tenant, before=before, limit=limit))

    async def get(self, key: UUID) -> Grant:
        grant = await self._book.get(key)
        if grant is None or grant.client != self._unit.scope.tenant:
            raise NotFound("There is no such grant.")
        return grant

    async def give(self, to: Beneficiary, terms: Terms) -> Grant:
        """InvalidInput, EscalationRefused."""
        client = self._unit.scope.tenant
        provider, home = await self._provider(client)
        check_terms(terms, self._unit.now)
        require_held(effective(terms), self._acting)
        holder = await self._holder(to, home)
        now, me = self._unit.now, self._me()
        grant = Grant(
            id=self._unit.new_id(),
            client=client,
            provider=provider,
            holder=holder,
            terms=terms,
            asked_at=now,
            asked_by=me,
            given_at=now,
            given_by=me,
        )
        await self._book.add(grant)
        await self._tell(grant, home, "grant.given")
        return grant

    async def accept(self, key: UUID, until: datetime | None, expected: int | None) -> Grant:
        """Give what the provider asked for, for a shorter time if `until` says so. GrantOver, EscalationRefused."""
        old = await self.get(key)
        require_revision(old, expected)
        if state_at(old, self._unit.now) is not GrantState.PENDING:
            raise GrantOver("Only a grant that is asked for can be accepted: give a new one.")
        terms = old.terms if until is None else msgspec.structs.replace(old.terms, until=min(until, old.terms.until))
        check_terms(terms, self._unit.now)
        require_held(effective(terms), self._acting)
        new = changed(old, {"terms": terms, "given_at": self._unit.now, "given_by": self._me()})
        return await self._replace(new, old.revision, "grant.given")

    async def end(self, key: UUID, expected: int | None) -> Grant:
        """End a live one at once, or refuse one that is asked for. NotFound, GrantOver."""
        old = await self.get(key)
        require_revision(old, expected)
        pending = state_at(old, self._unit.now) is GrantState.PENDING
        return await self._close(old, Closing.REFUSED if pending else Closing.ENDED)

    # --- the provider's side ---

    async def asked(self, before: UUID | None, limit: int) -> Sequence[Grant]:
        """All that the provider ever asked for or was given, newest first."""
        provider, _ = await self._own_provider()
        return await self._book.find(GrantFilter(provider=provider, before=before, limit=limit))

    async def ask(self, client: TenantId, to: Beneficiary, terms: Terms) -> Grant:
        """Ask a client of the own provider; nothing is given before it accepts. InvalidInput."""
        provider, home = await self._own_provider()
        if client == home or await self._book.provider_of(client) != provider:
            raise _wrong("client_id", "no_such_client", "a client of this provider")
        check_terms(terms, self._unit.now)
        holder = await self._holder(to, home)
        grant = Grant(
            id=self._unit.new_id(),
            client=client,
            provider=provider,
            holder=holder,
            terms=terms,
            asked_at=self._unit.now,
            asked_by=self._me(),
        )
        await self._book.add(grant)
        await self._tell(grant, home, "grant.asked")
        return grant

    async def withdraw(self, key: UUID, expected: int | None) -> Grant:
        """Give up what was asked for or given. NotFound, GrantOver."""
        provider, _ = await self._own_provider()
        old = await self._book.get(key)
        if old is None or old.provider != provider:
            raise NotFound("There is no such grant.")
        require_revision(old, expected)
        return await self._close(old, Closing.WITHDRAWN)

    async def mine(self, user: UserId, roles: frozenset[Role]) -> Sequence[Grant]:
        """By which the person may act now, newest first."""
        person = Person(id=user, email="", name="", roles=roles)
        return await self._book.of_person(person, self._unit.scope.tenant, self._unit.now)

    async def person_changed(self, user: UserId, active: bool) -> None:
        """Somebody of the own tenant was changed or removed: who left loses all grants, and clients hear the news."""
        home = self._unit.scope.tenant
        provider = await self._book.provider_at(home)
        if provider is None:
            return
        if not active:
            for grant in await self._book.open_of(user):
                if state_at(grant, self._unit.now) in OPEN_STATES:  # its time may have come without anybody closing it
                    await self._close(grant, Closing.PERSON_LEFT)
        for client in sorted({grant.client for grant in await self._book.live(self._unit.now, provider=provider)}):
            self._unit.beside(client).announce()

    # --- both ---

    async def _close(self, old: Grant, closing: Closing) -> Grant:
        if state_at(old, self._unit.now) not in OPEN_STATES:
            raise GrantOver("It is over already.")
        closed = {"closed_at": self._unit.now, "closed_by": self._unit.origin.user, "closing": closing}
        new = await self._replace(changed(old, closed), old.revision, f"grant.{closing}")
        await guests_leave_queues(self._unit.session, old.client, old.provider, self._unit.now)
        return new

    async def _replace(self, new: Grant, revision: int, action: str) -> Grant:
        await self._book.replace(new, revision)
        home = await self._book.home_of(new.provider)
        assert home is not None
        await self._tell(new, home, action)
        return new

    async def _tell(self, grant: Grant, home: TenantId, action: str) -> None:
        detail = {
            "user": None if grant.holder.person is None else str(grant.holder.person),
            "role": grant.holder.role,
            "client": str(grant.client),
            "roles": [str(role) for role in grant.terms.roles],
            "permissions": [str(permission) for permission in grant.terms.permissions],
            "until": grant.terms.until.isoformat(),
        }
        for tenant in (grant.client, home):
            await self._unit.beside(tenant).changed(action, grant.id, **detail)

    async def _provider(self, client: TenantId) -> tuple[ProviderId, TenantId]:
        """Whose client it is, and where that provider's own people are."""
        provider = await self._book.provider_of(client)
        home = None if provider is None else await self._book.home_of(provider)
        if provider is None or home is None or home == client:
            raise _wrong("email", "own_provider", "this tenant is its own provider: add people here instead")
        return provider, home

    async def _own_provider(self) -> tuple[ProviderId, TenantId]:
        home = self._unit.scope.tenant
        provider = await self._book.provider_at(home)
        if provider is None:
            raise NotFound("This tenant is no provider.")
        return provider, home

    async def _holder(self, to: Beneficiary, home: TenantId) -> Holder:
        given = [value for value in (to.email, to.user, to.role) if value is not None]
        if len(given) != 1:
            raise _wrong("email", "not_one_holder", "either one person or one role of the provider")
        if to.role is not None:
            return Holder(None, to.role)
        key = None if to.email is None else login_key(to.email)
        person = await self._book.person(home, key=to.user, login_key=key)
        if person is None:
            raise _wrong(
                "email" if to.user is None else "user_id", "no_such_person", "an active person of the provider"
            )
        return Holder(person.id, None)

    def _me(self) -> UserId:
        user = self._unit.origin.user
        if user is None:
            raise Forbidden("People let people in, machines do not: log in as a person.")
        return user


def _wrong(field: str, code: str, detail: str) -> InvalidInput:
    return InvalidInput(f"{field}: {detail}", errors=[{"field": field, "code": code, "detail": detail}])
