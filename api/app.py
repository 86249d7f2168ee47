"""The HTTP and WebSocket API as one ASGI application."""

from collections.abc import Sequence
from typing import Any, cast

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.enums import HttpMethod
from litestar.handlers import BaseRouteHandler
from litestar.routes import HTTPRoute
from litestar.types import LifeSpanReceive, LifeSpanScope, LifeSpanSend, Message, Receive, Scope, Send

from api.auth.guard import SAFE_METHODS, rule_of
from api.auth.limits import RequestLimits
from api.auth.rate_limit import RateLimiter
from api.auth.sign_on import OpenIdClient
from api.auth.sign_on.fetching import Fetcher
from api.headers import HeaderPolicy
from api.openapi import openapi_document
from api.pages import Pages
from api.problems import HANDLERS
from api.realtime.hub import DeskHub
from api.resources import DEPENDENCIES, routes
from api.services import Services

BODY_BYTES = 65_536  # the largest body, a queue of 1,000 agents, has 40 kB


def create_app(services: Services, hub: DeskHub) -> Litestar:
    """The application; `hub` is made first, for the gateway speaks to it."""
    policy = HeaderPolicy(services.settings)
    pages = () if services.settings.web is None else (Pages(services.settings.web).handler(),)
    app = Api(
        route_handlers=routes(*pages),
        dependencies=DEPENDENCIES | {"document": Provide(openapi_document, sync_to_thread=False)},
        exception_handlers=HANDLERS,
        state=State({"services": services, "hub": hub} | memory(services)),
        request_max_body_size=BODY_BYTES,
        before_send=[policy.before_send, forget_sessions],
        on_startup=[hub.start],
        on_shutdown=[hub.close],
        openapi_config=None,
        logging_config=None,
    )
    require_rules(app)
    return app


async def forget_sessions(message: Message, scope: Scope) -> None:
    """After every request that may have changed what a session may do, before anybody hears that it did."""
    if message["type"] == "http.response.start" and scope["type"] == "http" and scope["method"] not in SAFE_METHODS:
        services: Services = Litestar.from_scope(scope).state["services"]
        services.sessions.forget()


def memory(services: Services) -> dict[str, Any]:
    """What this process remembers between requests: who asked how often, and what identity providers said."""
    rates = services.settings.rates
    return {
        "limiter": RateLimiter(rates.login),
        "limits": RequestLimits(rates, services.clock),
        "sign_on": OpenIdClient(Fetcher(services.settings.private_issuers), services.clock),
    }


class Api(Litestar):
    """HEAD is GET without the content (RFC 9110 9.3.2)."""

    async def __call__(
        self, scope: Scope | LifeSpanScope, receive: Receive | LifeSpanReceive, send: Send | LifeSpanSend
    ) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await super().__call__(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.body":
                message["body"] = b""
            await cast(Send, send)(message)

        scope["method"] = HttpMethod.GET
        await super().__call__(scope, receive, send_head)


def require_rules(app: Litestar) -> None:
    """KeyError for an operation without a row in the table of permissions."""
    for route in app.routes:
        handlers: Sequence[BaseRouteHandler] = (
            route.route_handlers if isinstance(route, HTTPRoute) else [route.route_handler]
        )
        for handler in handlers:
            rule_of(handler)
