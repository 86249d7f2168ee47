"""A call that we receive: the UAS side of INVITE (RFC 3261 13.3) with CANCEL (9.2)."""

from gateway.sip.calls import SDP, HeaderLines
from gateway.sip.dialog import uas_dialog
from gateway.sip.dialog_state import DialogState
from gateway.sip.errors import MisuseError
from gateway.sip.events import Acknowledged, Cancelled, InviteReceived, ProvisionalAcknowledged
from gateway.sip.extensions import RELIABLE, requires, supports
from gateway.sip.flow import Destination, Flow
from gateway.sip.message import Request, Response
from gateway.sip.registry import Registry
from gateway.sip.reliable import Provisional, ReliableProvisionals
from gateway.sip.repeated_success import RepeatedSuccess
from gateway.sip.session import ESTABLISHED_TABLE, Happening, Life, OpenOffer, Session, Table
from gateway.sip.timers import Timer
from gateway.sip.transactions.server import ServerTransaction

PROVISIONAL_INTERVAL = 60.0  # seconds; keeps proxies from giving up (13.3.1.1)


class _Answer:
    """A response that the application asked for."""

    __slots__ = ("body", "headers", "reason", "reliable", "status")

    def __init__(
        self, status: int, body: bytes = b"", headers: HeaderLines = (), reason: str = "", reliable: bool = False
    ) -> None:
        self.status = status
        self.reliable = reliable
        self.body = body
        self.headers = headers
        self.reason = reason


