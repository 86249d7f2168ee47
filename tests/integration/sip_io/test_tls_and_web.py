"""Calls over TLS, WS and WSS on loopback: certificates, names, subprotocol, frames, handshakes that fail."""

import asyncio
import ssl
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import uvloop
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin, Subprotocol

from gateway.io.certificates import LOOK_SECONDS, ServerCertificates, TlsFiles
from gateway.io.keep_alive import SWEEP_SECONDS
from gateway.io.listeners import DriverSettings, Listener
from gateway.io.liveness import HANDSHAKE_SECONDS, PONG_SECONDS, WEB_PING_SECONDS
from gateway.sip.events import Acknowledged, DialogTerminated, FlowClosed, InviteFailed
from gateway.sip.flow import Transport
from tests.certificates import Authority
from tests.fakes import eventually
from tests.integration.sip_io.conftest import Start
from tests.integration.sip_io.stations import HOST, Station

SIP = Subprotocol("sip")
OPTIONS = (
    b"OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/WS x.invalid;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\n"
    b"To: <sip:c@d>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n"
)


def settings(authority: Authority, transport: Transport, files: TlsFiles | None, host: str = HOST) -> DriverSettings:
    tls = files if transport in ("TLS", "WSS") else None
    own = Listener(transport=transport, host=host, port=0, tls=tls)
    return DriverSettings(listeners=(own,), trusted_ca=authority.file)


@pytest.mark.parametrize("transport", ["TLS", "WS", "WSS"])
@pytest.mark.parametrize("host", [HOST, "::1"])
async def test_a_call_both_ways_on_one_connection(
    start: Start, authority: Authority, transport: Transport, host: str
) -> None:
    files = authority.issue("pbx.example", HOST, "::1")
    caller = await start(settings=settings(authority, transport, files, host))
    callee = await start(settings=settings(authority, transport, files, host))
    callee.answer_calls()
    caller.invite(callee.target(transport))
    await eventually(lambda: callee.count(Acknowledged) == 1)
    session = next(event.session for event in callee.events if isinstance(event, Acknowledged))
    callee.driver.do(lambda endpoint, now: endpoint.hang_up(session, now))
    await eventually(lambda: caller.count(DialogTerminated) == 1)
    assert callee.driver.io_counters.connections == caller.driver.io_counters.connections == 1
    assert callee.driver.io_counters.connections_half_open == 0


async def test_a_bye_written_just_before_tls_is_closed_goes_by_another_connection(
    start: Start, authority: Authority
) -> None:
    files = authority.issue("pbx.example", HOST)
    caller = await start(settings=settings(authority, "TLS", files))
    callee = await start(settings=settings(authority, "TLS", files))
    callee.answer_calls()
    session = caller.invite(callee.target("TLS"))
    await eventually(lambda: callee.count(Acknowledged) == 1)
    callee.driver.drop(callee.invited_on)
    caller.driver.do(lambda endpoint, now: endpoint.hang_up(session, now))
    await eventually(lambda: caller.count(DialogTerminated) == 1 and callee.count(DialogTerminated) == 1)


