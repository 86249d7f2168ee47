"""Session descriptions (RFC 8866): read what peers really send, write what they understand."""

from functools import lru_cache

import msgspec

from gateway.sdp.connection import Connection
from gateway.sdp.direction import Direction
from gateway.sdp.errors import SdpError
from gateway.sdp.media import Attribute, Media, attribute_lines, find_direction
from gateway.sdp.origin import Origin

MAX_LINES = 2_000  # a browser's offer with all its codecs has about 150
MAX_MEDIA = 64
MAX_RECALLED = 256  # descriptions, the latest used: those of the calls that are being set up; a few MB
MAX_RECALLED_BYTES = 4_096


class SessionDescription(msgspec.Struct, frozen=True, kw_only=True):
    """A description; `other` keeps session lines such as b= with their letter."""

    origin: Origin
    media: tuple[Media, ...]
    connection: Connection | None = None
    name: str = "-"
    times: tuple[str, ...] = ("0 0",)
    attributes: tuple[Attribute, ...] = ()
    other: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, data: bytes) -> "SessionDescription":
        """Read a description; SdpError 400. One is read by each step of its negotiation, and so kept for a while.

        Lines may end in LF; s= and t= may be missing; unknown lines and attributes are kept. Bytes that are no UTF-8
        survive (`surrogateescape`).
        """
        return _recall(data) if len(data) <= MAX_RECALLED_BYTES else _read(data)

    @property
    def direction(self) -> Direction | None:
        """The direction for media that say none."""
        return find_direction(self.attributes)

    def get(self, name: str) -> str | None:
        """Return the value of the first session attribute `name`; empty for a flag, None where it is absent."""
        for key, value in self.attributes:
            if key == name:
                return value or ""
        return None

    def direction_of(self, media: Media) -> Direction:
        """The direction of one media line (RFC 8866 6.7): its own, the session's, or sendrecv."""
        return media.direction or self.direction or "sendrecv"

    def connection_of(self, media: Media) -> Connection | None:
        """Where one media line is to be sent."""
        return media.connection or self.connection

    def __bytes__(self) -> bytes:
        lines = ["v=0", f"o={self.origin}", f"s={self.name}"]
        if self.connection:
            lines.append(f"c={self.connection}")
        lines += [f"{letter}={value}" for letter, value in self.other]
        lines += [f"t={times}" for times in self.times]
        lines += attribute_lines(self.attributes)
        for media in self.media:
            lines += media.lines()
        return ("\r\n".join(lines) + "\r\n").encode("utf-8", "surrogateescape")


class _Section:
    """Lines of the session or of one media line."""

    def __init__(self, media: Media | None) -> None:
        self.media = media
        self.connection: Connection | None = None
        self.attributes: list[Attribute] = []
        self.other: list[tuple[str, str]] = []

    def take(self, letter: str, value: str) -> None:
        if letter == "c":
            self.connection = Connection.parse(value)
        elif letter == "a":
            name, colon, rest = value.partition(":")
            self.attributes.append((name.strip(), rest.strip() if colon else None))
        else:
            self.other.append((letter, value))


class _Reader:
    """Sorts lines into sections."""

    def __init__(self) -> None:
        self._session = _Section(None)
        self._media: list[_Section] = []
        self._origin: Origin | None = None
        self._name = "-"
        self._times: list[str] = []

    def take(self, line: str) -> None:
        letter, equals, value = line[:1], line[1:2], line[2:]
        if equals != "=" or not letter.isalpha():
            raise SdpError(400, "Malformed line")
        if letter == "m":
            if len(self._media) >= MAX_MEDIA:
                raise SdpError(400, "Too many media lines")
            self._media.append(_Section(Media.parse_line(value)))
        elif self._media:
            self._media[-1].take(letter, value)
        else:
            self._take_session_line(letter, value)

    def _take_session_line(self, letter: str, value: str) -> None:
        if letter == "v":
            if value.strip() != "0":
                raise SdpError(400, "Unknown version")
        elif letter == "o":
            self._origin = Origin.parse(value)
        elif letter == "s":
            self._name = value
        elif letter == "t":
            self._times.append(value)
        else:
            self._session.take(letter, value)

    def description(self) -> SessionDescription:
        if self._origin is None:
            raise SdpError(400, "Missing o= line")
        return SessionDescription(
            origin=self._origin,
            media=tuple(
                msgspec.structs.replace(
                    section.media,
                    connection=section.connection,
                    attributes=tuple(section.attributes),
                    other=tuple(section.other),
                )
                for section in self._media
                if section.media is not None
            ),
            connection=self._session.connection,
            name=self._name,
            times=tuple(self._times) or ("0 0",),
            attributes=tuple(self._session.attributes),
            other=tuple(self._session.other),
        )


def _read(data: bytes) -> SessionDescription:
    lines = data.decode("utf-8", "surrogateescape").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if len(lines) > MAX_LINES:
        raise SdpError(400, "Too many lines")
    reader = _Reader()
    for line in lines:
        if line.strip():
            reader.take(line)
    return reader.description()


_recall = lru_cache(MAX_RECALLED)(_read)
