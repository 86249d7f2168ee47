"""Every error as an RFC 9457 problem document, Litestar's own too."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.status_codes import HTTP_401_UNAUTHORIZED, HTTP_500_INTERNAL_SERVER_ERROR

from api import errors
from api.auth.credentials import bearer_of
from api.auth.errors import InvalidToken
from kernel.primitives.errors import CordboardError, Forbidden, InvalidInput, NotFound

CHALLENGE = 'Bearer realm="cordboard"'
PROBLEM_JSON = "application/problem+json"

log = structlog.get_logger(__name__)


def problem_type(code: str) -> str:
    """RFC 9457 3.1.1: where the problem is described."""
    return f"/v1/problems#{code}"


def problem_document(error: CordboardError) -> dict[str, Any]:
    return {
        "type": problem_type(error.code),
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
    } | error.extra


def problem_response(error: CordboardError, headers: Mapping[str, str] | None = None) -> Response[dict[str, Any]]:
    more = dict(headers or {})
    if "retry_after" in error.extra:
        more["Retry-After"] = str(error.extra["retry_after"])
    return Response(problem_document(error), status_code=error.status, media_type=PROBLEM_JSON, headers=more)


def _business(request: Request[Any, Any, Any], error: CordboardError) -> Response[Any]:
    challenge = challenge_of(error, bearer_of(request.headers.get("authorization")) is not None)
    return problem_response(error, {} if challenge is None else {"WWW-Authenticate": challenge})


def challenge_of(error: CordboardError, with_bearer: bool) -> str | None:
    """RFC 9110 11.6.1 asks for one with every 401; RFC 6750 3 says why a bearer was refused."""
    if isinstance(error, InvalidToken):
        return f'{CHALLENGE}, error="invalid_token", error_description="{error.detail}"'
    if isinstance(error, Forbidden) and with_bearer:
        return f'{CHALLENGE}, error="insufficient_scope"'
    return CHALLENGE if error.status == HTTP_401_UNAUTHORIZED else None


def _framework(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    if error.status_code >= HTTP_500_INTERNAL_SERVER_ERROR:
        return _unexpected(request, error)
    told = {name.lower(): value for name, value in (error.headers or {}).items()}
    headers = {name: told[name.lower()] for name in ("Allow", "Retry-After") if name.lower() in told}
    if "GET" in headers.get("Allow", ""):
        headers["Allow"] += ", HEAD"
    return problem_response(_translated(request, error), headers)


def _translated(request: Request[Any, Any, Any], error: HTTPException) -> CordboardError:
    match error.status_code:
        case 404:
            return NotFound("Check the address.")
        case 405:
            return errors.MethodNotAllowed(f"{request.method} does nothing here.")
        case 413:
            return errors.BodyTooLarge("Send less.")
        case 400 if isinstance(error, ValidationException):
            return InvalidInput("Some of the input cannot be used.", errors=_fields(error.extra))
        case _:
            return errors.MalformedBody("Send a body that is JSON in UTF-8.")


def _fields(extra: object) -> list[dict[str, str]]:
    """Litestar's list of {message, key, source} in our words."""
    found: list[dict[str, str]] = []
    for entry in extra if isinstance(extra, list) else []:  # pyright: ignore[reportUnknownVariableType]
        told = {str(name): str(value) for name, value in dict(entry).items()}  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        found.append({"field": told.get("key", ""), "code": "invalid", "detail": told.get("message", "")})
    return found


def _unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    incident = str(uuid4())
    log.error("request_failed", incident=incident, method=request.method, path=request.url.path, exc_info=error)
    return problem_response(errors.InternalError("Try again, or report the incident.", incident=incident))


HANDLERS: dict[int | type[Exception], Callable[[Request[Any, Any, Any], Any], Response[Any]]] = {
    CordboardError: _business,
    HTTPException: _framework,
    Exception: _unexpected,
}
