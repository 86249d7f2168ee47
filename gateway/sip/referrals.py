"""Transfers in both directions inside one session, and the requests that belong to them."""

from typing import TYPE_CHECKING

from gateway.sip.errors import SipError
from gateway.sip.message import Response
from gateway.sip.refer_client import Referral
from gateway.sip.refer_server import ReferSubscription
from gateway.sip.transactions.server import ServerTransaction

if TYPE_CHECKING:
    from gateway.sip.session import Session

METHODS = frozenset({"REFER", "NOTIFY", "SUBSCRIBE"})


class Referrals:
    """Made when a session first needs it: most calls are never transferred."""

    __slots__ = ("_session", "asked", "asking")

    def __init__(self, session: "Session") -> None:
        self._session = session
        self.asking = Referral(session)
        self.asked = ReferSubscription(session)

    def receive(self, server: ServerTransaction, now: float) -> None:
        """Take a request of `METHODS` inside an established dialog."""
        request = server.request
        try:
            if request.method == "REFER":
                self.asked.receive(server, now)
            elif request.method == "SUBSCRIBE":
                self.asked.subscribe(server, now)
            else:
                self.asking.notified(request, now)
                self._session.core.respond(server, 200, now)
        except SipError as error:
            lines = (("Allow-Events", "refer"),) if error.status == 489 else ()
            server.respond(Response.to_request(request, error.status, reason=error.reason, headers=lines), now)

    def close(self, now: float) -> None:
        """The session ends."""
        self.asking.close(now)
        self.asked.close(now)
