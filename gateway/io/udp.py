"""A UDP socket for SIP."""

import asyncio
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
