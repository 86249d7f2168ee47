"""A stateless proxy (RFC 3261 16.11) that records its route, so that dialogs run through it with loose routing."""

import hashlib

from gateway.sip.errors import SipError
from gateway.sip.flow import HostPort
from gateway.sip.message import Request, Response
from gateway.sip.parser import parse_message
from gateway.sip.uri import Uri
from gateway.sip.via import MAGIC_COOKIE


class Relay:
    """Sends a request to its next Route, or to its Request-URI; `reroute` names another place for a target's user."""

    def __init__(self, number: int) -> None:
        self.address = HostPort(f"192.0.2.{number}", 5060)
        self.reroute: dict[str, HostPort] = {}
        self.passed: list[str] = []
        self._out: list[tuple[HostPort, bytes]] = []

    def receive(self, data: bytes, source: HostPort, now: float) -> None:
        try:
            message = parse_message(data)
            if isinstance(message, Request):
                self._forward(message)
            else:
                self._return(message)
        except SipError:
            return

    def _forward(self, request: Request) -> None:
        hops = request.max_forwards
        if hops == 0:
            return
        self.passed.append(request.method)
        headers = request.headers
        branch = hashlib.sha256(f"{request.top_via.branch}{self.address.host}".encode()).hexdigest()[:16]
        headers.set("Max-Forwards", str((hops or 70) - 1))
        routes = [route for route in request.routes if route.uri.host != self.address.host]
        headers.remove("route")
        for route in routes:
            headers.add("Route", str(route))
        if request.method == "INVITE" and not request.to.tag:
            headers.prepend("Record-Route", f"<sip:{self.address.host};lr>")
        headers.prepend("Via", f"SIP/2.0/UDP {self.address.host}:5060;branch={MAGIC_COOKIE}{branch}")
        uri = routes[0].uri if routes else request.uri
        self._out.append((self.reroute.get(uri.user or "", _place(uri)), bytes(request)))

    def _return(self, response: Response) -> None:
        vias = response.headers.get_all("via")
        response.headers.remove("via")
        for value in reversed(vias[1:]):
            response.headers.prepend("Via", value)
        if len(vias) > 1:
            via = response.top_via
            self._out.append((HostPort(via.host, via.port or 5060), bytes(response)))

    def drain(self, now: float) -> list[tuple[HostPort, bytes]]:
        out, self._out = self._out, []
        return out

    def next_timer(self) -> float | None:
        return None

    def handle_timer(self, now: float) -> None:
        return


def _place(uri: Uri) -> HostPort:
    return HostPort(uri.bare_host, uri.port or 5060)
