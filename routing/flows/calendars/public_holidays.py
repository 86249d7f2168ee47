"""Public holidays by country and year, from the library `holidays`; computed, nothing is fetched."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

import holidays

YEARS_KEPT = 512  # some hundred tenants' countries and subdivisions, this year and the next


@lru_cache(maxsize=YEARS_KEPT)
def public_holidays(country: str, subdivision: str, year: int) -> Mapping[date, str]:
    """Dates and names, those that are held on another day on that day; of a place that `wrong_place` finds right."""
    found = holidays.country_holidays(country, subdiv=subdivision or None, years=year, expand=False)
    return dict(found.items())


def wrong_place(country: str, subdivision: str) -> str:
    """What is wrong with it and what to do; "" when its holidays are known."""
    supported = holidays.list_supported_countries(include_aliases=False)
    if country not in supported:
        return f"No holidays are known for the country {country!r}: enter its days as exceptions."
    parts = supported[country]
    if subdivision and subdivision not in parts:
        return f"{country} has no part {subdivision!r}: choose one of {', '.join(parts) or 'none'}."
    return ""
