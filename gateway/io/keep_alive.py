"""How often a flow shows that it lives, and the STUN requests by which one over UDP does (RFC 5626 4.4)."""

from collections.abc import Callable, Iterator

import msgspec

from gateway.io.stun import TRANSACTION_BYTES, binding_request, mapped_address, transaction_of
from gateway.sip.flow import Flow, HostPort, Transmit

SWEEP_SECONDS = 5.0  # between two looks at all connections: so much later a keep-alive may leave
DATAGRAM_SECONDS = 24.0, 29.0  # RFC 5626 4.4.2: below the 30 s after which many NATs forget
STREAM_SECONDS = 95.0, 120.0  # RFC 5626 4.4.1
PART_OF_TIMER = 0.8  # of a Flow-Timer, at the earliest (RFC 5626 4.4)
LEAST_SECONDS = 1.0
MOST_REQUESTS = 7  # RFC 8489 6.2.1; one in each sweep takes about as long as its back-off


def pause_of(flow: Flow, flow_timer: int | None, random: float) -> float:
    """Seconds between two keep-alives, spread by `random` of [0, 1); the sweep that finds one due comes in time."""
    least, most = STREAM_SECONDS if flow.reliable else DATAGRAM_SECONDS
    if flow_timer:
        least, most = flow_timer * PART_OF_TIMER, float(flow_timer)
    latest = max(LEAST_SECONDS, most - SWEEP_SECONDS)
    earliest = min(least, latest)
    return earliest + (latest - earliest) * random


class _Kept(msgspec.Struct):
    pause: float
    next: float
    transaction: bytes = b""  # of the request that waits for its answer
    sent: int = 0  # how often it was
    mapped: HostPort | None = None  # as the peer saw us


class KeptFlows:
    """Flows over UDP. `draw` gives so many random bytes."""

    def __init__(self, draw: Callable[[int], bytes]) -> None:
        self._draw = draw
        self._kept: dict[Flow, _Kept] = {}

    def add(self, flow: Flow, pause: float, now: float) -> None:
        """Begin; again only changes the pause."""
        kept = self._kept.get(flow)
        if kept is None:
            self._kept[flow] = _Kept(pause, now)
        else:
            kept.pause = pause

    def discard(self, flow: Flow) -> None:
        """End."""
        self._kept.pop(flow, None)

    def due(self, now: float) -> Iterator[Transmit]:
        """Drain what is to be sent now; call `dead` before."""
        for flow, kept in self._kept.items():
            if not kept.transaction and now >= kept.next:
                kept.transaction, kept.sent = self._draw(TRANSACTION_BYTES), 0
                kept.next = now + kept.pause
            if kept.transaction:
                kept.sent += 1
                yield Transmit(flow, binding_request(kept.transaction))

    def dead(self) -> list[Flow]:
        """Drain those that answered none of so many requests."""
        gone = [flow for flow, kept in self._kept.items() if kept.sent >= MOST_REQUESTS and kept.transaction]
        for flow in gone:
            del self._kept[flow]
        return gone

    def answered(self, data: bytes, flow: Flow) -> bool:
        """Take a STUN response; False: a NAT between us gave us another address, and the flow is gone (4.4.2)."""
        kept = self._kept.get(flow)
        if kept is None or not kept.transaction or transaction_of(data) != kept.transaction:
            return True
        mapped = mapped_address(data)
        if mapped is None:
            return True  # an error, or damaged: as good as none
        kept.transaction = b""
        former, kept.mapped = kept.mapped, mapped
        if former in (None, mapped):
            return True
        del self._kept[flow]
        return False
