"""How many requests each credential and each tenant may make; what is left is told in every answer."""

from typing import Any

from api.auth.principal import Principal
from api.auth.rate_limit import ApiRates, Claim, RateLimiter, limit_headers, take_all
from api.errors import RateLimited
from kernel.primitives.clock import Clock

STATE = "rate_limit_headers"  # where the headers of the answer wait in a request's state


class RequestLimits:
    """Of this process: several processes behind a proxy grant as many times as much."""

    def __init__(self, rates: ApiRates, clock: Clock) -> None:
        self._clock = clock
        self._credentials = RateLimiter(rates.credential, "credential")
        self._tenants = RateLimiter(rates.tenant, "tenant")
        self._strangers = RateLimiter(rates.login, "address")

    def spend(self, state: dict[str, Any], principal: Principal) -> None:
        """RateLimited; who is over the own limit uses up nothing of the tenant's, and no tenant anything of another."""
        credential = principal.session.hex() if principal.credential is None else str(principal.credential)
        claims = (Claim(self._credentials, credential), Claim(self._tenants, str(principal.home)))
        taken = take_all(claims, self._clock.monotonic())
        state[STATE] = limit_headers(claims, taken)
        wait = max(one.wait for one in taken)
        if wait > 0:
            raise RateLimited("Ask less often, and wait as long as Retry-After says.", retry_after=int(wait) + 1)

    def spend_failure(self, address: str) -> None:
        """A token that was none: RateLimited for an address that tries many."""
        wait = self._strangers.take(address, self._clock.monotonic()).wait
        if wait > 0:
            raise RateLimited("Many wrong tokens come from your address.", retry_after=int(wait) + 1)
