"""Places that did not answer: tried last until some time has passed, longer each time (RFC 3263 4.3, RFC 3261 18.4)."""

import msgspec

from gateway.sip.flow import Destination, HostPort, Transport, identity_of

FIRST_SECONDS = 30.0  # a host that restarts is back by then
LONGEST_SECONDS = 900.0
FORGET_SECONDS = 3_600.0  # after so long without a failure the next one counts as the first
MAX_PLACES = 4_096  # remembered; a flood of names that lead nowhere only empties the memory

_Place = tuple[Transport, HostPort, str]


class _Failure(msgspec.Struct):
    seconds: float
    at: float


class DeadTargets:
    """Places by their last failure. One answer of any kind makes a place alive."""

    def __init__(self) -> None:
        self._failures: dict[_Place, _Failure] = {}

    def failed(self, place: Destination, now: float) -> None:
        """Note that a place was silent, refused, or was not to be reached."""
        key = _key(place)
        last = self._failures.pop(key, None)
        seconds = FIRST_SECONDS
        if last is not None and now - last.at < FORGET_SECONDS:
            pause_over = now - last.at >= last.seconds  # failures of requests sent together are one failure
            seconds = min(LONGEST_SECONDS, last.seconds * 2) if pause_over else last.seconds
        if len(self._failures) >= MAX_PLACES:
            self._failures.clear()
        self._failures[key] = _Failure(seconds, now)

    def answered(self, place: Destination) -> None:
        """Note that a place lives."""
        if self._failures:
            self._failures.pop(_key(place), None)

    def is_dead(self, place: Destination, now: float) -> bool:
        """Whether to try other places first."""
        failure = self._failures.get(_key(place))
        return failure is not None and now - failure.at < failure.seconds

    def in_order(self, places: list[Destination], now: float) -> list[Destination]:
        """The living ones first, else as they were; the dead ones are a last resort."""
        if not self._failures or len(places) < 2:
            return places
        return sorted(places, key=lambda place: self.is_dead(place, now))


def _key(place: Destination) -> _Place:
    """A certificate that a peer refuses says nothing of the peer for others."""
    return place.transport, place.remote, identity_of(place)
