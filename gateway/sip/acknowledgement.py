"""The ACK of a 2xx: made once, sent for every copy of the 2xx (RFC 3261 13.2.2.4)."""

from collections.abc import Sequence

from gateway.sip.calls import SDP
from gateway.sip.core import Core
from gateway.sip.dialog import in_dialog_request
from gateway.sip.dialog_state import DialogState
from gateway.sip.errors import MisuseError
from gateway.sip.flow import Destination
from gateway.sip.message import Request
from gateway.sip.routing import next_hop
from gateway.sip.via import MAGIC_COOKIE


class Acknowledgement:
    """An ACK of its own branch, with the credentials of its INVITE (22.1)."""

    __slots__ = ("_base", "_core", "_data", "_destination", "_request", "_tls")

    def __init__(self, core: Core, dialog: DialogState, invite: Request, body: bytes = b"") -> None:
        self._core = core
        self._request = in_dialog_request(dialog, "ACK", invite.cseq.number, body, SDP)
        for name in ("Authorization", "Proxy-Authorization"):
            if name in invite.headers:
                self._request.headers.extend([(name, value) for value in invite.headers.get_all(name)])
        self._base = dialog.destination
        self._tls = dialog.tls
        self._destination: Destination | None = None
        self._data = b""

    def start(self, now: float) -> None:
        """Find the next hop and send."""
        self._core.locate(next_hop(self._request), self._base, self._found, now, self._tls)

    def send_again(self) -> None:
        """Answer another copy of the 2xx."""
        if self._destination is not None:
            self._core.counters.retransmissions_sent += 1
            self._core.transmit(self._destination, self._data)

    def _found(self, places: Sequence[Destination], _now: float) -> None:
        for place in places:
            try:
                via, _ = self._core.via(place, MAGIC_COOKIE + self._core.tokens.token())
            except MisuseError:
                continue
            self._request.headers.prepend("Via", via)
            self._destination = place
            self._data = bytes(self._request)
            self._core.transmit(place, self._data)
            return
