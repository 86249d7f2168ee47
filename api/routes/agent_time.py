"""What of agents' time each client of a provider pays for."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from api.routes.billing_bodies import CSV, attached
from api.schemas.agent_time import AgentTimeBody, AgentTimeRow, ClientTimeRow
from api.work import Work
from kernel.primitives.ids import ProviderId, TenantId, UserId
from tenants.billing.agent_time import UNPAID_REASONS, AgentTimeReport, AgentTimeService, Availability
from tenants.billing.invoices.issuers import Issuers
from tenants.billing.invoices.sheets import write
from tenants.directory.grants import GrantBook, GrantFilter, covers
from tenants.directory.grants.staff import gives_calls

First = Annotated[date, QueryParameter(description="The first day, in the provider's own time zone.")]
Last = Annotated[date, QueryParameter(description="The last day, included; up to 92 days.")]

MOST_GRANTS = 10_000  # ten years of a hundred people's


class GrantedStaff(msgspec.Struct, frozen=True):
    """What is known of a provider's people when the report is asked for."""

    spans: tuple[Availability, ...]
    agents: Mapping[UserId, str]
    clients: Mapping[TenantId, str]

    async def availability(self, start: datetime, end: datetime) -> Sequence[Availability]:
        return self.spans

    async def agent_names(self) -> Mapping[UserId, str]:
        return self.agents

    async def client_names(self) -> Mapping[TenantId, str]:
        return self.clients


async def _report(work: Work, first: date, last: date) -> AgentTimeReport:
    services, home = work.services, work.principal.tenant
    async with work.read_across() as unit:
        session = unit.uow.session
        issuers = Issuers(session)
        provider = await unit.provider_invoicing.issuer()
        settings = await issuers.settings(provider)
        book = GrantBook(session)
        people = await book.people(home)
        grants = await book.find(GrantFilter(provider=ProviderId(provider), limit=MOST_GRANTS))
        tenant = await unit.tenant.get()
        names = {whom.tenant: whom.name for whom in await issuers.addressees(provider)} | {home: tenant.name}
    spans = tuple(
        Availability(
            person.id, grant.client, grant.given_at, min(grant.closed_at or grant.terms.until, grant.terms.until)
        )
        for grant in grants
        if grant.given_at is not None and gives_calls(grant)
        for person in people
        if covers(grant.holder, person.id, person.roles)
    )
    staff = GrantedStaff(spans, {person.id: person.name for person in people}, names)
    unpaid = UNPAID_REASONS if settings is None else settings.unpaid_reasons
    service = AgentTimeService(services.database, home, tenant.time_zone, staff)
    return await service.report(first, last, services.clock.now(), unpaid)


def _rows(report: AgentTimeReport) -> list[AgentTimeRow]:
    return [
        AgentTimeRow(
            day=day.day,
            agent_id=day.agent,
            agent=report.agents.get(day.agent, ""),
            client_id=share.client,
            client=report.clients.get(share.client, ""),
            handled=share.handled,
            idle=share.idle,
            shared_idle=share.shared_idle,
            paid_away=share.paid_away,
            billable=share.billable,
            payable=share.payable,
        )
        for day in report.days
        for share in day.shares
    ]


def _clients(rows: Sequence[AgentTimeRow]) -> tuple[ClientTimeRow, ...]:
    ids = sorted({row.client_id for row in rows})
    return tuple(
        ClientTimeRow(
            client_id=key,
            client=next(row.client for row in rows if row.client_id == key),
            billable=sum(row.billable for row in rows if row.client_id == key),
            payable=sum(row.payable for row in rows if row.client_id == key),
        )
        for key in ids
    )


@get("/v1/provider/agent-time", operation_id="get_agent_time", tags=["Provider billing"])
async def get_agent_time(work: NamedDependency[Work], first: First, last: Last) -> AgentTimeBody:
    """Billable and payable seconds per agent, day and client; each second logged in is in exactly one of them."""
    report = await _report(work, first, last)
    rows = _rows(report)
    return AgentTimeBody(
        first=first,
        last=last,
        time_zone=report.time_zone,
        logged_in=sum(day.logged_in for day in report.days),
        unpaid=sum(day.unpaid for day in report.days),
        clients=_clients(rows),
        items=tuple(rows),
    )


@get("/v1/provider/agent-time/csv", operation_id="get_agent_time_csv", media_type=CSV, tags=["Provider billing"])
async def get_agent_time_csv(work: NamedDependency[Work], first: First, last: Last) -> Response[bytes]:
    """The same as a table."""
    rows = [
        [value if isinstance(value, int | str) else str(value) for value in msgspec.structs.astuple(row)]
        for row in _rows(await _report(work, first, last))
    ]
    return attached(write(AgentTimeRow.__struct_fields__, rows), CSV, f"agent-time-{first}-{last}.csv")


HANDLERS = [get_agent_time, get_agent_time_csv]