class IncomingSession(Session):
    """13.3. The dialog exists from the start, early until the 2xx (12.1.1)."""

    def __init__(self, registry: Registry, name: str, server: ServerTransaction, flow: Flow) -> None:
        """MisuseError where the peer has no way to reach us back over this transport."""
        super().__init__(registry, INCOMING_TABLE, name, Life.RECEIVED)
        self._server = server
        self._answer = _Answer(100)
        self._reliable: ReliableProvisionals | None = None  # made when first needed
        self._repeat: Timer | None = None
        self._timer_headers: HeaderLines = ()
        contact = self.core.contact(flow)
        self.dialog = uas_dialog(name, server.request, self.core.tokens.token(), contact, flow)

    def start(self, flow: Flow, now: float, replaces: str = "") -> None:
        """Send 100 and tell the application; `replaces` names the session that this one takes over."""
        self.core.begins(self.name, self._server.request.call_id)
        self._timer_headers = self.timer.answer(self.confirmed, self._server.request)
        self.core.respond(self._server, 100, now)
        self.registry.add(self)
        self.registry.add_invite(self, self._server.id)
        self.registry.add_dialog(self, self.confirmed)
        self.tell(InviteReceived(self.name, self._server.request, flow, replaces))
        self.registry.note_change(self)  # so that the dialog can be saved before the 200 that creates it leaves

    # --- the application's verbs ---

    def show_as(self, identity: str) -> None:
        """Answer under it, too."""
        self._server.show_as(identity)
        super().show_as(identity)

    def ring(self, status: int, body: bytes, headers: HeaderLines, now: float, reliable: bool | None) -> None:
        """Send a provisional response; MisuseError where the caller cannot take it `reliable`, or has to."""
        reliably = self._reliably(reliable)
        if self.state is Life.RECEIVED:
            self._answer = _Answer(status, body, headers, reliable=reliably)
            self.step(Happening.RING, now)

    def _reliably(self, wanted: bool | None) -> bool:
        request = self._server.request
        if requires(request, RELIABLE):
            if wanted is False:
                raise MisuseError("The caller takes reliable provisional responses only")
            return True
        able = supports(request, RELIABLE)
        if wanted and not able:
            raise MisuseError("The caller does not know reliable provisional responses")
        return able and wanted is not False

    def accept(self, body: bytes, headers: HeaderLines, now: float) -> None:
        """Send the 200, after the PRACK of a description that is on its way (RFC 3262 3)."""
        waits = False
        if self._reliable:
            self._reliable.forget_waiting()
            waits = self._reliable.holds_success_back
        self._answer = _Answer(200, b"" if self._is_described else body, headers)
        self.step(Happening.ACCEPT_LATER if waits else Happening.ACCEPT, now)

    def reject(self, status: int, reason: str, headers: HeaderLines, now: float) -> None:
        """Send a final non-2xx response."""
        self._answer = _Answer(status, b"", headers, reason)
        self.step(Happening.REJECT, now)

    # --- the peer ---

    def cancel(self, request: Request, now: float) -> None:
        """Take a CANCEL."""
        self.message = request
        self.step(Happening.CANCEL, now)

    def receive_prack(self, server: ServerTransaction, now: float) -> None:
        """Take a PRACK (RFC 3262 3); its body is the answer to a provisional offer, else a new offer (5)."""
        request = server.request
        reliable = self._reliable
        if reliable is None or not reliable.matches(request.rack, self._server.request.cseq.number):
            self.core.respond(server, 481, now)
            return
        offered = reliable.carries_description and not self._server.request.body
        if request.body and not offered:
            reliable.acknowledged(now)
            self.updates.server.receive(server, now)
        else:
            self.core.respond(server, 200, now)
            reliable.acknowledged(now)
            if self.is_live:
                self.tell(ProvisionalAcknowledged(self.name, request.body))
        self.step(Happening.PRACK, now)

    def receive_reinvite(self, server: ServerTransaction, now: float) -> None:
        """Take a re-INVITE; one that comes before a lost ACK shows that our 2xx arrived (RFC 5407 3.1.4)."""
        if self.state is Life.AWAITING_ACK and self.success and not self.open_invite_offer(self.confirmed):
            self.success.stop()
            self.success = None
            self.message = None
            self.step(Happening.ACK, now)
        super().receive_reinvite(server, now)

    def open_invite_offer(self, dialog: DialogState) -> OpenOffer:
        """Whose offer waits: an INVITE without one gets ours, and its answer in PRACK or ACK (RFC 3261 13.2.1)."""
        offered = bool(self._server.request.body)
        described = self._is_described
        if self.state in (Life.RECEIVED, Life.ACCEPTING):
            if self._reliable and described:
                return "" if offered or not self._reliable.carries_description else "ours"
            return "theirs"
        if self.state in (Life.AWAITING_ACK, Life.BYE_PENDING):
            return "" if offered or described else "ours"
        return super().open_invite_offer(dialog)

    # --- reliable provisional responses, and what they need ---

    @property
    def _provisionals(self) -> ReliableProvisionals:
        if self._reliable is None:
            self._reliable = ReliableProvisionals(self)
        return self._reliable

    @property
    def _is_described(self) -> bool:
        return self._reliable is not None and self._reliable.described

    def _close_provisionals(self, now: float) -> None:
        if self._reliable:
            self._reliable.close(now)

    def _let_go(self) -> None:
        super()._let_go()
        self._reliable = None

    @property
    def caller(self) -> Destination:
        """Where responses go."""
        return self._server.destination

    def provisional(self, status: int, body: bytes, headers: HeaderLines, now: float) -> bytes:
        """Send a provisional response; returns it."""
        return self._send(_Answer(status, body, headers), now)

    def prack_timed_out(self, now: float) -> None:
        """Note that a provisional response was never acknowledged."""
        self.step(Happening.PRACK_TIMEOUT, now)

    # --- steps of the table ---

    def send_provisional(self, now: float) -> None:
        """Send what the application asked for, and again every minute."""
        answer = self._answer
        if answer.reliable:
            self._provisionals.send(Provisional(answer.status, answer.body, answer.headers), now)
            self._answer = _Answer(answer.status, headers=answer.headers, reliable=True)  # its body arrives once
        else:
            self._respond(now)
        self.stop_repeating(now)
        self._repeat = self.core.timers.start(now + PROVISIONAL_INTERVAL, lambda then: self.step(Happening.RING, then))

    def stop_repeating(self, _now: float) -> None:
        """The caller waits for nothing but the final response."""
        if self._repeat:
            self._repeat.cancel()

    def send_success(self, now: float) -> None:
        """Send the 200 until the ACK."""
        self.stop_repeating(now)
        self._close_provisionals(now)
        data = self._respond(now)
        cseq = self._server.request.cseq.number
        self.success = RepeatedSuccess(self.core, data, self._server.destination, cseq, self.ack_timed_out)
        self.success.start(now)
        self.timer.start(now)
        self.registry.note_change(self)

    def send_rejection(self, now: float) -> None:
        """Refuse the call."""
        self.stop_repeating(now)
        self._close_provisionals(now)
        self._respond(now)

    def send_terminated(self, now: float) -> None:
        """Answer the INVITE that was cancelled or hung up early (9.2, 15.1.2)."""
        self._answer = _Answer(487)
        self.send_rejection(now)

    def send_timeout(self, now: float) -> None:
        """Refuse a call whose caller takes no notice of us (RFC 3262 3)."""
        self._answer = _Answer(504)
        self.send_rejection(now)

    def tell_prack_timeout(self, _now: float) -> None:
        """The caller never acknowledged a provisional response."""
        self.tell_terminated("prack_timeout")

    def tell_cancelled(self, _now: float) -> None:
        """The caller gave up."""
        if isinstance(self.message, Request):
            self.tell(Cancelled(self.name, self.message))

    def tell_acknowledged(self, _now: float) -> None:
        """The caller has our answer."""
        self.tell(Acknowledged(self.name, self.message.body if self.message is not None else b""))

    def _respond(self, now: float) -> bytes:
        return self._send(self._answer, now)

    def _send(self, answer: _Answer, now: float) -> bytes:
        request = self._server.request
        dialog = self.confirmed
        lines: HeaderLines = answer.headers
        if answer.status < 300:
            record_routes = tuple(("Record-Route", value) for value in request.headers.get_all("record-route"))
            own = (("Contact", dialog.contact), *self.core.abilities, ("Server", self.core.settings.user_agent))
            timer = self._timer_headers if answer.status >= 200 else ()
            lines = (*record_routes, *own, *timer, *answer.headers)
        if answer.body:
            lines = (*lines, ("Content-Type", SDP))
        response = Response.to_request(request, answer.status, dialog.local_tag, answer.reason, lines, answer.body)
        self._server.respond(response, now)
        return self._server.sent


