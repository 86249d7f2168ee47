"""The HTTP and WebSocket API as one ASGI application."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from litestar import Litestar, Request, Router
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath
from litestar.routes import HTTPRoute
from litestar.types import ControllerRouterHandler

from api.auth.guard import let_in, rule_of
from api.auth.rate_limit import LOGIN_RATE, RateLimiter
from api.conditions import provide_expected
from api.headers import HeaderPolicy
from api.openapi.document import document_of
from api.pages import Pages
from api.paging import provide_paging
from api.problems import HANDLERS
from api.realtime.hub import DeskHub
from api.routes import (
    calls,
    desk,
    documents,
    indicators,
    numbers,
    operation,
    queues,
    recordings,
    seats,
    session,
    tenant,
    trunks,
    users,
)
from api.services import Services
from api.work import Work

BODY_BYTES = 65_536  # the largest body, a queue of 1,000 agents, has 40 kB

RESOURCES: tuple[Any, ...] = (
    *session.HANDLERS,
    *tenant.HANDLERS,
    *users.HANDLERS,
    *seats.HANDLERS,
    *queues.HANDLERS,
    *numbers.HANDLERS,
    *trunks.HANDLERS,
    *calls.HANDLERS,
    *recordings.HANDLERS,
    *indicators.HANDLERS,
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


@cache
def openapi_document() -> dict[str, Any]:
    """OpenAPI 3.1 of the whole API; `api/openapi.json` is a copy for generators of clients."""
    return document_of(routes(), DEPENDENCIES)


def provide_document() -> dict[str, Any]:
    return openapi_document()


def provide_work(request: Request[Any, Any, Any], services: NamedDependency[Services]) -> Work:
    return Work(services, request.user, request.auth, request)


def provide_key(id: FromPath[UUID]) -> UUID:  # noqa: A002 (the name in the path)
    return id


DEPENDENCIES = {
    "services": Provide(provide_services, sync_to_thread=False),
    "hub": Provide(provide_hub, sync_to_thread=False),
    "limiter": Provide(provide_limiter, sync_to_thread=False),
    "document": Provide(provide_document, sync_to_thread=False),
    "work": Provide(provide_work, sync_to_thread=False),
    "key": Provide(provide_key, sync_to_thread=False),
    "paging": Provide(provide_paging, sync_to_thread=False),
    "expected": Provide(provide_expected, sync_to_thread=False),
    "wanted": Provide(calls.provide_wanted, sync_to_thread=False),
    "span": Provide(calls.provide_span, sync_to_thread=False),
}


def routes(*more: ControllerRouterHandler) -> list[ControllerRouterHandler]:
    """Every operation behind the one guard."""
    return [Router("/", route_handlers=[*RESOURCES, *more], guards=[let_in]), desk.desk]


def create_app(services: NamedDependency[Services], hub: NamedDependency[DeskHub]) -> Litestar:
    """The application; `hub` is made first, for the gateway speaks to it."""
    policy = HeaderPolicy(services.settings)
    pages = () if services.settings.web is None else (Pages(services.settings.web).handler(),)
    app = Litestar(
        route_handlers=routes(*pages),
        dependencies=DEPENDENCIES,
        exception_handlers=HANDLERS,
        state=State({"services": services, "hub": hub, "limiter": RateLimiter(LOGIN_RATE)}),
        request_max_body_size=BODY_BYTES,
        before_send=[policy.before_send],
        on_startup=[hub.start],
        on_shutdown=[hub.close],
        openapi_config=None,
        logging_config=None,
    )
    require_rules(app)
    return app


def require_rules(app: Litestar) -> None:
    """KeyError for an operation without a row in the table of permissions."""
    for route in app.routes:
        handlers: Sequence[BaseRouteHandler] = (
            route.route_handlers if isinstance(route, HTTPRoute) else [route.route_handler]
        )
        for handler in handlers:
            rule_of(handler)
