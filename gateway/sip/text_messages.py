"""MESSAGE and INFO: what is read, what is refused and with which word (RFC 3428, RFC 6086)."""

from gateway.sip.core import Core
from gateway.sip.events import InfoReceived, MessageReceived
from gateway.sip.flow import Flow
from gateway.sip.info_digits import DIGIT_TYPES
from gateway.sip.message import Message, Response
from gateway.sip.transactions.server import ServerTransaction

MAX_MESSAGE = 4096  # bytes of text; RFC 3428 8 allows 1,300 over UDP, so that this is one long message over TCP
TEXT = "text/plain"


def _is_packed(message: Message) -> bool:
    encoding = message.headers.get("content-encoding")
    return bool(encoding and encoding.lower() != "identity")


def receive_message(
    core: Core, server: ServerTransaction, now: float, session: str = "", flow: Flow | None = None
) -> None:
    """Answer a MESSAGE with 200 and tell it, or with 413 or 415."""
    request = server.request
    response = Response.to_request(request, 200, core.tokens.token())
    if len(request.body) > MAX_MESSAGE:
        core.respond(server, Response.to_request(request, 413, core.tokens.token()), now)
    elif request.content_type != TEXT or _is_packed(request):
        refused = Response.to_request(request, 415, core.tokens.token())
        core.respond(server, refused, now, (("Accept", TEXT), ("Accept-Encoding", "identity")))
    else:
        core.respond(server, response, now)
        text = request.body.decode("utf-8", "replace")
        core.events.append(MessageReceived(session, text, request, flow))


def receive_info(core: Core, server: ServerTransaction, now: float, session: str) -> None:
    """Answer an INFO with 200 and tell the key that it holds, or with 415 or 469.

    One without a body asks only whether the dialog lives, as INFO of RFC 2976 could.
    """
    request = server.request
    if "info-package" in request.headers:
        core.respond(server, Response.to_request(request, 469), now, (("Recv-Info", ""),))
    elif request.body and request.content_type not in DIGIT_TYPES:
        accepted = (("Accept", ", ".join(sorted(DIGIT_TYPES))),)
        core.respond(server, Response.to_request(request, 415), now, accepted)
    else:
        core.respond(server, Response.to_request(request, 200), now)
        if request.body:
            core.events.append(InfoReceived(session, request.content_type, request.body))
