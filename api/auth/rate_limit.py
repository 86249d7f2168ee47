"""A token bucket per caller; told the time."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

BUCKETS = 10_000  # callers remembered; beyond it the longest silent are forgotten, which is in their favour


class Rate(msgspec.Struct, frozen=True):
    """`burst` at once, then `per_second`."""

    burst: int
    per_second: float

    @property
    def window(self) -> int:
        """Seconds in which an empty bucket fills."""
        return max(1, round(self.burst / self.per_second))


def rate(requests: int, seconds: int) -> Rate:
    """`requests` within `seconds`; at least one of either."""
    return Rate(max(1, requests), max(1, requests) / max(1, seconds))


LOGIN_RATE = Rate(
    100, 2.0
)  # a shift of a hundred logs in from one office address at once; hashing two costs 0.1 s a second
CREDENTIAL_RATE = Rate(1200, 20.0)  # a desk asks twice a second at its busiest; a script that copies a month is slowed
TENANT_RATE = Rate(12_000, 200.0)  # a centre of 2,000 people; a quarter of what one process answers


class ApiRates(msgspec.Struct, frozen=True, kw_only=True):
    """How many requests are answered: per e-mail-and-password caller's address, per credential, per tenant."""

    login: Rate = LOGIN_RATE
    credential: Rate = CREDENTIAL_RATE
    tenant: Rate = TENANT_RATE


class Bucket(msgspec.Struct, frozen=True):
    """`tokens` as they were at `at`."""

    tokens: float
    at: float


class Taken(NamedTuple):
    """`wait`: seconds until it may be asked again, 0: go ahead; `full_in`: until all `left` is whole again."""

    wait: float
    left: int
    full_in: float


def refilled(bucket: Bucket | None, rate: Rate, now: float) -> Bucket:
    if bucket is None:
        return Bucket(float(rate.burst), now)
    return Bucket(min(float(rate.burst), bucket.tokens + (now - bucket.at) * rate.per_second), now)


def after_one(bucket: Bucket, rate: Rate) -> tuple[Bucket, Taken]:
    """What is left of a refilled bucket when one more is asked for; one that is empty stays as it is."""
    wait = 0.0 if bucket.tokens >= 1 else (1 - bucket.tokens) / rate.per_second
    rest = Bucket(bucket.tokens - 1 if wait == 0 else bucket.tokens, bucket.at)
    return rest, Taken(wait, int(rest.tokens), (rate.burst - rest.tokens) / rate.per_second)


class RateLimiter:
    """`name` is what the headers call it."""

    def __init__(self, rate: Rate, name: str = "login") -> None:
        self.rate = rate
        self.name = name
        self._buckets: dict[str, Bucket] = {}

    def look(self, caller: str, now: float) -> Taken:
        """What `take` would answer; nothing is used up."""
        return after_one(refilled(self._buckets.get(caller), self.rate, now), self.rate)[1]

    def take(self, caller: str, now: float) -> Taken:
        """`now` in seconds, never going back."""
        rest, taken = after_one(refilled(self._buckets.pop(caller, None), self.rate, now), self.rate)
        self._buckets[caller] = rest
        if len(self._buckets) > BUCKETS:
            del self._buckets[next(iter(self._buckets))]
        return taken


class Claim(NamedTuple):
    limiter: RateLimiter
    caller: str


def take_all(claims: Sequence[Claim], now: float) -> list[Taken]:
    """From each, or from none where one has to wait: who is over one limit does not use up another."""
    looked = [claim.limiter.look(claim.caller, now) for claim in claims]
    if any(taken.wait > 0 for taken in looked):
        return looked
    return [claim.limiter.take(claim.caller, now) for claim in claims]


def limit_headers(claims: Sequence[Claim], taken: Sequence[Taken]) -> dict[str, str]:
    """RateLimit-Policy and RateLimit, draft-ietf-httpapi-ratelimit-headers-10."""
    policy = ", ".join(f'"{one.limiter.name}";q={one.limiter.rate.burst};w={one.limiter.rate.window}' for one in claims)
    state = ", ".join(
        f'"{claim.limiter.name}";r={one.left};t={-int(-one.full_in // 1)}'
        for claim, one in zip(claims, taken, strict=True)
    )
    return {"RateLimit-Policy": policy, "RateLimit": state}