class TestCertificates:
    async def test_a_peer_of_another_name_is_not_called(self, start: Start, authority: Authority) -> None:
        files = authority.issue("pbx.example")
        caller = await start(settings=settings(authority, "TLS", files))
        callee = await start(settings=settings(authority, "TLS", files))
        caller.invite(callee.target("TLS", "other.example"))
        await eventually(lambda: caller.count(InviteFailed) == 1)
        assert caller.driver.io_counters.connections_failed == 1
        await eventually(lambda: callee.driver.io_counters.handshakes_failed == 1)

    async def test_a_wildcard_names_nobody(self, start: Start, authority: Authority) -> None:
        caller = await start(settings=settings(authority, "TLS", authority.issue("pbx.example")))
        callee = await start(settings=settings(authority, "TLS", authority.issue("*.voice.example", file="any")))
        caller.invite(callee.target("TLS", "pbx.voice.example"))
        await eventually(lambda: caller.count(InviteFailed) == 1)
        assert caller.driver.io_counters.connections_failed == 1
        await eventually(lambda: callee.driver.io_counters.handshakes_failed == 1)

    async def test_a_sip_domain_is_a_name(self, start: Start, authority: Authority) -> None:
        caller = await start(settings=settings(authority, "TLS", authority.issue("pbx.example")))
        callee = await start(settings=settings(authority, "TLS", authority.issue("sip:voice.example", file="domain")))
        callee.answer_calls()
        caller.invite(callee.target("TLS", "voice.example"))
        await eventually(lambda: callee.count(Acknowledged) == 1)

    async def test_a_peer_of_another_authority_is_not_called(
        self, start: Start, authority: Authority, tmp_path: Path
    ) -> None:
        stranger = Authority(tmp_path, "stranger")
        caller = await start(settings=settings(authority, "TLS", authority.issue("a.example")))
        callee = await start(settings=settings(stranger, "TLS", stranger.issue("pbx.example")))
        caller.invite(callee.target("TLS", "pbx.example"))
        await eventually(lambda: caller.count(InviteFailed) == 1)

    async def test_each_domain_shows_its_own_certificate(
        self, start: Start, authority: Authority, tmp_path: Path
    ) -> None:
        folder = tmp_path / "domains"
        folder.mkdir()
        for tenant in ("north.example", "south.example"):
            authority.issue(tenant, folder=str(folder))
        own = authority.issue("pbx.example")
        files = TlsFiles(own.certificate, own.key, folder=str(folder))
        callee = await start(settings=settings(authority, "TLS", files))
        for name in ("north.example", "south.example", "pbx.example"):
            assert await shown_name(callee, authority, name) == name

    async def test_a_renewed_certificate_is_read_without_a_restart(self, authority: Authority) -> None:
        now = [0.0]
        certificates = ServerCertificates(authority.issue("old.example", file="own"), lambda: now[0])
        before = certificates.find("old.example")
        authority.issue("renewed.example", file="own")
        certificates.refresh()
        assert certificates.find("") is before, "files are not looked at for every handshake"
        now[0] += LOOK_SECONDS
        certificates.refresh()
        assert certificates.find("") is not before

    async def test_a_half_written_certificate_leaves_the_former_in_use(self, authority: Authority) -> None:
        now = [0.0]
        files = authority.issue("old.example", file="own")
        certificates = ServerCertificates(files, lambda: now[0])
        before = certificates.find("")
        Path(files.certificate).write_text("-----BEGIN CERTI")
        now[0] += LOOK_SECONDS
        certificates.refresh()
        assert certificates.find("") is before

    async def test_a_client_is_known_by_its_certificate(self, start: Start, authority: Authority) -> None:
        files = authority.issue("pbx.example", client_ca=authority.file)
        carrier = authority.issue("carrier.example", "sip:voice.example")
        caller = await start(settings=settings(authority, "TLS", carrier))
        callee = await start(settings=settings(authority, "TLS", files))
        callee.answer_calls()
        caller.invite(callee.target("TLS", "pbx.example"))
        await eventually(lambda: callee.count(Acknowledged) == 1)
        peer = callee.driver.peer(callee.invited_on)
        assert peer is not None
        assert peer.names == {"carrier.example", "voice.example"}

    async def test_a_client_without_a_certificate_is_nobody(self, start: Start, authority: Authority) -> None:
        files = authority.issue("pbx.example", client_ca=authority.file)
        callee = await start(settings=settings(authority, "TLS", files))
        assert await shown_name(callee, authority, "pbx.example") == "pbx.example"

    async def test_a_connection_is_an_alias_where_the_certificate_says_so(
        self, start: Start, authority: Authority
    ) -> None:
        files = authority.issue("pbx.example", client_ca=authority.file)
        carrier = authority.issue(HOST, "carrier.example")
        callee = await start(settings=settings(authority, "TLS", files))
        caller = await start(settings=settings(authority, "TLS", carrier))
        callee.answer_calls()
        caller.invite(callee.target("TLS", "pbx.example"))
        await eventually(lambda: callee.count(Acknowledged) == 1)
        flow = callee.invited_on
        advertised = caller.target("TLS").remote
        pool = callee.driver.pool
        pool.alias(flow, "elsewhere.example", advertised.port)
        assert (pool.counters.aliases_taken, pool.counters.aliases_refused) == (0, 1)
        pool.alias(flow, HOST, advertised.port)
        caller.answer_calls()
        callee.invite(caller.target("TLS"))
        await eventually(lambda: caller.count(Acknowledged) == 1)
        assert callee.driver.io_counters.connections == 1


class TestHandshakes:
    async def test_garbage_instead_of_tls_is_a_strike(self, start: Start, authority: Authority) -> None:
        station = await start(settings=settings(authority, "TLS", authority.issue("pbx.example")))
        reader, writer = await asyncio.open_connection(HOST, station.target("TLS").remote.port)
        writer.write(b"OPTIONS sip:a@b SIP/2.0\r\n\r\n" * 20)
        await reader.read()
        writer.close()
        await eventually(lambda: station.driver.io_counters.handshakes_failed == 1)
        assert station.driver.io_counters.connections == station.driver.io_counters.connections_half_open == 0

    async def test_a_handshake_that_takes_too_long_is_ended(self, start: Start, authority: Authority) -> None:
        station = await start(settings=settings(authority, "WSS", authority.issue("pbx.example")))
        reader, writer = await asyncio.open_connection(HOST, station.target("WSS").remote.port)
        await eventually(lambda: station.driver.io_counters.connections_half_open == 1)
        now = asyncio.get_running_loop().time()
        station.driver.pool.sweep(now + HANDSHAKE_SECONDS / 2)
        station.driver.pool.sweep(now + HANDSHAKE_SECONDS + 1)
        with suppress(ConnectionError):
            assert await reader.read() == b""
        writer.close()
        assert station.driver.io_counters.handshakes_failed == 1

    async def test_a_stranger_gets_no_handshake(self, start: Start, authority: Authority) -> None:
        station = await start(settings=settings(authority, "TLS", authority.issue("pbx.example")))
        station.known = False
        with pytest.raises((ConnectionError, ssl.SSLError, asyncio.IncompleteReadError)):
            await shown_name(station, authority, "pbx.example")
        assert station.driver.io_counters.connections_refused == 1
        assert station.driver.io_counters.handshakes_failed == 0


