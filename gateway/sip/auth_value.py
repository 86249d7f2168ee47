"""Values of WWW-Authenticate, Authorization and their Proxy- twins (RFC 3261 25.1, RFC 7616 3.3)."""

import re

import msgspec

from gateway.sip.errors import SipError
from gateway.sip.grammar import LWS, QUOTED_STRING, RWS, TOKEN, quote, unquote

_SCHEME = re.compile(rf"{LWS}({TOKEN}){RWS}")
# Values that are neither tokens nor quoted (bare URIs, base64) are met in the wild and end at the next comma.
_PARAM = re.compile(rf"{LWS}({TOKEN}){LWS}={LWS}({QUOTED_STRING}|[^\s,\"]++){LWS}(?:,|\Z)", re.DOTALL)


class AuthValue(msgspec.Struct, frozen=True):
    """A scheme and its parameters; values come unquoted, `unquoted` names those to be written as tokens."""

    scheme: str
    params: dict[str, str]
    unquoted: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, text: str) -> "AuthValue":
        """Read one challenge or one set of credentials; SipError 400. Parameter names become lower case."""
        match = _SCHEME.match(text)
        if not match:
            raise SipError(400, "Malformed authentication value")
        scheme, position = match[1], match.end()
        params: dict[str, str] = {}
        bare: set[str] = set()
        while position < len(text):
            match = _PARAM.match(text, position)
            if not match:
                raise SipError(400, "Malformed authentication value")
            name = match[1].lower()
            params[name] = unquote(match[2])
            if not match[2].startswith('"'):
                bare.add(name)
            position = match.end()
        return cls(scheme, params, frozenset(bare))

    def __str__(self) -> str:
        parts = (f"{name}={value if name in self.unquoted else quote(value)}" for name, value in self.params.items())
        return f"{self.scheme} {', '.join(parts)}"
