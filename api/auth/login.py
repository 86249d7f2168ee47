"""Logging in: a password, then a second factor where there is one; with a limit on guesses of both.

Wrong passwords take the same time whether or not there is such a user.
"""

from typing import NamedTuple

from api.auth.errors import EnrolmentRequired, SecondFactorRequired, SignOnRequired, TicketEnded, WrongCode
from api.auth.failures import FailureCounter, guarded
from api.auth.policy import LoginPolicy, LoginPolicyRepository
from api.auth.second_factor import Enrolment, Proof, SecondFactorRepository
from api.auth.sessions import Method, SessionStore, Times
from api.auth.tickets import TICKET_SECONDS, Purpose, TicketStore
from api.errors import WrongCredentials
from api.services import Services
from kernel.contracts.base import TenantScope
from kernel.ports.unit_of_work import UnitOfWork
from kernel.primitives.errors import CordboardError
from kernel.primitives.secret import Secret
from tenants.audit import Origin
from tenants.directory import Login, Logins
from tenants.directory.errors import ClientClosed
from tenants.unit import TenantUnit


class Opened(NamedTuple):
    """Who is logged in now, the session's token, and new recovery codes where an authenticator was set up."""

    login: Login
    token: Secret
    recovery_codes: tuple[str, ...] = ()


class LoginService:
    def __init__(self, services: Services) -> None:
        self._database = services.database
        self._passwords = services.passwords
        self._secrets = services.secrets
        self._clock = services.clock
        self._ids = services.ids
        self._session_seconds = services.settings.session_seconds

    async def log_in(self, email: str, password: Secret, origin: Origin) -> Opened:
        """WrongCredentials, TooManyAttempts, ClientClosed, SignOnRequired, SecondFactorRequired, EnrolmentRequired."""
        async with self._database.read() as uow:
            await self._counter(uow, email, origin).require_unlocked()
            login = await Logins(uow.session).by_email(email)
        verdict = await self._passwords.verify(password, None if login is None else login.password_hash)
        if login is None or not verdict.right:
            await self.count_failure(email, login, origin)
            raise WrongCredentials("Check both and try again.")
        if login.closed:
            raise ClientClosed("Ask the provider that runs this centre for you.")
        async with self._database.write() as uow:
            await self._counter(uow, email, origin).require_unlocked()  # again: guesses at the same time count too
            if verdict.rehashed is not None:
                await Logins(uow.session).store_hash(login.user, verdict.rehashed)
            more = await self._what_more(uow, login)
            if more is None:
                return Opened(login, await self.open_session(uow, login, "password", origin))
        raise more

    async def _what_more(self, uow: UnitOfWork, login: Login) -> CordboardError | None:
        """What stands between a right password and a session; a ticket is given where the user can go on."""
        policy = await LoginPolicyRepository(uow.session, TenantScope(login.tenant)).get()
        if not policy.takes_password(login.roles):
            return SignOnRequired("Use your organisation's sign-on, or ask an owner.")
        purpose = await self._second_step(uow, login, policy)
        if purpose is None:
            return None
        ticket = await TicketStore(uow.session).open(login, purpose, self._clock.now())
        more = {"ticket": ticket.reveal(), "expires_in": int(TICKET_SECONDS)}
        if purpose is Purpose.CODE:
            return SecondFactorRequired("Send the ticket with a code of your authenticator or a recovery code.", **more)
        return EnrolmentRequired("Set up an authenticator with the ticket, then send its first code.", **more)

    async def _second_step(self, uow: UnitOfWork, login: Login, policy: LoginPolicy) -> Purpose | None:
        if (await self._factors(uow, login).state(login.user)).since is not None:
            return Purpose.CODE
        return Purpose.ENROLMENT if policy.needs_second_factor(login.roles) else None

    async def begin_enrolment(self, ticket: Secret, origin: Origin) -> Enrolment:
        """For who needs a second factor to log in at all; TicketEnded, SecondFactorOn."""
        async with self._database.write() as uow:
            login, purpose = await self._holder(uow, ticket)
            if purpose is not Purpose.ENROLMENT:
                raise _ticket_ended()
            found = await self._factors(uow, login).begin(login.user, login.email, self._clock.now())
            await self._unit(uow, login, origin).audit("second_factor.begun", login.user)
            return found

    async def complete(self, ticket: Secret, proof: Proof, origin: Origin) -> Opened:
        """The second step of a log-in; TicketEnded, WrongCode, TooManyAttempts, NoEnrolment."""
        async with self._database.read() as uow:
            login, _ = await self._holder(uow, ticket)
        try:
            async with self._database.write() as uow:
                return await self._complete(uow, ticket, proof, origin)
        except WrongCode:
            await self.count_failure(login.email, login, origin)
            raise

    async def _complete(self, uow: UnitOfWork, ticket: Secret, proof: Proof, origin: Origin) -> Opened:
        now = self._clock.now()
        login, purpose = await self._holder(uow, ticket)
        await self._counter(uow, login.email, origin).require_unlocked()
        factors, codes = self._factors(uow, login), tuple[str, ...]()
        if purpose is Purpose.ENROLMENT:
            codes = await factors.confirm(login.user, proof.code or "", now)
            await self._unit(uow, login, origin).audit("second_factor.enabled", login.user)
        elif not await factors.use(login.user, proof, now):
            raise WrongCode("Wait for the next code, or use a recovery code that you have not used yet.")
        if not await TicketStore(uow.session).redeem(ticket):
            raise _ticket_ended()
        if proof.recovery_code is not None:
            await self._unit(uow, login, origin).audit("second_factor.recovery_code_used", login.user)
        return Opened(login, await self.open_session(uow, login, "second_factor", origin), codes)

    async def _holder(self, uow: UnitOfWork, ticket: Secret) -> tuple[Login, Purpose]:
        found = await TicketStore(uow.session).find(ticket, self._clock.now())
        login = None if found is None else await Logins(uow.session).by_id(found.user)
        if found is None or login is None:
            raise _ticket_ended()
        return login, found.purpose

    async def open_session(self, uow: UnitOfWork, login: Login, method: Method, origin: Origin) -> Secret:
        """Whoever logged in has shown all that was asked: former failures are forgotten."""
        await self._counter(uow, login.email, origin).forget()
        times = Times.lasting(self._clock.now(), self._session_seconds)
        token = await SessionStore(uow.session).open(self._ids.new(), login, method, origin, times)
        by_user = Origin(login.user, origin.address, origin.agent)
        await self._unit(uow, login, by_user).audit("session.opened", login.user, method=method)
        return token

    async def count_failure(self, email: str, login: Login | None, origin: Origin) -> None:
        """A wrong password or code; TooManyAttempts when there were enough of them already."""
        async with self._database.write() as uow:
            await self._counter(uow, email, origin).count()
            if login is not None:
                await self._unit(uow, login, origin).audit("session.refused", login.user)

    def _counter(self, uow: UnitOfWork, email: str, origin: Origin) -> FailureCounter:
        return FailureCounter(uow.session, guarded(email, origin.address), self._clock.now())

    def _factors(self, uow: UnitOfWork, login: Login) -> SecondFactorRepository:
        return SecondFactorRepository(uow.session, TenantScope(login.tenant), self._secrets)

    def _unit(self, uow: UnitOfWork, login: Login, origin: Origin) -> TenantUnit:
        return TenantUnit(uow, TenantScope(login.tenant), origin, self._clock, self._ids)


def _ticket_ended() -> TicketEnded:
    return TicketEnded("Log in with your password again.")
