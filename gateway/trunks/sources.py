"""The source addresses of a trunk: IP networks, each optionally with a port, as in `198.51.100.0/24#5060`."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import msgspec

PEERS_KNOWN = 4096  # the same few send all requests; what is beyond these is read again

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class Source(msgspec.Struct, frozen=True):
    """`port` None: any."""

    network: Network
    port: int | None

    @classmethod
    def parse(cls, text: str) -> "Source":
        """ValueError where it is no network in CIDR notation or no port."""
        network, hash_sign, port = text.strip().partition("#")
        if not hash_sign:
            return cls(ip_network(network), None)
        if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
            raise ValueError(f"not a port: {port!r}")
        return cls(ip_network(network), int(port))

    def covers(self, address: Address, port: int) -> bool:
        return self.port in (None, port) and address.version == self.network.version and address in self.network

    @property
    def precision(self) -> tuple[bool, int]:
        """The more exact of two sources that cover an address is the one that was meant."""
        return self.port is not None, self.network.prefixlen


@lru_cache(PEERS_KNOWN)
def read_address(host: str) -> Address | None:
    """The address of an IP literal as a socket names it: without scope, IPv4-mapped IPv6 as IPv4; None for a name."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
