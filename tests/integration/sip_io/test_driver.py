"""The driver on loopback sockets: calls, names, strangers, garbage, connections and their limits."""

import asyncio
import socket

import pytest
import uvloop

from gateway.io.door import MAX_CONNECTIONS_PER_HOST
from gateway.io.listeners import Listener
from gateway.io.resolver import SystemResolver
from gateway.sip.events import (
    Acknowledged,
    DialogTerminated,
    InviteAccepted,
    InviteFailed,
    InviteReceived,
    RequestFailed,
    ResponseReceived,
    SipEvent,
)
from gateway.sip.flow import DnsQuery, HostPort, Target, Transport
from load_tests.peers.system import free_port
from tests.fakes import eventually
from tests.integration.sip_io.conftest import Start
from tests.integration.sip_io.stations import FROM, HOST, Station, listener

OPTIONS = (
    b"OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\n"
    b"To: <sip:c@d>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
)


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
async def test_a_call_from_one_driver_to_another(start: Start, transport: Transport) -> None:
    caller, callee = await start(), await start()
    callee.answer_calls()
    session = caller.invite(callee.target(transport))
    await eventually(lambda: callee.count(Acknowledged) == 1)
    assert caller.count(InviteAccepted) == 1
    caller.driver.do(lambda endpoint, now: endpoint.hang_up(session, now))
    await eventually(lambda: caller.count(DialogTerminated) == 1 and callee.count(DialogTerminated) == 1)
    assert caller.driver.io_counters.connections == (transport == "TCP")


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
async def test_a_call_over_ipv6(start: Start, transport: Transport) -> None:
    caller, callee = await start(listener(transport, "::1")), await start(listener(transport, "::1"))
    callee.answer_calls()
    caller.invite(callee.target(transport))
    await eventually(lambda: callee.count(Acknowledged) == 1)


async def test_both_families_and_transports_share_one_endpoint(start: Start) -> None:
    caller = await start(*(listener(kind, host) for kind in ("UDP", "TCP") for host in (HOST, "::1")))
    for kind in ("UDP", "TCP"):
        for host in (HOST, "::1"):
            callee = await start(listener(kind, host))
            callee.answer_calls()
            caller.invite(callee.target(kind))
            await eventually(lambda callee=callee: callee.count(Acknowledged) == 1)


async def test_the_callee_hangs_up_over_the_connection_of_the_caller(start: Start) -> None:
    caller, callee = await start(), await start()
    callee.answer_calls()
    caller.invite(callee.target("TCP"))
    await eventually(lambda: callee.count(Acknowledged) == 1)
    session = next(event.session for event in callee.events if isinstance(event, InviteReceived))
    callee.driver.do(lambda endpoint, now: endpoint.hang_up(session, now))
    await eventually(lambda: caller.count(DialogTerminated) == 1)
    assert callee.driver.io_counters.connections == 1


async def test_names_are_looked_up(start: Start) -> None:
    caller, callee = await start(), await start()
    callee.answer_calls()
    caller.resolver.targets = [callee.target("UDP")]
    caller.invite(None)
    await eventually(lambda: callee.count(Acknowledged) == 1)


async def test_a_place_that_refuses_is_left_for_the_next_and_tried_last_from_then_on(start: Start) -> None:
    caller, callee = await start(), await start()
    callee.answer_calls()
    refusing = Target("TCP", HostPort(HOST, free_port()))
    caller.resolver.targets = [refusing, callee.target("UDP")]
    caller.invite(None)
    await eventually(lambda: callee.count(Acknowledged) == 1)
    assert caller.driver.endpoint.counters.failed_over == 1
    caller.invite(None)
    await eventually(lambda: callee.count(Acknowledged) == 2)
    assert caller.driver.endpoint.counters.failed_over == 1, "it is known to be dead"
    assert caller.count(InviteFailed) == 0


