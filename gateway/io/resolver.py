"""Where a SIP name is (RFC 3263): SRV where the URI names no port, then addresses."""

import asyncio
import socket
from collections.abc import Sequence

import dns.asyncresolver
import dns.exception

from gateway.sip.flow import DnsQuery, HostPort, Target, Transport
from gateway.sip.routing import default_port

DNS_SECONDS = 5.0  # how long a name server may take; the call's own timers run on meanwhile
MAX_TARGETS = 8  # places tried for one request; each may cost 32 s

_SERVICES: dict[Transport, str] = {"UDP": "_sip._udp", "TCP": "_sip._tcp", "TLS": "_sips._tcp"}


class SystemResolver:
    """Asks the name servers and the hosts file of this machine."""

    def __init__(self, transports: Sequence[Transport]) -> None:
        """`transports`: what we can send over, most wanted first."""
        self._transports = tuple(transports)

    async def resolve(self, query: DnsQuery) -> list[Target]:
        """Return the places of a name, best first; empty where it has none."""
        try:
            async with asyncio.timeout(DNS_SECONDS):
                return (await self._places(query))[:MAX_TARGETS]
        except TimeoutError:
            return []

    async def _places(self, query: DnsQuery) -> list[Target]:
        wanted = self._wanted(query)
        if query.port is None:
            for transport in wanted:
                found = await self._services(query.host, transport)
                if found:
                    return found
        if not wanted:
            return []
        return await self._addresses(query.host, query.port or default_port(wanted[0]), wanted[0])

    def _wanted(self, query: DnsQuery) -> list[Transport]:
        if query.transport is not None:
            return [query.transport] if query.transport in self._transports else []
        return [transport for transport in self._transports if (transport == "TLS") == query.secure]

    async def _services(self, host: str, transport: Transport) -> list[Target]:
        service = _SERVICES.get(transport)
        if service is None:
            return []
        try:
            answer = await dns.asyncresolver.resolve(f"{service}.{host}", "SRV", lifetime=DNS_SECONDS / 2)
        except (dns.exception.DNSException, OSError, ValueError):
            return []
        records = sorted(answer, key=lambda record: (record.priority, -record.weight))
        targets: list[Target] = []
        for record in records:
            targets += await self._addresses(record.target.to_text(omit_final_dot=True), record.port, transport)
        return targets

    async def _addresses(self, host: str, port: int, transport: Transport) -> list[Target]:
        kind = socket.SOCK_DGRAM if transport == "UDP" else socket.SOCK_STREAM
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=kind)
        except (OSError, UnicodeError):
            return []
        hosts = dict.fromkeys(str(address[0]) for *_, address in found)
        return [Target(transport, HostPort(name, port)) for name in hosts]
