"""What becomes of a received request (RFC 3261 8.2): refused, given to its session, or told as new."""

from gateway.sip.bodies import keep_description, take_description
from gateway.sip.calls import HeaderLines
from gateway.sip.core import Core
from gateway.sip.dialog import request_key
from gateway.sip.errors import MisuseError, SipError
from gateway.sip.events import AliasAsked, RequestReceived
from gateway.sip.extensions import ACCEPT, ALLOWED_METHODS, TIMER, supports, unsupported
from gateway.sip.flow import Flow
from gateway.sip.gate import Gate, Refusal
from gateway.sip.incoming_session import IncomingSession
from gateway.sip.message import Request, Response
from gateway.sip.registry import Registry
from gateway.sip.replacement import replaced_session
from gateway.sip.routing import default_port, mark_via, response_destination
from gateway.sip.transactions.key import TransactionId
from gateway.sip.transactions.layer import TransactionLayer, server_key
from gateway.sip.transactions.server import ServerTransaction
from gateway.sip.validation import validate_request

# Methods of the IANA registry: one that we do not allow gets 405, an unknown one 501 (8.2.1, 21.5.2).
KNOWN_METHODS = ALLOWED_METHODS | {
    "MESSAGE",
    "PRACK",
    "PUBLISH",
    "REGISTER",
    "UPDATE",
}


RETRY_AFTER = "10"  # seconds until a full gateway is asked again


