"""RFC 3263 against a name server on loopback: NAPTR, SRV with weights, addresses, time to live."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import cast

import dns.message
import dns.rrset
import pytest

from gateway.io.names import MAX_KEPT_SECONDS, NameCache, SystemNames
from gateway.io.resolver import SystemResolver
from gateway.sip.flow import DnsQuery, HostPort, Target, Transport

HOST = "127.0.0.1"
ALL: tuple[Transport, ...] = ("UDP", "TCP", "TLS", "WSS")
ZONE = """
carrier.example. 60 IN NAPTR 20 10 "s" "SIP+D2U" "" _sip._udp.carrier.example.
carrier.example. 60 IN NAPTR 10 10 "s" "SIP+D2T" "" _sip._tcp.carrier.example.
carrier.example. 60 IN NAPTR 5 10 "s" "SIP+D2S" "" _sip._sctp.carrier.example.
carrier.example. 60 IN NAPTR 30 10 "s" "SIPS+D2T" "" _sips._tcp.carrier.example.
_sip._udp.carrier.example. 60 IN SRV 10 0 5060 u.carrier.example.
_sip._tcp.carrier.example. 60 IN SRV 20 0 5062 b.carrier.example.
_sip._tcp.carrier.example. 60 IN SRV 10 0 5060 a.carrier.example.
_sips._tcp.carrier.example. 60 IN SRV 10 0 5061 a.carrier.example.
a.carrier.example. 60 IN A 192.0.2.1
a.carrier.example. 60 IN AAAA 2001:db8::1
b.carrier.example. 60 IN A 192.0.2.2
u.carrier.example. 60 IN A 192.0.2.3
_sip._udp.weighted.example. 60 IN SRV 1 30 1 a.carrier.example.
_sip._udp.weighted.example. 60 IN SRV 1 10 2 b.carrier.example.
_sip._udp.none.example. 60 IN SRV 1 1 1 .
bare.example. 7 IN A 192.0.2.9
"""


class NameServer(asyncio.DatagramProtocol):
    """Answers from the zone above."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.port = 0
        self._transport: asyncio.DatagramTransport | None = None
        self._records: dict[tuple[str, str], list[str]] = {}
        for line in ZONE.strip().splitlines():
            name, ttl, _, kind, data = line.split(" ", 4)
            self._records.setdefault((name, kind), []).append(f"{ttl} {data}")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        name, kind = question.name.to_text(), question.rdtype.name
        self.asked[kind] += 1
        response = dns.message.make_response(query)
        found = self._records.get((name, kind), [])
        if found:
            ttl = int(found[0].split(" ", 1)[0])
            texts = [record.split(" ", 1)[1] for record in found]
            response.answer.append(dns.rrset.from_text_list(name, ttl, "IN", kind, texts))
        assert self._transport is not None
        self._transport.sendto(response.to_wire(), addr)

    def close(self) -> None:
        assert self._transport is not None
        self._transport.close()


@pytest.fixture
async def server() -> AsyncIterator[NameServer]:
    server = NameServer()
    await asyncio.get_running_loop().create_datagram_endpoint(lambda: server, local_addr=(HOST, 0))
    yield server
    server.close()
    await asyncio.sleep(0)  # the loop closes the socket in its next round


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def resolver(server: NameServer, clock: Clock) -> SystemResolver:
    return SystemResolver(ALL, NameCache(SystemNames([HOST], server.port), clock), lambda: 0.99)


def places(targets: list[Target]) -> list[tuple[str, str, int]]:
    return [(target.transport, target.remote.host, target.remote.port) for target in targets]


async def test_the_owner_of_the_name_chooses_the_transport(resolver: SystemResolver) -> None:
    found = await resolver.resolve(DnsQuery("carrier.example", None, None))
    assert places(found) == [
        ("TCP", "192.0.2.1", 5060),
        ("TCP", "2001:db8::1", 5060),
        ("TCP", "192.0.2.2", 5062),
    ]


async def test_a_secure_uri_takes_secure_services_only(resolver: SystemResolver) -> None:
    found = await resolver.resolve(DnsQuery("carrier.example", None, None, secure=True))
    assert places(found) == [("TLS", "192.0.2.1", 5061), ("TLS", "2001:db8::1", 5061)]
    assert {target.name for target in found} == {"carrier.example"}, "the certificate has to bear the domain"


async def test_a_transport_in_the_uri_needs_no_naptr(resolver: SystemResolver, server: NameServer) -> None:
    found = await resolver.resolve(DnsQuery("carrier.example", "UDP", None))
    assert places(found) == [("UDP", "192.0.2.3", 5060)]
    assert server.asked["NAPTR"] == 0


async def test_a_port_in_the_uri_needs_no_services(resolver: SystemResolver, server: NameServer) -> None:
    found = await resolver.resolve(DnsQuery("a.carrier.example", "UDP", 5070))
    assert places(found) == [("UDP", "192.0.2.1", 5070), ("UDP", "2001:db8::1", 5070)]
    assert server.asked["SRV"] == 0


async def test_a_name_without_services_is_an_address(resolver: SystemResolver) -> None:
    assert places(await resolver.resolve(DnsQuery("bare.example", None, None))) == [("UDP", "192.0.2.9", 5060)]


@pytest.mark.parametrize(("drawn", "first"), [(0.1, 2), (0.24, 2), (0.26, 1), (0.9, 1)])
async def test_weights_share_the_load(server: NameServer, drawn: float, first: int) -> None:
    names = NameCache(SystemNames([HOST], server.port))
    resolver = SystemResolver(("UDP",), names, lambda: drawn)
    ports = [target.remote.port for target in await resolver.resolve(DnsQuery("weighted.example", None, None))]
    assert ports[0] == first
    assert set(ports) == {1, 2}


async def test_a_name_that_says_no_is_nowhere_by_that_service(resolver: SystemResolver) -> None:
    assert await resolver.resolve(DnsQuery("none.example", "UDP", None)) == []


async def test_answers_are_kept_as_long_as_they_hold(
    resolver: SystemResolver, server: NameServer, clock: Clock
) -> None:
    query = DnsQuery("bare.example", "UDP", 5060)
    for now, asked in ((0.0, 1), (6.9, 1), (7.1, 2), (MAX_KEPT_SECONDS, 3)):
        clock.now = now
        assert await resolver.resolve(query) == [Target("UDP", HostPort("192.0.2.9", 5060))]
        assert server.asked["A"] == asked


async def test_calls_at_one_moment_ask_once(resolver: SystemResolver, server: NameServer) -> None:
    query = DnsQuery("bare.example", "UDP", 5060)
    await asyncio.gather(*(resolver.resolve(query) for _ in range(20)))
    assert server.asked["A"] == 1
