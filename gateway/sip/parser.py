"""From bytes to a message: frame it or drop it; whether its values make sense is for `validation` (RFC 3261 7)."""

import re
from itertools import islice

from gateway.sip.errors import SipError
from gateway.sip.grammar import METHOD, is_decimal
from gateway.sip.headers import Headers
from gateway.sip.message import SIP_VERSION, Request, Response

MAX_MESSAGE_BYTES = 65_535  # the largest UDP payload; streams get no more
MAX_HEADER_LINES = 256  # four times the longest real message seen, and cheap to walk

_FOLD = re.compile(rb"\r\n[ \t]++")
_END_OF_HEADERS = b"\r\n\r\n"


def parse_message(data: bytes) -> Request | Response:
    """Read one message that fills `data`; bytes after its Content-Length are ignored (18.3).

    Raises SipError 413 for what is larger than `MAX_MESSAGE_BYTES`, 400 for what is no SIP message at all.
    """
    if len(data) > MAX_MESSAGE_BYTES:
        raise SipError(413, "Message too large")
    head_end = data.find(_END_OF_HEADERS)
    if head_end < 0:
        raise SipError(400, "No end of headers")
    head = data[:head_end]
    if b"\r\n " in head or b"\r\n\t" in head:
        head = _FOLD.sub(b" ", head)
    lines = head.decode("utf-8", "surrogateescape").split("\r\n", MAX_HEADER_LINES + 1)
    breaks = len(lines) - 1
    if breaks > MAX_HEADER_LINES:
        raise SipError(400, "Too many header lines")
    if head.count(b"\r") != breaks or head.count(b"\n") != breaks:
        raise SipError(400, "Bare line break")
    start_line = lines[0]
    headers = Headers.parse(islice(lines, 1, None))
    body = data[head_end + 4 :]
    length = headers.get("content-length") if body else None
    if length is not None and is_decimal(length) and len(length) < 10:  # a wrong one is refused by validation
        body = body[: int(length)]
    return _parse_start_line(start_line, headers, body)


def _parse_start_line(line: str, headers: Headers, body: bytes) -> Request | Response:
    first, space, rest = line.partition(" ")
    if not space:
        raise SipError(400, "Malformed start line")
    if first == SIP_VERSION:
        code, _, reason = rest.partition(" ")
        if len(code) != 3 or not is_decimal(code) or not "1" <= code[0] <= "6":
            raise SipError(400, "Malformed status line")
        return Response(int(code), reason, headers, body)
    if not METHOD.match(first):
        raise SipError(400, "Malformed method")
    target, _, version = rest.rpartition(" ")
    return Request(first, target, headers, body, version)
