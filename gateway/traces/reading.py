"""What a trace needs of a message, read from its bytes in one pass over few of them."""

import re
from functools import lru_cache
from sys import intern

import msgspec

_CALL_ID = re.compile(rb"\r\n(?:call-id|i)[ \t]*+:[ \t]*+([^\r\n]*+)", re.IGNORECASE)
_CSEQ = re.compile(rb"\r\ncseq[ \t]*+:[ \t]*+([0-9]{1,10}+)[ \t]++([^\s]{1,32}+)", re.IGNORECASE)
_CAUSE = re.compile(rb"\r\nreason[ \t]*+:[^\r\n]*?;[ \t]*+cause[ \t]*+=[ \t]*+([0-9]{1,3}+)", re.IGNORECASE)
_STATUS = b"SIP/2.0 "
MAX_RECALLED = 1024  # kinds of messages, the latest seen: calls have the same few in common; some 200 kB
MAX_METHOD = 40  # the longest of the IANA registry has nine characters
MAX_HEAD = 8192  # what of a message is looked at; all peers put these headers into the first kilobyte


class Seen(msgspec.Struct, frozen=True, gc=False):
    """`status` is 0 for a request, `cause` 0 where the message has no Reason."""

    method: str
    status: int
    cseq: int
    cause: int


def read_call_id(data: bytes) -> str:
    """Read the Call-ID; empty where there is none."""
    start = data.find(b"\r\nCall-ID: ")  # as most peers and we write it: far cheaper than the general form
    if start >= 0:
        end = data.find(b"\r\n", start + 11)
        return data[start + 11 : end].strip().decode("utf-8", "surrogateescape")
    found = _CALL_ID.search(data, 0, MAX_HEAD)
    return found[1].strip().decode("utf-8", "surrogateescape") if found else ""


def is_invite(data: bytes) -> bool:
    """Whether it is a request that may begin a session."""
    return data.startswith(b"INVITE ")


def read_message(data: bytes) -> Seen | None:
    """Read one whole message; None where it is none that can be followed."""
    start = data.find(b"\r\nCSeq: ", 0, MAX_HEAD)  # as most write it, like the Call-ID
    cseq = (_CSEQ.match(data, start) if start >= 0 else None) or _CSEQ.search(data, 0, MAX_HEAD)
    if cseq is None:
        return None
    status = data[8:11] if data.startswith(_STATUS) and data[8:11].isdigit() else b"0"
    method = data[:MAX_METHOD].partition(b" ")[0] if status == b"0" else cseq[2]
    cause = _CAUSE.search(data, 0, MAX_HEAD) if b"eason" in data else None
    return _seen(method, status, cseq[1], cause[1] if cause else b"0")


@lru_cache(MAX_RECALLED)
def _seen(method: bytes, status: bytes, number: bytes, cause: bytes) -> Seen:
    return Seen(intern(method.decode("ascii", "replace")), int(status), int(number), int(cause))
