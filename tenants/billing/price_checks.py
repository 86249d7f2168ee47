"""What a price list may say; InvalidInput names each wrong field."""

import re

from kernel.primitives.errors import InvalidInput
from tenants.billing.deck_csv import checked_price
from tenants.billing.plans import (
    ADDON,
    CONCURRENT,
    LIGHT,
    NAMED,
    NUMBERS,
    RECORDING_STORAGE,
    ROBOT_MINUTES,
    SUPERVISOR,
    Metric,
    PlanPrices,
)

NAME_LENGTH = 100  # what a line of an invoice can show
ADDONS = 50  # more cannot be told apart
LONGEST_PEAK = 24 * 3600  # a peak of a whole day and night

_ADDON = re.compile(re.escape(ADDON) + r"[a-z][a-z0-9_]{0,39}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_METERED = frozenset({NUMBERS, RECORDING_STORAGE, ROBOT_MINUTES})
ITEMS = {Metric.NAMED: _METERED | {NAMED, SUPERVISOR, LIGHT}, Metric.CONCURRENT: _METERED | {CONCURRENT}}
"""What can have a price on a plan of each metric; beside it, add-ons of seats by name."""


def check_named(name: str, currency: str) -> None:
    """A plan's or a deck's name and currency."""
    errors: list[dict[str, str]] = []
    if not 0 < len(name) <= NAME_LENGTH or name.strip() != name or not name.isprintable():
        detail = f"1 to {NAME_LENGTH} characters, no space at either end"
        errors.append({"field": "name", "code": "not_a_name", "detail": detail})
    if _CURRENCY.fullmatch(currency) is None:
        detail = "an ISO 4217 code such as EUR"
        errors.append({"field": "currency", "code": "not_a_currency", "detail": detail})
    _done(errors)


def check_prices(prices: PlanPrices) -> None:
    errors: list[dict[str, str]] = []
    allowed = ITEMS[prices.metric]
    for code, price in prices.items.items():
        addon = prices.metric is Metric.NAMED and _ADDON.fullmatch(code) is not None
        if code not in allowed and not addon:
            detail = f"one of {', '.join(sorted(allowed))}, or {ADDON} and a name where seats are given by name"
            errors.append({"field": f"items.{code}", "code": "no_such_item", "detail": detail})
            continue
        if code not in _METERED and price != price.to_integral_value():
            errors.append({"field": f"items.{code}", "code": "bad_price", "detail": "whole minor units"})
            continue
        try:
            checked_price(price, f"the price of {code}")
        except ValueError as error:
            kind, _, detail = str(error).partition(": ")
            errors.append({"field": f"items.{code}", "code": kind, "detail": detail})
    if sum(code.startswith(ADDON) for code in prices.items) > ADDONS:
        errors.append({"field": "items", "code": "too_many", "detail": f"up to {ADDONS} add-ons"})
    if not 0 <= prices.peak_seconds <= LONGEST_PEAK:
        detail = f"between 0 and {LONGEST_PEAK}"
        errors.append({"field": "peak_seconds", "code": "out_of_range", "detail": detail})
    _done(errors)


def _done(errors: list[dict[str, str]]) -> None:
    if errors:
        raise InvalidInput("; ".join(f"{error['field']}: {error['detail']}" for error in errors), errors=errors)
