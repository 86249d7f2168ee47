"""The SIP core: bytes and time in, bytes and events out; no I/O, no clock, no randomness of its own.

    endpoint.receive(data, flow, now)         # or a verb, or handle_timer
    while event := endpoint.next_event(): ... # then drain: events,
    for transmit in endpoint.outgoing(): ...  # bytes,
    endpoint.next_timer()                     # and the one time to be woken at

`now` is any steady clock in seconds. Verbs on a session that has ended meanwhile do nothing (its end is an event
already queued or told); verbs that the protocol does not allow now raise `MisuseError`.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from gateway.sip.calls import Credentials, EndpointSettings, HeaderLines, OutgoingInvite
from gateway.sip.core import Core
from gateway.sip.counters import SipCounters
from gateway.sip.dialog_state import DialogState
from gateway.sip.digest_client import Authenticator
from gateway.sip.early_refusal import refusable, refusal
from gateway.sip.errors import MisuseError, SipError
from gateway.sip.events import FlowClosed, SipEvent
from gateway.sip.flow import Destination, DnsQuery, Flow, Target, Transmit
from gateway.sip.framing import PING, PONG, StreamFramer
from gateway.sip.gate import Gate, OpenGate
from gateway.sip.incoming_session import IncomingSession
from gateway.sip.message import Request, Response
from gateway.sip.name_addr import NameAddr
from gateway.sip.outgoing_session import OutgoingSession
from gateway.sip.parser import parse_message
from gateway.sip.refer_to import ReferTo
from gateway.sip.registry import Registry
from gateway.sip.replacement import replaces_of
from gateway.sip.replaces import Replaces
from gateway.sip.requests import OutOfDialogRequest, build_request
from gateway.sip.restored_session import MOVED_WITHIN, move_dialog, restored_session
from gateway.sip.routing import via_destination
from gateway.sip.session import Life
from gateway.sip.tokens import TokenSource
from gateway.sip.transactions.key import TransactionId
from gateway.sip.transactions.layer import TransactionLayer
from gateway.sip.uas import UserAgentServer
from gateway.sip.validation import validate_response
from gateway.sip.watch import Watch

_KEEP_ALIVE_BYTES = b"\r\n\0 \t"  # datagrams that only hold a NAT binding open


class Overload(Protocol):
    """Who knows whether there is time for another call."""

    def is_shedding(self, now: float, /) -> bool:
        """Whether some calls are refused now."""
        ...

    def refuses(self, now: float, /) -> int | None:
        """Decide on one new call: seconds after which to ask again; None to admit it."""
        ...


class SipEndpoint:
    """A SIP user agent core with its transaction and transport halves (RFC 3261)."""

    def __init__(
        self,
        settings: EndpointSettings,
        tokens: TokenSource,
        is_known: Callable[[Flow], bool],
        gate: Gate | None = None,
        watch: Watch | None = None,
        overload: Overload | None = None,
    ) -> None:
        """`is_known(flow)` is asked after framing; False drops the message with nothing but a counter.

        What passes and is a request outside dialogs is asked for at the `gate`; None: all are answered. `overload` is
        asked for each new call of a peer that the gate trusts and that nothing says is urgent, before it is parsed.
        """
        self._core = Core(settings, tokens, watch)
        self._is_known = is_known
        self._overload = overload
        self._refusal_tag = tokens.token() if overload is not None else ""
        self._layer = TransactionLayer(self._core)
        self._registry = Registry(self._core, self._layer)
        self._gate = gate or OpenGate()
        self._core.way_to = self._gate.way_to
        self._server = UserAgentServer(self._core, self._layer, self._registry, self._gate)
        self._framers: dict[Flow, StreamFramer] = {}

    # --- the five verbs of the driver ---

    def receive(self, data: bytes, flow: Flow, now: float) -> None:
        """Take one datagram, or any piece of a stream, that arrived on `flow`."""
        if not flow.is_stream:
            self._receive_whole(data, flow, now)
            return
        framer = self._framers.get(flow)
        if framer is None:
            framer = self._framers[flow] = StreamFramer()
            self._core.open_flows.add(flow)
        try:
            for message in framer.feed(data):
                if message == PING:
                    self._answer_ping(flow)
                else:
                    self._receive_message(message, flow, now)
        except SipError as error:
            self._count_unreadable(error)
            self._core.transmit(flow, b"", close=True)

    def _receive_whole(self, data: bytes, flow: Flow, now: float) -> None:
        """Take a datagram or a WebSocket message."""
        if flow.reliable:
            self._core.open_flows.add(flow)
        if data.strip(_KEEP_ALIVE_BYTES):
            self._receive_message(data, flow, now)
        elif flow.reliable and data == PING:
            self._answer_ping(flow)
        else:
            self._core.counters.keep_alives += 1

    def _answer_ping(self, flow: Flow) -> None:
        self._core.counters.keep_alives += 1
        if self._is_known(flow):
            self._core.transmit(flow, PONG)

    def _receive_message(self, data: bytes, flow: Flow, now: float) -> None:
        self._core.counters.received += 1
        if not self._is_known(flow):
            self._core.counters.unknown_source += 1
            return
        if self._overload is not None and self._refuse_early(data, flow, now):
            return
        try:
            message = parse_message(data)
            if isinstance(message, Response):
                validate_response(message)
        except SipError as error:
            self._count_unreadable(error)
            return
        if self._core.watch is not None:
            self._core.watch.received(message, data, flow)
        if isinstance(message, Request):
            self._server.receive(message, flow, now)
        elif not self._layer.receive_response(message, now):
            self._receive_stray_response(message, now)

    def _refuse_early(self, data: bytes, flow: Flow, now: float) -> bool:
        """Answer a new call 503 where there is no time for it; True: it was. A repeated INVITE is none."""
        overload = self._overload
        if overload is None or not overload.is_shedding(now) or not self._gate.trusts(flow):
            return False
        asked = refusable(data)
        if asked is None or self._layer.has_invite(asked.via):
            return False
        retry_after = overload.refuses(now)
        if retry_after is None:
            return False
        self._core.counters.refused_early += 1
        self._core.transmit(via_destination(asked.via, flow), refusal(asked, flow, self._refusal_tag, retry_after))
        return True

    def stream_state(self, flow: Flow) -> tuple[int, bool]:
        """How many messages a stream brought, and whether it owes the rest of one."""
        framer = self._framers.get(flow)
        return (framer.messages, framer.has_part) if framer is not None else (0, False)

    def _count_unreadable(self, error: SipError) -> None:
        if error.status == 413:
            self._core.counters.oversized += 1
        else:
            self._core.counters.malformed += 1

    def _receive_stray_response(self, response: Response, now: float) -> None:
        """Acknowledge a 2xx that is repeated because the process that sent the INVITE is gone; drop all others."""
        self._core.counters.stray_responses += 1
        if response.cseq.method == "INVITE" and 200 <= response.status < 300:
            session = self._registry.find_dialog((response.call_id, response.from_.tag, response.to.tag))
            if session is not None and session.state is Life.ESTABLISHED:
                session.acknowledge_again(response, now)

    def flow_closed(self, flow: Destination, now: float, identity: str = "") -> None:
        """Note that a connection is gone, or could not be opened; `identity` is our TLS identity on it."""
        if isinstance(flow, Flow):
            self._framers.pop(flow, None)
            self._core.open_flows.discard(flow)
            self._core.events.append(FlowClosed(flow))
        self._layer.flow_closed(flow, now, identity)

    def resolved(self, query: DnsQuery, targets: Sequence[Target], now: float) -> None:
        """Answer `ResolveNeeded`, best target first; empty: the name does not exist."""
        self._core.resolved(query, targets, now)

    def next_timer(self) -> float | None:
        """When to call `handle_timer`; None: no timer runs."""
        return self._core.timers.next()

    def handle_timer(self, now: float) -> None:
        """Fire every timer that is due."""
        self._core.timers.fire(now)

    def outgoing(self) -> Iterator[Transmit]:
        """Drain what is to be sent."""
        outbox = self._core.outbox
        while outbox:
            yield outbox.popleft()

    def next_event(self) -> SipEvent | None:
        """Drain what happened; None: nothing more."""
        events = self._core.events
        if events:
            return events.popleft()
        return self._registry.next_change() if self._registry.changed else None

    @property
    def is_drained(self) -> bool:
        """Whether nothing is left to drain."""
        return not (self._core.outbox or self._core.events or self._registry.changed)

    # --- requests outside dialogs ---

    def send_request(
        self,
        request: Request,
        destination: Destination | None,
        now: float,
        credentials: Credentials | None = None,
        identity: str = "",
    ) -> TransactionId:
        """Send a non-INVITE request such as OPTIONS or REGISTER, made by `make_request`.

        A 401 or 407 is answered by itself where `credentials` are given; `identity` is as in `OutgoingInvite.tls`. The
        outcome comes as `ResponseReceived` or `RequestFailed` under the returned id.
        """
        return OutOfDialogRequest(self._core, self._layer, self._authenticator(credentials)).send(
            request, destination, now, identity
        )

    def send_response(self, transaction: TransactionId, response: Response, now: float) -> None:
        """Answer a `RequestReceived`."""
        server = self._layer.find_server(transaction)
        if server is not None:
            server.respond(response, now)

    def make_request(self, method: str, target: str, from_: NameAddr, headers: HeaderLines = ()) -> Request:
        """Build an out-of-dialog request for `send_request`: To is the target, Call-ID, tag and CSeq are fresh."""
        return build_request(self._core, method, target, from_, headers)

    # --- calls ---

    def invite(self, call: OutgoingInvite, now: float) -> str:
        """Place a call; returns its session (RFC 3261 13.2). Digest challenges are answered by `credentials`."""
        session = OutgoingSession(self._registry, self._core.tokens.token(), call)
        self._registry.add(session)
        session.start(now)
        return session.name

    def is_unheard(self, session: str) -> bool:
        """Whether a call that we placed got no response of any kind yet, not even a 100."""
        found = self._registry.find(session)
        return isinstance(found, OutgoingSession) and found.is_unheard

    def ring(
        self,
        session: str,
        now: float,
        status: int = 180,
        body: bytes = b"",
        headers: HeaderLines = (),
        reliable: bool | None = None,
    ) -> None:
        """Send a provisional response to a received call; with a body it is early media (183). May be repeated.

        It is sent reliably where the caller knows how (RFC 3262), unless `reliable` says otherwise; MisuseError where
        the caller cannot follow that. A description that was sent reliably is the answer (or the offer, whose answer
        `ProvisionalAcknowledged` brings), so that `accept` leaves its body out.
        """
        if not 101 <= status <= 199:
            raise MisuseError("A provisional status is between 101 and 199")
        found = self._registry.find(session)
        if isinstance(found, IncomingSession):
            found.ring(status, body, headers, now, reliable)

    def accept(self, session: str, body: bytes, now: float, headers: HeaderLines = ()) -> None:
        """Answer a received call with 200; it is repeated until the ACK, or ends as `ack_timeout`."""
        found = self._registry.find(session)
        if isinstance(found, IncomingSession):
            found.accept(body, headers, now)

    def reject(self, session: str, status: int, now: float, reason: str = "", headers: HeaderLines = ()) -> None:
        """Refuse a received call with a 3xx-6xx status. Nothing follows."""
        if not 300 <= status <= 699:
            raise MisuseError("A refusal has a status between 300 and 699")
        if "\r" in reason or "\n" in reason:
            raise MisuseError("A reason phrase is one line")
        found = self._registry.find(session)
        if isinstance(found, IncomingSession):
            found.reject(status, reason, headers, now)

    def acknowledge(self, session: str, body: bytes, now: float, branch: str = "") -> None:
        """Send the ACK or PRACK, with the answer, that an event with `answer_needed` asked for."""
        found = self._registry.find(session)
        if isinstance(found, OutgoingSession) and found.state is Life.ANSWERING:
            found.answer(body, now)
        elif isinstance(found, OutgoingSession) and found.dialog is None:
            found.answer_provisional(body, branch, now)
        elif found is not None:
            found.reinvite.acknowledge(body, now)

    def hang_up(self, session: str, now: float, status: int = 480, headers: HeaderLines = ()) -> None:
        """End a session whatever state it is in; may be repeated.

        Placed and unanswered: CANCEL once a provisional came; ends with `InviteFailed`, also where a 2xx crosses (it
        gets ACK and BYE). Received and unanswered: rejected with `status`, nothing follows. Established: BYE, ends with
        `DialogTerminated` of cause `bye_sent`. `headers`, such as Reason (RFC 3326), go with what is sent.
        """
        found = self._registry.find(session)
        if found is None:
            return
        if isinstance(found, IncomingSession) and found.state in (Life.RECEIVED, Life.ACCEPTING):
            self.reject(session, status, now, headers=headers)
        else:
            found.hang_up(headers, now)

    def show_as(self, session: str, identity: str) -> None:
        """Reach the peer of a received call under this TLS identity on connections that are opened from now on."""
        found = self._registry.find(session)
        if found is not None:
            found.show_as(identity)

    def reinvite(self, session: str, body: bytes, now: float, headers: HeaderLines = ()) -> None:
        """Offer a change of an established session (RFC 3261 14.1); no body asks the peer for an offer.

        Comes back as `ReinviteAccepted` or `ReinviteFailed`. While another change is under way it waits (the last one
        wins); where the peer's offer came first it fails with 491. A 491 of the peer is retried with the RFC's
        back-off.
        """
        found = self._registry.find(session)
        if found is not None:
            found.change(body, headers, now)

    def answer_reinvite(self, session: str, body: bytes, now: float) -> None:
        """Accept a `ReinviteReceived` with 200."""
        found = self._registry.find(session)
        if found is not None:
            found.reinvite.answer(body, now)

    def reject_reinvite(self, session: str, status: int, now: float) -> None:
        """Refuse a `ReinviteReceived`, for example with 488; the session goes on unchanged."""
        if not 300 <= status <= 699:
            raise MisuseError("A refusal has a status between 300 and 699")
        found = self._registry.find(session)
        if found is not None:
            found.reinvite.refuse(status, now)

    def update(self, session: str, body: bytes, now: float, branch: str = "") -> None:
        """Offer a change by UPDATE, also before the call is answered (RFC 3311); without a body it only refreshes.

        Comes back as `UpdateAccepted` or `UpdateFailed`: 405 where the peer knows no UPDATE, 491 where another offer is
        open. A 491 of the peer is retried with the RFC's back-off.
        """
        found = self._registry.find(session)
        if found is not None:
            found.update(body, now, branch)

    def answer_update(self, session: str, body: bytes, now: float, branch: str = "") -> None:
        """Accept an `UpdateReceived` with 200."""
        found = self._registry.find(session)
        dialog = found.dialog_named(branch) if found is not None else None
        if found is not None and dialog is not None:
            found.updates_in(dialog).server.answer(body, now)

    def reject_update(self, session: str, status: int, now: float, branch: str = "") -> None:
        """Refuse an `UpdateReceived`, for example with 488; the session goes on unchanged."""
        if not 300 <= status <= 699:
            raise MisuseError("A refusal has a status between 300 and 699")
        found = self._registry.find(session)
        dialog = found.dialog_named(branch) if found is not None else None
        if found is not None and dialog is not None:
            found.updates_in(dialog).server.refuse(status, now)

    def send_in_dialog(
        self, session: str, method: str, now: float, body: bytes = b"", content_type: str = ""
    ) -> TransactionId | None:
        """Send INFO, MESSAGE or OPTIONS inside an established session; None: it is not, or not any more."""
        if method not in ("INFO", "MESSAGE", "OPTIONS"):
            raise MisuseError("Only INFO, MESSAGE and OPTIONS are sent this way")
        found = self._registry.find(session)
        if found is None or found.state not in (Life.ESTABLISHED, Life.AWAITING_ACK):
            return None
        return found.request(method, body, content_type, now)

    def send_digits(self, session: str, digits: str, now: float) -> bool:
        """Press keys by INFO (application/dtmf-relay), one after the other; False: the session is not established."""
        found = self._registry.find(session)
        if found is None or found.state not in (Life.ESTABLISHED, Life.AWAITING_ACK):
            return False
        found.press(digits, now)
        return True

    # --- transfers ---

    def refer(self, session: str, target: str, now: float, replaces: str = "", referred_by: str = "") -> bool:
        """Ask the peer of an established session to call `target` (RFC 3515); False: it cannot be asked now.

        `replaces` names another session of ours, whose place the peer shall take: `target` may then be empty for that
        session's own peer. What comes of it is told by `ReferProgress`. `referred_by` is a name-addr; default: we.
        """
        found = self._registry.find(session)
        if found is None or found.state is not Life.ESTABLISHED or not found.referrals.asking.is_idle:
            return False
        refer_to = ReferTo(target)
        if replaces:
            other = self._registry.find(replaces)
            if other is None or other.dialog is None:
                return False
            refer_to = ReferTo(target or other.dialog.remote_target, replaces_of(other.dialog))
        found.referrals.asking.send(refer_to, referred_by, now)
        return True

    def session_of(self, replaces: Replaces) -> str:
        """The session of ours that a peer names in a `ReferReceived`; empty: none."""
        found = self._registry.find_dialog((replaces.call_id, replaces.to_tag, replaces.from_tag))
        return found.name if found is not None else ""

    def accept_refer(self, session: str, now: float) -> None:
        """Say 202 to a `ReferReceived`, and that the call is being placed."""
        found = self._registry.find(session)
        if found is not None:
            found.referrals.asked.accept(now)

    def reject_refer(self, session: str, status: int, now: float) -> None:
        """Refuse a `ReferReceived`, for example with 603."""
        if not 300 <= status <= 699:
            raise MisuseError("A refusal has a status between 300 and 699")
        found = self._registry.find(session)
        if found is not None:
            found.referrals.asked.reject(status, now)

    def notify_refer(self, session: str, status: int, now: float) -> None:
        """Tell the peer what became of the call that it asked for; a status of 200 or more is the last word."""
        if not 100 <= status <= 699:
            raise MisuseError("A status is between 100 and 699")
        found = self._registry.find(session)
        if found is not None:
            found.referrals.asked.notify(status, now)

    # --- life of the process ---

    def restore_dialog(
        self, state: DialogState, credentials: Credentials | None = None, now: float | None = None
    ) -> None:
        """Continue an established session of another process under its old name, with its session timer from `now`.

        Where that process had another address the peer is told ours by UPDATE, or `RefreshNeeded` asks for a re-INVITE.
        """
        moved = move_dialog(self._core, state)
        session = restored_session(self._registry, state, self._authenticator(credentials))
        self._registry.add(session)
        self._registry.add_dialog(session, state)
        self._core.begins(state.session, state.call_id)
        self._registry.add_restored(session, state)
        if now is not None:
            session.timer.resume(now)
            if moved:
                soon = self._core.tokens.uniform(0.0, MOVED_WITHIN)
                self._core.timers.start(now + soon, session.timer.refresh)

    def refuse_restored(
        self, invite: bytes, flow: Flow, local_tag: str, status: int, now: float, headers: HeaderLines = ()
    ) -> None:
        """Answer an INVITE that another process received on `flow` and left unanswered; repeated until its ACK.

        `local_tag` is that of the other process's provisional responses. SipError where it is no INVITE.
        """
        request = parse_message(invite)
        if not isinstance(request, Request):
            raise SipError(400, "Not a request")
        server = self._layer.open_server(request, flow)
        self._core.respond(server, status, now, headers, to_tag=local_tag)

    @property
    def counters(self) -> SipCounters:
        """Live figures since the start."""
        return self._core.counters

    def _authenticator(self, credentials: Credentials | None) -> Authenticator | None:
        if credentials is None:
            return None
        return Authenticator(credentials.username, credentials.password, self._core.tokens, credentials.realm)
