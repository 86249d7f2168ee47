"""The SIP core: bytes and time in, bytes and events out; no I/O, no clock, no randomness of its own.

    endpoint.receive(data, flow, now)         # or a verb, or handle_timer
    while event := endpoint.next_event(): ... # then drain: events,
    for transmit in endpoint.outgoing(): ...  # bytes,
    endpoint.next_timer()                     # and the one time to be woken at

`now` is any steady clock in seconds. Verbs on a session that has ended meanwhile do nothing (its end is an event
already queued or told); verbs that the protocol does not allow now raise `MisuseError`.
"""

from collections.abc import Callable, Iterator, Sequence

from gateway.sip.calls import SDP, Credentials, EndpointSettings, HeaderLines, OutgoingInvite
from gateway.sip.counters import SipCounters
from gateway.sip.dialog_state import DialogState
from gateway.sip.events import SipEvent
from gateway.sip.flow import Destination, DnsQuery, Flow, Target, Transmit
from gateway.sip.message import Request, Response
from gateway.sip.tokens import TokenSource
from gateway.sip.transactions.key import TransactionId


class SipEndpoint:
    """A SIP user agent core with its transaction and transport halves (RFC 3261)."""

    def __init__(self, settings: EndpointSettings, tokens: TokenSource, is_known: Callable[[Flow], bool]) -> None:
        """`is_known(flow)` is asked after framing; False drops the message with nothing but a counter."""

    # --- the five verbs of the driver ---

    def receive(self, data: bytes, flow: Flow, now: float) -> None:
        """Take one datagram, or any piece of a stream, that arrived on `flow`."""

    def flow_closed(self, flow: Destination, now: float) -> None:
        """Note that a connection is gone, or could not be opened."""

    def resolved(self, query: DnsQuery, targets: Sequence[Target], now: float) -> None:
        """Answer `ResolveNeeded`, best target first; empty: the name does not exist."""

    def next_timer(self) -> float | None:
        """When to call `handle_timer`; None: no timer runs."""
        ...

    def handle_timer(self, now: float) -> None:
        """Fire every timer that is due."""

    def outgoing(self) -> Iterator[Transmit]:
        """Drain what is to be sent."""
        ...

    def next_event(self) -> SipEvent | None:
        """Drain what happened; None: nothing more."""
        ...

    # --- requests outside dialogs ---

    def send_request(
        self, request: Request, destination: Destination | None, now: float, credentials: Credentials | None = None
    ) -> TransactionId:
        """Send a non-INVITE request such as OPTIONS or REGISTER; Via is added, From and To have to be there.

        A 401 or 407 is answered by itself where `credentials` are given. The outcome comes as `ResponseReceived` or
        `RequestFailed` under the returned id.
        """
        ...

    def send_response(self, transaction: TransactionId, response: Response, now: float) -> None:
        """Answer a `RequestReceived`."""

    def make_request(self, method: str, target: str, from_: str, headers: HeaderLines = ()) -> Request:
        """Build an out-of-dialog request with fresh Call-ID, From tag and CSeq for `send_request`."""
        ...

    # --- calls ---

    def invite(self, call: OutgoingInvite, now: float) -> str:
        """Place a call; returns its session (RFC 3261 13.2). Digest challenges are answered by `credentials`."""
        ...

    def ring(
        self, session: str, now: float, status: int = 180, body: bytes = b"", headers: HeaderLines = ()
    ) -> None:
        """Send a provisional response to a received call; with a body it is early media (183). May be repeated."""

    def accept(self, session: str, body: bytes, now: float, headers: HeaderLines = ()) -> None:
        """Answer a received call with 200; it is retransmitted until the ACK, or ends as `ack_timeout`."""

    def reject(self, session: str, status: int, now: float, reason: str = "", headers: HeaderLines = ()) -> None:
        """Refuse a received call with a 3xx-6xx status. Nothing follows."""

    def acknowledge(self, session: str, body: bytes, now: float) -> None:
        """Send the ACK, with the answer, that an event with `answer_needed` asked for."""

    def hang_up(self, session: str, now: float, status: int = 480, headers: HeaderLines = ()) -> None:
        """End a session whatever state it is in; may be repeated.

        Ours and unanswered: CANCEL once a provisional came (ends with `InviteFailed`, or ACK and BYE where a 2xx crosses
        it, still `InviteFailed`). Received and unanswered: rejected with `status`, nothing follows. Established: BYE,
        ends with `DialogTerminated("bye_sent")`.
        """

    def reinvite(self, session: str, body: bytes, now: float, headers: HeaderLines = ()) -> None:
        """Offer a change of an established session (RFC 3261 14.1).

        Comes back as `ReinviteAccepted` or `ReinviteFailed`. A 491 is retried with the RFC's back-off. MisuseError while
        `reinvite_possible` is False.
        """

    def reinvite_possible(self, session: str) -> bool:
        """Whether the session is established and no INVITE is under way in either direction."""
        ...

    def answer_reinvite(self, session: str, body: bytes, now: float) -> None:
        """Accept a `ReinviteReceived` with 200."""

    def reject_reinvite(self, session: str, status: int, now: float) -> None:
        """Refuse a `ReinviteReceived`, for example with 488; the session goes on unchanged."""

    def send_in_dialog(
        self, session: str, method: str, now: float, body: bytes = b"", content_type: str = ""
    ) -> TransactionId | None:
        """Send INFO or OPTIONS inside an established session; None: it has ended."""
        ...

    # --- life of the process ---

    def restore_dialog(self, state: DialogState, credentials: Credentials | None = None) -> None:
        """Continue an established session of another process under its old name."""

    @property
    def counters(self) -> SipCounters:
        """Live figures since the start."""
        ...
