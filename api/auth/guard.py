"""The one place where a request is let in: session, CSRF header, permission."""

from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler

from api.auth.acting import Acting
from api.auth.credentials import Credentials, bearer_of
from api.auth.errors import InvalidToken, SessionNeeded
from api.auth.limits import RequestLimits
from api.auth.permissions import OPERATIONS, PUBLIC, Rule
from api.auth.principal import SESSION_COOKIE, Principal
from api.errors import CsrfHeaderMissing, NoSession, UnsupportedMediaType
from api.services import Services
from kernel.primitives.errors import Forbidden

CSRF_HEADER = "X-Cordboard"
JSON = "application/json"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

Connection = ASGIConnection[Any, Any, Any, Any]


def rule_of(handler: BaseRouteHandler) -> Rule:
    """KeyError for a handler that the table does not name: `create_app` asks for each."""
    if isinstance(handler, HTTPRouteHandler) and handler.http_methods == {"OPTIONS"}:
        return PUBLIC  # the framework's own, it tells the methods only
    return OPERATIONS[_operation(handler)]


def _operation(handler: BaseRouteHandler) -> str:
    if isinstance(handler, HTTPRouteHandler) and isinstance(handler.operation_id, str):
        return handler.operation_id
    return str(handler.opt["operation"])


def services_of(connection: Connection) -> Services:
    return connection.app.state["services"]


def _address(connection: Connection) -> str:
    return connection.client.host if connection.client is not None else ""


async def authenticate(connection: Connection) -> Principal | None:
    """Who the session cookie stands for, if anybody."""
    cookie = connection.cookies.get(SESSION_COOKIE)
    return await Credentials(services_of(connection), _address(connection)).session(cookie) if cookie else None


async def identify(connection: Connection) -> Principal:
    """Who the request comes from: a bearer's token goes before a cookie. NoSession, InvalidToken, RateLimited."""
    limits = limits_of(connection)
    token = bearer_of(connection.headers.get("authorization"))
    try:
        if token is not None:
            principal = await Credentials(services_of(connection), _address(connection)).bearer(token)
        else:
            principal = await authenticate(connection)
    except InvalidToken:
        limits.spend_failure(_address(connection))
        raise
    if principal is None:
        raise NoSession("Your session ended, or there was none.")
    limits.spend(connection.scope["state"], principal)
    return principal


def limits_of(connection: Connection) -> RequestLimits:
    return connection.app.state["limits"]


async def let_in(connection: Connection, handler: BaseRouteHandler) -> None:
    """A Litestar guard: NoSession, InvalidToken, RateLimited, CsrfHeaderMissing, UnsupportedMediaType, Forbidden."""
    rule = rule_of(handler)
    if isinstance(connection, Request):
        _check_headers(connection, handler.opt.get("body", JSON))
    if rule.public:
        return
    principal = await identify(connection)
    if rule.people and principal.kind != "session":
        raise SessionNeeded("Log in as a person to do this.")
    principal = await Acting(services_of(connection)).principal(connection, principal, _operation(handler), rule)
    if not rule.allows(principal.permissions):
        raise Forbidden(f"Ask an owner or admin for a role with the permission {rule.permission}.")
    connection.scope["user"] = principal
    connection.scope["auth"] = rule


def _check_headers(request: Request[Any, Any, Any], wanted: str) -> None:
    """`wanted`: the media type of the operation's body."""
    if request.method in SAFE_METHODS:
        return
    by_cookie = SESSION_COOKIE in request.cookies and bearer_of(request.headers.get("authorization")) is None
    if by_cookie and request.headers.get(CSRF_HEADER) != "1":
        raise CsrfHeaderMissing(f"Send the header {CSRF_HEADER}: 1 with every change.")
    has_body = request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers
    if has_body and request.content_type[0] != wanted:
        raise UnsupportedMediaType(f"Send {wanted}, and say so in Content-Type.")
