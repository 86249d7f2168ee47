"""RTP payload types of a media line (RFC 3551 6, RFC 8866 6.6)."""

from functools import lru_cache

import msgspec

STATIC_PAYLOADS = {
    0: ("PCMU", 8000),
    3: ("GSM", 8000),
    8: ("PCMA", 8000),
    9: ("G722", 8000),
    13: ("CN", 8000),
    18: ("G729", 8000),
}
MAX_RECALLED = 1024  # rtpmap values; all calls of a peer have the same few
MAX_RECALLED_LENGTH = 64
TELEPHONE_EVENT = "telephone-event"


class PayloadType(msgspec.Struct, frozen=True):
    """A number and what it means; the encoding name as the registry writes it, `clock_rate` in Hz."""

    number: int
    encoding: str
    clock_rate: int = 8000
    channels: int = 1

    def means_same(self, other: "PayloadType") -> bool:
        """Whether both name the same format; names compare without case (RFC 8866 6.6)."""
        return (self.encoding.lower(), self.clock_rate, self.channels) == (
            other.encoding.lower(),
            other.clock_rate,
            other.channels,
        )

    def __str__(self) -> str:
        channels = "" if self.channels == 1 else f"/{self.channels}"
        return f"{self.number} {self.encoding}/{self.clock_rate}{channels}"


def parse_rtpmap(text: str) -> PayloadType | None:
    """Read the value of an rtpmap attribute; None for what is malformed, which only loses that format."""
    return _recall(text) if len(text) <= MAX_RECALLED_LENGTH else _read(text)


def _read(text: str) -> PayloadType | None:
    number, _, rest = text.strip().partition(" ")
    encoding, *rates = rest.strip().split("/")
    if not (_is_number(number) and encoding and rates and all(map(_is_number, rates[:2]))):
        return None
    return PayloadType(int(number), encoding, int(rates[0]), int(rates[1]) if len(rates) > 1 else 1)


_recall = lru_cache(MAX_RECALLED)(_read)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 6
