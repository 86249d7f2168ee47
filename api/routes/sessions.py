"""Open sessions: one's own, and of other people for those who answer for their log-ins."""

from collections.abc import Sequence
from uuid import UUID

from litestar import delete, get
from litestar.di import NamedDependency

from api.auth.account import AccountService
from api.auth.principal import Principal
from api.auth.sessions import OpenSession, SessionRepository
from api.realtime.hub import DeskHub
from api.schemas.session import OpenSessionBody
from api.work import Work
from kernel.primitives.ids import UserId


def _shown(sessions: Sequence[OpenSession], principal: Principal) -> list[OpenSessionBody]:
    return [
        OpenSessionBody(
            id=one.id,
            created_at=one.created_at,
            last_seen_at=one.last_seen_at,
            expires_at=one.expires_at,
            address=one.address,
            agent=one.agent,
            method=one.method,
            current=one.token_hash == principal.session,
        )
        for one in sessions
    ]


def account_of(work: Work) -> AccountService:
    return AccountService(work.services, work.principal, work.origin)


@get("/v1/sessions", operation_id="list_sessions", tags=["Session"])
async def list_sessions(work: NamedDependency[Work]) -> list[OpenSessionBody]:
    """One's own open sessions, newest first."""
    return _shown(await account_of(work).sessions(), work.principal)


@delete("/v1/sessions/{id:uuid}", operation_id="end_session", status_code=204, tags=["Session"])
async def end_session(key: NamedDependency[UUID], work: NamedDependency[Work], hub: NamedDependency[DeskHub]) -> None:
    """End one of one's own sessions; its desk closes."""
    await hub.end_session(await account_of(work).end_session(key))


@delete("/v1/sessions", operation_id="end_other_sessions", status_code=204, tags=["Session"])
async def end_other_sessions(work: NamedDependency[Work], hub: NamedDependency[DeskHub]) -> None:
    """End all of one's own sessions but this one."""
    await account_of(work).end_other_sessions()
    await hub.check_sessions(work.principal.home, work.principal.person)


@get("/v1/users/{id:uuid}/sessions", operation_id="list_user_sessions", tags=["Users"])
async def list_user_sessions(key: NamedDependency[UUID], work: NamedDependency[Work]) -> list[OpenSessionBody]:
    """Somebody's open sessions, newest first."""
    async with work.read() as unit:
        user = await unit.users.get(UserId(key))
        found = await SessionRepository(unit.uow.session, unit.tenant_unit.scope).of_user(user.id, unit.tenant_unit.now)
    return _shown(found, work.principal)


@delete("/v1/users/{id:uuid}/sessions", operation_id="end_user_sessions", status_code=204, tags=["Users"])
async def end_user_sessions(
    key: NamedDependency[UUID], work: NamedDependency[Work], hub: NamedDependency[DeskHub]
) -> None:
    """End all sessions of somebody; their desk closes."""
    async with work.write() as unit:
        user = await unit.users.get(UserId(key))
        ended = await SessionRepository(unit.uow.session, unit.tenant_unit.scope).close_all(user.id)
        await unit.tenant_unit.audit("session.all_closed", user.id, sessions=ended)
    await hub.check_sessions(work.principal.tenant, user.id)


HANDLERS = [list_sessions, end_session, end_other_sessions, list_user_sessions, end_user_sessions]
