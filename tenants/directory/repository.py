"""The rows of one tenant's directory."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace
from sqlalchemy import String, cast, delete, insert, or_, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.base import TenantScope
from kernel.contracts.queues import Distribution, WaitingRules
from kernel.contracts.trunks import TrunkOptions
from kernel.primitives.ids import NumberId, ProviderId, QueueId, TenantId, TrunkId, UserId
from kernel.primitives.phone import PhoneNumber
from tenants.billing import Contact
from tenants.directory import tables
from tenants.directory.errors import EmailTaken, NumberTaken
from tenants.directory.model import Number, Queue, Tenant, Trunk, User
from tenants.directory.queue_settings import from_json, to_json
from tenants.directory.roles import BUYERS, Role
from tenants.rows import RevisionMismatch, TenantRows, unless_taken

_tenants = tables.Tenant.table()
_users = tables.UserRow.table()
_queues = tables.QueueRow.table()
_members = tables.QueueMemberRow.table()
_teammates = tables.TeamMemberRow.table()
_numbers = tables.NumberRow.table()
_trunks = tables.TrunkRow.table()


def login_key(email: str) -> str:
    """E-mail addresses that differ in case only are one log-in."""
    return email.strip().casefold()


class TenantRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def get(self) -> Tenant:
        row = (await self._session.execute(select(_tenants).where(_tenants.c.id == self._tenant))).one()
        return Tenant(
            id=TenantId(row.id),
            provider=ProviderId(row.provider_id),
            name=row.name,
            time_zone=row.time_zone,
            currency=row.currency,
            locale=row.locale,
            outbound_trunk=None if row.outbound_trunk_id is None else TrunkId(row.outbound_trunk_id),
            outbound_number=None if row.outbound_number_id is None else NumberId(row.outbound_number_id),
            not_ready_reasons=tuple(row.not_ready_reasons),
            closed_at=row.closed_at,
            closed_reason=row.closed_reason,
            revision=row.revision,
        )

    async def replace(self, new: Tenant, revision: int) -> None:
        mine = (_tenants.c.id == self._tenant, _tenants.c.revision == revision)
        if await self._session.scalar(select(_tenants.c.id).where(*mine)) is None:
            raise RevisionMismatch("Read it again, then repeat your change.")
        await self._session.execute(update(_tenants).where(*mine).values(**tenant_values(new), revision=revision + 1))


def tenant_values(tenant: Tenant) -> dict[str, Any]:
    return {
        "name": tenant.name,
        "time_zone": tenant.time_zone,
        "currency": tenant.currency,
        "locale": tenant.locale,
        "outbound_trunk_id": tenant.outbound_trunk,
        "outbound_number_id": tenant.outbound_number,
        "not_ready_reasons": list(tenant.not_ready_reasons),
        "closed_at": tenant.closed_at,
        "closed_reason": tenant.closed_reason,
    }


def _user(row: Row[Any]) -> User:
    return User(
        id=UserId(row.id),
        email=row.email,
        name=row.name,
        roles=tuple(Role(role) for role in row.roles),
        custom_roles=tuple(UUID(role) for role in row.custom_roles),
        department=row.department_id,
        active=row.active,
        revision=row.revision,
    )


def user_values(user: User) -> dict[str, Any]:
    return {
        "email": user.email,
        "login_key": login_key(user.email),
        "name": user.name,
        "roles": [str(role) for role in user.roles],
        "custom_roles": [str(role) for role in user.custom_roles],
        "department_id": user.department,
        "active": user.active,
    }


class UserFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What is present must hold; `departments` and `text` (in name or e-mail address) match any of theirs."""

    departments: frozenset[UUID] | None = None
    team: UUID | None = None
    role: Role | None = None
    custom_role: UUID | None = None
    active: bool | None = None
    text: str | None = None

    def within(self, departments: frozenset[UUID]) -> "UserFilter":
        return msgspec.structs.replace(self, departments=departments)


