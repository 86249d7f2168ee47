"""What a trace needs of a message: of one that came from what is parsed of it, of ours from few of its bytes."""

import re
from functools import lru_cache

import msgspec

from gateway.sip.errors import SipError
from gateway.sip.message import Request, Response

_CALL_ID = b"\r\nCall-ID: "
# All of our writers put the two lines in this order.
_OURS = re.compile(rb"\r\nCall-ID: ([^\r\n]*+)\r\nCSeq: ([0-9]{1,10}+) ([^\r\n]++)")
_CAUSE = re.compile(r";[ \t]*+cause[ \t]*+=[ \t]*+([0-9]{1,3}+)", re.IGNORECASE)
_REASON = re.compile(rb"\r\nReason: ([^\r\n]*+)")
_STATUS = b"SIP/2.0 "
MAX_RECALLED = 1024  # kinds of messages, the latest seen: calls have the same few in common; some 200 kB
MAX_METHOD = 40  # the longest of the IANA registry has nine characters
MAX_REASONS = 8  # looked at for a cause; one each for SIP, Q.850 and whoever else wrote


class Seen(msgspec.Struct, frozen=True, gc=False):
    """`status` is 0 for a request, `cause` 0 where the message has no Reason."""

    method: str
    status: int
    cseq: int
    cause: int


def read_received(message: Request | Response) -> tuple[str, Seen] | None:
    """Return the Call-ID and the rest of one that came; None where it is none that can be followed."""
    try:
        call_id, cseq = message.call_id, message.cseq
    except SipError:
        return None
    reasons = message.headers.index.get("reason")
    cause = _cause(",".join(reasons[:MAX_REASONS])) if reasons else 0
    if isinstance(message, Request):
        return call_id, _seen(message.method[:MAX_METHOD], 0, cseq.number, cause)
    return call_id, _seen(cseq.method[:MAX_METHOD], message.status, cseq.number, cause)


def read_sent(data: bytes) -> tuple[str, Seen] | None:
    """Return the same of one that we wrote; None for a keep-alive."""
    start = data.find(_CALL_ID)
    ours = _OURS.match(data, start) if start >= 0 else None
    if ours is None:
        return None
    reason = _REASON.search(data) if b"\r\nReason: " in data else None
    cause = _cause(reason[1].decode("utf-8", "surrogateescape")) if reason else 0
    status = int(data[8:11]) if data.startswith(_STATUS) else 0
    method = ours[3][:MAX_METHOD].decode("ascii", "replace")
    return ours[1].decode("utf-8", "surrogateescape"), _seen(method, status, int(ours[2]), cause)


def _cause(reasons: str) -> int:
    found = _CAUSE.search(reasons)
    return int(found[1]) if found else 0


_seen = lru_cache(MAX_RECALLED)(Seen)
