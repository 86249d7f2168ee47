"""The own second factor, and the help for who lost it."""

from uuid import UUID

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api.auth.rate_limit import RateLimiter
from api.auth.second_factor import Proof, SecondFactorRepository
from api.auth.sessions import SessionRepository
from api.realtime.hub import DeskHub
from api.routes.session import enrolment_body, slow_down
from api.routes.sessions import account_of
from api.schemas.session import (
    CodeInput,
    EnrolmentBody,
    PasswordAndCode,
    PasswordInput,
    RecoveryCodes,
    SecondFactorBody,
)
from api.work import Work
from kernel.primitives.ids import UserId
from kernel.primitives.secret import Secret
from tenants.directory import Permission, Role
from tenants.directory.errors import OwnersOnly

PATH = "/v1/second-factor"


def _proof(data: PasswordAndCode) -> Proof:
    return Proof(code=data.code, recovery_code=data.recovery_code)


@get(PATH, operation_id="get_second_factor", tags=["Session"])
async def get_second_factor(work: NamedDependency[Work]) -> SecondFactorBody:
    """Whether one has a second factor, and whether the tenant asks for one."""
    state, required = await account_of(work).second_factor()
    return SecondFactorBody(since=state.since, recovery_codes_left=state.recovery_codes_left, required=required)


@post(PATH, operation_id="begin_second_factor", status_code=200, tags=["Session"])
async def begin_second_factor(
    data: JSONBody[PasswordInput], work: NamedDependency[Work], limiter: NamedDependency[RateLimiter]
) -> EnrolmentBody:
    """Set up an authenticator: it counts once its first code was confirmed."""
    slow_down(limiter, work.origin, work.services)
    return enrolment_body(await account_of(work).begin_enrolment(Secret(data.password)))


@post(f"{PATH}/confirmation", operation_id="confirm_second_factor", status_code=200, tags=["Session"])
async def confirm_second_factor(data: JSONBody[CodeInput], work: NamedDependency[Work]) -> RecoveryCodes:
    """Switch the second factor on with its first code; the recovery codes are shown this once."""
    return RecoveryCodes(recovery_codes=await account_of(work).confirm_enrolment(data.code))


@post(f"{PATH}/recovery-codes", operation_id="renew_recovery_codes", status_code=200, tags=["Session"])
async def renew_recovery_codes(
    data: JSONBody[PasswordAndCode], work: NamedDependency[Work], limiter: NamedDependency[RateLimiter]
) -> RecoveryCodes:
    """New recovery codes; the former ones end."""
    slow_down(limiter, work.origin, work.services)
    codes = await account_of(work).renew_codes(Secret(data.password), _proof(data))
    return RecoveryCodes(recovery_codes=codes)


@post(f"{PATH}/removal", operation_id="disable_second_factor", status_code=204, tags=["Session"])
async def disable_second_factor(
    data: JSONBody[PasswordAndCode], work: NamedDependency[Work], limiter: NamedDependency[RateLimiter]
) -> None:
    """Switch the second factor off, with password and code."""
    slow_down(limiter, work.origin, work.services)
    await account_of(work).disable_second_factor(Secret(data.password), _proof(data))


@delete("/v1/users/{id:uuid}/second-factor", operation_id="reset_second_factor", status_code=204, tags=["Users"])
async def reset_second_factor(
    key: NamedDependency[UUID], work: NamedDependency[Work], hub: NamedDependency[DeskHub]
) -> None:
    """Take away the second factor of somebody who lost it, and end their sessions; only owners do so to owners."""
    async with work.write() as unit:
        user = await unit.users.get(UserId(key))
        if Role.OWNER in user.roles and Permission.OWNERS_WRITE not in work.principal.permissions:
            raise OwnersOnly("Ask another owner to do this.")
        scope = unit.tenant_unit.scope
        await SecondFactorRepository(unit.uow.session, scope, work.services.secrets).remove(user.id)
        await SessionRepository(unit.uow.session, scope).close_all(user.id, but=work.principal.session)
        await unit.tenant_unit.audit("second_factor.reset", user.id)
    await hub.check_sessions(work.principal.tenant, user.id)


HANDLERS = [
    get_second_factor,
    begin_second_factor,
    confirm_second_factor,
    renew_recovery_codes,
    disable_second_factor,
    reset_second_factor,
]