async def test_a_place_that_was_dead_and_answers_has_the_calls_again(start: Start) -> None:
    caller, spare = await start(), await start()
    spare.answer_calls()
    port = free_port()
    caller.resolver.targets = [Target("TCP", HostPort(HOST, port)), spare.target("UDP")]
    caller.invite(None)
    await eventually(lambda: spare.count(Acknowledged) == 1)
    first = await start(Listener(transport="TCP", host=HOST, port=port))
    first.answer_calls()
    caller.resolver.targets = caller.resolver.targets[:1]
    caller.invite(None, "sip:desk@first.example")  # it is the last resort of another name
    await eventually(lambda: first.count(Acknowledged) == 1)
    caller.resolver.targets = [*caller.resolver.targets, spare.target("UDP")]
    caller.invite(None)
    await eventually(lambda: first.count(Acknowledged) == 2)
    assert spare.count(Acknowledged) == 1


async def test_a_resolver_that_fails_fails_the_call_only(start: Start) -> None:
    caller = await start()
    caller.resolver.fails = True
    caller.invite(None)
    await eventually(lambda: caller.count(InviteFailed) == 1)
    assert caller.driver.io_counters.failed_handlers == 1


async def test_a_handler_that_raises_harms_nobody(start: Start) -> None:
    caller, callee = await start(), await start()

    def react(event: SipEvent) -> None:
        if not isinstance(event, InviteReceived):
            return
        raise RuntimeError("a fault of the application")

    callee.react = react
    caller.invite(callee.target("UDP"))
    await eventually(lambda: callee.driver.io_counters.failed_handlers == 1)
    callee.answer_calls()
    caller.invite(callee.target("UDP"))
    await eventually(lambda: caller.count(InviteAccepted) == 1)


