"""What `cordboard billing run | verify | platform` do."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from api.composition import Storage
from api.settings import Settings
from kernel.contracts.base import TenantScope
from kernel.primitives.errors import InvalidInput
from kernel.primitives.ids import TenantId
from tenants.audit import Origin
from tenants.billing.invoices.issuers import InvoiceFilter, Issuers
from tenants.billing.invoices.machine import InvoiceState
from tenants.billing.invoices.model import PLATFORM, Invoice, IssuerSettings
from tenants.billing.invoices.run import InvoiceRun
from tenants.billing.invoices.service import InvoiceService, Verified
from tenants.unit import TenantUnit

ORIGIN = Origin(user=None, address="", agent="cordboard billing")
READ_AT_ONCE = 200


def _run(storage: Storage) -> InvoiceRun:
    """Catches up with the log by itself: no server need be running."""
    return InvoiceRun(storage.database, storage.clock, storage.ids, storage.metering())


async def run_invoices(settings: Settings, period: str, issuer: UUID | None) -> Sequence[Invoice]:
    """Of one issuer, or of all that have billing settings; IssuerUnknown, PeriodNotOver, InvalidInput."""
    async with Storage(settings) as storage:
        run = _run(storage)
        async with storage.database.read() as uow:
            issuers = Issuers(uow.session)
            wanted = [issuer] if issuer else [one for one in await run.issuers() if await issuers.settings(one)]
        found: list[Invoice] = []
        for one in wanted:
            found += [invoice for outcome in await run.issue(one, period, ORIGIN) for invoice in outcome.invoices]
        return found


async def verify_invoices(settings: Settings, key: UUID | None) -> Sequence[Verified]:
    """One invoice or all that were issued, computed again from the history."""
    async with Storage(settings) as storage:
        run = _run(storage)
        found: list[Verified] = []
        async with storage.database.read() as uow:
            for issuer in await run.issuers():
                for invoice in await _issued(Issuers(uow.session), issuer):
                    if key in (None, invoice.id):
                        scope = TenantScope(TenantId(invoice.tenant))
                        unit = TenantUnit(uow, scope, ORIGIN, storage.clock, storage.ids)
                        found.append(await InvoiceService(unit).verify(invoice.id))
        return found


async def _issued(issuers: Issuers, issuer: UUID) -> Sequence[Invoice]:
    found: list[Invoice] = []
    before: UUID | None = None
    while page := await issuers.page(issuer, InvoiceFilter(), before, READ_AT_ONCE):
        found += [invoice for invoice in page if invoice.state is not InvoiceState.DRAFT]
        before = page[-1].id
    return found


async def set_platform(settings: Settings, document: bytes) -> IssuerSettings:
    """How the platform invoices its providers, as JSON; InvalidInput."""
    try:
        told = msgspec.json.decode(document, type=IssuerSettings)
    except msgspec.MsgspecError as error:
        raise InvalidInput(f"These settings cannot be used: {error}.", errors=[]) from error
    async with Storage(settings) as storage, storage.database.write() as uow:
        return await Issuers(uow.session).set(PLATFORM, told, None)
