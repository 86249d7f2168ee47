"""The o= line (RFC 8866 5.2)."""

import msgspec

from gateway.sdp.errors import SdpError


class Origin(msgspec.Struct, frozen=True):
    """Who made a description, and which version of it this is. Numbers stay text: some peers exceed 64 bits."""

    username: str
    session_id: str
    version: str
    address_type: str
    address: str

    @classmethod
    def parse(cls, text: str) -> "Origin":
        """Read the value of an o= line; SdpError 400."""
        parts = text.split()
        if len(parts) != 6 or parts[3] != "IN":
            raise SdpError(400, "Malformed o= line")
        return cls(parts[0], parts[1], parts[2], parts[4], parts[5])

    def __str__(self) -> str:
        return f"{self.username} {self.session_id} {self.version} IN {self.address_type} {self.address}"
