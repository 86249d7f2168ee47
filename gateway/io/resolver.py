"""Where a SIP name is (RFC 3263): NAPTR chooses the transport, SRV the hosts, A and AAAA their addresses."""

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import Any

from gateway.io.names import NameCache, SystemNames
from gateway.sip.flow import DnsQuery, HostPort, Target, Transport
from gateway.sip.routing import default_port

ALL_SECONDS = 5.0  # for all questions about one name together
MAX_TARGETS = 8  # places tried for one request; each may cost some seconds
MAX_HOSTS = 16  # SRV records that are followed

_SERVICES: dict[Transport, str] = {
    "UDP": "_sip._udp",
    "TCP": "_sip._tcp",
    "TLS": "_sips._tcp",
    "WS": "_sip._ws",
    "WSS": "_sips._ws",
}
_NAPTR_SERVICES: dict[str, Transport] = {
    "SIP+D2U": "UDP",
    "SIP+D2T": "TCP",
    "SIPS+D2T": "TLS",
    "SIP+D2W": "WS",
    "SIPS+D2W": "WSS",
}
_SECURE: tuple[Transport, ...] = ("TLS", "WSS")


class SystemResolver:
    """Asks the name servers and the hosts file of this machine."""

    def __init__(
        self,
        transports: Sequence[Transport],
        names: NameCache | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`transports`: what we can send over, most wanted first; `chance` draws from 0 to 1, for weights of SRV."""
        self._transports = tuple(transports)
        self._names = names or NameCache(SystemNames())
        self._chance = chance

    async def resolve(self, query: DnsQuery) -> list[Target]:
        """Return the places of a name, best first; empty where it has none."""
        try:
            async with asyncio.timeout(ALL_SECONDS):
                return (await self._places(query))[:MAX_TARGETS]
        except TimeoutError:
            return []

    async def _places(self, query: DnsQuery) -> list[Target]:
        wanted = self._wanted(query)
        if query.port is None:
            found = await self._by_services(query, wanted)
            if found:
                return found
        if not wanted:
            return []
        transport = wanted[0]
        return await self._addresses(query.host, query.port or default_port(transport), transport, query.host)

    async def _by_services(self, query: DnsQuery, wanted: Sequence[Transport]) -> list[Target]:
        """4.1 and 4.2: by NAPTR where the URI leaves the transport open, else by the SRV records of each transport."""
        if query.transport is None:
            for transport, service in await self._chosen_by_naptr(query.host, wanted):
                found = await self._services(service, transport, query.host)
                if found:
                    return found
        for transport in wanted:
            found = await self._services(f"{_SERVICES[transport]}.{query.host}", transport, query.host)
            if found:
                return found
        return []

    def _wanted(self, query: DnsQuery) -> list[Transport]:
        if query.transport is not None:
            return [query.transport] if query.transport in self._transports else []
        return [transport for transport in self._transports if (transport in _SECURE) == query.secure]

    async def _chosen_by_naptr(self, host: str, wanted: Sequence[Transport]) -> list[tuple[Transport, str]]:
        """The owner's order comes before ours; what we do not speak is left out (4.1)."""
        records = await self._names.records(host, "NAPTR")
        chosen: list[tuple[Transport, str]] = []
        for record in sorted(records, key=lambda record: (record.order, record.preference)):
            transport = _NAPTR_SERVICES.get(record.service.decode("ascii", "replace").upper())
            if transport is not None and transport in wanted and record.flags.lower() == b"s":
                chosen.append((transport, record.replacement.to_text(omit_final_dot=True)))
        return chosen

    async def _services(self, service: str, transport: Transport, name: str) -> list[Target]:
        records = await self._names.records(service, "SRV")
        targets: list[Target] = []
        for record in self._in_order(records)[:MAX_HOSTS]:
            host = record.target.to_text(omit_final_dot=True)
            if host:  # a lone dot says that there is no such service (RFC 2782)
                targets += await self._addresses(host, record.port, transport, name)
        return targets

    def _in_order(self, records: Sequence[Any]) -> list[Any]:
        """Order SRV records: by priority, and within one by chance according to their weights (RFC 2782)."""
        ordered: list[Any] = []
        for priority in sorted({record.priority for record in records}):
            left = [record for record in records if record.priority == priority]
            left.sort(key=lambda record: record.weight)  # those without weight first, so that they have a chance
            while left:
                drawn = self._chance() * sum(record.weight for record in left)
                taken = next((record for record in left if (drawn := drawn - record.weight) <= 0), left[-1])
                left.remove(taken)
                ordered.append(taken)
        return ordered

    async def _addresses(self, host: str, port: int, transport: Transport, name: str) -> list[Target]:
        """Places of a host: from the hosts file, else from the name servers, else as this machine finds them."""
        hosts: Sequence[str] = await self._names.records(host, "pinned")
        if not hosts and "." in host:
            ipv4, ipv6 = await asyncio.gather(self._names.records(host, "A"), self._names.records(host, "AAAA"))
            hosts = [record.address for record in (*ipv4, *ipv6)]
        if not hosts:
            hosts = await self._names.records(host, "system")
        shown = name if transport in (*_SECURE, "WS") else ""
        return [Target(transport, HostPort(address, port), shown) for address in dict.fromkeys(hosts)]
