"""RAck header values: which reliable provisional response a PRACK acknowledges (RFC 3262 7.2)."""

import re

import msgspec

from gateway.sip.errors import SipError
from gateway.sip.grammar import RWS, TOKEN

_RACK = re.compile(rf"([0-9]{{1,10}}+){RWS}([0-9]{{1,10}}+){RWS}({TOKEN})\Z")
MAX_RSEQ = 2**32 - 1  # 7.1
MAX_FIRST_RSEQ = 2**31 - 1  # 3: so that it never wraps around


class RAck(msgspec.Struct, frozen=True):
    """The RSeq and the CSeq of the response."""

    rseq: int
    cseq: int
    method: str

    @classmethod
    def parse(cls, text: str) -> "RAck":
        """Read a value; SipError 400."""
        match = _RACK.match(text)
        if match is None:
            raise SipError(400, "Malformed RAck")
        return cls(int(match[1]), int(match[2]), match[3])

    def __str__(self) -> str:
        return f"{self.rseq} {self.cseq} {self.method}"
