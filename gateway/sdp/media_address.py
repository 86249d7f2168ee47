"""Where media goes."""

import msgspec


class MediaAddress(msgspec.Struct, frozen=True):
    """An IP literal and a port."""

    host: str
    port: int
