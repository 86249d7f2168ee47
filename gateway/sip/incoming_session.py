"""A call that we receive: the UAS side of INVITE (RFC 3261 13.3) with CANCEL (9.2)."""

from gateway.sip.calls import HeaderLines
from gateway.sip.dialog import uas_dialog
from gateway.sip.events import Acknowledged, Cancelled, InviteReceived
from gateway.sip.extensions import SUPPORTED
from gateway.sip.flow import Flow
from gateway.sip.message import Request, Response
from gateway.sip.registry import Registry
from gateway.sip.repeated_success import RepeatedSuccess
from gateway.sip.session import ESTABLISHED_TABLE, Happening, Life, Session, Table
from gateway.sip.timers import Timer
from gateway.sip.transactions.server import ServerTransaction

PROVISIONAL_INTERVAL = 60.0  # seconds; keeps proxies from giving up (13.3.1.1)


class _Answer:
    """A response that the application asked for."""

    __slots__ = ("body", "headers", "reason", "status")

    def __init__(self, status: int, body: bytes = b"", headers: HeaderLines = (), reason: str = "") -> None:
        self.status = status
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
        self._repeat: Timer | None = None
        contact = self.core.contact(flow)
        self.dialog = uas_dialog(name, server.request, self.core.tokens.token(), contact, flow)

    def start(self, flow: Flow, now: float, replaces: str = "") -> None:
        """Send 100 and tell the application; `replaces` names the session that this one takes over."""
        self.core.begins(self.name, self._server.request.call_id)
        self._server.respond(Response.to_request(self._server.request, 100), now)
        self.registry.add(self)
        self.registry.add_invite(self, self._server.id)
        self.registry.add_dialog(self, self.confirmed)
        self.tell(InviteReceived(self.name, self._server.request, flow, replaces))
        self.registry.note_change(self)  # so that the dialog can be saved before the 200 that creates it leaves

    # --- the application's verbs ---

    def ring(self, status: int, body: bytes, headers: HeaderLines, now: float) -> None:
        """Send a provisional response."""
        self._answer = _Answer(status, body, headers)
        self.step(Happening.RING, now)

    def accept(self, body: bytes, headers: HeaderLines, now: float) -> None:
        """Send the 200."""
        self._answer = _Answer(200, body, headers)
        self.step(Happening.ACCEPT, now)

    def reject(self, status: int, reason: str, headers: HeaderLines, now: float) -> None:
        """Send a final non-2xx response."""
        self._answer = _Answer(status, b"", headers, reason)
        self.step(Happening.REJECT, now)

    # --- the peer ---

    def cancel(self, request: Request, now: float) -> None:
        """Take a CANCEL."""
        self.message = request
        self.step(Happening.CANCEL, now)

    # --- steps of the table ---

    def send_provisional(self, now: float) -> None:
        """Send what the application asked for, and again every minute."""
        self._respond(now)
        self._stop_repeating(now)
        self._repeat = self.core.timers.start(now + PROVISIONAL_INTERVAL, lambda then: self.step(Happening.RING, then))

    def _stop_repeating(self, _now: float) -> None:
        if self._repeat:
            self._repeat.cancel()

    def send_success(self, now: float) -> None:
        """Send the 200 until the ACK."""
        self._stop_repeating(now)
        data = bytes(self._respond(now))
        cseq = self._server.request.cseq.number
        self.success = RepeatedSuccess(self.core, data, self._server.destination, cseq, self.ack_timed_out)
        self.success.start(now)
        self.registry.note_change(self)

    def send_rejection(self, now: float) -> None:
        """Refuse the call."""
        self._stop_repeating(now)
        self._respond(now)

    def send_terminated(self, now: float) -> None:
        """Answer the INVITE that was cancelled or hung up early (9.2, 15.1.2)."""
        self._answer = _Answer(487)
        self.send_rejection(now)

    def tell_cancelled(self, _now: float) -> None:
        """The caller gave up."""
        if isinstance(self.message, Request):
            self.tell(Cancelled(self.name, self.message))

    def tell_acknowledged(self, _now: float) -> None:
        """The caller has our answer."""
        if self.message is not None:
            self.tell(Acknowledged(self.name, self.message.body))

    def send_deferred(self, now: float) -> None:
        """Send a re-INVITE that waited for the ACK."""
        self.reinvite.send_deferred(now)

    def _respond(self, now: float) -> Response:
        answer = self._answer
        request = self._server.request
        dialog = self.confirmed
        response = Response.to_request(request, answer.status, dialog.local_tag, answer.reason)
        lines: HeaderLines = answer.headers
        if answer.status < 300:
            record_routes = tuple(("Record-Route", value) for value in request.headers.get_all("record-route"))
            own = (("Contact", dialog.contact), ("Allow", self.core.allow), ("Supported", SUPPORTED))
            own = (*own, ("Server", self.core.settings.user_agent))
            lines = (*record_routes, *own, *answer.headers)
        self.core.respond(self._server, response, now, lines, answer.body)
        return response


INCOMING_TABLE: Table = {
    (Life.RECEIVED, Happening.RING): (Life.RECEIVED, (IncomingSession.send_provisional,)),
    (Life.RECEIVED, Happening.ACCEPT): (Life.AWAITING_ACK, (IncomingSession.send_success,)),
    (Life.RECEIVED, Happening.REJECT): (Life.ENDED, (IncomingSession.send_rejection,)),
    (Life.RECEIVED, Happening.CANCEL): (
        Life.ENDED,
        (IncomingSession.send_terminated, IncomingSession.tell_cancelled),
    ),
    (Life.RECEIVED, Happening.BYE): (
        Life.ENDED,
        (IncomingSession.send_terminated, IncomingSession.tell_cancelled),
    ),
    (Life.AWAITING_ACK, Happening.ACK): (
        Life.ESTABLISHED,
        (IncomingSession.tell_acknowledged, IncomingSession.send_deferred),
    ),
    (Life.AWAITING_ACK, Happening.ACK_TIMEOUT): (Life.ENDED, (Session.send_bye, Session.tell_ack_timeout)),
    (Life.AWAITING_ACK, Happening.HANG_UP): (Life.BYE_PENDING, ()),
    (Life.AWAITING_ACK, Happening.BYE): (Life.ENDED, (Session.tell_bye_received,)),
    (Life.AWAITING_ACK, Happening.PEER_GONE): (Life.ENDED, (Session.send_bye, Session.tell_peer_gone)),
    (Life.BYE_PENDING, Happening.ACK): (Life.ENDING, (Session.send_bye,)),
    (Life.BYE_PENDING, Happening.ACK_TIMEOUT): (Life.ENDED, (Session.send_bye, Session.tell_bye_sent)),
    (Life.BYE_PENDING, Happening.BYE): (Life.ENDED, (Session.tell_bye_received,)),
    **ESTABLISHED_TABLE,
}
