"""Who is let in: asked for each message before it is parsed, and for each connection before its handshake."""

from collections.abc import Callable

import msgspec
import structlog

from gateway.guard.admission import Admission
from gateway.guard.bans import FLOOD, STRANGER, Bans
from gateway.guard.rates import SourceRates
from gateway.guard.sources import source_key
from gateway.io.counters import IoCounters
from gateway.sip.flow import Flow
from gateway.sip.gate import Gate

MAX_CONNECTIONS = 12_000  # open at once: ten thousand phones, and room to come back before the old ones are gone
RESERVED = 500  # of them, that only trunks get
MAX_CONNECTIONS_PER_HOST = 100  # an office behind one address; a trunk's host is not limited
MAX_HALF_OPEN = 500  # in the handshake of TLS or WebSocket at once
MAX_HALF_OPEN_PER_HOST = 20

log = structlog.get_logger(__name__)


class Guard(msgspec.Struct, kw_only=True):
    """The parts of the door. `is_trusted(flow)`: a trunk's, which is neither banned nor limited here.

    `may_prove(flow)`: one that is not known may become so by its handshake.

    `gate` decides on requests outside dialogs (see `SipEndpoint`); None lets all of them in.
    """

    is_trusted: Callable[[Flow], bool] = lambda _flow: False
    may_prove: Callable[[Flow], bool] = lambda _flow: False
    bans: Bans = msgspec.field(default_factory=Bans)
    rates: SourceRates = msgspec.field(default_factory=SourceRates)
    admission: Admission = msgspec.field(default_factory=Admission)
    gate: Gate | None = None


class Door:
    """Joins who is known with who behaves."""

    def __init__(
        self, guard: Guard, is_known: Callable[[Flow], bool], counters: IoCounters, clock: Callable[[], float]
    ) -> None:
        self._guard = guard
        self._is_known = is_known
        self._counters = counters
        self._clock = clock
        self._open: dict[str, int] = {}  # connections by source
        self._half_open: dict[str, int] = {}

    def lets_in(self, flow: Flow) -> bool:
        """Whether a message that came on `flow` is read."""
        if self._guard.is_trusted(flow):
            return True
        now = self._clock()
        host = flow.remote.host
        if self._guard.bans.is_banned(host, now):
            self._counters.banned += 1
            return False
        if not self._guard.rates.take(host, now):
            self._counters.rate_limited += 1
            self.strike(flow, FLOOD)
            return False
        if not self._is_known(flow):
            self.strike(flow, STRANGER)
            return False
        return True

    def strike(self, flow: Flow, weight: float) -> None:
        """Hold something against the source of a flow."""
        if self._guard.is_trusted(flow):
            return
        now = self._clock()
        if self._guard.bans.strike(flow.remote.host, weight, now):
            self._counters.bans += 1
            log.warning("sip.source_banned", source=flow.remote.host, transport=flow.transport)

    def lets_connect(self, flow: Flow, *, with_handshake: bool) -> bool:
        """Whether a connection is taken; then `left` has to be called once, and `shook_hands` after its handshake."""
        trusted = self._guard.is_trusted(flow)
        if not trusted and not self._admits(flow, with_handshake):
            self._counters.connections_refused += 1
            return False
        if trusted and self._counters.connections >= MAX_CONNECTIONS:
            self._counters.connections_refused += 1
            return False
        self.entered(flow)
        if with_handshake:
            _add(self._half_open, source_key(flow.remote.host), 1)
            self._counters.connections_half_open += 1
        return True

    def _admits(self, flow: Flow, with_handshake: bool) -> bool:
        if self._guard.bans.is_banned(flow.remote.host, self._clock()):
            self._counters.banned += 1
            return False
        key = source_key(flow.remote.host)
        if with_handshake and (
            self._counters.connections_half_open >= MAX_HALF_OPEN
            or self._half_open.get(key, 0) >= MAX_HALF_OPEN_PER_HOST
        ):
            return False
        return (
            self._counters.connections < MAX_CONNECTIONS - RESERVED
            and self._open.get(key, 0) < MAX_CONNECTIONS_PER_HOST
            and (self._is_known(flow) or self._guard.may_prove(flow))
        )

    def entered(self, flow: Flow) -> None:
        """Count a connection, also one of ours."""
        _add(self._open, source_key(flow.remote.host), 1)
        self._counters.connections += 1

    def shook_hands(self, flow: Flow) -> None:
        """Note that a handshake is over, one way or the other."""
        _add(self._half_open, source_key(flow.remote.host), -1)
        self._counters.connections_half_open -= 1

    def left(self, flow: Flow) -> None:
        """Note that a connection is gone."""
        _add(self._open, source_key(flow.remote.host), -1)
        self._counters.connections -= 1


def _add(counts: dict[str, int], key: str, number: int) -> None:
    left = counts.get(key, 0) + number
    if left > 0:
        counts[key] = left
    else:
        counts.pop(key, None)
