"""A token bucket per caller; told the time."""

import msgspec

BUCKETS = 10_000  # callers remembered; beyond it the oldest are forgotten, which is in their favour


class Rate(msgspec.Struct, frozen=True):
    """`burst` at once, then `per_second`."""

    burst: int
    per_second: float


LOGIN_RATE = Rate(
    100, 2.0
)  # a shift of a hundred logs in from one office address at once; hashing two costs 0.1 s a second


class RateLimiter:
    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, caller: str, now: float) -> float:
        """Seconds until the caller may come again; 0: go ahead. `now` in seconds, never going back."""
        tokens, then = self._buckets.pop(caller, (float(self._rate.burst), now))
        tokens = min(float(self._rate.burst), tokens + (now - then) * self._rate.per_second)
        wait = 0.0 if tokens >= 1 else (1 - tokens) / self._rate.per_second
        self._buckets[caller] = (tokens - 1 if wait == 0 else tokens, now)
        if len(self._buckets) > BUCKETS:
            del self._buckets[next(iter(self._buckets))]
        return wait
