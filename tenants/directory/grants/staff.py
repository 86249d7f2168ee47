"""Who of a provider's people works as an agent for which clients."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.primitives.ids import ProviderId, QueueId, TenantId, UserId
from tenants.directory import tables
from tenants.directory.grants.model import Grant, covers
from tenants.directory.grants.repository import GrantBook, Person
from tenants.directory.permissions import Permission
from tenants.directory.roles import Role

_members = tables.QueueMemberRow.table()
_users = tables.UserRow.table()


class SharedAgent(msgspec.Struct, frozen=True, kw_only=True):
    """A person of the tenant `home` who may take calls of `client` in these of its queues, until the grant ends."""

    agent: UserId
    name: str
    home: TenantId
    client: TenantId
    queues: tuple[QueueId, ...]
    until: datetime


def gives_calls(grant: Grant) -> bool:
    """Whether who holds it works as an agent for the client."""
    return Role.AGENT in grant.terms.roles or Permission.DESK_WORK in grant.terms.permissions


async def shared_staff(
    session: AsyncSession, provider: ProviderId, now: datetime, client: TenantId | None = None
) -> Sequence[SharedAgent]:
    """Each person once per client, until the last of several grants ends. operator-wide: it reads home and client."""
    book = GrantBook(session)
    home = await book.home_of(provider)
    live = [grant for grant in await book.live(now, client=client, provider=provider) if gives_calls(grant)]
    if home is None or not live:
        return ()
    people = await book.people(home)
    until: dict[tuple[UserId, TenantId], datetime] = {}
    for grant in live:
        for person in people:
            if covers(grant.holder, person.id, person.roles):
                key = person.id, grant.client
                until[key] = max(until.get(key, grant.terms.until), grant.terms.until)
    queues = await _queues(session, {agent for agent, _ in until})
    names: dict[UserId, Person] = {person.id: person for person in people}
    return [
        SharedAgent(
            agent=agent,
            name=names[agent].name,
            home=home,
            client=of,
            queues=tuple(queues.get((agent, of), ())),
            until=end,
        )
        for (agent, of), end in sorted(until.items(), key=lambda item: (item[0][1].int, item[0][0].int))
    ]


async def _queues(session: AsyncSession, agents: set[UserId]) -> dict[tuple[UserId, TenantId], list[QueueId]]:
    rows = await session.execute(
        select(_members.c.user_id, _members.c.tenant_id, _members.c.queue_id)
        .where(_members.c.user_id.in_(sorted(agents, key=str)))
        .order_by(_members.c.queue_id)
    )
    found: dict[tuple[UserId, TenantId], list[QueueId]] = {}
    for user, tenant, queue in rows:
        found.setdefault((UserId(user), TenantId(tenant)), []).append(QueueId(queue))
    return found


async def guests_leave_queues(session: AsyncSession, client: TenantId, provider: ProviderId, now: datetime) -> None:
    """Take those out of the client's queues who are no guests any more."""
    home = await GrantBook(session).home_of(provider)
    staying = {agent.agent for agent in await shared_staff(session, provider, now, client=client)}
    people = select(_users.c.id).where(_users.c.tenant_id == home)
    await session.execute(
        delete(_members).where(
            _members.c.tenant_id == client,
            _members.c.user_id.in_(people),
            _members.c.user_id.not_in(sorted(staying, key=str)),
        )
    )
