"""The door on loopback: bans, rates, keep-alives by STUN, and who of strangers hears anything."""

import asyncio
import socket
from collections.abc import Iterator

import pytest
from aioice import stun

from gateway.guard.bans import STRANGER, THRESHOLD
from gateway.guard.rates import BURST
from gateway.io.keep_alive import MOST_REQUESTS
from gateway.sip.events import FlowClosed
from gateway.sip.flow import Flow, HostPort
from tests.fakes import eventually
from tests.integration.sip_io.conftest import Start
from tests.integration.sip_io.stations import HOST, Station

OPTIONS = (
    b"OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;rport;branch=z9hG4bK%d\r\nFrom: <sip:a@b>;tag=1\r\n"
    b"To: <sip:c@d>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
)


@pytest.fixture
def phone() -> Iterator[socket.socket]:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sock.bind((HOST, 0))
        yield sock


def remote(station: Station) -> tuple[str, int]:
    address = station.target("UDP").remote
    return address.host, address.port


async def heard(phone: socket.socket) -> bytes:
    return await asyncio.wait_for(asyncio.get_running_loop().sock_recv(phone, 4096), 5)


async def test_a_scanner_is_banned_and_hears_nothing(start: Start, phone: socket.socket) -> None:
    station = await start()
    counters = station.driver.io_counters
    station.known = False
    for number in range(int(THRESHOLD / STRANGER) + 5):
        phone.sendto(OPTIONS % number, remote(station))
    await eventually(lambda: counters.datagrams_received == THRESHOLD / STRANGER + 5)
    before = counters.banned
    assert before >= 4
    assert counters.bans == 1
    station.known = True  # even then: the ban stands
    phone.sendto(OPTIONS % 99, remote(station))
    await eventually(lambda: counters.banned == before + 1)
    with pytest.raises(ConnectionError):
        await refused(station)
    with pytest.raises(BlockingIOError):
        phone.recv(100)


async def refused(station: Station) -> None:
    address = station.target("TCP").remote
    reader, writer = await asyncio.open_connection(address.host, address.port)
    data = await reader.read()
    writer.close()
    if not data:
        raise ConnectionResetError


async def test_a_flood_is_cut_to_the_rate_and_ends_in_a_ban(start: Start) -> None:
    station = await start()
    flow = Flow("UDP", station.target("UDP").remote, HostPort("192.0.2.66", 5060))
    for number in range(int(BURST) * 3):
        station.driver.received(OPTIONS % number, flow)
    counters = station.driver.io_counters
    assert counters.rate_limited >= THRESHOLD
    assert counters.bans == 1
    assert station.driver.endpoint.counters.received - station.driver.endpoint.counters.unknown_source < BURST * 1.5


async def test_a_trunk_is_neither_limited_nor_banned(start: Start) -> None:
    station = await start()
    station.trusted = True
    flow = Flow("UDP", station.target("UDP").remote, HostPort("192.0.2.66", 5060))
    for number in range(int(BURST) * 2):
        station.driver.received(b"garbage \r\n\r\n" if number % 2 else OPTIONS % number, flow)
    assert (station.driver.io_counters.rate_limited, station.driver.io_counters.bans) == (0, 0)


async def test_garbage_of_a_known_source_is_held_against_it(start: Start) -> None:
    station = await start()
    flow = Flow("UDP", station.target("UDP").remote, HostPort("192.0.2.66", 5060))
    for _ in range(20):
        station.driver.received(b"x" * 100, flow)
    assert station.driver.io_counters.bans == 1


async def test_a_stun_keep_alive_is_answered_to_the_known_only(start: Start, phone: socket.socket) -> None:
    station = await start()
    asked = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    phone.sendto(bytes(asked), remote(station))
    answer = stun.parse_message(await heard(phone))
    assert answer.attributes["XOR-MAPPED-ADDRESS"] == phone.getsockname()
    station.known = False
    phone.sendto(bytes(asked), remote(station))
    await eventually(lambda: station.driver.io_counters.datagrams_received == 2)
    assert station.driver.io_counters.stun_answered == 1


async def test_a_kept_flow_asks_where_it_is_seen_and_is_given_up_without_an_answer(
    start: Start, phone: socket.socket
) -> None:
    station = await start()
    flow = Flow("UDP", station.target("UDP").remote, HostPort(*phone.getsockname()))
    station.driver.keep_open(flow, None, 0.0)
    for _ in range(MOST_REQUESTS):
        station.driver.look_after()
        assert stun.parse_message(await heard(phone)).message_class is stun.Class.REQUEST
    assert station.count(FlowClosed) == 0
    station.driver.look_after()
    assert station.count(FlowClosed) == 1
    assert station.driver.io_counters.connections_dead == 1
