"""One single sign-on: sent to the identity provider, and back with a code."""

import base64
import hashlib
import secrets
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec
import structlog
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from api.auth.errors import AddressUnverified, SignOnExpired, SignOnFailed, SignOnRefused, SignOnUnknown
from api.auth.login import LoginService, Opened
from api.auth.sign_on.claims import NotBelieved, Person
from api.auth.sign_on.client import Code, OpenIdClient
from api.auth.sign_on.fetching import CannotFetch
from api.auth.sign_on.providers import IdentityProvider, SignOnFinder, domain_of
from api.auth.tables import ExternalIdentityRow, SignOnAttemptRow
from api.auth.tokens import token_hash
from api.services import Services
from kernel.contracts.base import TenantScope
from kernel.ports.unit_of_work import UnitOfWork
from kernel.primitives.errors import NotFound
from kernel.primitives.ids import TenantId, UserId
from kernel.primitives.secret import Secret
from tenants.audit import Origin
from tenants.directory import Login, Logins, User, UserRepository
from tenants.directory.checks import NAME_LENGTH
from tenants.unit import TenantUnit

ATTEMPT_SECONDS = 600.0  # to type a password and a second factor over there
TOKEN_BYTES = 32  # beyond guessing
STATE_LENGTH = 100  # longer is none of ours
CODE_LENGTH = 4096
SEALED_FOR = "sign-on"
REASON_LENGTH = 200  # of what an identity provider says, as it is shown

_attempts = SignOnAttemptRow.table()
_identities = ExternalIdentityRow.table()
log = structlog.get_logger(__name__)


class Started(NamedTuple):
    """Where the browser goes, and the cookie by which it is known again."""

    url: str
    browser: str


class Answer(msgspec.Struct, frozen=True):
    """The parameters with which the browser came back."""

    state: str
    code: str | None = None
    error: str | None = None
    error_description: str | None = None
    issuer: str | None = None  # RFC 9207: against answers of another provider


class Attempt(msgspec.Struct, frozen=True):
    """What is kept sealed while the browser is away."""

    nonce: str
    verifier: str
    redirect_uri: str


def _token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