EVERYBODY = UserFilter()


ADDRESS_TAKEN = "Use another e-mail address, or remove the other user first."


class UserRepository:
    """People log in by their address alone, so it is one log-in over all tenants."""

    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant
        self.rows = TenantRows[User](session, scope, _users, _user)

    async def add(self, user: User, password_hash: str) -> None:
        fixed = {"id": user.id, "password_hash": password_hash, "revision": user.revision}
        with unless_taken(EmailTaken(ADDRESS_TAKEN)):
            await self.rows.add(fixed | user_values(user))

    async def change(self, user: User, revision: int, password_hash: str | None) -> None:
        password = {} if password_hash is None else {"password_hash": password_hash}
        with unless_taken(EmailTaken(ADDRESS_TAKEN)):
            await self.rows.replace(user.id, revision, user_values(user) | password)

    async def page(self, wanted: UserFilter, after: UUID | None, limit: int) -> Sequence[User]:
        """In the order of creation."""
        query = select(_users).where(*self._present(), *self._conditions(wanted)).order_by(_users.c.id).limit(limit)
        if after is not None:
            query = query.where(_users.c.id > after)
        return [_user(row) for row in await self._session.execute(query)]

    def _present(self) -> tuple[Any, ...]:
        return _users.c.tenant_id == self._tenant, _users.c.removed_at.is_(None)

    def _conditions(self, wanted: UserFilter) -> list[Any]:
        found: list[Any] = []
        if wanted.departments is not None:
            found.append(_users.c.department_id.in_(sorted(wanted.departments, key=str)))
        if wanted.team is not None:
            of_team = (_teammates.c.tenant_id == self._tenant, _teammates.c.team_id == wanted.team)
            found.append(_users.c.id.in_(select(_teammates.c.user_id).where(*of_team)))
        if wanted.role is not None:
            found.append(_holds(_users.c.roles, wanted.role))
        if wanted.custom_role is not None:
            found.append(_holds(_users.c.custom_roles, str(wanted.custom_role)))
        if wanted.active is not None:
            found.append(_users.c.active.is_(wanted.active))
        if wanted.text is not None:
            texts = (_users.c.name, _users.c.email)
            found.append(or_(*(column.icontains(wanted.text, autoescape=True) for column in texts)))
        return found

    async def remove(self, user: User, now: datetime) -> None:
        """The row stays for the names in call records; the address is free again."""
        await self.rows.replace(user.id, user.revision, {"removed_at": now, "login_key": None, "active": False})
        await self._session.execute(
            delete(_members).where(_members.c.tenant_id == self._tenant, _members.c.user_id == user.id)
        )
        await self._session.execute(
            delete(_teammates).where(_teammates.c.tenant_id == self._tenant, _teammates.c.user_id == user.id)
        )

    async def active_owners(self) -> Sequence[UserId]:
        active = await self.rows.find(_users.c.active.is_(True))
        return [user.id for user in active if Role.OWNER in user.roles]

    async def is_active(self, user: UserId) -> bool:
        found = await self.rows.get(user)
        return found is not None and found.active

    async def contacts(self) -> tuple[Contact, ...]:
        active = await self.rows.find(_users.c.active.is_(True))
        return tuple(Contact(user.name, user.email) for user in active if BUYERS & set(user.roles))

    async def known(self, users: Collection[UserId]) -> set[UserId]:
        found = await self._session.scalars(
            select(_users.c.id).where(
                _users.c.tenant_id == self._tenant, _users.c.id.in_(list(users)), _users.c.removed_at.is_(None)
            )
        )
        return {UserId(key) for key in found}

    async def is_taken(self, email: str, but: UserId) -> bool:
        """By anybody whom this unit of work sees."""
        holder = await self._session.scalar(select(_users.c.id).where(_users.c.login_key == login_key(email)))
        return holder is not None and holder != but

    async def names(self) -> Mapping[UserId, str]:
        """Of removed people too."""
        rows = await self._session.execute(select(_users.c.id, _users.c.name).where(_users.c.tenant_id == self._tenant))
        return {UserId(key): name for key, name in rows}


