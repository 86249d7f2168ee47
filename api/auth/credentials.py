"""From what a request shows to who it comes from: a session cookie, an API key, an OAuth access token."""

from api.auth.clients import AccessTokens, GivenToken
from api.auth.errors import InvalidToken
from api.auth.keys import ApiKeyFinder, FoundKey
from api.auth.principal import Principal
from api.auth.sessions import SessionStore
from api.auth.tokens import ACCESS_PREFIX, KEY_PREFIX
from api.services import Services
from kernel.primitives.secret import Secret
from tenants.directory import Login, Logins

SCHEME = "bearer "  # RFC 9110 11.1: case does not matter
TOKEN_LENGTH = 200  # longer is none of ours


def bearer_of(authorization: str | None) -> str | None:
    """The token of an Authorization header; None for none, or of another scheme."""
    if authorization is None or authorization[: len(SCHEME)].lower() != SCHEME:
        return None
    return authorization[len(SCHEME) :].strip()


class Credentials:
    """Each look notes, once a minute, that the credential is in use."""

    def __init__(self, services: Services, address: str) -> None:
        self._database = services.database
        self._sessions = services.sessions
        self._now = services.clock.now()
        self._address = address

    async def session(self, cookie: str) -> Principal | None:
        """None when it ended."""
        known = self._sessions.get(cookie)
        if known is not None:
            return known
        generation = self._sessions.generation
        async with self._database.read() as uow:
            store = SessionStore(uow.session)
            found = await store.find(Secret(cookie), self._now)
            unseen = found is not None and await store.unseen(found.session, self._now)
        if found is not None and unseen:
            async with self._database.write() as uow:
                await SessionStore(uow.session).seen(found.session, self._address, self._now)
        if found is not None:
            self._sessions.put(cookie, found, generation)
        return found

    async def bearer(self, token: str) -> Principal:
        """InvalidToken."""
        principal = None
        if len(token) <= TOKEN_LENGTH and token.startswith(KEY_PREFIX):
            principal = await self._api_key(token)
        elif len(token) <= TOKEN_LENGTH and token.startswith(ACCESS_PREFIX):
            principal = await self._access_token(token)
        if principal is None:
            raise InvalidToken("It is mistyped, has expired or was revoked: make a new key, or get a new token.")
        return principal

    async def _api_key(self, token: str) -> Principal | None:
        async with self._database.read() as uow:
            found = await ApiKeyFinder(uow.session).find(token, self._now)
            login = None if found is None else await Logins(uow.session).by_id(found.key.user)
        if found is None or login is None:
            return None
        if found.unseen:
            async with self._database.write() as uow:
                await ApiKeyFinder(uow.session).used(found.key.id, self._address, self._now)
        return _of_key(found, login)

    async def _access_token(self, token: str) -> Principal | None:
        async with self._database.read() as uow:
            found = await AccessTokens(uow.session).find(token, self._now)
            if found is None or not await Logins(uow.session).is_open(found.client.tenant):
                return None
        if found.unseen:
            async with self._database.write() as uow:
                await AccessTokens(uow.session).used(found.client.id, self._address, self._now)
        return _of_client(found)


def _of_key(found: FoundKey, login: Login) -> Principal:
    key = found.key
    return Principal(
        user=login.user,
        tenant=login.tenant,
        home=login.tenant,
        email=login.email,
        name=login.name,
        roles=frozenset(),
        permissions=key.permissions & login.permissions,
        session=b"",
        expires_at=key.expires_at,
        kind="api_key",
        limit=key.permissions,
        credential=key.id,
    )


def _of_client(found: GivenToken) -> Principal:
    client = found.client
    return Principal(
        user=None,
        tenant=client.tenant,
        home=client.tenant,
        email="",
        name=client.name,
        roles=frozenset(),
        permissions=found.permissions,
        session=b"",
        expires_at=found.expires_at,
        kind="client",
        client=client.id,
        credential=client.id,
    )
