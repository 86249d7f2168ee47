"""Our side of OpenID Connect: discovery, keys, and the exchange of a code for an ID token."""

import base64
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from api.auth.sign_on.claims import Expected, NotBelieved, Person, UnknownKey, person_of, verified
from api.auth.sign_on.fetching import CannotFetch, Fetched, Fetcher, check_url
from kernel.primitives.clock import Clock
from kernel.primitives.secret import Secret

KEPT_SECONDS = 3600.0  # a provider that changes its endpoints leaves the old ones for longer
KEYS_AGAIN_SECONDS = 60.0  # between two looks for new keys: unknown ones come from mistakes too
ISSUERS = 500  # remembered; beyond it the longest unused are forgotten
SCOPES = "openid email profile"


class Metadata(msgspec.Struct, frozen=True):
    """OpenID Connect Discovery 1.0, 3: what we use of it."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class Registration(msgspec.Struct, frozen=True):
    """How the issuer knows us; `secret` is None for a public client, which PKCE alone protects."""

    issuer: str
    client_id: str
    secret: Secret | None


class Code(msgspec.Struct, frozen=True):
    """What came back, with what was sent for it."""

    code: str
    verifier: str
    nonce: str
    redirect_uri: str


class Known(msgspec.Struct):
    metadata: Metadata
    keys: KeySet
    read_at: float
    keys_again_at: float | None = None


class Tokens(msgspec.Struct, frozen=True):
    id_token: str
    access_token: str | None = None


class OpenIdClient:
    """Remembers what issuers said for an hour. Every method raises CannotFetch and NotBelieved."""

    def __init__(self, fetcher: Fetcher, clock: Clock) -> None:
        self._fetcher = fetcher
        self._clock = clock
        self._known: dict[str, Known] = {}

    @property
    def private(self) -> bool:
        return self._fetcher.private

    async def authorization_url(self, registration: Registration, parameters: dict[str, str]) -> str:
        """Where the browser is sent; `parameters`: state, nonce, redirect_uri, code_challenge."""
        endpoint = (await self._issuer(registration.issuer)).metadata.authorization_endpoint
        more = {"response_type": "code", "client_id": registration.client_id, "scope": SCOPES}
        query = urlencode(more | parameters | {"code_challenge_method": "S256"})
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{query}"

    async def person(self, registration: Registration, code: Code) -> Person:
        """Who logged in there."""
        known = await self._issuer(registration.issuer)
        tokens = await self._exchange(known.metadata, registration, code)
        expected = Expected(registration.issuer, registration.client_id, code.nonce)
        try:
            claims = verified(tokens.id_token, known.keys, expected, self._clock.now())
        except UnknownKey:
            claims = verified(tokens.id_token, await self._new_keys(known), expected, self._clock.now())
        if "email" not in claims and known.metadata.userinfo_endpoint is not None and tokens.access_token is not None:
            claims |= await self._userinfo(known.metadata.userinfo_endpoint, tokens.access_token, claims["sub"])
        return person_of(claims)

    async def _issuer(self, issuer: str) -> Known:
        now = self._clock.monotonic()
        known = self._known.pop(issuer, None)
        if known is None or now - known.read_at > KEPT_SECONDS:
            metadata = await self._discover(issuer)
            known = Known(metadata, await self._read_keys(metadata.jwks_uri), now)
        self._known[issuer] = known
        if len(self._known) > ISSUERS:
            del self._known[next(iter(self._known))]
        return known

    async def _discover(self, issuer: str) -> Metadata:
        url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        metadata = _decoded(await self._fetcher.get(url), Metadata, url)
        if metadata.issuer != issuer:
            raise NotBelieved(f"{url} says that its issuer is {metadata.issuer}, not {issuer}")
        wrong = check_url(metadata.authorization_endpoint, self._fetcher.private)
        if wrong is not None:
            raise NotBelieved(f"the authorization_endpoint must be {wrong}")
        return metadata

    async def _read_keys(self, url: str) -> KeySet:
        document: Any = _decoded(await self._fetcher.get(url), dict[str, Any], url)
        try:
            return KeySet.import_key_set(document)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise NotBelieved(f"{url} has no keys that can be read: {error}") from error

    async def _new_keys(self, known: Known) -> KeySet:
        now = self._clock.monotonic()
        if known.keys_again_at is None or now - known.keys_again_at >= KEYS_AGAIN_SECONDS:
            known.keys_again_at = now
            known.keys = await self._read_keys(known.metadata.jwks_uri)
        return known.keys

    async def _exchange(self, metadata: Metadata, registration: Registration, code: Code) -> Tokens:
        """RFC 6749 4.1.3 with RFC 7636 4.5."""
        form = {
            "grant_type": "authorization_code",
            "code": code.code,
            "redirect_uri": code.redirect_uri,
            "code_verifier": code.verifier,
        }
        headers: dict[str, str] = {}
        if registration.secret is None:
            form["client_id"] = registration.client_id
        elif "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            headers["Authorization"] = _basic(registration.client_id, registration.secret)
        else:
            form |= {"client_id": registration.client_id, "client_secret": registration.secret.reveal()}
        answer = await self._fetcher.post(metadata.token_endpoint, form, headers)
        return _decoded(answer, Tokens, metadata.token_endpoint)

    async def _userinfo(self, url: str, token: str, subject: str) -> dict[str, Any]:
        """OpenID Connect Core 5.3.2: of somebody else it is not believed."""
        answer = await self._fetcher.get(url, {"Authorization": f"Bearer {token}"})
        claims: dict[str, Any] = _decoded(answer, dict[str, Any], url)
        if claims.get("sub") != subject:
            raise NotBelieved(f"{url} speaks of somebody else (sub)")
        return {name: claims[name] for name in ("email", "email_verified", "name") if name in claims}


def _basic(client: str, secret: Secret) -> str:
    """RFC 6749 2.3.1."""
    pair = f"{quote(client, safe='')}:{quote(secret.reveal(), safe='')}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def _decoded(answer: Fetched, kind: Any, url: str) -> Any:
    if answer.status != 200:
        raise CannotFetch(f"{url} answered {answer.status}: {answer.body[:200].decode(errors='replace')}")
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CannotFetch(f"{url} answered what cannot be used: {error}") from error
