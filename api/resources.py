"""Every operation of the API, and what their handlers are given."""

from typing import Any
from uuid import UUID

from litestar import Request, Router
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from api.auth.guard import let_in
from api.auth.rate_limit import RateLimiter
from api.auth.sign_on import OpenIdClient
from api.conditions import provide_expected
from api.idempotency import KeepAnswers, answer_or_reserve
from api.paging import provide_paging
from api.realtime.hub import DeskHub
from api.routes import (
    agent_telephones,
    agent_time,
    alert_rules,
    alerts,
    api_keys,
    audit,
    calendars,
    callbacks,
    calls,
    contacts,
    departments,
    desk,
    documents,
    domain_certificates,
    flows,
    given,
    grants,
    indicators,
    invoices,
    limits,
    login_policy,
    numbers,
    oauth,
    oauth_clients,
    operation,
    payments,
    phones,
    price_lists,
    privacy,
    prompts,
    provider,
    provider_billing,
    queue_rules,
    queues,
    recordings,
    robots,
    roles,
    seats,
    second_factor,
    session,
    sessions,
    sign_on,
    supervision,
    teams,
    tenant,
    traces,
    transfers,
    trunks,
    usage,
    users,
    voicemails,
    webhooks,
)
from api.services import Services
from api.work import Work

RESOURCES: tuple[Any, ...] = (
    *session.HANDLERS,
    *sessions.HANDLERS,
    *second_factor.HANDLERS,
    *limits.HANDLERS,
    *login_policy.HANDLERS,
    *api_keys.HANDLERS,
    *oauth_clients.HANDLERS,
    *oauth.HANDLERS,
    *sign_on.HANDLERS,
    *tenant.HANDLERS,
    *audit.HANDLERS,
    *users.HANDLERS,
    *roles.HANDLERS,
    *departments.HANDLERS,
    *teams.HANDLERS,
    *grants.HANDLERS,
    *provider.HANDLERS,
    *seats.HANDLERS,
    *usage.HANDLERS,
    *price_lists.HANDLERS,
    *invoices.HANDLERS,
    *payments.HANDLERS,
    *provider_billing.HANDLERS,
    *agent_time.HANDLERS,
    *queues.HANDLERS,
    *queue_rules.HANDLERS,
    *numbers.HANDLERS,
    *flows.HANDLERS,
    *calendars.HANDLERS,
    *prompts.HANDLERS,
    *robots.HANDLERS,
    *trunks.HANDLERS,
    *phones.HANDLERS,
    *domain_certificates.HANDLERS,
    *agent_telephones.HANDLERS,
    *contacts.HANDLERS,
    *calls.HANDLERS,
    *traces.HANDLERS,
    *recordings.HANDLERS,
    *privacy.HANDLERS,
    *indicators.HANDLERS,
    *callbacks.HANDLERS,
    *voicemails.HANDLERS,
    *supervision.HANDLERS,
    *transfers.HANDLERS,
    *given.HANDLERS,
    *alert_rules.HANDLERS,
    *alerts.HANDLERS,
    *webhooks.HANDLERS,
    *desk.HANDLERS,
    *operation.HANDLERS,
    *documents.HANDLERS,
)


def provide_services(state: State) -> Services:
    return state["services"]


def provide_hub(state: State) -> DeskHub:
    return state["hub"]


def provide_limiter(state: State) -> RateLimiter:
    return state["limiter"]


def provide_sign_on(state: State) -> OpenIdClient:
    return state["sign_on"]


def provide_work(request: Request[Any, Any, Any], services: NamedDependency[Services]) -> Work:
    return Work(services, request.user, request.auth, request)


def provide_key(id: FromPath[UUID]) -> UUID:  # noqa: A002 (the name in the path)
    return id


DEPENDENCIES = {
    "services": Provide(provide_services, sync_to_thread=False),
    "hub": Provide(provide_hub, sync_to_thread=False),
    "limiter": Provide(provide_limiter, sync_to_thread=False),
    "sign_on": Provide(provide_sign_on, sync_to_thread=False),
    "answer": Provide(sign_on.provide_answer, sync_to_thread=False),
    "work": Provide(provide_work, sync_to_thread=False),
    "key": Provide(provide_key, sync_to_thread=False),
    "paging": Provide(provide_paging, sync_to_thread=False),
    "expected": Provide(provide_expected, sync_to_thread=False),
    "wanted": Provide(calls.provide_wanted, sync_to_thread=False),
    "audit_filter": Provide(audit.provide_audit_filter, sync_to_thread=False),
    "people": Provide(users.provide_people, sync_to_thread=False),
    "span": Provide(calls.provide_span, sync_to_thread=False),
    "entries": Provide(usage.provide_entry_filter, sync_to_thread=False),
}


def routes(*more: ControllerRouterHandler) -> list[ControllerRouterHandler]:
    """Every operation behind the one guard, and every POST with a key carried out once."""
    router = Router(
        "/",
        route_handlers=[*RESOURCES, *more],
        guards=[let_in],
        before_request=answer_or_reserve,
        middleware=[KeepAnswers()],
    )
    return [router, desk.desk, desk.watch_live]
