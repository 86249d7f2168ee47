"""Datagrams that hold a NAT's binding of ours open (RFC 5626 4.4)."""

from collections.abc import Iterator

from gateway.sip.flow import Destination, Transmit
from gateway.sip.framing import PING

PAUSE_SECONDS = 25.0  # RFC 5626 4.4.2: 24 to 29, below the 30 s after which many NATs forget


class KeptOpen:
    """Places that get a keep-alive; a peer that knows none takes it for an empty line (RFC 3261 7.5)."""

    def __init__(self) -> None:
        self._next: dict[Destination, float] = {}

    def add(self, destination: Destination) -> None:
        """Begin; again changes nothing."""
        if destination.transport == "UDP":
            self._next.setdefault(destination, 0.0)

    def discard(self, destination: Destination) -> None:
        """End."""
        self._next.pop(destination, None)

    def due(self, now: float) -> Iterator[Transmit]:
        """Drain what is to be sent now."""
        for destination, when in list(self._next.items()):
            if when <= now:
                self._next[destination] = now + PAUSE_SECONDS
                yield Transmit(destination, PING)
