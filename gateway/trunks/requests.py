"""What we say to a carrier outside calls: OPTIONS and REGISTER, and how its answers are read (RFC 3261 10, 11)."""

from collections.abc import Sequence
from uuid import uuid5

from gateway.sip.calls import HeaderLines, ListenAddress
from gateway.sip.errors import SipError
from gateway.sip.grammar import quote
from gateway.sip.headers import Headers
from gateway.sip.message import Response
from gateway.sip.name_addr import NameAddr
from gateway.sip.uri import format_host_port
from gateway.sip.uri_escape import escape_user
from gateway.trunks.arriving import contact_user
from gateway.trunks.caller import uri_host
from gateway.trunks.outgoing import SUFFIXES, TRANSPORTS, dialled, route_of
from gateway.trunks.registering import Outcome
from kernel.contracts.directory import TrunkConfig

REG_ID = 1  # we keep one flow to each carrier
MOST_SECONDS = 10**9  # digits beyond say nothing more


def account(trunk: TrunkConfig) -> NameAddr:
    """Who we are at this carrier (the address of record, RFC 3261 10.2)."""
    return NameAddr.of(f"sip:{escape_user(trunk.username) or contact_user(trunk.trunk)}@{uri_host(trunk)}")


def request_uri(trunk: TrunkConfig) -> str:
    """Of OPTIONS and REGISTER: the carrier itself, without a user."""
    return f"sip:{uri_host(trunk)}{SUFFIXES[trunk.transport]}" if trunk.options.domain else f"sip:{dialled(trunk)}"


def routes(trunk: TrunkConfig) -> HeaderLines:
    return tuple(("Route", route) for route in route_of(trunk))


def instance_of(trunk: TrunkConfig, gateway: str) -> str:
    """Our name at this carrier, the same after every restart (RFC 5626 4.1).

    Each gateway has its own: the binding of one would take the place of another's.
    """
    return f"urn:uuid:{uuid5(trunk.trunk, gateway)}"


def register_lines(trunk: TrunkConfig, contact: str, expires: int, instance: str = "") -> HeaderLines:
    """To, Contact and Expires: only our own binding is named, so that others of the account stay as they are.

    With `instance` we offer to be called by the flow of this request (RFC 5626 4.2).
    """
    flow = f";+sip.instance={quote(f'<{instance}>')};reg-id={REG_ID}" if instance else ""
    return (
        *routes(trunk),
        ("To", str(account(trunk))),
        ("Contact", f"<{contact}>;expires={expires}{flow}"),
        ("Expires", str(expires)),
        ("Supported", "outbound, path" if instance else "path"),
    )


def contact_uri(trunk: TrunkConfig, addresses: Sequence[ListenAddress]) -> str:
    """Where the carrier reaches us; empty where we do not listen for its transport."""
    wanted = TRANSPORTS[trunk.transport]
    for address in addresses:
        if address.transport == wanted:
            place = format_host_port(address.address)
            return f"sip:{contact_user(trunk.trunk)}@{place}{SUFFIXES[trunk.transport]}"
    return ""


def read_outcome(response: Response, contact: str) -> Outcome:
    """What a final response to REGISTER says about the binding of `contact`, among others of the same account."""
    headers = response.headers
    return Outcome(
        response.status,
        expires=_expires(headers, contact),
        min_expires=_seconds(headers.get("min-expires")),
        retry_after=_seconds(headers.get("retry-after")),
        outbound="outbound" in response.tokens("require"),
        flow_timer=_seconds(headers.get("flow-timer")),
    )


def _expires(headers: Headers, contact: str) -> int | None:
    for value in headers.get_all("contact"):
        try:
            found = [one for one in NameAddr.parse_list(value) if _same(one.uri_text, contact)]
        except SipError:
            continue
        for one in found:
            seconds = _seconds(one.params.get("expires"))
            if seconds is not None:
                return seconds
    return _seconds(headers.get("expires"))


def _same(one: str, other: str) -> bool:
    """Whether two Contacts are one binding: user, host and port; carriers add parameters."""
    return one.partition(";")[0].lower() == other.partition(";")[0].lower()


def _seconds(text: str | None) -> int | None:
    """Seconds of Expires, or of Retry-After with its comment and parameters (20.33)."""
    digits = (text or "").strip().partition(";")[0].partition("(")[0].strip()
    return min(int(digits), MOST_SECONDS) if digits.isascii() and digits.isdigit() and len(digits) < 12 else None
