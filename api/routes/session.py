"""Logging in and out, and who I am."""

from typing import Any

from litestar import Request, Response, delete, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api.auth.login import LoginService
from api.auth.principal import SESSION_COOKIE, Principal
from api.auth.rate_limit import RateLimiter
from api.auth.sessions import SessionStore
from api.errors import RateLimited
from api.realtime.hub import DeskHub
from api.schemas.session import Credentials, SessionBody, SessionTenant, SessionUser
from api.services import Services
from api.work import Work, origin_of
from kernel.contracts.base import TenantScope
from kernel.primitives.ids import TenantId
from kernel.primitives.secret import Secret
from tenants.directory import Role, Tenant, TenantRepository


async def _tenant(services: Services, tenant: TenantId) -> Tenant:
    async with services.database.read(TenantScope(tenant)) as uow:
        return await TenantRepository(uow.session, TenantScope(tenant)).get()


def _tenant_body(tenant: Tenant) -> SessionTenant:
    return SessionTenant(
        id=tenant.id, name=tenant.name, time_zone=tenant.time_zone, currency=tenant.currency, locale=tenant.locale
    )


def _cookie(value: str, services: Services) -> Cookie:
    settings = services.settings
    return Cookie(
        key=SESSION_COOKIE,
        value=value,
        max_age=int(settings.session_seconds) if value else 0,
        path="/",
        secure=settings.secure,
        httponly=True,
        samesite="lax",
    )


def _user_body(user: Principal) -> SessionUser:
    roles = tuple(role for role in Role if role in user.roles)
    return SessionUser(id=user.person, email=user.email, name=user.name, roles=roles)


@post("/v1/session", operation_id="log_in", status_code=200, tags=["Session"])
async def log_in(
    data: JSONBody[Credentials],
    request: Request[Any, Any, Any],
    services: NamedDependency[Services],
    limiter: NamedDependency[RateLimiter],
) -> Response[SessionBody]:
    """Log in with e-mail address and password; the session is a cookie that only the server can read."""
    origin = origin_of(request)
    wait = limiter.take(origin.address, services.clock.monotonic())
    if wait > 0:
        raise RateLimited("Many log-ins come from your address.", retry_after=int(wait) + 1)
    service = LoginService(services)
    login, token = await service.log_in(data.email, Secret(data.password), origin)
    tenant = await _tenant(services, login.tenant)
    user = SessionUser(id=login.user, email=login.email, name=login.name, roles=login.roles)
    return Response(SessionBody(user=user, tenant=_tenant_body(tenant)), cookies=[_cookie(token.reveal(), services)])


@get("/v1/session", operation_id="get_session", tags=["Session"])
async def get_session(work: NamedDependency[Work]) -> SessionBody:
    """Who is logged in, and for which tenant."""
    tenant = await _tenant(work.services, work.principal.tenant)
    return SessionBody(user=_user_body(work.principal), tenant=_tenant_body(tenant))


@delete("/v1/session", operation_id="log_out", status_code=204, tags=["Session"])
async def log_out(work: NamedDependency[Work], hub: NamedDependency[DeskHub]) -> Response[None]:
    """End this session; its desk closes."""
    async with work.write() as unit:
        await SessionStore(unit.uow.session).close(work.principal.session)
        await unit.tenant_unit.audit("session.closed", work.principal.subject)
    await hub.end_session(work.principal.session)
    return Response(None, status_code=204, cookies=[_cookie("", work.services)])


HANDLERS = [log_in, get_session, log_out]
