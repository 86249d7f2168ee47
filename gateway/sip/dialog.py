"""Making dialogs and the requests inside them (RFC 3261 12)."""

from gateway.sip.calls import HeaderLines
from gateway.sip.dialog_state import DialogState
from gateway.sip.errors import SipError
from gateway.sip.extensions import allows
from gateway.sip.flow import Destination, Flow
from gateway.sip.headers import Headers
from gateway.sip.message import MAX_FORWARDS, DialogKey, Request, Response
from gateway.sip.name_addr import WILDCARD
from gateway.sip.route_set import request_route
from gateway.sip.routing import ONE_WAY

TARGET_REFRESH = ("INVITE", "UPDATE")  # 12.2, RFC 3311 5.1: they say where we are


def uas_dialog(session: str, request: Request, local_tag: str, contact: str, destination: Destination) -> DialogState:
    """Make the dialog of an INVITE that we received (12.1.1)."""
    return DialogState(
        session=session,
        role="uas",
        call_id=request.call_id,
        local_tag=local_tag,
        remote_tag=request.from_.tag,
        local=str(request.to.without_tag()),
        remote=str(request.from_.without_tag()),
        local_cseq=0,
        remote_cseq=request.cseq.number,
        invite_cseq=0,
        remote_target=_target(request, request.from_.uri_text),
        route_set=tuple(str(route) for route in request.record_routes),
        contact=contact,
        destination=destination,
        allows_update=allows(request, "UPDATE"),
    )


def uac_dialog(
    session: str, request: Request, response: Response, destination: Destination, tls: str = ""
) -> DialogState:
    """Make the dialog of a response to our INVITE (12.1.2), which was sent under the identity `tls`."""
    return DialogState(
        session=session,
        role="uac",
        call_id=request.call_id,
        local_tag=request.from_.tag,
        remote_tag=response.to.tag,
        local=str(request.from_.without_tag()),
        remote=str(request.to.without_tag()),
        local_cseq=request.cseq.number,
        remote_cseq=-1,  # unknown until the peer's first request
        invite_cseq=request.cseq.number,
        remote_target=_target(response, request.target),
        route_set=tuple(str(route) for route in reversed(response.record_routes)),
        contact=request.headers.get("contact") or "",
        destination=destination,
        allows_update=allows(response, "UPDATE"),
        tls=tls,
    )


def confirm(state: DialogState, response: Response) -> None:
    """Let the 2xx say anew where an early dialog leads; its numbers go on (13.2.2.4)."""
    state.remote_target = _target(response, state.remote_target)
    state.route_set = tuple(str(route) for route in reversed(response.record_routes))
    state.allows_update = state.allows_update or allows(response, "UPDATE")


def _target(message: Request | Response, otherwise: str) -> str:
    contacts = message.contacts
    return contacts[0].uri_text if contacts and contacts[0] != WILDCARD else otherwise


def dialog_key(state: DialogState) -> DialogKey:
    """Return the key under which a dialog is found."""
    return (state.call_id, state.local_tag, state.remote_tag)


def request_key(request: Request) -> DialogKey:
    """Return the key of the dialog that a received request belongs to (12.2.2)."""
    if request.dialog is None:
        request.dialog = (request.call_id, request.to.tag, request.from_.tag)
    return request.dialog


def in_dialog_request(
    state: DialogState, method: str, cseq: int, body: bytes = b"", content_type: str = "", headers: HeaderLines = ()
) -> Request:
    """Build a request inside the dialog, all but its Via (12.2.1.1)."""
    target, routes = request_route(state.remote_target, state.route_set)
    lines = [("Route", route) for route in routes]
    lines += [
        ("Max-Forwards", MAX_FORWARDS),
        ("From", f"{state.local};tag={state.local_tag}"),
        ("To", f"{state.remote};tag={state.remote_tag}" if state.remote_tag else state.remote),
        ("Call-ID", state.call_id),
        ("CSeq", f"{cseq} {method}"),
    ]
    if method in TARGET_REFRESH:
        lines.append(("Contact", state.contact))
    lines += headers
    if body:
        lines.append(("Content-Type", content_type))
    lines.append(("Content-Length", str(len(body))))
    request = Request(method, target, Headers.of(lines), body)
    request.to_strict_router = target != state.remote_target
    return request


def check_order(state: DialogState, request: Request) -> None:
    """Note the CSeq of a request of the peer; SipError 500 where it is older than the last one (12.2.2)."""
    number = request.cseq.number
    if number < state.remote_cseq:
        raise SipError(500, "CSeq out of order")
    state.remote_cseq = number


def refresh_flow(state: DialogState, flow: Flow, former_is_open: bool) -> None:
    """Reach a peer that came by another connection by that one, where the former is gone or a browser's (RFC 5626)."""
    former = state.destination
    if not isinstance(former, Flow) or not former.reliable or former.transport != flow.transport:
        return
    if flow.transport in ONE_WAY or not former_is_open:
        state.destination = flow


def refresh_target(state: DialogState, message: Request | Response) -> None:
    """Take the Contact of a target refresh request or of a 2xx to one (12.2.1.2, 12.2.2), and what the peer allows."""
    contacts = message.contacts
    if "allow" in message.headers:
        state.allows_update = allows(message, "UPDATE")
    if contacts and contacts[0] != WILDCARD:  # which leads nowhere, and belongs into a REGISTER
        state.remote_target = contacts[0].uri_text
