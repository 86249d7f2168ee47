"""All transactions of an endpoint, and which message belongs to which (RFC 3261 17.1.3, 17.2.3)."""

from collections import defaultdict

from gateway.sip.calls import HeaderLines
from gateway.sip.core import Core
from gateway.sip.dialog import request_key
from gateway.sip.errors import SipError
from gateway.sip.flow import Destination, Flow
from gateway.sip.headers import Headers
from gateway.sip.message import MAX_FORWARDS, Request, Response
from gateway.sip.routing import fallback_destination, response_destination
from gateway.sip.transactions.client import ClientTransaction
from gateway.sip.transactions.invite_client import InviteClientTransaction
from gateway.sip.transactions.invite_server import InviteServerTransaction
from gateway.sip.transactions.key import TransactionId
from gateway.sip.transactions.machine import ClientUser, Input, Transaction
from gateway.sip.transactions.non_invite_client import NonInviteClientTransaction
from gateway.sip.transactions.non_invite_server import NonInviteServerTransaction
from gateway.sip.transactions.server import MergeKey, ServerTransaction
from gateway.sip.via import MAGIC_COOKIE, Via


def server_key(request: Request) -> TransactionId:
    """Return the key of the transaction that a request belongs to (17.2.3); ACK counts as INVITE."""
    if request.transaction is None:
        request.transaction = _read_key(request)
    return request.transaction


def _read_key(request: Request) -> TransactionId:
    via = request.top_via
    method = "INVITE" if request.method == "ACK" else request.method
    branch = via.branch
    if not branch.startswith(MAGIC_COOKIE):  # RFC 2543 peers: everything that a repetition keeps
        branch = f"{request.target} {request.from_.tag} {request.call_id} {request.cseq.number} {via}"
    return TransactionId(branch, via.sent_by, method)


class _CancelUser:
    """Waits for nothing: a CANCEL's own response says nothing about the INVITE (9.1)."""

    def responded(self, transaction: Transaction, response: Response, now: float) -> None:
        """The INVITE's own response tells."""

    def failed(self, transaction: Transaction, status: int, now: float) -> None:
        """Whoever cancelled gives the INVITE up after 64*T1."""


_NOBODY = _CancelUser()


