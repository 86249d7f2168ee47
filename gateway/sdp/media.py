"""A media description: the m= line and what follows it (RFC 8866 5.14)."""

from functools import cached_property

import msgspec

from gateway.sdp.connection import Connection
from gateway.sdp.direction import DIRECTIONS, Direction
from gateway.sdp.errors import SdpError
from gateway.sdp.payload_type import STATIC_PAYLOADS, PayloadType, parse_rtpmap

Attribute = tuple[str, str | None]

MAX_PORT = 65535
_DIRECTIONS: dict[str, Direction] = {direction: direction for direction in DIRECTIONS}
MAX_FORMATS = 128  # there are no more payload types (RFC 3550 5.1): what a longer list has repeats some


class Media(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One media line with its attributes in order; `other` keeps lines such as b= with their letter."""

    kind: str
    port: int
    protocol: str
    formats: tuple[str, ...]
    port_count: int = 1
    connection: Connection | None = None
    attributes: tuple[Attribute, ...] = ()
    other: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse_line(cls, text: str) -> "Media":
        """Read the value of an m= line; SdpError 400."""
        parts = text.split()
        if len(parts) < 4:
            raise SdpError(400, "Malformed m= line")
        port, slash, count = parts[1].partition("/")
        if not _is_port(port) or (slash and not _is_port(count)):
            raise SdpError(400, "Malformed port")
        return cls(
            kind=parts[0],
            port=int(port),
            protocol=parts[2],
            formats=tuple(parts[3:]),
            port_count=int(count) if slash else 1,
        )

    def get(self, name: str) -> str | None:
        """Return the value of the first attribute `name`; empty for a flag, None where it is absent."""
        for key, value in self.attributes:
            if key == name:
                return value or ""
        return None

    def has(self, name: str) -> bool:
        """Whether the attribute `name` is there, as a flag or with a value."""
        return self.get(name) is not None

    def get_all(self, name: str) -> list[str]:
        """Return the values of all attributes `name`."""
        return [value or "" for key, value in self.attributes if key == name]

    @property
    def direction(self) -> Direction | None:
        """The direction that this media line says itself."""
        return find_direction(self.attributes)

    @cached_property
    def payload_types(self) -> tuple[PayloadType, ...]:
        """The formats that are known by rtpmap or by number, in order of preference."""
        mapped = {payload.number: payload for text in self.get_all("rtpmap") if (payload := parse_rtpmap(text))}
        found: list[PayloadType] = []
        for text in self.formats[:MAX_FORMATS]:
            if not (text.isascii() and text.isdigit() and len(text) <= 3):
                continue
            number = int(text)
            if number in mapped:
                found.append(mapped[number])
            elif number in STATIC_PAYLOADS:
                found.append(PayloadType(number, *STATIC_PAYLOADS[number]))
        return tuple(found)

    def rejected(self) -> "Media":
        """The same line with port 0: not wanted (RFC 3264 6), but still named (RFC 8829 5.3.1)."""
        mid = self.get("mid")
        named: tuple[Attribute, ...] = (("mid", mid),) if mid else ()
        return Media(kind=self.kind, port=0, protocol=self.protocol, formats=self.formats, attributes=named)

    def lines(self) -> list[str]:
        """Write it."""
        count = "" if self.port_count == 1 else f"/{self.port_count}"
        lines = [f"m={self.kind} {self.port}{count} {self.protocol} {' '.join(self.formats)}"]
        if self.connection:
            lines.append(f"c={self.connection}")
        lines += [f"{letter}={value}" for letter, value in self.other]
        lines += attribute_lines(self.attributes)
        return lines


def find_direction(attributes: tuple[Attribute, ...]) -> Direction | None:
    """Return the direction among attributes."""
    for name, value in attributes:
        if value is None and name in _DIRECTIONS:
            return _DIRECTIONS[name]
    return None


def attribute_lines(attributes: tuple[Attribute, ...]) -> list[str]:
    """Write a= lines."""
    return [f"a={name}" if value is None else f"a={name}:{value}" for name, value in attributes]


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= MAX_PORT