def _holds(column: Any, code: str) -> Any:
    """Whether a JSON list holds this code; both databases keep it as text that can be searched."""
    return cast(column, String).contains(f'"{code}"', autoescape=True)


def _queue(row: Row[Any]) -> Queue:
    return Queue(
        id=QueueId(row.id),
        name=row.name,
        priority=row.priority,
        ring_seconds=row.ring_seconds,
        wrap_up_seconds=row.wrap_up_seconds,
        service_level_seconds=row.service_level_seconds,
        short_abandon_seconds=row.short_abandon_seconds,
        greeting=tuple(row.greeting),
        music=row.music,
        record=row.record,
        dispositions=tuple(row.dispositions),
        distribution=from_json(row.distribution, Distribution),
        waiting=from_json(row.waiting, WaitingRules),
        revision=row.revision,
    )


def _queue_values(queue: Queue) -> dict[str, Any]:
    return {
        "name": queue.name,
        "priority": queue.priority,
        "ring_seconds": queue.ring_seconds,
        "wrap_up_seconds": queue.wrap_up_seconds,
        "service_level_seconds": queue.service_level_seconds,
        "short_abandon_seconds": queue.short_abandon_seconds,
        "greeting": list(queue.greeting),
        "music": queue.music,
        "record": queue.record,
        "dispositions": list(queue.dispositions),
        "distribution": to_json(queue.distribution),
        "waiting": to_json(queue.waiting),
    }


class QueueRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant
        self.rows = TenantRows[Queue](session, scope, _queues, _queue)

    async def with_agents(self, queues: Sequence[Queue]) -> Sequence[Queue]:
        agents: dict[QueueId, list[UserId]] = {queue.id: [] for queue in queues}
        rows = await self._session.execute(
            select(_members.c.queue_id, _members.c.user_id)
            .where(_members.c.tenant_id == self._tenant, _members.c.queue_id.in_(list(agents)))
            .order_by(_members.c.user_id)
        )
        for queue, user in rows:
            agents[QueueId(queue)].append(UserId(user))
        return [replace(queue, agents=tuple(agents[queue.id])) for queue in queues]

    async def worked_in(self, user: UserId) -> frozenset[QueueId]:
        """The queues that this person serves."""
        mine = (_members.c.tenant_id == self._tenant, _members.c.user_id == user)
        return frozenset(map(QueueId, await self._session.scalars(select(_members.c.queue_id).where(*mine))))

    async def add(self, queue: Queue) -> None:
        await self.rows.add({"id": queue.id, "revision": queue.revision} | _queue_values(queue))
        await self._write_agents(queue)

    async def change(self, queue: Queue, revision: int) -> None:
        await self.rows.replace(queue.id, revision, _queue_values(queue))
        await self._write_agents(queue)

    async def remove(self, queue: Queue, now: datetime) -> None:
        await self.rows.replace(queue.id, queue.revision, {"removed_at": now})
        await self._delete_agents(queue.id)

    async def _write_agents(self, queue: Queue) -> None:
        await self._delete_agents(queue.id)
        if queue.agents:
            members = [{"tenant_id": self._tenant, "queue_id": queue.id, "user_id": user} for user in queue.agents]
            await self._session.execute(insert(_members), members)

    async def _delete_agents(self, queue: QueueId) -> None:
        await self._session.execute(
            delete(_members).where(_members.c.tenant_id == self._tenant, _members.c.queue_id == queue)
        )

    async def is_taken(self, name: str, but: QueueId) -> bool:
        return any(queue.id != but for queue in await self.rows.find(_queues.c.name == name))

    async def names(self) -> Mapping[QueueId, str]:
        """Of removed queues too."""
        rows = await self._session.execute(
            select(_queues.c.id, _queues.c.name).where(_queues.c.tenant_id == self._tenant)
        )
        return {QueueId(key): name for key, name in rows}


