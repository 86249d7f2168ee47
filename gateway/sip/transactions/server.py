"""What the two server machines share (RFC 3261 17.2)."""

from gateway.sip.flow import Destination, shown_as
from gateway.sip.message import Request, Response
from gateway.sip.transactions.key import TransactionId
from gateway.sip.transactions.machine import Host, Input, Transaction

MergeKey = tuple[str, str, int, str]  # Call-ID, From tag, CSeq number and method (8.2.2.2)


class ServerTransaction(Transaction):
    """A request of the peer. The first request is handed up by the layer, so the tables know repetitions only."""

    __slots__ = ("merge_key", "tls")

    def __init__(
        self,
        host: Host,
        identity: TransactionId,
        request: Request,
        destination: Destination,
        merge_key: MergeKey | None = None,
    ) -> None:
        super().__init__(host, identity, request, destination)
        self.merge_key = merge_key
        self.tls = ""  # our TLS identity where it is answered by another connection; empty: that of its own

    def show_as(self, identity: str) -> None:
        """Answer under this TLS identity, if by another connection than the request came; empty: as that one."""
        self.tls = identity
        self.destination = shown_as(self.destination, identity)

    def respond(self, response: Response, now: float) -> None:
        """Send a response of ours; nothing happens where one of its kind can no longer be sent."""
        if response.status < 200:
            happened = Input.SEND_1XX
        elif response.status < 300:
            happened = Input.SEND_2XX
        else:
            happened = Input.SEND_FINAL
        if (self.state, happened) in self.table:
            self.sent = bytes(response)
            self.step(happened, now)
