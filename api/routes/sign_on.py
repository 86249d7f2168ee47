"""Single sign-on: to the identity provider and back, and which providers a tenant has."""

from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from litestar import Request, Response, delete, get, patch, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from api.auth.rate_limit import RateLimiter
from api.auth.sign_on import IdentityProvider, IdentityProviderService, OpenIdClient, SignOnFinder, SignOnService
from api.auth.sign_on.flow import ATTEMPT_SECONDS, Answer
from api.auth.sign_on.providers import domain_of
from api.origin import origin_url
from api.paging import Paging
from api.problems import problem_response
from api.routes.responses import created, given, shown
from api.routes.session import session_cookie, slow_down
from api.schemas.common import Page
from api.schemas.sign_on import (
    IdentityProviderBody,
    IdentityProviderChange,
    IdentityProviderInput,
    SignOnChoice,
    SignOnChoices,
)
from api.services import Services
from api.work import Unit, Work, origin_of
from kernel.primitives.errors import CordboardError
from kernel.primitives.secret import Secret

COLLECTION = "/v1/identity-providers"
PATH = "/v1/sign-on"
COOKIE = "cordboard_sign_on"

Client = NamedDependency[OpenIdClient]


def _body(provider: IdentityProvider) -> IdentityProviderBody:
    return IdentityProviderBody(
        id=provider.id,
        name=provider.name,
        issuer=provider.issuer,
        client_id=provider.client_id,
        has_secret=provider.sealed_secret is not None,
        domains=provider.domains,
        default_role=provider.default_role,
    )


def _service(unit: Unit, work: Work, client: OpenIdClient) -> IdentityProviderService:
    return IdentityProviderService(unit.tenant_unit, work.services.secrets, client.private)


@get(COLLECTION, operation_id="list_identity_providers", tags=["Sign-on"])
async def list_identity_providers(
    work: NamedDependency[Work], paging: NamedDependency[Paging], sign_on: Client
) -> Page[IdentityProviderBody]:
    """Where the tenant's people may log in."""
    async with work.read() as unit:
        found = await _service(unit, work, sign_on).page(paging.after, paging.one_more)
    return paging.page(found, _body)


@post(COLLECTION, operation_id="create_identity_provider", status_code=201, tags=["Sign-on"])
async def create_identity_provider(
    data: JSONBody[IdentityProviderInput], work: NamedDependency[Work], sign_on: Client
) -> Response[IdentityProviderBody]:
    """Add an OpenID Connect issuer; register `/v1/sign-on/callback` of this server there as redirect URI."""

    async def add(unit: Unit) -> Response[IdentityProviderBody]:
        new = IdentityProvider(
            id=unit.new_id(),
            tenant=work.principal.tenant,
            name=data.name,
            issuer=data.issuer,
            client_id=data.client_id,
            sealed_secret=None,
            default_role=data.default_role,
            domains=tuple(sorted(domain.lower() for domain in data.domains)),
        )
        secret = None if data.client_secret is None else Secret(data.client_secret)
        made = await _service(unit, work, sign_on).create(new, secret)
        return created(_body(made), made.revision, COLLECTION, made.id)

    return await work.create(add)


@get(f"{COLLECTION}/{{id:uuid}}", operation_id="get_identity_provider", tags=["Sign-on"])
async def get_identity_provider(
    key: NamedDependency[UUID], work: NamedDependency[Work], sign_on: Client
) -> Response[IdentityProviderBody]:
    """One of them; its secret is never shown."""
    async with work.read() as unit:
        found = await _service(unit, work, sign_on).get(key)
    return shown(_body(found), found.revision)


@patch(f"{COLLECTION}/{{id:uuid}}", operation_id="update_identity_provider", tags=["Sign-on"])
async def update_identity_provider(
    key: NamedDependency[UUID],
    data: JSONBody[IdentityProviderChange],
    work: NamedDependency[Work],
    expected: NamedDependency[int | None],
    sign_on: Client,
) -> Response[IdentityProviderBody]:
    """Change one; a new issuer forgets who was linked."""
    changes: dict[str, Any] = given(data)
    if "client_secret" in changes:
        secret = changes.pop("client_secret")
        changes["secret"] = None if secret is None else Secret(secret)
    if "domains" in changes:
        changes["domains"] = tuple(sorted(domain.lower() for domain in changes["domains"]))
    async with work.write() as unit:
        found = await _service(unit, work, sign_on).change(key, changes, expected)
    return shown(_body(found), found.revision)