async def test_a_fault_of_the_core_costs_one_message_only(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    caller, callee = await start(), await start()
    callee.answer_calls()

    def fail(*_arguments: object) -> None:
        raise RuntimeError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(callee.driver.endpoint, "receive", fail)
        session = caller.invite(callee.target("UDP"))
        await eventually(lambda: callee.driver.io_counters.faults == 1)
    await eventually(lambda: caller.count(InviteAccepted) == 1)  # the INVITE is repeated after 0.5 s
    assert session


async def test_a_refused_connection_fails_the_request(start: Start) -> None:
    caller = await start()
    with socket.socket() as unused:
        unused.bind((HOST, 0))
        target = Target("TCP", HostPort(HOST, unused.getsockname()[1]))
        caller.driver.do(
            lambda endpoint, now: endpoint.send_request(endpoint.make_request("OPTIONS", "sip:x", FROM), target, now)
        )
        await eventually(lambda: caller.count(RequestFailed) == 1)
    assert caller.driver.io_counters.connections_failed == 1


async def test_a_closed_connection_is_opened_again(start: Start) -> None:
    caller, callee = await start(), await start()
    callee.answer_calls()
    session = caller.invite(callee.target("TCP"))
    await eventually(lambda: callee.count(Acknowledged) == 1)
    flow = next(event.flow for event in callee.events if isinstance(event, InviteReceived))
    callee.driver.drop(flow)
    await eventually(lambda: caller.driver.io_counters.connections == 0)
    caller.driver.do(lambda endpoint, now: endpoint.hang_up(session, now))
    await eventually(lambda: caller.count(DialogTerminated) == 1 and callee.count(DialogTerminated) == 1)


async def test_a_bye_written_to_a_connection_that_was_just_closed_goes_by_another(start: Start) -> None:
    caller, callee = await start(), await start()
    callee.answer_calls()
    session = caller.invite(callee.target("TCP"))
    await eventually(lambda: callee.count(Acknowledged) == 1)
    callee.driver.drop(callee.invited_on)
    caller.driver.do(lambda endpoint, now: endpoint.hang_up(session, now))
    assert caller.driver.io_counters.connections == 1, "its end is not known yet"
    await eventually(lambda: caller.count(DialogTerminated) == 1 and callee.count(DialogTerminated) == 1)


class TestStrangersAndGarbage:
    async def test_a_stranger_gets_no_connection(self, start: Start) -> None:
        station = await start()
        station.known = False
        reader, writer = await connect(station)
        assert await reader.read() == b""
        writer.close()
        assert station.driver.io_counters.connections_refused == 1

    async def test_a_stranger_gets_no_datagram(self, start: Start) -> None:
        station = await start()
        station.known = False
        with socket.socket(type=socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            sock.bind((HOST, 0))
            remote = station.target("UDP").remote
            for data in (OPTIONS, b"\0" * 1000, b"x" * 60_000):
                sock.sendto(data, (remote.host, remote.port))
            await eventually(lambda: station.driver.io_counters.datagrams_received == 3)
            with pytest.raises(BlockingIOError):
                sock.recv(100)
        assert station.driver.endpoint.counters.unknown_source == 2

    async def test_garbage_on_a_connection_closes_it(self, start: Start) -> None:
        station = await start()
        for data in (b"x" * 100_000, b"OPTIONS sip:a@b SIP/2.0\r\n\r\n", b"\x16\x03\x01" * 30_000):
            reader, writer = await connect(station)
            writer.write(data)
            assert await reader.read() == b""
            writer.close()
        await eventually(lambda: station.driver.io_counters.connections == 0)
        assert station.driver.io_counters.connections_dropped == 3

    async def test_two_messages_in_one_piece_and_one_in_many(self, start: Start) -> None:
        station = await start()
        reader, writer = await connect(station)
        writer.write(OPTIONS + OPTIONS)
        for byte in OPTIONS:
            writer.write(bytes([byte]))
            await writer.drain()
        for _ in range(3):
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"SIP/2.0 200 OK")
        writer.write(b"\r\n\r\n")
        assert await reader.readexactly(2) == b"\r\n"
        writer.close()

    async def test_one_host_gets_a_bounded_number_of_connections(self, start: Start) -> None:
        station = await start()
        writers = [(await connect(station))[1] for _ in range(MAX_CONNECTIONS_PER_HOST + 3)]
        await eventually(lambda: station.driver.io_counters.connections_refused == 3)
        assert station.driver.io_counters.connections == MAX_CONNECTIONS_PER_HOST
        for writer in writers:
            writer.close()

    async def test_a_peer_that_does_not_read_is_dropped(self, start: Start) -> None:
        station = await start()
        station.trusted = True  # of others so many messages would be dropped unread
        _, writer = await connect(station)
        big = OPTIONS.replace(b"Call-ID: 1", b"Call-ID: " + b"1" * 60_000)

        async def write_and_never_read() -> None:
            while True:
                writer.write(big)
                await writer.drain()

        with pytest.raises(ConnectionError):
            await asyncio.wait_for(write_and_never_read(), 20)
        writer.close()
        await eventually(lambda: station.driver.io_counters.connections == 0)


class TestResolver:
    async def test_localhost_is_found(self) -> None:
        found = await SystemResolver(("UDP",)).resolve(DnsQuery("localhost", None, 5070))
        assert Target("UDP", HostPort(HOST, 5070)) in found

    async def test_a_transport_that_we_lack_is_nowhere(self) -> None:
        assert await SystemResolver(("UDP",)).resolve(DnsQuery("localhost", "TCP", 5070)) == []
        assert await SystemResolver(("UDP",)).resolve(DnsQuery("localhost", None, 5070, secure=True)) == []

    async def test_a_name_that_cannot_be_is_nowhere(self) -> None:
        assert await SystemResolver(("UDP",)).resolve(DnsQuery("a" * 300 + ".invalid", None, 5060)) == []


async def connect(station: Station) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    remote = station.target("TCP").remote
    return await asyncio.open_connection(remote.host, remote.port)


async def test_an_options_ping_is_answered(start: Start) -> None:
    caller, callee = await start(), await start()
    caller.driver.do(
        lambda endpoint, now: endpoint.send_request(
            endpoint.make_request("OPTIONS", "sip:x", FROM), callee.target("UDP"), now
        )
    )
    await eventually(lambda: caller.count(ResponseReceived) == 1)


async def test_an_address_that_is_taken_is_an_error(start: Start) -> None:
    station = await start()
    taken = station.target("UDP").remote
    with pytest.raises(OSError, match="in use"):
        await Station().start(Listener(transport="UDP", host=HOST, port=taken.port))


def test_uvloops_handle_of_a_moment_that_has_come_is_no_obstacle() -> None:
    async def set_a_due_timer_twice() -> int:
        station = await Station().start()
        station.driver.endpoint.next_timer = lambda: 0.0  # type: ignore[method-assign]
        try:
            for _ in range(2):
                station.driver.do(lambda _endpoint, _now: None)
        finally:
            await station.driver.close()
        return station.driver.io_counters.faults

    assert uvloop.run(set_a_due_timer_twice()) == 0
