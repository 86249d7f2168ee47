"""Building the document."""

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any

import msgspec
from litestar import Litestar
from litestar.di import Provide
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import License
from litestar.routes import HTTPRoute
from litestar.types import ControllerRouterHandler

from api import errors
from api.auth.errors import InvalidToken, SessionNeeded
from api.auth.permissions import OPERATIONS, Rule
from api.auth.principal import SESSION_COOKIE
from api.idempotency import IDEMPOTENCY_HEADER, honours
from api.openapi.examples import EXAMPLES, PARAMETERS, PATH_IDS, TEXTS, UNKNOWN
from api.openapi.shapes import Shapes
from api.problem_kinds import OF_OPERATIONS
from api.problems import PROBLEM_JSON, problem_type
from api.work import JSON
from kernel.contracts.codec import to_json
from kernel.primitives.errors import CordboardError, Forbidden, InvalidInput, NotFound
from tenants.directory import ROLE_PERMISSIONS, Role
from tenants.rows import RevisionMismatch

VERSION = "1.0.0"
DESCRIPTION = """\
Times are RFC 3339 in UTC, money is integer minor units of an ISO 4217 currency, identifiers are UUIDs. Errors are
RFC 9457 problem documents with a stable `code`; `GET /v1/problems` lists them. Lists have `items` and `next_cursor`.
Resources carry an `ETag`; send it back as `If-Match` to change only what you read. A `POST` with an `Idempotency-Key`
is done once, however often it is sent within 24 hours. With the session cookie, every change needs the header
`X-Cordboard: 1`; machines send `Authorization: Bearer` with an API key or an OAuth access token. `RateLimit` and
`RateLimit-Policy` say how many requests are left; after a 429, `Retry-After` says when to come again. HEAD does what
GET does, without the content.
"""
SECURITY = {
    "session": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE},
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key, or an access token that `/v1/oauth/token` gave to an OAuth client.",
    },
}
METHODS = ("get", "post", "put", "patch", "delete")

TOKEN_ENDPOINT = "get_access_token"  # noqa: S105 (an operation's name)

_OAUTH_ERROR = {
    "type": "object",
    "title": "OAuthError",
    "description": "RFC 6749 5.2",
    "required": ["error"],
    "properties": {"error": {"type": "string"}, "error_description": {"type": "string"}},
}
_PAGE = re.compile(r"Page_[a-z_.]+\.([A-Z]\w+?)Body_")
_PROBLEM_SCHEMA = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457; some problems carry further members.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
    },
    "additionalProperties": True,
}


def document_of(handlers: Sequence[ControllerRouterHandler], dependencies: Mapping[str, Provide]) -> dict[str, Any]:
    """OpenAPI 3.1 of the handlers."""
    config = OpenAPIConfig(
        title="Cordboard",
        version=VERSION,
        description=DESCRIPTION,
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        use_handler_docstrings=True,
        path="/unserved",
    )
    app = Litestar(route_handlers=handlers, dependencies=dependencies, openapi_config=config, logging_config=None)
    document = _with_short_names(app.openapi_schema.to_schema())
    bodies = _bodies(app)
    for _, method, operation in _operations(document):
        if (media := bodies.get(operation["operationId"])) is not None:
            operation["requestBody"] = {"content": {media: {"schema": {"type": "string"}}}, "required": True}
        _complete(operation, method)
    components = document.setdefault("components", {})
    schemas: dict[str, Any] = components.setdefault("schemas", {})
    schemas["Problem"] = _PROBLEM_SCHEMA
    _speak_for_themselves(schemas)
    for name, example in EXAMPLES.items():
        schemas[name]["examples"] = [_plain(example)]
    shapes = Shapes(schemas)
    for path, _, operation in _operations(document):
        _show(operation, path, shapes)
    components["securitySchemes"] = SECURITY
    return _sorted(document)


def _speak_for_themselves(schemas: dict[str, Any]) -> None:
    """Litestar lends a shared schema the default, and an enumeration the description, of what it meets first."""
    words = {(kind.__name__, *(member.value for member in kind)): kind.__doc__ for kind in _enumerations(Enum)}
    for name, schema in schemas.items():
        schema.pop("default", None)
        if "enum" in schema:
            schema.pop("description", None)
            if told := words.get((name, *schema["enum"])):
                schema["description"] = told


def _enumerations(kind: type[Enum]) -> Iterator[type[Enum]]:
    for one in kind.__subclasses__():
        yield one
        yield from _enumerations(one)


def _with_short_names(document: dict[str, Any]) -> dict[str, Any]:
    """`CallPage` in place of the name of a generic type with its module."""
    text = msgspec.json.encode(document).decode()
    return _with_plain_arrays(msgspec.json.decode(_PAGE.sub(r"\1Page", text)))


def _with_plain_arrays(part: Any) -> Any:
    """A tuple, whose items are all of one kind with us, as an array of so many: readers of every draft know that."""
    if isinstance(part, list):
        return [_with_plain_arrays(one) for one in _listed(part)]
    if not isinstance(part, dict):
        return part
    told: dict[str, Any] = {name: _with_plain_arrays(one) for name, one in _named(part)}
    parts: Any = told.pop("prefixItems", None) or told.get("items")
    if isinstance(parts, list):
        count = len(_listed(parts))
        told |= {"items": parts[0], "minItems": count, "maxItems": count}
    elif isinstance(parts, dict) and {} in (kinds := dict(_named(parts)).get("oneOf", ())):
        told["items"] = kinds[0]  # of a union, Litestar takes the dots of the tuple for one more kind
    return told


def _listed(value: Any) -> Sequence[Any]:
    return value


def _named(value: Any) -> Sequence[tuple[str, Any]]:
    return tuple(value.items())


