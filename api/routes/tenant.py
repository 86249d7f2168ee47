"""The tenant itself."""

from litestar import Response, get, patch
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api.routes.responses import given, shown
from api.schemas.tenant import TenantBody, TenantChange
from api.work import Work
from tenants.directory import Tenant


def _body(tenant: Tenant) -> TenantBody:
    return TenantBody(
        id=tenant.id,
        name=tenant.name,
        time_zone=tenant.time_zone,
        currency=tenant.currency,
        locale=tenant.locale,
        outbound_trunk_id=tenant.outbound_trunk,
        outbound_number_id=tenant.outbound_number,
        not_ready_reasons=tenant.not_ready_reasons,
    )


_FIELDS = {"outbound_trunk_id": "outbound_trunk", "outbound_number_id": "outbound_number"}


@get("/v1/tenant", operation_id="get_tenant", tags=["Tenant"])
async def get_tenant(work: NamedDependency[Work]) -> Response[TenantBody]:
    """The tenant that the session belongs to."""
    async with work.read() as unit:
        tenant = await unit.tenant.get()
    return shown(_body(tenant), tenant.revision)


@patch("/v1/tenant", operation_id="update_tenant", tags=["Tenant"])
async def update_tenant(
    data: JSONBody[TenantChange], work: NamedDependency[Work], expected: NamedDependency[int | None]
) -> Response[TenantBody]:
    """Change name, time zone, locale, the lines of outgoing calls, or the not-ready reasons."""
    changes = {_FIELDS.get(name, name): value for name, value in given(data).items()}
    async with work.write() as unit:
        tenant = await unit.tenant.change(changes, expected)
    return shown(_body(tenant), tenant.revision)


HANDLERS = [get_tenant, update_tenant]
