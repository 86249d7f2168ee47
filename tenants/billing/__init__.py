"""Plans, seats, what is metered, and what it costs. Invoices are made of its charges by `tenants.billing.invoices`."""

from tenants.billing.book import BillingBook, NumberHolding, Opening, SeatAssignment, Subscription
from tenants.billing.charges import Charge, charges, totals
from tenants.billing.entries import BillingEntry, EntryKind, Rated
from tenants.billing.errors import NoFreeSeat, NoPlan, NotSold, PlanNameTaken, PriceInThePast, SeatsInUse
from tenants.billing.loading import load_book
from tenants.billing.periods import Interval, Period, month_of, period_at, year_of
from tenants.billing.plans import Decks, Metric, Plan, PlanPrices, RateDeck, RateDeckVersion, SeatKind, Side
from tenants.billing.policy import Seats, load_seats
from tenants.billing.price_list import PriceListService
from tenants.billing.price_rows import provider_of
from tenants.billing.rates import Rate
from tenants.billing.repository import EntryFilter, NumberHoldingRepository, SeatRepository
from tenants.billing.seats import Contact
from tenants.billing.service import BillingService, PresentPlan, SeatChange

__all__ = [
    "BillingBook",
    "BillingEntry",
    "BillingService",
    "Charge",
    "Contact",
    "Decks",
    "EntryFilter",
    "EntryKind",
    "Interval",
    "Metric",
    "NoFreeSeat",
    "NoPlan",
    "NotSold",
    "NumberHolding",
    "NumberHoldingRepository",
    "Opening",
    "Period",
    "Plan",
    "PlanNameTaken",
    "PlanPrices",
    "PresentPlan",
    "PriceInThePast",
    "PriceListService",
    "Rate",
    "RateDeck",
    "RateDeckVersion",
    "Rated",
    "SeatAssignment",
    "SeatChange",
    "SeatKind",
    "SeatRepository",
    "Seats",
    "SeatsInUse",
    "Side",
    "Subscription",
    "charges",
    "load_book",
    "load_seats",
    "month_of",
    "period_at",
    "provider_of",
    "totals",
    "year_of",
]
