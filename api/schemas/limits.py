"""What a tenant may use at most."""

from datetime import datetime

from msgspec import UNSET, UnsetType

from api.schemas.common import Body, Input


class LimitsBody(Body, frozen=True):
    """None: no limit. Countries are ISO 3166-1 codes; money is in minor units of `currency`.

    While `closed_until` lies ahead, nobody can be called: the day's spend is reached.
    """

    calls_at_once: int | None
    calls_per_second: int | None
    countries: tuple[str, ...] | None
    premium: bool
    currency: str
    spend_per_day: int | None
    spent_today: int
    closed_until: datetime | None


class LimitsChange(Input, frozen=True):
    """Only what is present changes; None takes a limit away."""

    calls_at_once: int | UnsetType | None = UNSET
    calls_per_second: int | UnsetType | None = UNSET
    countries: tuple[str, ...] | UnsetType | None = UNSET
    premium: bool | UnsetType = UNSET
    spend_per_day: int | UnsetType | None = UNSET
