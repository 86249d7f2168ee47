"""Where the pages of an Ogg stream end (RFC 3533), and how long the Opus in it sounds (RFC 7845)."""

import struct

PAGE = struct.Struct("<4sBBqIIIB")  # capture pattern, version, flags, granule, serial, sequence, checksum, segments
HEAD = b"OpusHead"
RATE = 48_000  # of granule positions, whatever was encoded
NO_PACKET_ENDS = -1
LARGEST_PAGE = PAGE.size + 255 + 255 * 255


class PageScanner:
    """Fed with a stream's bytes; `bytes` counts those of complete pages, `seconds` what they sound."""

    def __init__(self) -> None:
        self.bytes = 0
        self.channels: int = 0
        self._pre_skip = 0
        self._granule = 0
        self._buffer = bytearray()
        self._broken = False

    @property
    def seconds(self) -> float:
        return max(0, self._granule - self._pre_skip) / RATE

    def feed(self, data: bytes) -> None:
        if self._broken:
            return
        self._buffer += data
        while (length := self._page()) is not None:
            del self._buffer[:length]
            self.bytes += length

    def _page(self) -> int | None:
        """The length of the page that the buffer begins with, when it is whole."""
        if len(self._buffer) < PAGE.size:
            return None
        pattern, _, _, granule, _, _, _, segments = PAGE.unpack_from(self._buffer)
        if pattern != b"OggS":
            self._broken = True
            return None
        body = PAGE.size + segments
        if len(self._buffer) < body:
            return None
        length = body + sum(self._buffer[PAGE.size : body])
        if len(self._buffer) < length:
            return None
        if self.bytes == 0 and bytes(self._buffer[body : body + len(HEAD)]) == HEAD:
            self.channels = self._buffer[body + 9]
            self._pre_skip = int.from_bytes(self._buffer[body + 10 : body + 12], "little")
        if granule != NO_PACKET_ENDS:
            self._granule = granule
        return length
