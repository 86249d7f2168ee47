"""What a tenant may use at most."""

from litestar import Response, get, patch
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api.routes.responses import given, shown
from api.schemas.limits import LimitsBody, LimitsChange
from api.work import Unit, Work
from tenants.limits import Limits

PATH = "/v1/limits"


async def _body(unit: Unit, limits: Limits) -> LimitsBody:
    spent = await unit.limits.spent_today()
    return LimitsBody(
        calls_at_once=limits.calls_at_once,
        calls_per_second=limits.calls_per_second,
        countries=limits.countries,
        premium=limits.premium,
        currency=spent.currency,
        spend_per_day=limits.spend_per_day,
        spent_today=spent.minor,
        closed_until=limits.closed_until,
    )


@get(PATH, operation_id="get_limits", tags=["Tenant"])
async def get_limits(work: NamedDependency[Work]) -> Response[LimitsBody]:
    """Calls at once and per second, countries that may be dialled, and what calls may cost in a day."""
    async with work.read() as unit:
        limits = await unit.limits.get()
        body = await _body(unit, limits)
    return shown(body, limits.revision)


@patch(PATH, operation_id="update_limits", tags=["Tenant"])
async def update_limits(
    data: JSONBody[LimitsChange], work: NamedDependency[Work], expected: NamedDependency[int | None]
) -> Response[LimitsBody]:
    """Change limits from now on; calls in progress go on.

    A caller beyond a limit hears busy, an agent is told what was reached, and admins see an alarm.
    """
    async with work.write() as unit:
        limits = await unit.limits.change(given(data), expected)
        body = await _body(unit, limits)
    return shown(body, limits.revision)


HANDLERS = [get_limits, update_limits]
