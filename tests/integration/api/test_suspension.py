"""A tenant that does not pay: no new log-ins at its desks, until it has paid."""

from datetime import UTC, datetime

from api_desk import opened, served
from api_invoices import issued_invoice
from api_server import OURS, Centre
from sqlalchemy import select

from kernel.contracts.base import TenantScope
from kernel.primitives.ids import TenantId
from tenants.audit import Origin
from tenants.billing.invoices.dunning import DunningService
from tenants.directory import Role
from tenants.directory.tables import Provider
from tenants.unit import TenantUnit

LONG_OVERDUE = datetime(2026, 4, 10, tzinfo=UTC)


async def _home(centre: Centre) -> TenantId:
    """Without a log-in, whose session would end before the invoice is overdue."""
    providers = Provider.table()
    async with centre.database.read() as uow:
        query = select(providers.c.home_tenant_id).where(providers.c.name == OURS)
        return TenantId((await uow.session.execute(query)).scalar_one())


async def judged(centre: Centre, tenant: TenantId) -> None:
    async with centre.database.write(TenantScope(tenant)) as uow:
        unit = TenantUnit(uow, TenantScope(tenant), Origin(None, "", "test"), centre.clock, centre.ids)
        await DunningService(unit).judge()


async def test_an_agent_of_a_suspended_tenant_is_told_what_is_owed_and_logs_in_once_it_is_paid(centre: Centre) -> None:
    home = await _home(centre)
    invoice = await issued_invoice(centre, home)
    centre.clock.moment = LONG_OVERDUE
    await judged(centre, home)
    async with served(centre) as url, opened(centre, url, Role.AGENT, OURS) as desk:
        await (await desk.hello()).until("snapshot")
        await desk.send(op="intent", id=1, intent={"type": "log_in"})
        told = (await desk.until("reply"))["problem"]
        assert (told["code"], told["status"], told["owed"][0]["number"]) == ("tenant_suspended", 402, "2026-00042")
        assert "Ours Ltd" in told["detail"]
        assert centre.routing.intents == []
        await desk.send(op="intent", id=2, intent={"type": "request_state", "state": "available"})
        assert (await desk.until("reply"))["ok"]
        owner = await centre.client(Role.OWNER)
        body = {"amount_minor": 176_400, "currency": "GBP", "received_on": "2026-04-10", "reference": "SEPA"}
        assert (await owner.post(f"/v1/provider/invoices/{invoice}/payments", json=body)).status_code == 201
        await desk.send(op="intent", id=3, intent={"type": "log_in"})
        assert (await desk.until("reply"))["ok"]