_CANCELLED = (IncomingSession.send_terminated, IncomingSession.tell_cancelled)
_GIVE_UP = (IncomingSession.send_timeout, IncomingSession.tell_prack_timeout)

INCOMING_TABLE: Table = {
    (Life.RECEIVED, Happening.RING): (Life.RECEIVED, (IncomingSession.send_provisional,)),
    (Life.RECEIVED, Happening.ACCEPT): (Life.AWAITING_ACK, (IncomingSession.send_success,)),
    (Life.RECEIVED, Happening.ACCEPT_LATER): (Life.ACCEPTING, (IncomingSession.stop_repeating,)),
    (Life.RECEIVED, Happening.PRACK_TIMEOUT): (Life.ENDED, _GIVE_UP),
    (Life.RECEIVED, Happening.REJECT): (Life.ENDED, (IncomingSession.send_rejection,)),
    (Life.RECEIVED, Happening.CANCEL): (Life.ENDED, _CANCELLED),
    (Life.RECEIVED, Happening.BYE): (Life.ENDED, _CANCELLED),
    (Life.ACCEPTING, Happening.PRACK): (Life.AWAITING_ACK, (IncomingSession.send_success,)),
    (Life.ACCEPTING, Happening.PRACK_TIMEOUT): (Life.ENDED, _GIVE_UP),
    (Life.ACCEPTING, Happening.REJECT): (Life.ENDED, (IncomingSession.send_rejection,)),
    (Life.ACCEPTING, Happening.CANCEL): (Life.ENDED, _CANCELLED),
    (Life.ACCEPTING, Happening.BYE): (Life.ENDED, _CANCELLED),
    (Life.AWAITING_ACK, Happening.ACK): (
        Life.ESTABLISHED,
        (IncomingSession.tell_acknowledged, IncomingSession.send_deferred),
    ),
    (Life.AWAITING_ACK, Happening.ACK_TIMEOUT): (Life.ENDED, (Session.send_bye, Session.tell_ack_timeout)),
    (Life.AWAITING_ACK, Happening.HANG_UP): (Life.BYE_PENDING, ()),
    (Life.AWAITING_ACK, Happening.BYE): (Life.ENDED, (Session.tell_bye_received,)),
    (Life.AWAITING_ACK, Happening.PEER_GONE): (Life.ENDED, (Session.send_bye, Session.tell_peer_gone)),
    **ESTABLISHED_TABLE,
}