PAGE = Origin("https://app.example.org")


class TestWebSocket:
    async def web(self, station: Station, *protocols: Subprotocol) -> ClientConnection:
        port = station.target("WS").remote.port
        return await connect(
            f"ws://{HOST}:{port}/", subprotocols=list(protocols) or None, proxy=None, close_timeout=0.1
        )

    async def test_text_and_binary_frames_without_a_length_are_answered(self, start: Start) -> None:
        station = await start(Listener(transport="WS", host=HOST, port=0))
        async with await self.web(station, SIP) as client:
            await client.send(OPTIONS.decode())
            assert str(await client.recv()).startswith("SIP/2.0 200 OK")
            await client.send(OPTIONS.replace(b"z9hG4bKx", b"z9hG4bKy"))
            assert str(await client.recv()).startswith("SIP/2.0 200 OK")
            await client.send([OPTIONS[:50].decode(), OPTIONS[50:].replace(b"KX", b"Kz").decode()])  # in fragments
            assert "\r\nVia: SIP/2.0/WS x.invalid;branch=z9hG4bKx" in str(await client.recv())

    async def test_pings_of_both_kinds_are_answered(self, start: Start) -> None:
        station = await start(Listener(transport="WS", host=HOST, port=0))
        async with await self.web(station, SIP) as client:
            await (await client.ping())
            await client.send("\r\n\r\n")
            assert await client.recv() == "\r\n"

    @pytest.mark.parametrize("run", [asyncio.run, uvloop.run])  # tests have the one, `cordboard serve` the other
    def test_a_browser_that_is_gone_without_a_goodbye_is_found_out(
        self, run: Callable[[Coroutine[Any, Any, None]], None]
    ) -> None:
        async def browser_goes() -> None:
            station = await Station().start(Listener(transport="WS", host=HOST, port=0))
            async with await self.web(station, SIP) as client:
                await client.send(OPTIONS.decode())
                await client.recv()
                now = asyncio.get_running_loop().time()
                await eventually(lambda: asyncio.get_running_loop().time() > now)  # uvloop's clock goes by milliseconds
                client.transport.pause_reading()  # type: ignore[attr-defined]  # its end of the socket stays open
                station.driver.pool.sweep(now + WEB_PING_SECONDS + 1)
                assert station.driver.io_counters.keep_alives_sent == 1
                assert station.count(FlowClosed) == 0
                station.driver.pool.sweep(now + WEB_PING_SECONDS + PONG_SECONDS + SWEEP_SECONDS + 1)
                await eventually(lambda: station.count(FlowClosed) == 1)
                assert station.driver.io_counters.connections_dead == 1
            await station.driver.close()

        run(browser_goes())

    @pytest.mark.parametrize("offered", [(), (Subprotocol("chat"),)])
    async def test_another_subprotocol_is_refused(self, start: Start, offered: tuple[Subprotocol, ...]) -> None:
        station = await start(Listener(transport="WS", host=HOST, port=0))
        with pytest.raises(InvalidStatus) as caught:
            await self.web(station, *offered)
        assert caught.value.response.status_code == 400
        await eventually(lambda: station.driver.io_counters.handshakes_failed == 1)

    @pytest.mark.parametrize(
        ("origin", "let_in"), [(None, True), (PAGE, True), (Origin("https://evil.example"), False)]
    )
    async def test_pages_of_other_origins_are_refused(self, start: Start, origin: Origin | None, let_in: bool) -> None:
        station = await start(Listener(transport="WS", host=HOST, port=0, origins=(PAGE,)))
        address = f"ws://{HOST}:{station.target('WS').remote.port}/"
        status = 101
        try:
            async with connect(address, subprotocols=[SIP], proxy=None, origin=origin, close_timeout=0.1):
                pass
        except InvalidStatus as refused:
            status = refused.response.status_code
        assert status == (101 if let_in else 403)

    async def test_what_is_too_large_ends_the_connection(self, start: Start) -> None:
        station = await start(Listener(transport="WS", host=HOST, port=0))
        async with await self.web(station, SIP) as client:
            await client.send("x" * 70_000)
            with pytest.raises(ConnectionClosed) as caught:
                await client.recv()
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 1009

    async def test_a_plain_web_page_is_not_served(self, start: Start) -> None:
        station = await start(Listener(transport="WS", host=HOST, port=0))
        reader, writer = await asyncio.open_connection(HOST, station.target("WS").remote.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await reader.read()).startswith(b"HTTP/1.1 426 ")
        writer.close()


async def shown_name(station: Station, authority: Authority, name: str) -> str:
    """What certificate a client sees that asks for `name`."""
    context = ssl.create_default_context(cafile=authority.file)
    _, writer = await asyncio.open_connection(
        HOST, station.target("TLS").remote.port, ssl=context, server_hostname=name
    )
    certificate = writer.get_extra_info("peercert")
    writer.close()
    return str(certificate["subjectAltName"][0][1])
