"""Finding the session description in a message, alone or among other parts (RFC 3261 20.11, RFC 5621, RFC 2046 5.1)."""

import binascii
import re
from base64 import b64decode
from collections.abc import Mapping

import msgspec

from gateway.sip.calls import SDP
from gateway.sip.errors import SipError
from gateway.sip.grammar import LWS, QUOTED_STRING, TOKEN, unquote
from gateway.sip.message import Message, Request

MAX_PARTS = 16  # a gateway to SS7 sends two or three
MAX_DEPTH = 3  # RFC 5621 6 has multipart/alternative inside multipart/mixed
_PARAMETER = re.compile(rf"{LWS};{LWS}({TOKEN}){LWS}={LWS}({QUOTED_STRING}|[^;\s\"]++)")
_SESSION = ("", "session", "render")  # 20.11: the disposition of a description; `render` is what some write instead
_HEADERS = ("content-type", "content-disposition", "content-transfer-encoding", "content-encoding")


class _Part(msgspec.Struct, frozen=True):
    """A body and the headers that say what it is."""

    content_type: str
    disposition: str
    transfer_encoding: str
    encoding: str
    data: bytes

    @property
    def media_type(self) -> str:
        return self.content_type.partition(";")[0].strip().lower()

    @property
    def is_multipart(self) -> bool:
        return self.media_type.startswith("multipart/")

    @property
    def kind(self) -> str:
        return self.disposition.partition(";")[0].strip().lower()

    @property
    def handling(self) -> str:
        return _parameter(self.disposition, "handling").lower()

    def description(self) -> bytes | None:
        """The session description that this part is; None where it is something else or cannot be unpacked."""
        if self.media_type != SDP or self.kind not in _SESSION or self.encoding.strip().lower() not in ("", "identity"):
            return None
        coding = self.transfer_encoding.strip().lower()
        if coding in ("", "binary", "8bit", "7bit"):
            return self.data
        if coding != "base64":
            return None
        try:
            return b64decode(self.data)
        except binascii.Error:
            return None


def take_description(request: Request) -> None:
    """Leave nothing but the session description in the body; SipError 415 where something else has to be understood.

    A body alone has to be understood unless it says `handling=optional`; beside a description a part may be ignored
    unless it says `handling=required` (20.11, RFC 3204 4.1).
    """
    if not request.body or _is_plain(request):
        return
    whole = _whole(request)
    found = _find(whole, 0)
    if found is None and whole.handling != "optional":
        raise SipError(415, "Unsupported Media Type")
    request.set_body(found or b"", SDP)


def keep_description(message: Message) -> None:
    """Leave nothing but the session description in the body of what cannot be refused: a response or an ACK."""
    if not message.body or _is_plain(message):
        return
    try:
        found = _find(_whole(message), 0)
    except SipError:
        found = None
    message.set_body(found or b"", SDP)


def _is_plain(message: Message) -> bool:
    """Whether the body is a description and nothing says otherwise, as nearly always."""
    return message.content_type == SDP and message.headers.index.keys().isdisjoint(_HEADERS[1:])


def _whole(message: Message) -> _Part:
    return _part({name: message.headers.get(name) or "" for name in _HEADERS}, message.body)


def _part(headers: Mapping[str, str], data: bytes) -> _Part:
    content_type, disposition, transfer_encoding, encoding = (headers.get(name, "") for name in _HEADERS)
    return _Part(content_type, disposition, transfer_encoding, encoding, data)


def _find(part: _Part, depth: int) -> bytes | None:
    """The first description; SipError 415 for another part that says it is required."""
    if not part.is_multipart:
        description = part.description()
        if description is None and depth and part.handling == "required":
            raise SipError(415, "Unsupported Media Type")
        return description
    found: bytes | None = None
    for inner in _split(part) if depth < MAX_DEPTH else ():
        description = _find(inner, depth + 1)
        found = description if found is None else found
    return found


def _split(part: _Part) -> list[_Part]:
    boundary = _parameter(part.content_type, "boundary").encode("utf-8", "surrogateescape")
    if not boundary:
        return []
    pieces = (b"\r\n" + part.data).split(b"\r\n--" + boundary, MAX_PARTS + 1)
    parts: list[_Part] = []
    for piece in pieces[1 : MAX_PARTS + 1]:
        if piece.startswith(b"--"):
            break
        head, _, data = piece.lstrip(b" \t").removeprefix(b"\r\n").partition(b"\r\n\r\n")
        parts.append(_part(_headers(head), data))
    return parts


def _headers(head: bytes) -> dict[str, str]:
    """Those of one part, folded lines joined."""
    text = head.decode("utf-8", "surrogateescape").replace("\r\n ", " ").replace("\r\n\t", " ")
    headers: dict[str, str] = {}
    for line in text.split("\r\n"):
        name, _, value = line.partition(":")
        headers.setdefault(name.strip().lower(), value.strip())
    return headers


def _parameter(text: str, name: str) -> str:
    position = text.find(";")
    while position >= 0 and (match := _PARAMETER.match(text, position)):
        if match[1].lower() == name:
            return unquote(match[2])
        position = match.end()
    return ""
