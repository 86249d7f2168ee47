"""Plans, seats and what they cost."""

from tenants.billing.errors import NoFreeSeat, NoPlan, SeatsInUse
from tenants.billing.invoice import Invoice, InvoiceLine, Month, month_of, preview
from tenants.billing.repository import SeatRepository
from tenants.billing.seats import Contact, SeatAssignment, SeatTerms
from tenants.billing.service import BillingService

__all__ = [
    "BillingService",
    "Contact",
    "Invoice",
    "InvoiceLine",
    "Month",
    "NoFreeSeat",
    "NoPlan",
    "SeatAssignment",
    "SeatRepository",
    "SeatTerms",
    "SeatsInUse",
    "month_of",
    "preview",
]
