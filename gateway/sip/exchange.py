"""One logical request of ours: found a place, sent, sent again with credentials or elsewhere (RFC 3261 8.1.3)."""

from collections.abc import Callable, Sequence
from typing import Protocol

from gateway.sip.core import Core
from gateway.sip.digest_client import Authenticator
from gateway.sip.errors import MisuseError
from gateway.sip.flow import Destination, Flow, HostPort
from gateway.sip.message import Request, Response
from gateway.sip.routing import next_hop
from gateway.sip.timers import Timer
from gateway.sip.transactions.client import ClientTransaction
from gateway.sip.transactions.layer import TransactionLayer
from gateway.sip.transactions.machine import Input, Transaction

FAIL_OVER_SECONDS = 4.0  # a place that let four transmissions pass (0, 0.5, 1.5, 3.5 s) unanswered is left for the next
VIA_BYTES = 100  # of the Via that is still to come, at most


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
        "_patience",
        "_places",
        "_progressed",
        "_sent",
        "_tried",
        "_user",
        "avoid",
        "destination",
        "identity",
        "leave",
        "outbound",
        "request",
        "tls",
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
        self._progressed = False
        self._patience: Timer | None = None
        self._contact_user = ""
        self._adds_contact = request.method == "INVITE" and "contact" not in request.headers
        self._sent = 0
        self.identity = ""  # what the branches are made of, where another process has to know them
        self.tls = ""  # our TLS identity at the places that are looked up; empty: that of where we came from
        self.avoid: HostPort | None = None  # a place that answered this request already, by another way
        self.outbound = False  # over a flow that the peer keeps to (RFC 5626)
        self.leave: Callable[[ClientTransaction, float], None] | None = None
        """Takes over what was sent to a place that is left for its silence; None: it is dropped."""
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
            self._core.locate(next_hop(self.request), base, self._found, now, self.tls)

    @property
    def heard(self) -> bool:
        """Whether any response came."""
        return self._answered

    def abandon(self) -> None:
        """Let the next final response be the last one: no challenge is answered, no other place tried."""
        self._abandoned = True

    def _found(self, places: Sequence[Destination], now: float) -> None:
        size = self.request.size + VIA_BYTES
        in_order = self._core.dead.in_order([place for place in places if place.remote != self.avoid], now)
        self._places = [way for place in in_order for way in self._core.ways(place, size, now)]
        if self._places and self._places[0].transport == "TCP" and in_order[0].transport == "UDP":
            self._core.counters.switched_to_tcp += 1
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
            outbound = self.outbound and isinstance(self.destination, Flow)
            request.headers.set("Contact", self._core.contact(self.destination, self._contact_user, outbound=outbound))
        self._sent += 1
        branch = f"{self.identity}b{self._sent}" if self.identity else ""
        self.transaction = self._layer.request(request, self.destination, self, now, branch)
        if self._places:
            self._patience = self._core.timers.start(now + FAIL_OVER_SECONDS, self._lose_patience)

    def _lose_patience(self, now: float) -> None:
        """Go on to the next place where this one is silent; the caller would not wait for timer B."""
        silent = self.transaction
        if silent is None or not self._places or self._abandoned:
            return
        self.transaction = None
        if self.leave is not None:
            self.leave(silent, now)
        else:
            silent.step(Input.GIVE_UP, now)
        self._go_on(408, now)

    def _go_on(self, status: int, now: float) -> None:
        """Send the request to the next place, and remember this one for later requests (RFC 3263 4.3)."""
        if self.destination is not None and not (isinstance(self.destination, Flow) and self.destination.reliable):
            self._core.dead.failed(self.destination, now)
        if self._places and not self._abandoned:
            self._core.counters.failed_over += 1
        self._answered = False
        self._again()
        self._send_to_next_place(status, now)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _again(self) -> None:
        """Make the request ready for another transaction (8.1.3.5, 22.2)."""
        self.request = self.request.copy()
        self.request.headers.remove("via")

    def responded(self, transaction: Transaction, response: Response, now: float) -> None:
        """Answer a challenge, go elsewhere where this place is busy, or hand the response on."""
        if transaction is not self.transaction:
            return  # too late: another place has it now
        self._answered = True
        self._stop_waiting()
        if self.destination is not None:
            self._core.dead.answered(self.destination)
        if response.status == 503 and self._leaves_for_others():
            self._go_on(503, now)
            return
        self._progressed |= response.status > 100
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

    def _leaves_for_others(self) -> bool:
        """Whether a 503 sends us on: not to the same host by another transport, and not where it had rung already."""
        here = self.destination.remote if self.destination is not None else None
        self._places = [place for place in self._places if place.remote != here]
        return bool(self._places) and not self._abandoned and not self._progressed

    def _answers(self, response: Response) -> bool:
        if self._abandoned or self._authenticator is None:
            return False
        return self._authenticator.take_challenge(response, self._tried)

    def failed(self, transaction: Transaction, status: int, now: float) -> None:
        """Try the next place where this one was silent (RFC 3263 4.3)."""
        if transaction is not self.transaction:
            return
        self._stop_waiting()
        if self._answered:
            self._user.failed(self, status, now)
            return
        self._go_on(status, now)
