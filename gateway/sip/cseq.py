"""CSeq header values (RFC 3261 20.16)."""

import re
from functools import lru_cache

import msgspec

from gateway.sip.errors import SipError
from gateway.sip.grammar import MAX_RECALLED, MAX_RECALLED_LENGTH, RWS, TOKEN

MAX_CSEQ = 2**31 - 1  # 8.1.1.5
_CSEQ = re.compile(rf"([0-9]{{1,10}}+){RWS}({TOKEN})\Z")


class CSeq(msgspec.Struct, frozen=True):
    """A sequence number and the method it belongs to."""

    number: int
    method: str

    @classmethod
    def parse(cls, text: str) -> "CSeq":
        """Read a value; SipError 400, also where the number is too large."""
        return _recall(text) if len(text) <= MAX_RECALLED_LENGTH else _read(text)

    def __str__(self) -> str:
        return f"{self.number} {self.method}"


def _read(text: str) -> CSeq:
    match = _CSEQ.match(text)
    if not match or int(match[1]) > MAX_CSEQ:
        raise SipError(400, "Malformed CSeq")
    return CSeq(int(match[1]), match[2])


_recall = lru_cache(MAX_RECALLED)(_read)