def _number(row: Row[Any]) -> Number:
    return Number(
        id=NumberId(row.id),
        called=PhoneNumber(row.e164),
        queue=QueueId(row.queue_id),
        forward_number=PhoneNumber(row.forward_number) if row.forward_number else None,
        forward_phone=row.forward_phone,
        flow=row.flow_id,
        revision=row.revision,
    )


def _leads_to(number: Number) -> dict[str, Any]:
    forward = number.forward_number
    return {
        "queue_id": number.queue,
        "forward_number": None if forward is None else forward.e164,
        "forward_phone": number.forward_phone,
        "flow_id": number.flow,
    }


class NumberRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant
        self.rows = TenantRows[Number](session, scope, _numbers, _number)

    async def add(self, number: Number) -> None:
        values = {"id": number.id, "e164": number.called.e164, "revision": number.revision, **_leads_to(number)}
        with unless_taken(NumberTaken("Remove it where it is in use first.")):  # by any tenant: it leads to one place
            await self.rows.add(values)

    async def change(self, number: Number, revision: int) -> None:
        await self.rows.replace(number.id, revision, _leads_to(number))

    async def leading_to(self, queue: QueueId) -> Sequence[Number]:
        return await self.rows.find(_numbers.c.queue_id == queue)

    async def through(self, flow: UUID) -> Sequence[Number]:
        return await self.rows.find(_numbers.c.flow_id == flow)


def read_trunk(row: Row[Any]) -> Trunk:
    return Trunk(
        id=TrunkId(row.id),
        name=row.name,
        sources=tuple(row.sources),
        host=row.host,
        port=row.port,
        transport=row.transport,
        username=row.username,
        sealed_password=row.sealed_password,
        sealed_inbound_password=row.sealed_inbound_password,
        sealed_signing_key=row.sealed_signing_key,
        sealed_tls_key=row.sealed_tls_key,
        codecs=tuple(row.codecs),
        region=row.region,
        srtp=row.srtp,
        options=msgspec.convert(row.options, TrunkOptions),
        revision=row.revision,
    )


def _trunk_values(trunk: Trunk) -> dict[str, Any]:
    return {
        "name": trunk.name,
        "sources": list(trunk.sources),
        "host": trunk.host,
        "port": trunk.port,
        "transport": trunk.transport,
        "username": trunk.username,
        "sealed_password": trunk.sealed_password,
        "sealed_inbound_password": trunk.sealed_inbound_password,
        "sealed_signing_key": trunk.sealed_signing_key,
        "sealed_tls_key": trunk.sealed_tls_key,
        "codecs": list(trunk.codecs),
        "region": trunk.region,
        "srtp": trunk.srtp,
        "options": msgspec.to_builtins(trunk.options),
    }


class TrunkRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self.rows = TenantRows[Trunk](session, scope, _trunks, read_trunk)

    async def page(self, after: UUID | None, limit: int, transport: str | None) -> Sequence[Trunk]:
        """In the order of creation; `transport` None: whatever it is."""
        return await self.rows.page(after, limit, *([] if transport is None else [_trunks.c.transport == transport]))

    async def add(self, trunk: Trunk) -> None:
        await self.rows.add({"id": trunk.id, "revision": trunk.revision} | _trunk_values(trunk))

    async def change(self, trunk: Trunk, revision: int) -> None:
        await self.rows.replace(trunk.id, revision, _trunk_values(trunk))

    async def sharing_a_source(self, trunk: Trunk) -> Trunk | None:
        """Another trunk of the tenant that one of the sources names already."""
        for other in await self.rows.find():
            if other.id != trunk.id and set(other.sources) & set(trunk.sources):
                return other
        return None
