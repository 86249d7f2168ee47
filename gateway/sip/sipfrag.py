"""Bodies of NOTIFY in a transfer: the status line that the referred call got (RFC 3420, RFC 3515 2.4.5)."""

import re

from gateway.sip.reasons import reason_phrase

SIPFRAG = "message/sipfrag"
SIPFRAG_LINE = "message/sipfrag;version=2.0"

_STATUS_LINE = re.compile(rb"SIP/2\.0 ([1-6][0-9][0-9])(?=[ \r\n]|\Z)", re.IGNORECASE)


def write_sipfrag(status: int) -> bytes:
    """Write a status line."""
    return f"SIP/2.0 {status} {reason_phrase(status)}\r\n".encode()


def read_sipfrag(body: bytes) -> int | None:
    """Read the status of the status line; None where the body does not begin with one."""
    match = _STATUS_LINE.match(body.lstrip(b"\r\n")[:32])
    return int(match[1]) if match else None
