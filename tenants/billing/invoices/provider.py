"""What a provider does with its clients' invoices, from above them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

import msgspec

from kernel.contracts.base import TenantScope
from kernel.primitives.errors import InvalidInput, NotFound
from kernel.primitives.ids import TenantId
from tenants.billing.charges import charges
from tenants.billing.invoices.issuers import Addressee, InvoiceFilter, Issuers
from tenants.billing.invoices.model import CreditNote, Invoice, IssuerSettings, RecipientSettings
from tenants.billing.invoices.repository import RecipientRepository
from tenants.billing.invoices.run import named_month
from tenants.billing.invoices.service import InvoiceService, Verified
from tenants.billing.invoices.taxes import TaxPolicy
from tenants.billing.loading import load_book
from tenants.billing.payments.model import Payment
from tenants.billing.payments.service import PaymentService, Received
from tenants.billing.plans import Side
from tenants.rows import RevisionMismatch
from tenants.unit import TenantUnit


class Margin(NamedTuple):
    """What a client pays for one kind of charge, and what its provider pays for it; in minor units, without tax."""

    client: TenantId
    name: str
    code: str
    currency: str
    retail: int
    wholesale: int

    @property
    def margin(self) -> int:
        return self.retail - self.wholesale


class ProviderInvoicing:
    """# operator-wide: in a unit of the provider's home tenant that is not bound to its rows."""

    def __init__(self, unit: TenantUnit) -> None:
        self._unit = unit
        self._issuers = Issuers(unit.session)

    async def issuer(self) -> UUID:
        """NotFound for a tenant that is not a provider's home."""
        return await self._issuers.provider_of(self._unit.scope.tenant)

    async def page(self, wanted: InvoiceFilter, before: UUID | None, limit: int) -> Sequence[Invoice]:
        return await self._issuers.page(await self.issuer(), wanted, before, limit)

    async def get(self, key: UUID) -> Invoice:
        return await self._issuers.get(await self.issuer(), key)

    async def verify(self, key: UUID) -> Verified:
        return await (await self._service(key)).verify(key)

    async def credit(self, key: UUID, wanted: Mapping[int, int] | None, reason: str) -> CreditNote:
        if not reason.strip():
            problem = {"field": "reason", "code": "missing", "detail": "it is printed on the credit note"}
            raise InvalidInput("Say why it is taken back.", errors=[problem])
        return await (await self._service(key)).credit(key, wanted, reason)

    async def _service(self, key: UUID) -> InvoiceService:
        return InvoiceService(await self._beside(key))

    async def _beside(self, key: UUID) -> TenantUnit:
        return self._unit.beside(TenantId((await self.get(key)).tenant))

    async def record(self, key: UUID, received: Received) -> tuple[Payment, Invoice]:
        return await PaymentService(await self._beside(key)).record(key, received)

    async def refund(self, key: UUID, sent: Received) -> tuple[Payment, Invoice]:
        return await PaymentService(await self._beside(key)).refund(key, sent)

    # --- settings ---

    async def settings(self) -> IssuerSettings:
        """IssuerUnknown until they are set."""
        return await self._issuers.required(await self.issuer())

    async def set_settings(self, settings: IssuerSettings, expected: int | None) -> IssuerSettings:
        saved = await self._issuers.set(await self.issuer(), settings, expected)
        await self._unit.audit("billing_settings.changed", None)
        return saved

    async def set_tax(self, client: TenantId, tax: TaxPolicy | None, expected: int | None) -> RecipientSettings:
        """NotFound for another provider's client."""
        whom = await self._client(client)
        beside = self._unit.beside(client)
        recipients = RecipientRepository(self._unit.session, beside.scope)
        present = await recipients.get(whom.name)
        if expected not in (None, present.revision):
            raise RevisionMismatch("Read it again, then repeat your change.")
        saved = await recipients.put(msgspec.structs.replace(present, tax=tax), present.revision)
        await beside.audit("billing_details.tax_changed", None)
        return saved

    async def _client(self, client: TenantId) -> Addressee:
        for whom in await self._issuers.addressees(await self.issuer()):
            if whom.tenant == client:
                return whom
        raise NotFound("There is no such client.")

    # --- both sides ---

    async def margins(self, period: str) -> Sequence[Margin]:
        """Of all clients in a period, each in its own time zone; of the present period what it costs up to its end."""
        found: list[Margin] = []
        for whom in await self._issuers.addressees(await self.issuer()):
            sums: dict[tuple[str, str], dict[Side, int]] = {}
            for side in Side:
                span = named_month(period, whom.time_zone)
                book = await load_book(self._unit.session, TenantScope(whom.tenant), span, side)
                for line in charges(book, span):
                    key = (line.code, line.amount.currency)
                    both = sums.setdefault(key, dict.fromkeys(Side, 0))
                    both[side] += line.amount.minor
            found += [
                Margin(whom.tenant, whom.name, code, currency, both[Side.RETAIL], both[Side.WHOLESALE])
                for (code, currency), both in sorted(sums.items())
            ]
        return found
