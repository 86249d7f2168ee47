"""The token endpoint for machines (RFC 6749 4.4) and where to find it (RFC 8414)."""

import base64
import binascii
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote_plus
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec

from api.auth.clients import TOKEN_SECONDS, AccessTokens, OAuthClient
from api.auth.rate_limit import RateLimiter
from api.origin import origin_url
from api.routes.session import slow_down
from api.schemas.machines import AccessTokenBody, OAuthError, OAuthMetadata
from api.services import Services
from api.work import origin_of
from kernel.contracts.base import TenantScope
from tenants.audit import Origin
from tenants.directory import Logins, Permission
from tenants.directory.permissions import named, of_provider
from tenants.unit import TenantUnit

FORM = "application/x-www-form-urlencoded"
TOKEN_PATH = "/v1/oauth/token"  # noqa: S105 (a path)
METADATA_PATH = "/.well-known/oauth-authorization-server"
FIELDS = 20  # the grant has five
GRANT = "client_credentials"
SECRET_LENGTH = 200  # longer is none of ours


class Refused(Exception):
    """RFC 6749 5.2."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.body = OAuthError(error=error, error_description=description)

    def response(self) -> Response[OAuthError]:
        if self.body.error != "invalid_client":
            return Response(self.body, status_code=400)
        return Response(self.body, status_code=401, headers={"WWW-Authenticate": 'Basic realm="cordboard"'})


class Shown(NamedTuple):
    """The client's id and secret as it sent them."""

    client: UUID
    secret: str


def _form(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=FIELDS)
    except ValueError as error:
        raise Refused("invalid_request", "The body is no form.") from error
    if len({name for name, _ in pairs}) != len(pairs):
        raise Refused("invalid_request", "A parameter is there twice.")
    return {name: value for name, value in pairs if value}


def _basic(header: str) -> tuple[str, str]:
    """RFC 6749 2.3.1: both are form-encoded, then in base64."""
    try:
        text = base64.b64decode(header.partition(" ")[2].strip(), validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise Refused("invalid_client", "The Authorization header cannot be read.") from error
    client, _, secret = text.partition(":")
    return unquote_plus(client), unquote_plus(secret)


def _shown(request: Request[Any, Any, Any], form: dict[str, str]) -> Shown:
    header = request.headers.get("authorization", "")
    if header.lower().startswith("basic "):
        if "client_secret" in form:
            raise Refused("invalid_request", "Show the secret in one way only.")
        client, secret = _basic(header)
    else:
        client, secret = form.get("client_id", ""), form.get("client_secret", "")
    try:
        return Shown(UUID(client), secret[:SECRET_LENGTH])
    except ValueError as error:
        raise Refused("invalid_client", "There is no such client, or the secret is wrong.") from error


def _scopes(client: OAuthClient, asked: str | None) -> frozenset[Permission]:
    """All that the client may have where it names none (RFC 6749 3.3)."""
    if asked is None:
        return client.permissions
    wanted = named(asked.split())
    if len(wanted) != len(set(asked.split())) or not wanted or not wanted <= client.permissions:
        allowed = " ".join(sorted(client.permissions))
        raise Refused("invalid_scope", f"This client may ask for: {allowed}")
    return wanted


async def _give(services: Services, shown: Shown, asked: str | None, origin: Origin) -> AccessTokenBody:
    now = services.clock.now()
    async with services.database.read() as uow:
        client = await AccessTokens(uow.session).client(shown.client, shown.secret)
        if client is None or not await Logins(uow.session).is_open(client.tenant):
            raise Refused("invalid_client", "There is no such client, or the secret is wrong.")
    wanted = _scopes(client, asked)
    async with services.database.write() as uow:
        token = await AccessTokens(uow.session).give(client, wanted, now)
        unit = TenantUnit(uow, TenantScope(client.tenant), origin, services.clock, services.ids)
        await unit.audit("oauth_client.token_given", client.id, scopes=sorted(wanted))
    scope = " ".join(sorted(wanted))
    return AccessTokenBody(access_token=token.reveal(), token_type="Bearer", expires_in=TOKEN_SECONDS, scope=scope)  # noqa: S106 (a word of the protocol)


async def _answer(services: Services, request: Request[Any, Any, Any], origin: Origin) -> AccessTokenBody:
    form = _form(await request.body())
    if "grant_type" not in form:
        raise Refused("invalid_request", f"Send grant_type={GRANT}.")
    shown = _shown(request, form)
    if form["grant_type"] != GRANT:
        raise Refused("unsupported_grant_type", f"There is {GRANT} only.")
    return await _give(services, shown, form.get("scope"), origin)


def _refused(_: Request[Any, Any, Any], refusal: Refused) -> Response[OAuthError]:
    return refusal.response()


@post(
    TOKEN_PATH,
    operation_id="get_access_token",
    status_code=200,
    tags=["Keys"],
    opt={"body": FORM},
    exception_handlers={Refused: _refused},
    responses={
        400: ResponseSpec(OAuthError, description="RFC 6749 5.2.", generate_examples=False),
        401: ResponseSpec(OAuthError, description="`invalid_client`, RFC 6749 5.2.", generate_examples=False),
    },
)
async def get_access_token(
    request: Request[Any, Any, Any], services: NamedDependency[Services], limiter: NamedDependency[RateLimiter]
) -> Response[AccessTokenBody]:
    """An access token for a client's id and secret, by `client_secret_basic` or `client_secret_post`."""
    origin = origin_of(request)
    slow_down(limiter, origin, services)
    answer = await _answer(services, request, msgspec.structs.replace(origin, actor="client"))
    return Response(answer, headers={"Pragma": "no-cache"})


@get(METADATA_PATH, operation_id="get_oauth_metadata", tags=["Keys"])
async def get_oauth_metadata(request: Request[Any, Any, Any], services: NamedDependency[Services]) -> OAuthMetadata:
    """Where tokens are got, and which scopes there are (RFC 8414)."""
    issuer = origin_url(request, services.settings)
    return OAuthMetadata(
        issuer=issuer,
        token_endpoint=f"{issuer}{TOKEN_PATH}",
        token_endpoint_auth_methods_supported=("client_secret_basic", "client_secret_post"),
        grant_types_supported=(GRANT,),
        response_types_supported=(),
        scopes_supported=tuple(sorted(one for one in Permission if not of_provider(one))),
        service_documentation=f"{issuer}/v1/docs",
    )


HANDLERS = [get_access_token, get_oauth_metadata]
