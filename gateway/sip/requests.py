"""Requests outside dialogs: OPTIONS to a trunk, REGISTER and the like (RFC 3261 8.1)."""

from gateway.sip.calls import HeaderLines
from gateway.sip.core import Core
from gateway.sip.cseq import CSeq
from gateway.sip.digest_client import Authenticator
from gateway.sip.events import RequestFailed, ResponseReceived
from gateway.sip.exchange import Exchange
from gateway.sip.flow import Destination
from gateway.sip.headers import Headers
from gateway.sip.message import MAX_FORWARDS, Request, Response
from gateway.sip.name_addr import NameAddr
from gateway.sip.reasons import reason_phrase
from gateway.sip.transactions.key import TransactionId
from gateway.sip.transactions.layer import TransactionLayer


def build_request(core: Core, method: str, target: str, from_: NameAddr, headers: HeaderLines) -> Request:
    """Build a request with all that 8.1.1 asks for but the Via; `headers` may bring a To of their own."""
    lines = [
        ("Max-Forwards", MAX_FORWARDS),
        ("From", str(from_.with_tag(core.tokens.token()))),
        ("Call-ID", core.tokens.token()),
        ("CSeq", str(CSeq(1, method))),
        ("User-Agent", core.settings.user_agent),
        *headers,
    ]
    built = Headers.of(lines)
    if "to" not in built:
        built.add("To", str(NameAddr.of(target)))
    built.set("Content-Length", "0")
    return Request(method, target, built)


class OutOfDialogRequest:
    """Sends one request and tells what comes of it."""

    def __init__(self, core: Core, layer: TransactionLayer, authenticator: Authenticator | None) -> None:
        self._core = core
        self._layer = layer
        self._authenticator = authenticator
        self._identity = TransactionId("", "", "")
        self._cseq = 0

    def send(self, request: Request, destination: Destination | None, now: float, identity: str = "") -> TransactionId:
        """Send; returns the id under which the outcome is told."""
        self._identity = TransactionId(self._core.tokens.token(), "", request.method)
        self._cseq = request.cseq.number
        exchange = Exchange(self._core, self._layer, request, self, self._next_cseq, self._authenticator)
        exchange.tls = identity
        exchange.start(destination, destination is not None, now)
        return self._identity

    def _next_cseq(self) -> int:
        self._cseq += 1
        return self._cseq

    def responded(self, exchange: Exchange, response: Response, _now: float) -> None:
        """Tell a response."""
        self._core.events.append(ResponseReceived(self._identity, response, exchange.destination))

    def failed(self, exchange: Exchange, status: int, _now: float) -> None:
        """Tell that none came."""
        failed = RequestFailed(self._identity, status, reason_phrase(status), exchange.destination)
        self._core.events.append(failed)
