"""What the two server machines share (RFC 3261 17.2)."""

from gateway.sip.flow import Destination
from gateway.sip.message import Request, Response
from gateway.sip.transactions.key import TransactionId
from gateway.sip.transactions.machine import Host, Input, Transaction

MergeKey = tuple[str, str, int, str]  # Call-ID, From tag, CSeq number and method (8.2.2.2)


class ServerTransaction(Transaction):
    """A request of the peer. The first request is handed up by the layer, so the tables know repetitions only."""

    __slots__ = ("merge_key",)

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
