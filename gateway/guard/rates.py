"""How often one source may come: a token bucket for each."""

import msgspec

from gateway.guard.sources import source_key

MESSAGES_PER_SECOND = 100.0  # of an office of some hundred phones behind one address, all busy
BURST = 400.0  # all its phones come back at once after a power cut
MAX_SOURCES = 65_536  # remembered; who is forgotten begins with a full bucket


class _Bucket(msgspec.Struct):
    tokens: float
    at: float


class SourceRates:
    """Buckets by source."""

    def __init__(self, per_second: float = MESSAGES_PER_SECOND, burst: float = BURST) -> None:
        self._per_second = per_second
        self._burst = burst
        self._buckets: dict[str, _Bucket] = {}

    def take(self, host: str, now: float) -> bool:
        """Count one message; False where the source sends too many."""
        key = source_key(host)
        bucket = self._buckets.get(key)
        if bucket is None:
            if len(self._buckets) >= MAX_SOURCES:
                self._forget(now)
            bucket = self._buckets[key] = _Bucket(self._burst, now)
        else:
            bucket.tokens = min(self._burst, bucket.tokens + (now - bucket.at) * self._per_second)
            bucket.at = now
        if bucket.tokens < 1.0:
            return False
        bucket.tokens -= 1.0
        return True

    def _forget(self, now: float) -> None:
        """Drop the buckets that are full again; all, where a flood of forged sources left none such."""
        refill = self._burst / self._per_second
        self._buckets = {key: bucket for key, bucket in self._buckets.items() if now - bucket.at < refill}
        if len(self._buckets) >= MAX_SOURCES:
            self._buckets.clear()
