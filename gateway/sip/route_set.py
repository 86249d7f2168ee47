"""Routes that a request begins with: outbound proxy, Service-Route, Path (RFC 3261 8.1.2, RFC 3608, RFC 3327)."""

from gateway.sip.errors import SipError
from gateway.sip.message import Message, Response
from gateway.sip.name_addr import NameAddr
from gateway.sip.uri import Uri

MAX_ROUTES = 16  # proxies between two phones; more is a mistake or an attack on the size of our requests


def request_route(target: str, routes: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return Request-URI and Route values; a first hop without `lr` is a strict router (12.2.1.1).

    `routes` are Route values in sending order.
    """
    if not routes:
        return target, ()
    first = NameAddr.parse(routes[0])
    if first.uri.is_loose_router:
        return target, routes
    return first.uri_text, (*routes[1:], f"<{Uri.parse(target)}>")


def service_route(response: Response) -> tuple[str, ...]:
    """The routes that a registrar's 2xx gives for our requests (RFC 3608 5); SipError 400."""
    return _routes(response, "service-route")


def path(message: Message) -> tuple[str, ...]:
    """The routes to a registered phone, from its REGISTER (RFC 3327 5.3); SipError 400."""
    return _routes(message, "path")


def _routes(message: Message, name: str) -> tuple[str, ...]:
    found = [address for value in message.headers.get_all(name) for address in NameAddr.parse_list(value)]
    if len(found) > MAX_ROUTES:
        raise SipError(400, f"Too many values of {name}")
    for address in found:
        _ = address.uri
    return tuple(str(address) for address in found)
