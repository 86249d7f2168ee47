"""Captured messages as a pcap file that Wireshark reads: raw IP (LINKTYPE_RAW), one UDP datagram per message.

Messages of connections are written as datagrams too, so that those of TLS and WebSocket can be read like all others.
"""

import struct
from collections.abc import Iterable
from ipaddress import ip_address

from gateway.traces.model import Packet

LINKTYPE_RAW = 101
MAX_DATAGRAM = 65_507  # 65,535 less the headers of IPv4 and UDP
_UDP = 17
_HOPS = 64


def pcap(packets: Iterable[Packet]) -> bytes:
    """Write the file."""
    head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, LINKTYPE_RAW)
    return head + b"".join(map(_record, packets))


def _record(packet: Packet) -> bytes:
    source, target = (packet.local, packet.remote) if packet.sent else (packet.remote, packet.local)
    datagram = _datagram(source, target, packet.data[: MAX_DATAGRAM - 40])
    seconds = int(packet.at)
    return struct.pack("<IIII", seconds, int((packet.at - seconds) * 1e6), len(datagram), len(datagram)) + datagram


def _datagram(source: tuple[str, int], target: tuple[str, int], data: bytes) -> bytes:
    hosts = ip_address(source[0].partition("%")[0]), ip_address(target[0].partition("%")[0])
    length = 8 + len(data)
    udp = struct.pack("!HHHH", source[1], target[1], length, 0)
    if any(host.version == 6 for host in hosts):
        ends = b"".join(host.packed if host.version == 6 else b"\0" * 10 + b"\xff\xff" + host.packed for host in hosts)
        total = _checksum(ends + struct.pack("!IHBB", length, 0, 0, _UDP) + udp + data) or 0xFFFF
        udp = udp[:6] + struct.pack("!H", total)
        return struct.pack("!IHBB", 6 << 28, length, _UDP, _HOPS) + ends + udp + data
    ends = hosts[0].packed + hosts[1].packed
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + length, 0, 0, _HOPS, _UDP, 0)
    return head[:10] + struct.pack("!H", _checksum(head + ends)) + ends + udp + data


def _checksum(data: bytes) -> int:
    """RFC 1071."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
