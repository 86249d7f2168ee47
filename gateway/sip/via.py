"""Via header values (RFC 3261 20.42, RFC 3581)."""

import re

import msgspec

from gateway.sip.errors import SipError
from gateway.sip.grammar import COMMA, HOST, LWS, PORT, RWS, TOKEN, parse_port
from gateway.sip.params import EMPTY, Params

_VIA = re.compile(
    rf"{LWS}SIP{LWS}/{LWS}([0-9]{{1,3}}+\.[0-9]{{1,3}}+){LWS}/{LWS}({TOKEN}){RWS}({HOST})(?:{LWS}:{LWS}({PORT}))?{LWS}",
    re.IGNORECASE,
)
MAGIC_COOKIE = "z9hG4bK"


class Via(msgspec.Struct, frozen=True, gc=False):
    """One hop; `transport` as received, `host` with the brackets of an IPv6 reference.

    Another `version` is read, so that it can be answered 505; validation refuses it.
    """

    transport: str
    host: str
    port: int | None = None
    params: Params = EMPTY
    version: str = "2.0"

    @classmethod
    def parse_list(cls, text: str) -> tuple["Via", ...]:
        """Read the hops of one header line; SipError 400."""
        found: list[Via] = []
        position = 0
        while True:
            match = _VIA.match(text, position)
            if not match:
                raise SipError(400, "Malformed Via")
            port = parse_port(match[4])
            if match[4] is not None and port is None:
                raise SipError(400, "Port out of range")
            params, position = Params.parse_at(text, match.end())
            found.append(cls(match[2], match[3], port, params, match[1]))
            if position == len(text):
                return tuple(found)
            comma = COMMA.match(text, position)
            if not comma:
                raise SipError(400, "Malformed Via")
            position = comma.end()

    @property
    def branch(self) -> str:
        """The branch, empty where there is none."""
        return self.params.get("branch") or ""

    @property
    def sent_by(self) -> str:
        """Host and port as written, in lower case: part of the transaction key (17.2.3)."""
        return self.host.lower() if self.port is None else f"{self.host.lower()}:{self.port}"

    def __str__(self) -> str:
        port = "" if self.port is None else f":{self.port}"
        return f"SIP/{self.version}/{self.transport} {self.host}{port}{self.params}"