class TransactionLayer:
    """Finds, makes and forgets transactions."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self.timers = core.timers
        self.transmit = core.transmit
        self._clients: dict[TransactionId, ClientTransaction] = {}
        self._servers: dict[TransactionId, ServerTransaction] = {}
        self._merge_keys: dict[MergeKey, TransactionId] = {}
        self._by_flow: defaultdict[Destination, dict[TransactionId, Transaction]] = defaultdict(dict)

    # --- what transactions need (machine.Host) ---

    def count_retransmission(self) -> None:
        """Note that a message went out again."""
        self._core.counters.retransmissions_sent += 1

    def terminated(self, transaction: Transaction) -> None:
        """Forget a transaction."""
        self._core.counters.transactions -= 1
        if transaction.destination.reliable:
            self._leave_flow(transaction)
        if isinstance(transaction, ServerTransaction):
            del self._servers[transaction.id]
            if transaction.merge_key is not None:
                self._merge_keys.pop(transaction.merge_key, None)
        else:
            self._forget_client(transaction)

    def _forget_client(self, transaction: Transaction) -> None:
        """Nothing more is told to who sent the request, which holds the transaction: no circle is left."""
        client = self._clients.pop(transaction.id)
        client.user = _NOBODY

    # --- client side ---

    def request(
        self, request: Request, destination: Destination, user: ClientUser, now: float, branch: str = ""
    ) -> ClientTransaction:
        """Send `request` in a new transaction, with a Via of ours put on top; MisuseError without an own address."""
        branch = MAGIC_COOKIE + (branch or self._core.tokens.token())
        via, sent_by = self._core.via(destination, branch)
        request.headers.prepend("Via", via)
        return self._begin(request, TransactionId(branch, sent_by, request.method), destination, user, now)

    def cancel(self, invite: ClientTransaction, now: float, extra: HeaderLines = ()) -> None:
        """Cancel an INVITE that got a provisional response: same Via, target and sequence number (9.1)."""
        headers = invite.request.headers
        lines = [("Via", headers.get("via") or "")]
        lines += [("Route", value) for value in headers.get_all("route")]
        lines += [
            ("Max-Forwards", MAX_FORWARDS),
            ("From", headers.get("from") or ""),
            ("To", headers.get("to") or ""),
            ("Call-ID", invite.request.call_id),
            ("CSeq", f"{invite.request.cseq.number} CANCEL"),
            *extra,
            ("Content-Length", "0"),
        ]
        cancel = Request("CANCEL", invite.request.target, Headers(lines))
        identity = TransactionId(invite.id.branch, invite.id.sent_by, "CANCEL")
        self._begin(cancel, identity, invite.destination, _CancelUser(), now)

    def _begin(
        self, request: Request, identity: TransactionId, destination: Destination, user: ClientUser, now: float
    ) -> ClientTransaction:
        kind = InviteClientTransaction if request.method == "INVITE" else NonInviteClientTransaction
        transaction = kind(self, identity, request, destination, user)
        self._clients[identity] = transaction
        self._opened(transaction)
        transaction.begin(now)
        return transaction

    def receive_response(self, response: Response, now: float) -> bool:
        """Give a response to the transaction that it answers; False: there is none (18.1.2)."""
        via = response.top_via
        transaction = self._clients.get(TransactionId(via.branch, via.sent_by, response.cseq.method))
        if transaction is None:
            return False
        transaction.receive(response, now)
        return True

    # --- server side ---

    def receive_repeated(self, request: Request, now: float) -> bool:
        """Take a request that belongs to a transaction already; False: it is new.

        An ACK is taken where it ends a non-2xx; the one of a 2xx is for the dialog.
        """
        transaction = self._servers.get(server_key(request))
        if transaction is None:
            return False
        if request.method == "ACK":
            if (transaction.state, Input.ACK) not in transaction.table:
                return False
            transaction.step(Input.ACK, now)
            return True
        self._core.counters.retransmissions_received += 1
        transaction.step(Input.REQUEST, now)
        return True

    def open_server(self, request: Request, flow: Flow) -> ServerTransaction:
        """Make a transaction for a new request.

        Raises SipError 482 where the same request came before on another path (8.2.2.2).
        """
        merge_key: MergeKey | None = None
        call_id, our_tag, their_tag = request_key(request)
        if not our_tag:
            merge_key = (call_id, their_tag, request.cseq.number, request.method)
            if merge_key in self._merge_keys:
                raise SipError(482, "Loop Detected")
        identity = server_key(request)
        kind = InviteServerTransaction if request.method == "INVITE" else NonInviteServerTransaction
        transaction = kind(self, identity, request, response_destination(request, flow), merge_key)
        self._servers[identity] = transaction
        if merge_key is not None:
            self._merge_keys[merge_key] = identity
        self._opened(transaction)
        return transaction

    def has_invite(self, via: Via) -> bool:
        """Whether an INVITE with this top Via has come before."""
        return TransactionId(via.branch, via.sent_by, "INVITE") in self._servers

    def find_server(self, identity: TransactionId) -> ServerTransaction | None:
        """Return a live server transaction."""
        return self._servers.get(identity)

    # --- connections ---

    def flow_closed(self, destination: Destination, now: float, identity: str) -> None:
        """Fail the requests that were sent on a connection; send what is left to answer another way (18.2.2).

        `identity` is our TLS identity on it.
        """
        for transaction in list(self._by_flow.pop(destination, {}).values()):
            if isinstance(transaction, ServerTransaction) and isinstance(destination, Flow):
                transaction.destination = fallback_destination(
                    transaction.request, destination, transaction.tls or identity
                )
            else:
                transaction.step(Input.TRANSPORT_ERROR, now)

    def _opened(self, transaction: Transaction) -> None:
        self._core.counters.transactions += 1
        if transaction.destination.reliable:
            self._by_flow[transaction.destination][transaction.id] = transaction

    def _leave_flow(self, transaction: Transaction) -> None:
        of_flow = self._by_flow.get(transaction.destination)
        if of_flow is not None:
            of_flow.pop(transaction.id, None)
            if not of_flow:
                del self._by_flow[transaction.destination]
