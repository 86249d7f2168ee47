"""INFO: what is read, what is refused and with which word (RFC 6086, and the keys of RFC 2976's time)."""

from gateway.sip.core import Core
from gateway.sip.events import InfoReceived
from gateway.sip.info_digits import DIGIT_TYPES
from gateway.sip.transactions.server import ServerTransaction


def receive_info(core: Core, server: ServerTransaction, now: float, session: str) -> None:
    """Answer an INFO with 200 and tell the key that it holds, or with 415 or 469.

    One without a body asks only whether the dialog lives, as INFO of RFC 2976 could.
    """
    request = server.request
    if "info-package" in request.headers:
        core.respond(server, 469, now, (("Recv-Info", ""),))
    elif request.body and request.content_type not in DIGIT_TYPES:
        accepted = (("Accept", ", ".join(sorted(DIGIT_TYPES))),)
        core.respond(server, 415, now, accepted)
    else:
        core.respond(server, 200, now)
        if request.body:
            core.events.append(InfoReceived(session, request.content_type, request.body))