def _bodies(app: Litestar) -> dict[str, str]:
    """The media type of bodies that are not JSON and that handlers read themselves, by operation."""
    handlers = [handler for route in app.routes if isinstance(route, HTTPRoute) for handler in route.route_handlers]
    return {str(handler.operation_id): handler.opt["body"] for handler in handlers if "body" in handler.opt}


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method, operation."""
    for path, methods in document["paths"].items():
        yield from ((path, method, methods[method]) for method in METHODS if method in methods)


def _complete(operation: dict[str, Any], method: str) -> None:
    name = operation["operationId"]
    rule = OPERATIONS[name]
    operation["responses"].pop("400", None)  # Litestar's own shape of errors
    operation["responses"].get("204", {}).pop("content", None)
    for media in operation.get("requestBody", {}).get("content", {}).values():
        if {"type": "null"} in media["schema"].get("oneOf", ()):
            operation["requestBody"]["required"] = False
    for status, kinds in _by_status(_problems(operation, method)).items():
        operation["responses"][status] = _problem_response(kinds)
    if name == TOKEN_ENDPOINT:
        for status in ("400", "401"):
            operation["responses"].setdefault(status, {"description": "RFC 6749 5.2"}).setdefault("content", {})[
                JSON
            ] = {
                "schema": _OAUTH_ERROR,
                "example": {"error": "invalid_client", "error_description": "The client is not known."},
            }
    if rule.public:
        return
    operation["security"] = [{"session": []}] if rule.people else [{"session": []}, {"bearer": []}]
    operation["description"] = f"{operation.get('description', '')}\n\n{_who(rule)}".strip()
    if honours(method.upper(), rule):
        operation.setdefault("parameters", []).append(
            {
                "name": IDEMPOTENCY_HEADER,
                "in": "header",
                "required": False,
                "description": "1 to 128 printable characters; a repeated request gets the first answer.",
                "schema": {"type": "string", "maxLength": 128},
            }
        )


def _show(operation: dict[str, Any], path: str, shapes: Shapes) -> None:
    """An example of the request and of each good answer, where they have any content."""
    segments = path.split("/")
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            before = segments[segments.index(f"{{{parameter['name']}}}") - 1]
            parameter["example"] = PARAMETERS.get(parameter["name"]) or str(PATH_IDS.get(before, UNKNOWN))
        elif parameter["required"]:
            parameter["example"] = PARAMETERS.get(parameter["name"]) or shapes.example(parameter["schema"])
    name = operation["operationId"]
    for kind, media in operation.get("requestBody", {}).get("content", {}).items():
        media["example"] = shapes.example(media["schema"]) if kind == JSON else TEXTS.get(name, "")
    for status, response in operation["responses"].items():
        content = response.get("content", {})
        if "audio/wav" in content and name in ("get_recording_audio", "get_voicemail_audio"):
            content["audio/ogg"] = content["audio/wav"]  # of one operation, whichever the recording is
        for kind, media in content.items():
            if status.startswith("2") and kind == JSON:
                media["example"] = shapes.example(media["schema"])


def _who(rule: Rule) -> str:
    """Which permission lets in, and which roles have it."""
    if rule.permission is None:
        return "For everybody who is logged in."
    roles = ", ".join(role for role in Role if rule.permission in ROLE_PERMISSIONS[role])
    told = f"Permission: `{rule.permission}`; roles: {roles}."
    narrower = ((rule.team, "of the teams one leads"), (rule.own, "the own ones"))
    return " ".join([told, *(f"With `{one}`: {what}." for one, what in narrower if one is not None)])


def _problems(operation: dict[str, Any], method: str) -> list[type[CordboardError]]:
    name = operation["operationId"]
    parameters = {parameter["name"] for parameter in operation.get("parameters", ())}
    found: list[type[CordboardError]] = [*OF_OPERATIONS.get(name, ())]
    if not OPERATIONS[name].public:
        found += [errors.NoSession, Forbidden, errors.RateLimited]
        found.append(SessionNeeded if OPERATIONS[name].people else InvalidToken)
    if method != "get":
        found.append(errors.CsrfHeaderMissing)
    if "requestBody" in operation:
        found += [errors.MalformedBody, errors.BodyTooLarge, errors.UnsupportedMediaType, InvalidInput]
    elif parameters - {"id", "If-Match"}:
        found.append(InvalidInput)
    if "id" in parameters:
        found.append(NotFound)
    if "If-Match" in parameters:
        found.append(RevisionMismatch)
    if honours(method.upper(), OPERATIONS[name]):
        found += [errors.KeyReused, errors.KeyInUse]
    return found


def _by_status(kinds: Sequence[type[CordboardError]]) -> dict[str, list[type[CordboardError]]]:
    found: dict[str, list[type[CordboardError]]] = {}
    for kind in sorted(set(kinds), key=lambda kind: (kind.status, kind.code)):
        found.setdefault(str(kind.status), []).append(kind)
    return found


def _problem_response(kinds: Sequence[type[CordboardError]]) -> dict[str, Any]:
    examples = {
        kind.code: {
            "value": {
                "type": problem_type(kind.code),
                "title": kind.title,
                "status": kind.status,
                "detail": "What to do about it.",
                "code": kind.code,
            }
        }
        for kind in kinds
    }
    content = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}}
    return {"description": "; ".join(f"{kind.title} (`{kind.code}`)" for kind in kinds), "content": content}


def _plain(example: object) -> Any:
    return msgspec.json.decode(to_json(example))


def _sorted(document: dict[str, Any]) -> dict[str, Any]:
    """The same on every machine: paths and schemas by name."""
    document["paths"] = dict(sorted(document["paths"].items()))
    schemas = document["components"]["schemas"]
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    return document
