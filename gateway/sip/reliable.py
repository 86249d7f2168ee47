"""Provisional responses that arrive for certain (RFC 3262 3): one at a time, repeated until its PRACK."""

from collections import deque
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.sip.calls import HeaderLines
from gateway.sip.extensions import RELIABLE
from gateway.sip.rack import RAck
from gateway.sip.timers import GIVE_UP, T1, Timer

if TYPE_CHECKING:
    from gateway.sip.incoming_session import IncomingSession

MAX_FIRST = 2**20  # of the random first RSeq; 3 allows up to 2^31 - 1
MAX_WAITING = 8  # further ones that wait for a PRACK; more are repetitions of what the caller knows


class Delivery(StrEnum):
    """Where the present one stands."""

    IDLE = "idle"
    UNACKNOWLEDGED = "unacknowledged"
    CLOSED = "closed"


class Signal(StrEnum):
    """What happens to it."""

    SEND = "send"
    REPEAT = "repeat"
    PRACK = "PRACK"
    GIVE_UP = "64*T1"
    CLOSE = "final response"


class Provisional:
    """A response that the application asked for."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, body: bytes, headers: HeaderLines) -> None:
        self.status = status
        self.body = body
        self.headers = headers


class ReliableProvisionals:
    """Those of one received INVITE. `described`: a session description went out, so the 2xx carries none."""

    def __init__(self, session: "IncomingSession") -> None:
        self._session = session
        self.state = Delivery.IDLE
        self.described = False
        self._waiting: deque[Provisional] = deque()
        self._rseq = 0
        self._present: Provisional | None = None  # the last one sent, until its PRACK
        self._data = b""
        self._interval = T1
        self._timers: list[Timer] = []

    @property
    def holds_success_back(self) -> bool:
        """Whether the 2xx has to wait: a description is on its way, and nobody knows whether it arrived."""
        return self.state is Delivery.UNACKNOWLEDGED and self._present is not None and bool(self._present.body)

    @property
    def carries_description(self) -> bool:
        """Whether the one that waits for its PRACK brought a description."""
        return self._present is not None and bool(self._present.body)

    def send(self, provisional: Provisional, now: float) -> None:
        """Send now, or when the former one is acknowledged."""
        if len(self._waiting) < MAX_WAITING:
            self._waiting.append(provisional)
            self._step(Signal.SEND, now)

    def matches(self, rack: RAck, cseq: int) -> bool:
        """Whether a PRACK is for the one that is out."""
        return self._present is not None and (rack.rseq, rack.cseq, rack.method) == (self._rseq, cseq, "INVITE")

    def acknowledged(self, now: float) -> None:
        """Take the PRACK that `matches`."""
        self._present = None
        self._step(Signal.PRACK, now)

    def forget_waiting(self) -> None:
        """The final response comes instead."""
        self._waiting.clear()

    def close(self, now: float) -> None:
        """A final response was sent; a PRACK may still come (3)."""
        self._step(Signal.CLOSE, now)

    def _step(self, signal: Signal, now: float) -> None:
        row = RELIABLE_TABLE.get((self.state, signal))
        if row is None:
            return
        self.state, steps = row
        for do in steps:
            do(self, now)

    # --- steps ---

    def send_first(self, now: float) -> None:
        """Send the oldest that waits."""
        self._present = present = self._waiting.popleft()
        first = int(self._session.core.tokens.uniform(1, MAX_FIRST))
        self._rseq = self._rseq + 1 if self._rseq else first
        self.described = self.described or bool(present.body)
        lines = (("Require", RELIABLE), ("RSeq", str(self._rseq)), *present.headers)
        self._data = self._session.provisional(present.status, present.body, lines, now)
        self._interval = T1
        timers = self._session.core.timers
        self._timers = [
            timers.start(now + T1, lambda then: self._step(Signal.REPEAT, then)),
            timers.start(now + GIVE_UP, lambda then: self._step(Signal.GIVE_UP, then)),
        ]

    def repeat(self, now: float) -> None:
        """Send it again; unlike that of a 2xx the interval doubles without a ceiling."""
        core = self._session.core
        core.counters.retransmissions_sent += 1
        core.transmit(self._session.caller, self._data)
        self._interval *= 2
        self._timers[0] = core.timers.start(now + self._interval, lambda then: self._step(Signal.REPEAT, then))

    def stop(self, _now: float) -> None:
        """Repeat no more."""
        for timer in self._timers:
            timer.cancel()

    def send_next(self, now: float) -> None:
        """Go on with what waits."""
        if self._waiting:
            self._step(Signal.SEND, now)

    def give_up(self, now: float) -> None:
        """The caller does not answer (3)."""
        self._session.prack_timed_out(now)


_Step = Callable[[ReliableProvisionals, float], None]
RELIABLE_TABLE: Mapping[tuple[Delivery, Signal], tuple[Delivery, tuple[_Step, ...]]] = {
    (Delivery.IDLE, Signal.SEND): (Delivery.UNACKNOWLEDGED, (ReliableProvisionals.send_first,)),
    (Delivery.IDLE, Signal.CLOSE): (Delivery.CLOSED, ()),
    (Delivery.UNACKNOWLEDGED, Signal.REPEAT): (Delivery.UNACKNOWLEDGED, (ReliableProvisionals.repeat,)),
    (Delivery.UNACKNOWLEDGED, Signal.PRACK): (
        Delivery.IDLE,
        (ReliableProvisionals.stop, ReliableProvisionals.send_next),
    ),
    (Delivery.UNACKNOWLEDGED, Signal.GIVE_UP): (
        Delivery.CLOSED,
        (ReliableProvisionals.stop, ReliableProvisionals.give_up),
    ),
    (Delivery.UNACKNOWLEDGED, Signal.CLOSE): (Delivery.CLOSED, (ReliableProvisionals.stop,)),
}
