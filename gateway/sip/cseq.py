"""CSeq header values (RFC 3261 20.16)."""

import re

import msgspec

from gateway.sip.errors import SipError
from gateway.sip.grammar import RWS, TOKEN

MAX_CSEQ = 2**31 - 1  # 8.1.1.5
_CSEQ = re.compile(rf"([0-9]{{1,10}}+){RWS}({TOKEN})\Z")


class CSeq(msgspec.Struct, frozen=True):
    """A sequence number and the method it belongs to."""

    number: int
    method: str

    @classmethod
    def parse(cls, text: str) -> "CSeq":
        """Read a value; SipError 400, also where the number is too large."""
        match = _CSEQ.match(text)
        if not match or int(match[1]) > MAX_CSEQ:
            raise SipError(400, "Malformed CSeq")
        return cls(int(match[1]), match[2])

    def __str__(self) -> str:
        return f"{self.number} {self.method}"
