"""The Refer-To header: whom to call, and whose place to take there (RFC 3515 2.1, RFC 3891 6.1, RFC 5589 7)."""

import msgspec

from gateway.sip.errors import SipError
from gateway.sip.name_addr import NameAddr
from gateway.sip.replaces import Replaces
from gateway.sip.uri import Uri
from gateway.sip.uri_escape import escape, unescape

MAX_URI_HEADERS = 16  # a Refer-To names Replaces and perhaps Require and Referred-By; more is no transfer


class ReferTo(msgspec.Struct, frozen=True):
    """`target` is the URI to call, without method and headers; `replaces` the dialog to take over there."""

    target: str
    replaces: Replaces | None = None
    display_name: str = ""

    @classmethod
    def parse(cls, text: str) -> "ReferTo":
        """Read a value; SipError 400 where it is malformed, 416 or 405 where it asks for anything but an INVITE."""
        address = NameAddr.parse(text)
        uri = address.uri
        if not uri.is_sip:
            raise SipError(416, "Unsupported URI scheme")
        method = uri.param("method")
        if method is not None and method.upper() != "INVITE":
            raise SipError(405, "Only INVITE is referred to")
        return cls(_without_method(uri), _replaces(uri.headers), address.display_name)

    def __str__(self) -> str:
        headers = f"?Replaces={escape(str(self.replaces))}" if self.replaces is not None else ""
        return str(NameAddr.of(f"{self.target}{headers}", self.display_name))

    def __repr__(self) -> str:
        return "ReferTo(...)"  # numbers do not belong in logs


def _without_method(uri: Uri) -> str:
    """Drop the method parameter and the headers, neither of which a Request-URI has (19.1.1 table 1)."""
    password = f":{uri.password}" if uri.password is not None else ""
    user = f"{uri.user}{password}@" if uri.user is not None else ""
    port = f":{uri.port}" if uri.port is not None else ""
    kept = [(name, value) for name, value in uri.params if name != "method"]
    params = "".join(f";{name}" if value is None else f";{name}={value}" for name, value in kept)
    return f"{uri.scheme}:{user}{uri.host}{port}{params}"


def _replaces(headers: str | None) -> Replaces | None:
    if not headers:
        return None
    pairs = headers.split("&", MAX_URI_HEADERS)
    if len(pairs) > MAX_URI_HEADERS:
        raise SipError(400, "Too many headers in Refer-To")
    found: Replaces | None = None
    for pair in pairs:
        name, _, value = pair.partition("=")
        if unescape(name).lower() != "replaces":
            continue
        if found is not None:
            raise SipError(400, "Repeated Replaces")
        found = Replaces.parse(unescape(value))
    return found
