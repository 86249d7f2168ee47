"""The last guard before any leg that leaves a tenant: what fraud or a mistake can cost, whoever asked for the leg."""

from datetime import datetime

from kernel.contracts.calls import EndCause, EndReason, EndResult
from kernel.contracts.directory import DiallingRules
from kernel.primitives.phone import PhoneNumber

NOT_ALLOWED = EndCause(EndResult.OURS, EndReason.NOT_ALLOWED, 403, 57)
NO_ROOM = EndCause(EndResult.OURS, EndReason.OVERLOADED, 503, 34)


class DiallingRefused(Exception):
    """`limit` as in LimitReached; `detail` names no person."""

    def __init__(self, limit: str, detail: str, cause: EndCause = NOT_ALLOWED) -> None:
        super().__init__(detail)
        self.limit = limit
        self.detail = detail
        self.cause = cause


def require_allowed(rules: DiallingRules, called: PhoneNumber, now: datetime) -> None:
    """DiallingRefused; an emergency number is never refused."""
    if called.emergency:
        return
    limits = rules.limits
    if rules.suspended:
        raise DiallingRefused("suspended", "Nobody can be called for this company now.")
    if limits.countries is not None and called.region not in limits.countries:
        country = called.region or "no country"
        raise DiallingRefused("destination", f"Numbers of {country} are not among the countries that may be dialled.")
    if not limits.premium and called.is_premium:
        raise DiallingRefused("premium", "Numbers that cost extra may not be dialled.")
    if limits.closed_until is not None and now < limits.closed_until:
        raise DiallingRefused("daily_spend", "Calls out are closed until tomorrow: the day's spend is reached.")
