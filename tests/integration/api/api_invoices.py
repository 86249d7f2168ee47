"""An issued invoice, without waiting for a month to end."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from api_server import Centre

from kernel.contracts.base import TenantScope
from kernel.primitives.ids import TenantId
from kernel.primitives.money import Money
from tenants.billing import Side
from tenants.billing.charges import Charge
from tenants.billing.invoices.documents import Charged, build
from tenants.billing.invoices.issuers import Issuers
from tenants.billing.invoices.machine import InvoiceState
from tenants.billing.invoices.model import Facts, Invoice, IssuerSettings, Party
from tenants.billing.invoices.repository import InvoiceRepository, sealed
from tenants.billing.invoices.taxes import TaxPolicy

FEBRUARY, MARCH = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
PARTY = Party(name="Ours Ltd")


async def issued_invoice(centre: Centre, home: TenantId) -> UUID:
    """From the provider at home in the tenant to that same tenant, so that both sides can be asked for it."""
    key, scope = centre.ids.new(), TenantScope(home)
    data, sha256 = sealed(build(_facts(), [Charged(home, [_seats()], {})]))
    async with centre.database.write() as uow:
        issuers = Issuers(uow.session)
        provider = await issuers.provider_of(home)
        await issuers.set(provider, IssuerSettings(party=PARTY), None)
        await InvoiceRepository(uow.session, scope).put(
            Invoice(
                id=key,
                tenant=home,
                issuer=provider,
                side=Side.RETAIL,
                period="2026-02",
                currency="GBP",
                state=InvoiceState.ISSUED,
                number="2026-00042",
                issued_at=MARCH,
                due_at=datetime(2026, 3, 17, tzinfo=UTC),
                total_minor=176_400,
                document=data,
                sha256=sha256,
            )
        )
    return key


def _facts() -> Facts:
    return Facts(
        number="2026-00042",
        side=Side.RETAIL,
        issuer=PARTY,
        recipient=PARTY,
        issued_on=date(2026, 3, 1),
        due_on=date(2026, 3, 16),
        period="2026-02",
        start=FEBRUARY,
        end=MARCH,
        time_zone="UTC",
        currency="GBP",
        tax=TaxPolicy(),
    )


def _seats() -> Charge:
    return Charge(
        code="seats.named",
        text="Agent seats, standard: 36",
        start=FEBRUARY,
        end=MARCH,
        quantity=Decimal(36),
        unit="seat-month",
        unit_price=Decimal(4900),
        amount=Money(176_400, "GBP"),
    )
