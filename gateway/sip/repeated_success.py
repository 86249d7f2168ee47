"""A 2xx to an INVITE, sent again and again until its ACK, whatever the transport (RFC 3261 13.3.1.4)."""

from collections.abc import Callable

from gateway.sip.core import Core
from gateway.sip.flow import Destination
from gateway.sip.timers import GIVE_UP, T1, T2, Timer


class RepeatedSuccess:
    """The dialog's side of a 2xx; the transaction only absorbs the INVITE."""

    __slots__ = ("_core", "_data", "_destination", "_interval", "_on_timeout", "_timers", "cseq")

    def __init__(
        self, core: Core, data: bytes, destination: Destination, cseq: int, on_timeout: Callable[[float], None]
    ) -> None:
        """`cseq` is the INVITE's number, which its ACK carries; `on_timeout` is called after 64*T1 without one."""
        self._core = core
        self._data = data
        self._destination = destination
        self._on_timeout = on_timeout
        self._interval = T1
        self._timers: dict[str, Timer] = {}
        self.cseq = cseq

    def start(self, now: float) -> None:
        """Begin after the first copy was sent."""
        self._timers["repeat"] = self._core.timers.start(now + T1, self._repeat)
        self._timers["end"] = self._core.timers.start(now + GIVE_UP, self._give_up)

    def stop(self) -> None:
        """Stop: acknowledged, or of no interest any more."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _repeat(self, now: float) -> None:
        self._core.counters.retransmissions_sent += 1
        self._core.transmit(self._destination, self._data)
        self._interval = min(self._interval * 2, T2)
        self._timers["repeat"] = self._core.timers.start(now + self._interval, self._repeat)

    def _give_up(self, now: float) -> None:
        self.stop()
        self._on_timeout(now)
