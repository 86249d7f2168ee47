"""Logging in and out, and who I am."""

from typing import Any

from litestar import Request, Response, delete, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api.auth.account import AccountService
from api.auth.login import LoginService, Opened
from api.auth.principal import SESSION_COOKIE, Principal
from api.auth.rate_limit import RateLimiter
from api.auth.second_factor import Enrolment, Proof
from api.auth.sessions import SessionStore
from api.errors import RateLimited
from api.realtime.hub import DeskHub
from api.schemas.session import (
    Credentials,
    EnrolmentBody,
    PasswordChange,
    SecondStep,
    SessionBody,
    SessionOpened,
    SessionTenant,
    SessionUser,
    TicketInput,
)
from api.services import Services
from api.work import Work, origin_of
from kernel.contracts.base import TenantScope
from kernel.primitives.ids import TenantId
from kernel.primitives.secret import Secret
from tenants.audit import Origin
from tenants.directory import Role, Tenant, TenantRepository


async def _tenant(services: Services, tenant: TenantId) -> Tenant:
    async with services.database.read(TenantScope(tenant)) as uow:
        return await TenantRepository(uow.session, TenantScope(tenant)).get()


def _tenant_body(tenant: Tenant) -> SessionTenant:
    return SessionTenant(
        id=tenant.id, name=tenant.name, time_zone=tenant.time_zone, currency=tenant.currency, locale=tenant.locale
    )


def session_cookie(value: str, services: Services) -> Cookie:
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


def enrolment_body(enrolment: Enrolment) -> EnrolmentBody:
    return EnrolmentBody(secret=enrolment.secret.reveal(), uri=enrolment.uri, qr_svg=enrolment.qr_svg)


def _user_body(user: Principal) -> SessionUser:
    roles = tuple(role for role in Role if role in user.roles)
    return SessionUser(id=user.person, email=user.email, name=user.name, roles=roles)


def slow_down(limiter: RateLimiter, origin: Origin, services: Services) -> None:
    """RateLimited: passwords and codes are costly to check and not to be guessed."""
    wait = limiter.take(origin.address, services.clock.monotonic()).wait
    if wait > 0:
        raise RateLimited("Many log-ins come from your address.", retry_after=int(wait) + 1)


async def _opened(opened: Opened, services: Services) -> Response[SessionOpened]:
    login = opened.login
    user = SessionUser(id=login.user, email=login.email, name=login.name, roles=login.roles)
    tenant = _tenant_body(await _tenant(services, login.tenant))
    body = SessionOpened(user=user, tenant=tenant, recovery_codes=opened.recovery_codes)
    return Response(body, cookies=[session_cookie(opened.token.reveal(), services)])


@post("/v1/session", operation_id="log_in", status_code=200, tags=["Session"])
async def log_in(
    data: JSONBody[Credentials],
    request: Request[Any, Any, Any],
    services: NamedDependency[Services],
    limiter: NamedDependency[RateLimiter],
) -> Response[SessionOpened]:
    """Log in with e-mail address and password; the session is a cookie that only the server can read.

    `second_factor_required` and `second_factor_enrolment_required` carry a `ticket` for the next step.
    """
    origin = origin_of(request)
    slow_down(limiter, origin, services)
    opened = await LoginService(services).log_in(data.email, Secret(data.password), origin)
    return await _opened(opened, services)


@post("/v1/session/second-factor", operation_id="complete_log_in", status_code=200, tags=["Session"])
async def complete_log_in(
    data: JSONBody[SecondStep],
    request: Request[Any, Any, Any],
    services: NamedDependency[Services],
    limiter: NamedDependency[RateLimiter],
) -> Response[SessionOpened]:
    """The second step of a log-in: the ticket with a code; the first code of a new authenticator confirms it."""
    origin = origin_of(request)
    slow_down(limiter, origin, services)
    proof = Proof(code=data.code, recovery_code=data.recovery_code)
    return await _opened(await LoginService(services).complete(Secret(data.ticket), proof, origin), services)


@post("/v1/session/enrolment", operation_id="enrol_at_log_in", status_code=200, tags=["Session"])
async def enrol_at_log_in(
    data: JSONBody[TicketInput],
    request: Request[Any, Any, Any],
    services: NamedDependency[Services],
    limiter: NamedDependency[RateLimiter],
) -> EnrolmentBody:
    """Set up an authenticator where the tenant asks for one; each call gives a new secret."""
    origin = origin_of(request)
    slow_down(limiter, origin, services)
    return enrolment_body(await LoginService(services).begin_enrolment(Secret(data.ticket), origin))


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
    return Response(None, status_code=204, cookies=[session_cookie("", work.services)])


@post("/v1/session/password", operation_id="change_password", status_code=204, tags=["Session"])
async def change_password(
    data: JSONBody[PasswordChange],
    work: NamedDependency[Work],
    hub: NamedDependency[DeskHub],
    limiter: NamedDependency[RateLimiter],
) -> None:
    """Change the own password; the own other sessions end."""
    slow_down(limiter, work.origin, work.services)
    account = AccountService(work.services, work.principal, work.origin)
    await account.change_password(Secret(data.old_password), Secret(data.new_password))
    await hub.check_sessions(work.principal.home, work.principal.person)


HANDLERS = [log_in, complete_log_in, enrol_at_log_in, get_session, log_out, change_password]
