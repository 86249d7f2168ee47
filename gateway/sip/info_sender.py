"""Keys that we press by INFO: one after the other, for a later one that overtakes is refused (RFC 3261 12.2.2)."""

from collections import deque
from typing import TYPE_CHECKING

from gateway.sip.dialog import in_dialog_request
from gateway.sip.exchange import Exchange
from gateway.sip.info_digits import DTMF_RELAY, write_digit
from gateway.sip.message import Response

if TYPE_CHECKING:
    from gateway.sip.session import Session

MAX_WAITING = 256  # keys; more is no dialling, and each takes a round trip


class InfoSender:
    """Of one session; a key that is refused or lost ends what waits behind it."""

    __slots__ = ("_busy", "_session", "_waiting")

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._waiting: deque[str] = deque()
        self._busy = False

    def send(self, digits: str, now: float) -> None:
        """Queue keys: 0-9, *, #, A-D; others, and those beyond the limit, are left out."""
        room = MAX_WAITING - len(self._waiting)
        self._waiting.extend([digit for digit in digits.upper() if digit in "0123456789*#ABCD"][:room])
        if not self._busy:
            self._next(now)

    def _next(self, now: float) -> None:
        session = self._session
        self._busy = bool(self._waiting) and session.is_live
        if not self._busy:
            self._waiting.clear()
            return
        dialog = session.confirmed
        body = write_digit(self._waiting.popleft())
        request = in_dialog_request(dialog, "INFO", session.next_cseq(), body, DTMF_RELAY)
        session.new_exchange(request, self).start(dialog.destination, explicit=False, now=now)

    def responded(self, _exchange: Exchange, response: Response, now: float) -> None:
        """Go on with the next key, or give up where the peer takes none."""
        if response.status < 200:
            return
        if response.status >= 300:
            self._waiting.clear()
        self._next(now)
        if response.status in (408, 481):  # RFC 5057 5.1
            self._session.peer_gone(now)

    def failed(self, _exchange: Exchange, status: int, now: float) -> None:
        """Nobody answers."""
        self._waiting.clear()
        self._next(now)
        if status == 408:
            self._session.peer_gone(now)