class UserAgentServer:
    """Dispatches requests. What can be refused at once is answered without a transaction (8.2.7)."""

    def __init__(self, core: Core, layer: TransactionLayer, registry: Registry, gate: Gate) -> None:
        self._core = core
        self._gate = gate
        self._layer = layer
        self._registry = registry
        self._stateless_tag = core.tokens.token()  # repeated requests have to get the same answer (8.2.7)

    def receive(self, request: Request, flow: Flow, now: float) -> None:
        """Take a parsed request."""
        try:
            mark_via(request, flow)
        except SipError:
            self._core.counters.malformed += 1  # without a Via there is no way back
            return
        try:
            validate_request(request)
            self._note_alias(request, flow)
            if self._layer.receive_repeated(request, now):
                return
        except SipError as error:
            if self._gate.trusts(flow):
                self._refuse(request, flow, error)
            else:
                self._core.counters.screened += 1
            return
        try:
            if self._is_let_in(request, flow, now):
                self._dispatch(request, flow, now)
        except SipError as error:
            self._refuse(request, flow, error)

    def _is_let_in(self, request: Request, flow: Flow, now: float) -> bool:
        """Ask the gate, unless the request continues what is there: who knows its tags is its peer."""
        if request.method == "ACK":
            return True  # never answered
        if request.method == "CANCEL":
            key = server_key(request)
            invite = TransactionId(key.branch, key.sent_by, "INVITE")
            verdict = self._layer.find_server(invite) is not None or self._gate.trusts(flow)
        elif (key := request_key(request))[1]:  # inside a dialog
            verdict = self._registry.find_dialog(key) is not None or self._gate.trusts(flow)
        else:
            verdict = self._gate.screen(request, flow, now)
        if isinstance(verdict, Refusal):
            self._core.counters.challenged += 1
            self._answer(request, flow, verdict.status, verdict.headers)
            return False
        if not verdict:
            self._core.counters.screened += 1
        return verdict

    def _note_alias(self, request: Request, flow: Flow) -> None:
        """Pass on that the peer offers its connection for our requests (RFC 5923 5)."""
        via = request.top_via
        if flow.transport == "TLS" and "alias" in via.params:
            host = via.host.strip("[]")
            self._core.events.append(AliasAsked(flow, host, via.port or default_port("TLS")))

    def _refuse(self, request: Request, flow: Flow, error: SipError, headers: HeaderLines = ()) -> None:
        self._core.counters.rejected += 1
        if request.method == "ACK":
            return  # an ACK is never answered (17.1.1.3)
        if error.status == 405:
            headers = (("Allow", self._core.allow),)
        elif error.status == 422:
            headers = (("Min-SE", str(self._core.settings.min_se)),)
        elif error.status == 415:
            headers = (("Accept", ACCEPT), ("Accept-Encoding", "identity"))
        self._answer(request, flow, error.status, headers, error.reason)

    def _answer(self, request: Request, flow: Flow, status: int, headers: HeaderLines = (), reason: str = "") -> None:
        response = Response.to_request(request, status, self._stateless_tag, reason)
        response.headers.extend(headers)
        self._core.transmit(response_destination(request, flow), bytes(response))

    def _dispatch(self, request: Request, flow: Flow, now: float) -> None:
        method = request.method
        if method == "CANCEL":
            self._cancel(request, flow, now)
            return
        if method == "ACK":
            self._acknowledge(request, now)
            return
        self._check_method(method)
        unknown = unsupported(request)
        if unknown:
            self._refuse(request, flow, SipError(420, "Bad Extension"), (("Unsupported", ", ".join(unknown)),))
        elif request_key(request)[1]:
            self._inside_dialog(request, now, flow)
        else:
            self._outside_dialog(request, flow, now)

    def _check_method(self, method: str) -> None:
        if method in ALLOWED_METHODS or method in self._core.settings.methods:
            return
        if method in KNOWN_METHODS:
            raise SipError(405, "Method Not Allowed")
        raise SipError(501, "Not Implemented")

    def _cancel(self, request: Request, flow: Flow, now: float) -> None:
        """Answer a CANCEL and pass it on (9.2)."""
        key = server_key(request)
        invite = self._layer.find_server(TransactionId(key.branch, key.sent_by, "INVITE"))
        if invite is None:
            raise SipError(481, "Call/Transaction Does Not Exist")
        self._answer(request, flow, 200)
        initial = self._registry.find_invite(invite.id)
        if isinstance(initial, IncomingSession):
            initial.cancel(request, now)
            return
        session = self._registry.find_dialog(request_key(invite.request))
        if session is not None:
            session.reinvite.receive_cancel(invite, now)

    def _acknowledge(self, request: Request, now: float) -> None:
        session = self._registry.find_dialog(request_key(request))
        if session is None:
            self._core.counters.stray_acks += 1
            return
        keep_description(request)
        session.receive_ack(request, now)

    def _inside_dialog(self, request: Request, now: float, flow: Flow) -> None:
        session = self._registry.find_dialog(request_key(request))
        dialog = session.dialog_of(request) if session is not None else None
        if session is None or dialog is None:
            raise SipError(481, "Call/Transaction Does Not Exist")
        if request.method not in ALLOWED_METHODS and request.method != "MESSAGE":
            raise SipError(405, "Method Not Allowed")
        self._check_change(request)
        session.note_request(request, flow)
        server = self._layer.open_server(request, flow)
        server.show_as(dialog.tls)
        if request.method == "MESSAGE":
            self._core.events.append(RequestReceived(server.id, request, flow, session.name))
        else:
            session.receive(server, now)

    def _check_change(self, request: Request) -> None:
        """Refuse what can be refused before anything is done about it: SipError 400, 415 or 422."""
        if request.method in ("INVITE", "UPDATE", "PRACK"):
            take_description(request)
        if request.method == "PRACK":
            _ = request.rack
        elif request.method in ("INVITE", "UPDATE"):
            _ = request.min_se
            asked = request.session_expires
            if asked and asked.seconds < self._core.settings.min_se and supports(request, TIMER):
                raise SipError(422, "Session Interval Too Small")  # RFC 4028 9

    def _outside_dialog(self, request: Request, flow: Flow, now: float) -> None:
        method = request.method
        if method in self._core.settings.methods:
            server = self._layer.open_server(request, flow)
            self._core.events.append(RequestReceived(server.id, request, flow))
        elif method == "OPTIONS":
            self._answer(request, flow, 200, self._core.capabilities())
        elif method == "INVITE":
            self._invite(request, flow, now)
        elif method == "SUBSCRIBE":
            raise SipError(489, "Bad Event")  # we publish nothing; a REFER makes the only subscription there is
        elif method == "REFER":
            raise SipError(403, "Forbidden")  # whoever is in no call with us has nothing to transfer
        else:
            raise SipError(481, "Call/Transaction Does Not Exist")  # BYE, INFO and NOTIFY live in dialogs only

    def _invite(self, request: Request, flow: Flow, now: float) -> None:
        self._check_change(request)
        if request.max_forwards == 0:
            raise SipError(483, "Too Many Hops")  # we place calls for received ones: RFC 7332 3
        if self._core.counters.sessions >= self._core.settings.max_sessions:
            self._refuse(request, flow, SipError(503, "Service Unavailable"), (("Retry-After", RETRY_AFTER),))
            return
        replaces = replaced_session(self._registry, request)
        former = self._registry.find_restored(request.call_id, request.from_.tag)
        server: ServerTransaction = self._layer.open_server(request, flow)
        if former is not None and former.confirmed.remote_cseq == request.cseq.number:
            former.receive(server, now)  # its 200 was lost with the process that sent it
            return
        try:
            session = IncomingSession(self._registry, self._core.tokens.token(), server, flow)
        except MisuseError:
            server.respond(Response.to_request(request, 500, self._stateless_tag), now)
            return
        session.start(flow, now, replaces)
