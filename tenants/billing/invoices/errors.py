"""What can go wrong with invoices, credit notes and payments."""

from kernel.primitives.errors import CordboardError


class InvoiceStateRefused(CordboardError):
    """`extra`: state, input."""

    code = "invoice_state_refused"
    status = 409
    title = "The invoice's state does not allow this"


class PeriodNotOver(CordboardError):
    """`extra`: period, ends_at."""

    code = "period_not_over"
    status = 409
    title = "The period has not ended yet"


class NothingLeftToCredit(CordboardError):
    """`extra`: position, left_minor."""

    code = "nothing_left_to_credit"
    status = 409
    title = "More would be credited than remains"


class RefundTooLarge(CordboardError):
    """`extra`: paid_minor."""

    code = "refund_too_large"
    status = 409
    title = "More would go back than was paid"


class WrongCurrency(CordboardError):
    code = "wrong_currency"
    status = 422
    title = "The invoice is in another currency"


class IssuerUnknown(CordboardError):
    code = "issuer_unknown"
    status = 409
    title = "Who issues the invoices is not written down yet"


class TenantSuspended(CordboardError):
    """`extra`: owed (number, due_on, open_minor, currency, whom), contact."""

    code = "tenant_suspended"
    status = 402
    title = "The tenant is suspended until its invoices are paid"
