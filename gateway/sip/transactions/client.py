"""What the two client machines share (RFC 3261 17.1)."""

from gateway.sip.errors import MisuseError
from gateway.sip.flow import Destination
from gateway.sip.headers import Headers
from gateway.sip.message import MAX_FORWARDS, Request, Response
from gateway.sip.timers import GIVE_UP, T1
from gateway.sip.transactions.key import TransactionId
from gateway.sip.transactions.machine import ClientUser, Host, Input, Transaction


class ClientTransaction(Transaction):
    """A request of ours; `received` is the response at hand while the table's row is taken."""

    __slots__ = ("received", "user")

    def __init__(
        self, host: Host, identity: TransactionId, request: Request, destination: Destination, user: ClientUser
    ) -> None:
        super().__init__(host, identity, request, destination)
        self.user = user
        self.received: Response | None = None

    def _begin(self, now: float, repeat: Input, give_up: Input) -> None:
        self.sent = bytes(self.request)
        self.send()
        if not self.destination.reliable:
            self.interval = T1
            self.start(repeat, now, self.interval)
        self.start(give_up, now, GIVE_UP)

    def receive(self, response: Response, now: float) -> None:
        """Take a response that carries this transaction's branch."""
        self.received = response
        if response.status < 200:
            self.step(Input.RECEIVE_1XX, now)
        elif response.status < 300:
            self.step(Input.RECEIVE_2XX, now)
        else:
            self.step(Input.RECEIVE_FINAL, now)


def _client(transaction: Transaction) -> ClientTransaction:
    if not isinstance(transaction, ClientTransaction):
        raise MisuseError("A client step on a server transaction")
    return transaction


def pass_up(transaction: Transaction, now: float) -> None:
    """Hand the response to the user."""
    client = _client(transaction)
    if client.received is not None:
        client.user.responded(client, client.received, now)


def time_out(transaction: Transaction, now: float) -> None:
    """Tell the user that nobody answered (8.1.3.1)."""
    _client(transaction).user.failed(transaction, 408, now)


def transport_failed(transaction: Transaction, now: float) -> None:
    """Tell the user that the request could not be sent (8.1.3.1)."""
    _client(transaction).user.failed(transaction, 503, now)


def send_ack(transaction: Transaction, _now: float) -> None:
    """Acknowledge a 300-699 response to an INVITE: same branch, same next hop (17.1.1.3)."""
    client = _client(transaction)
    if client.received is None:
        return
    request = client.request
    lines = [("Via", request.headers.get("via") or "")]
    lines += [("Route", value) for value in request.headers.get_all("route")]
    lines.append(("Max-Forwards", MAX_FORWARDS))
    lines.append(("From", request.headers.get("from") or ""))
    lines.append(("To", client.received.headers.get("to") or ""))
    lines.append(("Call-ID", request.call_id))
    lines.append(("CSeq", f"{request.cseq.number} ACK"))
    lines += [
        (name, value) for name in ("Authorization", "Proxy-Authorization") for value in request.headers.get_all(name)
    ]
    lines.append(("Content-Length", "0"))
    ack = Request("ACK", request.target, Headers(lines))
    client.host.transmit(client.destination, bytes(ack))
