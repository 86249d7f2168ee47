"""The c= line (RFC 8866 5.7)."""

from functools import lru_cache
from ipaddress import ip_address

import msgspec

from gateway.sdp.errors import SdpError

HOLD_ADDRESSES = frozenset({"0.0.0.0", "::"})  # noqa: S104 - "send me nothing" of RFC 2543 peers (RFC 3264 8.4)


MAX_LITERAL_LENGTH = 64  # an IPv6 address has 45 characters, and may name an interface


def is_ip_literal(text: str) -> bool:
    """Whether `text` is an address and no name."""
    return len(text) <= MAX_LITERAL_LENGTH and _is_address(text)


@lru_cache(1024)
def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


class Connection(msgspec.Struct, frozen=True):
    """Where media is to be sent: `IP4` or `IP6` and an address, without a multicast TTL."""

    address_type: str
    address: str

    @classmethod
    def parse(cls, text: str) -> "Connection":
        """Read the value of a c= line; SdpError 400."""
        parts = text.split()
        if len(parts) != 3 or parts[0] != "IN":
            raise SdpError(400, "Malformed c= line")
        return cls(parts[1], parts[2].partition("/")[0])

    @classmethod
    def of(cls, host: str) -> "Connection":
        """Name an IP literal of ours."""
        return cls("IP6" if ":" in host else "IP4", host)

    @property
    def is_hold(self) -> bool:
        """Whether it asks that nothing be sent."""
        return self.address in HOLD_ADDRESSES

    def __str__(self) -> str:
        return f"IN {self.address_type} {self.address}"
