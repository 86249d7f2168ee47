"""A 503 for an INVITE that was not parsed: a few searches instead of a message (RFC 3261 21.5.4, RFC 7339)."""

import re
from collections.abc import Iterator

import msgspec

from gateway.sip.errors import SipError
from gateway.sip.flow import Flow
from gateway.sip.routing import mark_hop
from gateway.sip.via import Via

_INVITE = b"INVITE "
_END_OF_HEADERS = b"\r\n\r\n"
_FOLD = re.compile(rb"\r\n[ \t]")
_ECHOED = re.compile(rb"\r\n(via|v|from|f|to|t|call-id|i|cseq)[ \t]*+:[ \t]*+([^\r\n]*+)", re.IGNORECASE)
_NAMES = {b"v": b"via", b"f": b"from", b"t": b"to", b"i": b"call-id"}
_TAG = re.compile(rb";[ \t]*+tag[ \t]*+=", re.IGNORECASE)
# RFC 5031 services, and whatever some country may have for its emergency number: libphonenumber knows 2 to 6 digits.
_EMERGENCY_TARGET = re.compile(rb"INVITE (?:urn:service:sos|(?:sips?|tel):[0-9]{2,6}[@;> ])", re.IGNORECASE)
_EMERGENCY_HEADER = re.compile(rb"\r\n(?:priority[ \t]*+:[ \t]*+emergency|resource-priority[ \t]*+:)", re.IGNORECASE)
MAX_VIAS = 16  # hops that are echoed; a real request has three or four


class Refusable(msgspec.Struct, frozen=True):
    """What the answer to an unparsed INVITE is made of: the hops of its first Via line, and the other lines."""

    hops: tuple[Via, ...]
    lines: tuple[bytes, ...]

    @property
    def via(self) -> Via:
        """The hop that sent it."""
        return self.hops[0]


def refusable(data: bytes) -> Refusable | None:
    """Look at a message; None: no INVITE, one inside a dialog or maybe in an emergency, or one for the whole parser."""
    if not data.startswith(_INVITE):
        return None
    end = data.find(_END_OF_HEADERS)
    head = data[:end]
    if end < 0 or _FOLD.search(head) or _EMERGENCY_TARGET.match(head) or _EMERGENCY_HEADER.search(head):
        return None
    found = list(_echoed(head))
    names = [name for name, _ in found if name != b"via"]
    vias = [value for name, value in found if name == b"via"]
    to = [value for name, value in found if name == b"to"]
    if sorted(names) != [b"call-id", b"cseq", b"from", b"to"] or not 0 < len(vias) <= MAX_VIAS or _TAG.search(to[0]):
        return None
    try:
        hops = Via.parse_list(vias[0].decode("utf-8", "surrogateescape"))
    except SipError:
        return None
    first = found.index((b"via", vias[0]))
    lines = tuple(name + b": " + value for name, value in (*found[:first], *found[first + 1 :]))
    return Refusable(hops, lines)


def _echoed(head: bytes) -> Iterator[tuple[bytes, bytes]]:
    for match in _ECHOED.finditer(head):
        name = match[1].lower()
        yield _NAMES.get(name, name), match[2]


def refusal(asked: Refusable, flow: Flow, tag: str, retry_after: int) -> bytes:
    """Write the 503 to what came on `flow`; `tag` is the same for a repeated INVITE (8.2.7)."""
    hops = (mark_hop(asked.via, flow), *asked.hops[1:])
    via = b"via: " + ", ".join(map(str, hops)).encode("utf-8", "surrogateescape")
    to_tag = b";tag=" + tag.encode()
    lines = [line + to_tag if line.startswith(b"to: ") else line for line in asked.lines]
    head = b"\r\n".join([b"SIP/2.0 503 Service Unavailable", via, *lines])
    return head + b"\r\nRetry-After: %d\r\nContent-Length: 0\r\n\r\n" % retry_after
