"""What people do about their own log-in: password, second factor, sessions."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from api.auth.errors import SecondFactorNeeded, WrongCode, WrongPassword
from api.auth.failures import FailureCounter, guarded
from api.auth.login import LoginService
from api.auth.policy import LoginPolicyRepository
from api.auth.principal import Principal
from api.auth.second_factor import Enrolment, FactorState, Proof, SecondFactorRepository
from api.auth.sessions import OpenSession, SessionRepository
from api.auth.tickets import TicketStore
from api.services import Services
from kernel.contracts.base import TenantScope
from kernel.ports.unit_of_work import UnitOfWork
from kernel.primitives.errors import NotFound
from kernel.primitives.secret import Secret
from tenants.audit import Origin
from tenants.directory import Login, Logins, check_password
from tenants.unit import TenantUnit


class AccountService:
    """Of the person behind `principal`, in the tenant that the person belongs to."""

    def __init__(self, services: Services, principal: Principal, origin: Origin) -> None:
        self._services = services
        self._principal = principal
        self._user = principal.person
        self._scope = TenantScope(principal.home)
        self._origin = origin

    async def sessions(self) -> Sequence[OpenSession]:
        """Newest first."""
        async with self._services.database.read(self._scope) as uow:
            return await SessionRepository(uow.session, self._scope).of_user(self._user, self._services.clock.now())

    async def end_session(self, key: UUID) -> bytes:
        """The hash of its token; NotFound."""
        async with self._services.database.write(self._scope) as uow:
            closed = await SessionRepository(uow.session, self._scope).close(self._user, key)
            if closed is None:
                raise NotFound("There is no such session.")
            await self._unit(uow).audit("session.closed", self._user)
            return closed

    async def end_other_sessions(self) -> None:
        async with self._services.database.write(self._scope) as uow:
            sessions = SessionRepository(uow.session, self._scope)
            ended = await sessions.close_all(self._user, but=self._principal.session)
            await self._unit(uow).audit("session.others_closed", self._user, sessions=ended)

    async def second_factor(self) -> tuple[FactorState, bool]:
        """And whether the tenant asks for one."""
        async with self._services.database.read(self._scope) as uow:
            state = await self._factors(uow).state(self._user)
            return state, await self._is_needed(uow)

    async def begin_enrolment(self, password: Secret) -> Enrolment:
        """WrongPassword, TooManyAttempts, SecondFactorOn."""
        await self._require_password(password)
        async with self._services.database.write(self._scope) as uow:
            found = await self._factors(uow).begin(self._user, self._principal.email, self._services.clock.now())
            await self._unit(uow).audit("second_factor.begun", self._user)
            return found

    async def confirm_enrolment(self, code: str) -> tuple[str, ...]:
        """The recovery codes; NoEnrolment, WrongCode."""
        async with self._services.database.write(self._scope) as uow:
            codes = await self._factors(uow).confirm(self._user, code, self._services.clock.now())
            await self._unit(uow).audit("second_factor.enabled", self._user)
            return codes

    async def renew_codes(self, password: Secret, proof: Proof) -> tuple[str, ...]:
        """WrongPassword, WrongCode, TooManyAttempts, SecondFactorOff."""
        login = await self._require_password(password)
        async with self._counted(login), self._services.database.write(self._scope) as uow:
            await self._require_proof(uow, proof)
            codes = await self._factors(uow).renew_codes(self._user)
            await self._unit(uow).audit("second_factor.codes_renewed", self._user)
            return codes

    async def disable_second_factor(self, password: Secret, proof: Proof) -> None:
        """WrongPassword, WrongCode, TooManyAttempts, SecondFactorOff, SecondFactorNeeded."""
        login = await self._require_password(password)
        async with self._counted(login), self._services.database.write(self._scope) as uow:
            if await self._is_needed(uow):
                raise SecondFactorNeeded("Ask an admin: the log-in policy asks your role for a second factor.")
            await self._require_proof(uow, proof)
            await self._factors(uow).remove(self._user)
            await self._unit(uow).audit("second_factor.disabled", self._user)

    async def change_password(self, old: Secret, new: Secret) -> None:
        """Ends the person's other sessions; InvalidInput, WrongPassword, TooManyAttempts."""
        check_password(new)
        await self._require_password(old)
        hashed = await self._services.passwords.hash(new)
        async with self._services.database.write(self._scope) as uow:
            await Logins(uow.session).store_hash(self._user, hashed)
            await SessionRepository(uow.session, self._scope).close_all(self._user, but=self._principal.session)
            await TicketStore(uow.session).drop_all(self._user)
            await self._unit(uow).audit("user.password_changed", self._user)

    async def _require_password(self, password: Secret) -> Login:
        """Guesses count like those of the log-in: an unlocked screen is no way to a password."""
        email = self._principal.email
        async with self._services.database.read() as uow:
            await self._counter(uow).require_unlocked()
            login = await Logins(uow.session).by_email(email)
        verdict = await self._services.passwords.verify(password, None if login is None else login.password_hash)
        if login is None or not verdict.right:
            await LoginService(self._services).count_failure(email, login, self._origin)
            raise WrongPassword("Type the password that you log in with.")
        return login

    @asynccontextmanager
    async def _counted(self, login: Login) -> AsyncGenerator[None]:
        try:
            yield
        except WrongCode:
            await LoginService(self._services).count_failure(login.email, login, self._origin)
            raise

    async def _require_proof(self, uow: UnitOfWork, proof: Proof) -> None:
        await self._counter(uow).require_unlocked()
        if not await self._factors(uow).use(self._user, proof, self._services.clock.now()):
            raise WrongCode("Wait for the next code, or use a recovery code that you have not used yet.")

    async def _is_needed(self, uow: UnitOfWork) -> bool:
        policy = await LoginPolicyRepository(uow.session, self._scope).get()
        return policy.needs_second_factor(self._principal.roles)

    def _counter(self, uow: UnitOfWork) -> FailureCounter:
        keys = guarded(self._principal.email, self._origin.address)
        return FailureCounter(uow.session, keys, self._services.clock.now())

    def _factors(self, uow: UnitOfWork) -> SecondFactorRepository:
        return SecondFactorRepository(uow.session, self._scope, self._services.secrets)

    def _unit(self, uow: UnitOfWork) -> TenantUnit:
        return TenantUnit(uow, self._scope, self._origin, self._services.clock, self._services.ids)
