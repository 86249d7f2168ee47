"""By what a source is counted."""

from ipaddress import IPv6Address, ip_address

IPV6_BITS = 64  # one customer of a provider gets at least so much, and could use a new address for every packet


def source_key(host: str) -> str:
    """The address itself; of IPv6 its /64, of an IPv4-mapped one the IPv4 address."""
    if ":" not in host:
        return host
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    prefix = int(address) >> (128 - IPV6_BITS) << (128 - IPV6_BITS)
    return f"{IPv6Address(prefix)}/{IPV6_BITS}"
