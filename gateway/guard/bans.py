"""Scanners and password guessers, banned by source; what they did is forgotten exponentially."""

from collections.abc import Callable
from math import log2

import msgspec

from gateway.guard.sources import source_key

THRESHOLD = 20.0  # strikes: a phone with a stale password makes a few an hour, a guesser some a second
HALF_LIFE = 300.0  # seconds in which strikes count half
FIRST_BAN = 2 * THRESHOLD  # a ban holds one half-life at least, or it would end with the next tick
MAX_SCORE = THRESHOLD * 2**12  # an hour's ban after the last packet; more would ban the next owner of the address
MAX_SOURCES = 65_536  # remembered; 8 MB

STRANGER = 1.0  # a request that nobody here waits for
MALFORMED = 2.0  # what no SIP program sends
FLOOD = 0.5  # a message above the rate of its source
FAILED_HANDSHAKE = 2.0  # TLS or WebSocket


class _Score(msgspec.Struct):
    value: float
    at: float


class Bans:
    """Strikes by source. Who `is_exempt` (a trunk) is never banned: the source of a datagram can be forged."""

    def __init__(self, is_exempt: Callable[[str], bool] = lambda _host: False) -> None:
        self._is_exempt = is_exempt
        self._scores: dict[str, _Score] = {}  # by last strike, oldest first

    def strike(self, host: str, weight: float, now: float) -> bool:
        """Hold `weight` against a source; True where that has just banned it."""
        if self._is_exempt(host):
            return False
        key = source_key(host)
        score = self._scores.pop(key, None)
        before = _decayed(score, now) if score is not None else 0.0
        after = min(before + weight, MAX_SCORE)
        banned = before < THRESHOLD <= after
        if banned:
            after = max(after, FIRST_BAN)
        if len(self._scores) >= MAX_SOURCES:
            del self._scores[next(iter(self._scores))]
        self._scores[key] = _Score(after, now)
        return banned

    def is_banned(self, host: str, now: float) -> bool:
        """Whether nothing of this source is looked at now."""
        if not self._scores:
            return False
        key = source_key(host)
        score = self._scores.get(key)
        if score is None or _decayed(score, now) < THRESHOLD:
            return False
        return not self._is_exempt(host)

    def forgive(self, host: str) -> None:
        """Forget what a source did, as after a right password."""
        self._scores.pop(source_key(host), None)

    def seconds_left(self, host: str, now: float) -> float:
        """How long a source stays banned if it keeps still; 0 where it is not."""
        score = self._scores.get(source_key(host))
        if score is None or not self.is_banned(host, now):
            return 0.0
        return HALF_LIFE * log2(_decayed(score, now) / THRESHOLD)

    def count(self, now: float) -> int:
        """How many sources are banned now; walks all that are remembered."""
        return sum(_decayed(score, now) >= THRESHOLD for score in self._scores.values())


def _decayed(score: _Score, now: float) -> float:
    return score.value * 0.5 ** ((now - score.at) / HALF_LIFE)
