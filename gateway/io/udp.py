"""A UDP socket for SIP."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any, cast

from gateway.io.counters import IoCounters
from gateway.sip.flow import Flow, HostPort

RECEIVE_BUFFER_BYTES = 4 << 20  # two thousand INVITEs may wait while Python is busy elsewhere


class UdpSocket(asyncio.DatagramProtocol):
    """Hands each datagram on with its flow."""

    def __init__(self, counters: IoCounters, receive: Callable[[bytes, Flow], None]) -> None:
        self._counters = counters
        self._receive = receive
        self._transport: asyncio.DatagramTransport | None = None
        self.local = HostPort("", 0)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note the address that the socket was bound to."""
        self._transport = cast(asyncio.DatagramTransport, transport)
        host, port = transport.get_extra_info("sockname")[:2]
        self.local = HostPort(host, port)

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        """Take a datagram; `addr` has two more fields over IPv6."""
        self._counters.datagrams_received += 1
        self._receive(data, Flow("UDP", self.local, HostPort(addr[0], addr[1])))

    def error_received(self, exc: Exception) -> None:
        """Count what an ICMP message told; retransmission goes on (RFC 3261 18.4)."""
        self._counters.send_errors += 1

    def send(self, data: bytes, remote: HostPort) -> None:
        """Send a datagram."""
        if self._transport is None or self._transport.is_closing():
            self._counters.send_errors += 1
            return
        self._transport.sendto(data, (remote.host, remote.port))

    def close(self) -> None:
        """Close the socket."""
        if self._transport is not None:
            self._transport.close()


def bind_udp(host: str, port: int) -> socket.socket:
    """Bind a socket; `::` is IPv6 alone, so that `0.0.0.0` has the other family. OSError."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    sock = socket.socket(family, kind, protocol)
    try:
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        sock.setblocking(False)
        sock.bind(address)
    except OSError:
        sock.close()
        raise
    return sock
