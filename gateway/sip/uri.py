"""SIP and SIPS URIs (RFC 3261 19.1); other schemes are kept as text."""

import re
from functools import lru_cache

import msgspec

from gateway.sip.errors import SipError
from gateway.sip.flow import HostPort, Transport
from gateway.sip.grammar import HOST, MAX_RECALLED, MAX_RECALLED_LENGTH, PORT, parse_port

_ESCAPED = r"%[0-9A-Fa-f]{2}"
_USER = rf"(?:[A-Za-z0-9\-_.!~*'()&=+$,;?/]++|{_ESCAPED})+"
_PASSWORD = rf"(?:[A-Za-z0-9\-_.!~*'()&=+$,]++|{_ESCAPED})*"
_URI_PARAM_TEXT = rf"(?:[A-Za-z0-9\-_.!~*'()\[\]/:&+$]++|{_ESCAPED})+"
_SIP_URI = re.compile(
    rf"(sips?):(?:({_USER})(?::({_PASSWORD}))?@)?({HOST})(?::({PORT}))?"
    rf"((?:;{_URI_PARAM_TEXT}(?:={_URI_PARAM_TEXT})?)*)(?:\?(.*+))?\Z",
    re.IGNORECASE | re.DOTALL,
)
_ABSOLUTE_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*+:[^\s<>\"]++\Z")
_TRANSPORTS: dict[str, Transport] = {"udp": "UDP", "tcp": "TCP", "tls": "TLS", "ws": "WS", "wss": "WSS"}


class Uri(msgspec.Struct, frozen=True, gc=False):
    """A URI whose text is kept as received; for schemes other than sip and sips only `scheme` is known."""

    text: str
    scheme: str
    user: str | None = None
    password: str | None = None
    host: str = ""
    port: int | None = None
    params: tuple[tuple[str, str | None], ...] = ()
    headers: str | None = None

    @classmethod
    def parse(cls, text: str) -> "Uri":
        """Read a URI; SipError 400 where it is malformed."""
        return _recall(text) if len(text) <= MAX_RECALLED_LENGTH else _read(text)

    @property
    def is_sip(self) -> bool:
        """Whether the scheme is one that SIP itself routes."""
        return self.scheme in ("sip", "sips")

    def param(self, name: str) -> str | None:
        """Return the value of parameter `name` (lower case); None where it is absent or has no value."""
        for key, value in self.params:
            if key == name:
                return value
        return None

    def has_param(self, name: str) -> bool:
        """Whether parameter `name` (lower case) is there, with a value or without."""
        return any(key == name for key, _ in self.params)

    @property
    def is_loose_router(self) -> bool:
        """Whether the `lr` parameter is there (RFC 3261 16.12)."""
        return self.has_param("lr")

    @property
    def transport(self) -> Transport | None:
        """The transport that the URI asks for, if it is one we know."""
        if self.scheme == "sips":
            return "TLS"
        return _TRANSPORTS.get((self.param("transport") or "").lower())

    @property
    def bare_host(self) -> str:
        """The host without the brackets of an IPv6 reference."""
        return self.host[1:-1] if self.host.startswith("[") else self.host

    def __repr__(self) -> str:
        return f"Uri({self.scheme}:...)"  # numbers do not belong in logs

    def __str__(self) -> str:
        return self.text


def _read(text: str) -> Uri:
    match = _SIP_URI.match(text)
    if match:
        scheme, user, password, host, port, params, headers = match.groups()
        number = parse_port(port)
        if port is not None and number is None:
            raise SipError(400, "Port out of range")
        return Uri(text, scheme.lower(), user, password, host, number, _split_params(params), headers)
    scheme = text.partition(":")[0].lower()
    if scheme in ("sip", "sips") or not _ABSOLUTE_URI.match(text):
        raise SipError(400, "Malformed URI")
    return Uri(text, scheme)


_recall = lru_cache(MAX_RECALLED)(_read)


def _split_params(text: str) -> tuple[tuple[str, str | None], ...]:
    if not text:
        return ()
    pairs = (param.partition("=") for param in text[1:].split(";"))
    return tuple((name.lower(), value if equals else None) for name, equals, value in pairs)


def format_host(host: str) -> str:
    """Write a host for a URI or Via: IPv6 literals in brackets."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def format_host_port(address: HostPort) -> str:
    """Write host and port for a URI or Via."""
    return f"{format_host(address.host)}:{address.port}"
