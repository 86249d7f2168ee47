"""What the tenant asks of its people when they log in."""

from litestar import Response, get, patch
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api.auth.policy import LoginPolicy, LoginPolicyService
from api.routes.responses import given, shown
from api.schemas.session import LoginPolicyBody, LoginPolicyChange
from api.work import Work

PATH = "/v1/log-in-policy"


def _body(policy: LoginPolicy) -> LoginPolicyBody:
    return LoginPolicyBody(
        second_factor=policy.second_factor,
        second_factor_roles=policy.second_factor_roles,
        sign_on_only=policy.sign_on_only,
    )


@get(PATH, operation_id="get_log_in_policy", tags=["Tenant"])
async def get_log_in_policy(work: NamedDependency[Work]) -> Response[LoginPolicyBody]:
    """Who needs a second factor, and whether passwords are good at all."""
    async with work.read() as unit:
        policy = await LoginPolicyService(unit.tenant_unit).get()
    return shown(_body(policy), policy.revision)


@patch(PATH, operation_id="update_log_in_policy", tags=["Tenant"])
async def update_log_in_policy(
    data: JSONBody[LoginPolicyChange], work: NamedDependency[Work], expected: NamedDependency[int | None]
) -> Response[LoginPolicyBody]:
    """Change the policy, from the next log-in on; open sessions stay."""
    async with work.write() as unit:
        policy = await LoginPolicyService(unit.tenant_unit).change(given(data), expected)
    return shown(_body(policy), policy.revision)


HANDLERS = [get_log_in_policy, update_log_in_policy]
