"""Cutting messages out of a stream (RFC 3261 18.3, keep-alives of RFC 5626 3.5.1)."""

import re
from collections.abc import Iterator

from gateway.sip.errors import SipError
from gateway.sip.parser import MAX_MESSAGE_BYTES

PING = b"\r\n\r\n"
PONG = b"\r\n"

_END_OF_HEADERS = b"\r\n\r\n"
_FOLD = re.compile(rb"\r\n[ \t]++")
_CONTENT_LENGTH = re.compile(rb"\r\n(?:content-length|l)[ \t]*+:[ \t]*+([^\r\n]*+)", re.IGNORECASE)
_NUMBER = re.compile(rb"[0-9]{1,9}+[ \t]*+\Z")


class StreamFramer:
    """The unread bytes of one connection."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.messages = 0  # that came out so far
        self._searched = 0  # how far the end of the headers was looked for; keeps dribbled input linear

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take bytes; yields whole messages, and `PING` for each keep-alive request.

        Raises SipError where the stream cannot be followed any further, so that the connection has to be closed: 413
        for a message above `MAX_MESSAGE_BYTES`, 400 for a Content-Length that is missing, repeated or no number.
        """
        self._buffer += data
        while self._buffer:
            yield from self._keep_alives()
            message = self._message()
            if message is None:
                return
            self.messages += 1
            yield message

    @property
    def has_part(self) -> bool:
        """Whether the peer owes the rest of a message."""
        return bool(self._buffer)

    def _keep_alives(self) -> Iterator[bytes]:
        start = 0
        while self._buffer.startswith(PING, start):
            start += len(PING)
            yield PING
        while self._buffer.startswith(PONG, start) and not PING.startswith(self._buffer[start : start + len(PING)]):
            start += len(PONG)
        if start:
            del self._buffer[:start]

    def _message(self) -> bytes | None:
        buffer = self._buffer
        if PING.startswith(buffer[: len(PING)]):
            return None  # maybe the first half of a keep-alive
        end = buffer.find(_END_OF_HEADERS, max(0, self._searched - len(_END_OF_HEADERS)))
        if end < 0:
            self._searched = len(buffer)
            if len(buffer) > MAX_MESSAGE_BYTES:
                raise SipError(413, "Message too large")
            return None
        length = _body_length(bytes(buffer[:end]))
        size = end + len(_END_OF_HEADERS) + length
        if size > MAX_MESSAGE_BYTES:
            raise SipError(413, "Message too large")
        if len(buffer) < size:
            self._searched = end
            return None
        message = bytes(buffer[:size])
        del buffer[:size]
        self._searched = 0
        return message


def _body_length(head: bytes) -> int:
    if b"\r\n " in head or b"\r\n\t" in head:
        head = _FOLD.sub(b" ", head)
    values = set(_CONTENT_LENGTH.findall(head))
    if len(values) != 1:
        raise SipError(400, "Content-Length is needed once on a stream")
    value = values.pop()
    if not _NUMBER.match(value):
        raise SipError(400, "Malformed Content-Length")
    return int(value)