def challenge_of(verifier: str) -> str:
    """RFC 7636 4.2, S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


class SignOnService:
    def __init__(self, services: Services, client: OpenIdClient, origin: Origin) -> None:
        self._services = services
        self._database = services.database
        self._client = client
        self._origin = origin

    async def start(self, provider: UUID, redirect_uri: str) -> Started:
        """NotFound, SignOnFailed."""
        async with self._database.read() as uow:
            found = await SignOnFinder(uow.session).by_id(provider)
        if found is None:
            raise NotFound("There is no such identity provider: start at the log-in page.")
        attempt, state, browser = Attempt(_token(), _token(), redirect_uri), _token(), _token()
        parameters = {
            "state": state,
            "nonce": attempt.nonce,
            "redirect_uri": redirect_uri,
            "code_challenge": challenge_of(attempt.verifier),
        }
        try:
            url = await self._client.authorization_url(found.registration(self._services.secrets), parameters)
        except (CannotFetch, NotBelieved) as error:
            raise await self._failed(found, error) from error
        await self._keep(found, attempt, state, browser)
        return Started(url, browser)

    async def _keep(self, provider: IdentityProvider, attempt: Attempt, state: str, browser: str) -> None:
        now = self._services.clock.now()
        text = Secret(msgspec.json.encode(attempt).decode())
        async with self._database.write() as uow:
            await uow.session.execute(delete(_attempts).where(_attempts.c.expires_at <= now))
            await uow.session.execute(
                insert(_attempts).values(
                    state_hash=token_hash(state),
                    tenant_id=provider.tenant,
                    identity_provider_id=provider.id,
                    browser_hash=token_hash(browser),
                    sealed=self._services.secrets.seal(text, SEALED_FOR),
                    expires_at=now + timedelta(seconds=ATTEMPT_SECONDS),
                )
            )

    async def finish(self, answer: Answer, browser: str) -> Opened:
        """SignOnExpired, SignOnRefused, SignOnFailed, AddressUnverified, SignOnUnknown."""
        provider, attempt = await self._take(answer.state, browser)
        if answer.code is None or len(answer.code) > CODE_LENGTH:
            told = (answer.error_description or answer.error or "no code came back")[:REASON_LENGTH]
            raise SignOnRefused(f"{provider.name} says: {told}. Try again, or ask your organisation's admin.")
        if answer.issuer not in {None, provider.issuer}:
            raise await self._failed(provider, NotBelieved(f"the answer came from {answer.issuer} (RFC 9207)"))
        code = Code(answer.code, attempt.verifier, attempt.nonce, attempt.redirect_uri)
        try:
            person = await self._client.person(provider.registration(self._services.secrets), code)
        except (CannotFetch, NotBelieved) as error:
            raise await self._failed(provider, error) from error
        async with self._database.write() as uow:
            login = await self._login(uow, provider, person)
            token = await LoginService(self._services).open_session(uow, login, "sign_on", self._origin)
        return Opened(login, token)

    async def _take(self, state: str, browser: str) -> tuple[IdentityProvider, Attempt]:
        """Each attempt is good once, in the browser that began it."""
        now = self._services.clock.now()
        async with self._database.write() as uow:
            mine = (
                _attempts.c.state_hash == token_hash(state[:STATE_LENGTH]),
                _attempts.c.browser_hash == token_hash(browser[:STATE_LENGTH]),
            )
            row = (await uow.session.execute(select(_attempts).where(*mine).with_for_update())).one_or_none()
            await uow.session.execute(delete(_attempts).where(*mine))
            provider = None if row is None else await SignOnFinder(uow.session).by_id(row.identity_provider_id)
        if row is None or provider is None or row.expires_at <= now:
            raise SignOnExpired("Start again at the log-in page, and stay in one browser.")
        text = self._services.secrets.open(row.sealed, SEALED_FOR).reveal()
        return provider, msgspec.json.decode(text, type=Attempt)

    async def _login(self, uow: UnitOfWork, provider: IdentityProvider, person: Person) -> Login:
        """Who it is here: linked before, known by a verified address of this tenant, or new where that is allowed."""
        linked = await self._linked(uow, provider, person)
        if linked is not None:
            return linked
        if person.email is None:
            raise AddressUnverified(f"Ask the admin of {provider.name} to verify your e-mail address.")
        unknown = SignOnUnknown("Ask an admin of your call centre to add you with this e-mail address.")
        if domain_of(person.email) not in provider.domains:
            raise unknown
        login = await Logins(uow.session).by_email(person.email)
        if login is None and provider.default_role is not None:
            login = await self._new_user(uow, provider, person, person.email)
        if login is None or login.tenant != provider.tenant or login.closed:
            raise unknown
        await self._link(uow, provider, person, login)
        return login

    async def _linked(self, uow: UnitOfWork, provider: IdentityProvider, person: Person) -> Login | None:
        query = select(_identities.c.user_id).where(
            _identities.c.identity_provider_id == provider.id,
            _identities.c.subject_hash == token_hash(person.subject),
        )
        user = (await uow.session.execute(query)).scalar_one_or_none()
        return None if user is None else await Logins(uow.session).by_id(UserId(user))

    async def _link(self, uow: UnitOfWork, provider: IdentityProvider, person: Person, login: Login) -> None:
        key = {"identity_provider_id": provider.id, "subject_hash": token_hash(person.subject)}
        former = (_identities.c.identity_provider_id == provider.id, _identities.c.subject_hash == key["subject_hash"])
        await uow.session.execute(delete(_identities).where(*former))  # of somebody who was removed here
        values = {"tenant_id": provider.tenant, "user_id": login.user, "linked_at": self._services.clock.now()}
        await uow.session.execute(insert(_identities).values(**key, **values))
        await self._unit(uow, provider.tenant).audit("user.linked", login.user, identity_provider=str(provider.id))

    async def _new_user(self, uow: UnitOfWork, provider: IdentityProvider, person: Person, email: str) -> Login | None:
        """Nobody who was switched off or belongs elsewhere comes in anew: None then."""
        assert provider.default_role is not None
        users = UserRepository(uow.session, TenantScope(provider.tenant))
        key = UserId(self._services.ids.new())
        if await users.is_taken(email, key):
            return None
        name = (person.name or email)[:NAME_LENGTH].strip() or email
        user = User(id=key, email=email, name=name, roles=(provider.default_role,))
        unknown = await self._services.passwords.hash(Secret(_token()))  # a password that nobody knows
        try:
            async with uow.session.begin_nested():
                await users.add(user, unknown)
        except IntegrityError:  # the same person in two windows
            return await Logins(uow.session).by_email(email)
        unit = self._unit(uow, provider.tenant)
        await unit.changed("user.created", key, roles=[str(provider.default_role)], by="sign_on")
        return await Logins(uow.session).by_id(key)

    def _unit(self, uow: UnitOfWork, tenant: TenantId) -> TenantUnit:
        return TenantUnit(uow, TenantScope(tenant), self._origin, self._services.clock, self._services.ids)

    async def _failed(self, provider: IdentityProvider, error: Exception) -> SignOnFailed:
        """The reason is for an admin, who finds it in the audit."""
        reason = str(error)[:REASON_LENGTH]
        log.warning("sign_on_failed", identity_provider=str(provider.id), reason=reason)
        async with self._database.write() as uow:
            await self._unit(uow, provider.tenant).audit("identity_provider.failed", provider.id, reason=reason)
        return SignOnFailed(f"Tell your organisation's admin: {reason}")