@delete(f"{COLLECTION}/{{id:uuid}}", operation_id="delete_identity_provider", status_code=204, tags=["Sign-on"])
async def delete_identity_provider(
    key: NamedDependency[UUID], work: NamedDependency[Work], expected: NamedDependency[int | None], sign_on: Client
) -> None:
    """Remove one; open sessions stay."""
    async with work.write() as unit:
        await _service(unit, work, sign_on).remove(key, expected)


@get(PATH, operation_id="find_sign_on", tags=["Sign-on"])
async def find_sign_on(
    email: Annotated[str, QueryParameter(description="Only what follows the @ is looked at.", max_length=254)],
    request: Request[Any, Any, Any],
    services: NamedDependency[Services],
    limiter: NamedDependency[RateLimiter],
) -> SignOnChoices:
    """Where people of this e-mail domain may log in; whether there is such a person it does not tell."""
    slow_down(limiter, origin_of(request), services)
    async with services.database.read() as uow:
        found = await SignOnFinder(uow.session).by_domain(domain_of(email))
    if found is None:
        return SignOnChoices(providers=())
    choice = SignOnChoice(id=found.id, name=found.name, start=f"{PATH}/{found.id}/start")
    return SignOnChoices(providers=(choice,))


@get(f"{PATH}/{{id:uuid}}/start", operation_id="begin_sign_on", tags=["Sign-on"], status_code=302)
async def begin_sign_on(
    key: NamedDependency[UUID],
    request: Request[Any, Any, Any],
    services: NamedDependency[Services],
    limiter: NamedDependency[RateLimiter],
    sign_on: Client,
) -> Response[None]:
    """Send the browser to the identity provider."""
    origin = origin_of(request)
    slow_down(limiter, origin, services)
    try:
        redirect_uri = f"{origin_url(request, services.settings)}{PATH}/callback"
        started = await SignOnService(services, sign_on, origin).start(key, redirect_uri)
    except CordboardError as error:
        return _told(request, error)
    cookie = _cookie(started.browser, ATTEMPT_SECONDS, services)
    return Response(None, status_code=302, headers={"Location": started.url}, cookies=[cookie])


def provide_answer(
    sent_state: Annotated[str, QueryParameter(name="state", description="As it was sent.")] = "",
    code: Annotated[str | None, QueryParameter(description="For which an ID token is given.")] = None,
    error: Annotated[str | None, QueryParameter(description="RFC 6749 4.1.2.1.")] = None,
    error_description: Annotated[str | None, QueryParameter(description="RFC 6749 4.1.2.1.")] = None,
    iss: Annotated[str | None, QueryParameter(description="RFC 9207.")] = None,
) -> Answer:
    return Answer(sent_state, code, error, error_description, iss)


@get(f"{PATH}/callback", operation_id="finish_sign_on", tags=["Sign-on"], status_code=303)
async def finish_sign_on(
    request: Request[Any, Any, Any],
    services: NamedDependency[Services],
    limiter: NamedDependency[RateLimiter],
    sign_on: Client,
    answer: NamedDependency[Answer],
) -> Response[None]:
    """Where the identity provider sends the browser back to; it goes on to the desk with a session."""
    origin = origin_of(request)
    slow_down(limiter, origin, services)
    service = SignOnService(services, sign_on, origin)
    try:
        opened = await service.finish(answer, request.cookies.get(COOKIE, ""))
    except CordboardError as refusal:
        return _told(request, refusal)
    cookies = [session_cookie(opened.token.reveal(), services), _cookie("", 0, services)]
    return Response(None, status_code=303, headers={"Location": "/"}, cookies=cookies)


def _cookie(value: str, seconds: float, services: Services) -> Cookie:
    """Lax: the browser comes back from another site."""
    secure = services.settings.secure
    return Cookie(
        key=COOKIE, value=value, max_age=int(seconds), path=PATH, secure=secure, httponly=True, samesite="lax"
    )


def _told(request: Request[Any, Any, Any], error: CordboardError) -> Response[Any]:
    """A person gets the log-in page with the reason on it; a program gets the problem document."""
    if "text/html" not in request.headers.get("accept", ""):
        return problem_response(error)
    return Response(None, status_code=303, headers={"Location": f"/?problem={quote(error.code)}"})


HANDLERS = [
    list_identity_providers,
    create_identity_provider,
    get_identity_provider,
    update_identity_provider,
    delete_identity_provider,
    find_sign_on,
    begin_sign_on,
    finish_sign_on,
]
