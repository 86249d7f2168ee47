"""Our BYE, also to a peer whose connection is gone and who alone can open another (RFC 3261 15.1.1, RFC 5626 4.3)."""

from typing import TYPE_CHECKING

from gateway.sip.dialog import in_dialog_request
from gateway.sip.exchange import Exchange
from gateway.sip.message import Response
from gateway.sip.routing import next_hop
from gateway.sip.timers import GIVE_UP, T1

if TYPE_CHECKING:
    from gateway.sip.session import Session


class Farewell:
    """Sends a BYE, and calls `session.said_goodbye(now)` once: it was answered, or nobody did in a transaction's time.

    A browser whose connection is gone, or dead though nobody knows, gets it by the one that it comes back by. To others
    whose connection is lost before they answered another one is opened, once: the BYE may have been lost with it.
    """

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._exchange: Exchange | None = None
        self._until = 0.0
        self._reopened = False
        self._over = False

    def start(self, now: float) -> None:
        """Send it; call this once."""
        self._until = now + GIVE_UP
        self._send(now)
        if not self._over and self._waits_for_peer():
            self._look_soon(now)

    def _send(self, now: float) -> None:
        session = self._session
        request = in_dialog_request(session.confirmed, "BYE", session.next_cseq(), headers=session.farewell)
        self._exchange = session.new_exchange(request, self)
        self._exchange.start(session.confirmed.destination, explicit=False, now=now)

    def _waits_for_peer(self) -> bool:
        place = self._session.confirmed.destination
        return self._exchange is not None and self._session.core.needs_peer(next_hop(self._exchange.request), place)

    def _look_soon(self, now: float) -> None:
        self._session.core.timers.start(now + T1, self._look)

    def _look(self, now: float) -> None:
        """Send it again where the peer came back."""
        if self._over or self._exchange is None:
            return
        core, place = self._session.core, self._session.confirmed.destination
        back = core.way_to(next_hop(self._exchange.request)) or (place if core.is_open(place) else None)
        if back is not None and back != self._exchange.destination:
            self._session.confirmed.destination = back
            self._send(now)
        if now < self._until:
            self._look_soon(now)
        else:
            self._end(now)

    def _end(self, now: float) -> None:
        if not self._over:
            self._over = True
            self._exchange = None  # which holds us: nothing here waits for a collector of cycles
            self._session.said_goodbye(now)

    def responded(self, _exchange: Exchange, response: Response, now: float) -> None:
        """Take any final answer for the end (15.1.1)."""
        if response.status >= 200:
            self._end(now)

    def failed(self, exchange: Exchange, status: int, now: float) -> None:
        """Take silence for the end, but for a lost connection: it may come back, or another can be opened."""
        if exchange is not self._exchange or (now < self._until and self._waits_for_peer()):
            return
        place = exchange.destination
        if status == 503 and place is not None and place.reliable and not self._reopened:
            self._reopened = True
            self._send(now)
        else:
            self._end(now)
