"""One logical request of ours: found a place, sent, sent again with credentials or elsewhere (RFC 3261 8.1.3)."""

from collections.abc import Callable, Sequence
from typing import Protocol

from gateway.sip.core import Core
from gateway.sip.digest_client import Authenticator
from gateway.sip.errors import MisuseError
from gateway.sip.flow import Destination
from gateway.sip.message import Request, Response
from gateway.sip.routing import next_hop
from gateway.sip.transactions.client import ClientTransaction
from gateway.sip.transactions.layer import TransactionLayer
from gateway.sip.transactions.machine import Transaction


class ExchangeUser(Protocol):
    """Who wants to know what comes of an exchange."""

    def responded(self, exchange: "Exchange", response: Response, now: float, /) -> None:
        """Take a response; challenges that were answered are left out."""
        ...

    def failed(self, exchange: "Exchange", status: int, now: float, /) -> None:
        """Take the news that no response will come: 408 or 503."""
        ...


class Exchange:
    """A request and its transactions; `request` is the one sent last, `transaction` None until its place is known."""

    __slots__ = (
        "_abandoned",
        "_adds_contact",
        "_answered",
        "_authenticator",
        "_contact_user",
        "_core",
        "_layer",
        "_next_cseq",
        "_places",
        "_tried",
        "_user",
        "destination",
        "request",
        "transaction",
    )

    def __init__(
        self,
        core: Core,
        layer: TransactionLayer,
        request: Request,
        user: ExchangeUser,
        next_cseq: Callable[[], int],
        authenticator: Authenticator | None = None,
    ) -> None:
        """`next_cseq` numbers what is sent again; a dialog's requests share one count."""
        self._core = core
        self._layer = layer
        self._user = user
        self._authenticator = authenticator
        self._next_cseq = next_cseq
        self._places: list[Destination] = []
        self._tried: dict[tuple[str, str], bool] = {}
        self._answered = False
        self._abandoned = False
        self._contact_user = ""
        self._adds_contact = request.method == "INVITE" and "contact" not in request.headers
        self.request = request
        self.destination: Destination | None = None
        self.transaction: ClientTransaction | None = None

    def start(self, base: Destination | None, explicit: bool, now: float, contact_user: str = "") -> None:
        """Send the request: to `base` where that is `explicit`, else to its next hop, reached like `base` if it can be.

        An INVITE without Contact gets ours, which depends on the place.
        """
        self._contact_user = contact_user
        if self._authenticator:
            self._authenticator.authorize(self.request)
        if explicit and base:
            self._found((base,), now)
        else:
            self._core.locate(next_hop(self.request), base, self._found, now)

    def abandon(self) -> None:
        """Let the next final response be the last one: no challenge is answered, no other place tried."""
        self._abandoned = True

    def _found(self, places: Sequence[Destination], now: float) -> None:
        self._places = list(places)
        self._send_to_next_place(503, now)

    def _send_to_next_place(self, status: int, now: float) -> None:
        if self._places and not self._abandoned:
            self.destination = self._places.pop(0)
            try:
                self._send(now)
            except MisuseError:  # no address of ours for that transport
                self._send_to_next_place(503, now)
            return
        self._user.failed(self, status, now)

    def _send(self, now: float) -> None:
        if self.destination is None:
            raise MisuseError("No place to send to")
        request = self.request
        if self._adds_contact:
            request.headers.set("Contact", self._core.contact(self.destination, self._contact_user))
        self.transaction = self._layer.request(request, self.destination, self, now)

    def _again(self) -> None:
        """Make the request ready for another transaction (8.1.3.5, 22.2)."""
        self.request = self.request.copy()
        self.request.headers.remove("via")

    def responded(self, transaction: Transaction, response: Response, now: float) -> None:
        """Answer a challenge, or hand the response on."""
        self._answered = True
        if response.status in (401, 407) and self._answers(response):
            self._again()
            request = self.request
            request.headers.set("CSeq", f"{self._next_cseq()} {request.method}")
            if self._authenticator:
                self._authenticator.authorize(request)
            self._send(now)
            return
        if self._authenticator and 200 <= response.status < 300:
            self._authenticator.take_info(response)
        self._user.responded(self, response, now)

    def _answers(self, response: Response) -> bool:
        if self._abandoned or self._authenticator is None:
            return False
        return self._authenticator.take_challenge(response, self._tried)

    def failed(self, transaction: Transaction, status: int, now: float) -> None:
        """Try the next place where this one was silent (RFC 3263 4.3)."""
        if self._answered:
            self._user.failed(self, status, now)
            return
        self._again()
        self._send_to_next_place(status, now)
