"""Why a place has no connection: real handshakes on loopback that fail, and places where nobody is."""

import asyncio
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from gateway.io.certificates import TlsFiles
from gateway.io.listeners import DriverSettings, Listener
from gateway.sip.endpoint import SipEndpoint
from gateway.sip.events import RequestFailed, ResponseReceived, SipEvent
from gateway.sip.flow import HostPort, Target, Transport
from gateway.sip.tls_identity import TlsIdentity
from kernel.contracts.carriers import TrunkReason
from load_tests.peers.system import free_port
from tests.certificates import Authority
from tests.fakes import eventually
from tests.integration.sip_io.conftest import Start
from tests.integration.sip_io.stations import FROM, HOST, Station, identity

CARRIER = "carrier.example"


async def secure(start: Start, files: TlsFiles) -> Station:
    return await start(Listener(transport="TLS", host=HOST, port=0, tls=files))


async def near(start: Start, authority: Authority, *known: TlsIdentity) -> Station:
    """It believes the authority, and shows a certificate by it that other authorities do not know."""
    own = Listener(transport="TLS", host=HOST, port=0, tls=authority.issue("gateway.example"))
    find = {one.name: one for one in known}.get
    return await start(settings=DriverSettings(listeners=(own,), trusted_ca=authority.file, identity=find))


@pytest.fixture
def strangers(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "strangers")


async def asked(station: Station, target: Target | None) -> TrunkReason | None:
    """Why an OPTIONS had no answer, told as it fails; None: it had one."""
    found: list[TrunkReason | None] = []

    def react(event: SipEvent) -> None:
        if isinstance(event, RequestFailed):
            assert event.status == 503
            found.append(None if event.destination is None else station.driver.reason(event.destination))
        elif isinstance(event, ResponseReceived):
            found.append(None)

    def send(endpoint: SipEndpoint, now: float) -> None:
        request = endpoint.make_request("OPTIONS", f"sip:{CARRIER};transport=tls", FROM)
        endpoint.send_request(request, target, now)

    station.react = react
    station.driver.do(send)
    await eventually(lambda: bool(found))
    return found[0]


async def test_a_good_connection_has_none(start: Start, authority: Authority) -> None:
    far, station = await secure(start, authority.issue(CARRIER)), await near(start, authority)
    assert await asked(station, far.target("TLS", CARRIER)) is None
    assert station.driver.reason(far.target("TLS", CARRIER)) is None


@pytest.mark.parametrize(
    ("names", "age", "reason"),
    [
        ((CARRIER,), timedelta(days=2), TrunkReason.CERTIFICATE_EXPIRED),
        ((CARRIER,), timedelta(days=-2), TrunkReason.CERTIFICATE_NOT_YET_VALID),
        (("other.example",), timedelta(), TrunkReason.NAME_MISMATCH),
    ],
)
async def test_the_carriers_certificate_is_wrong(
    start: Start, authority: Authority, names: tuple[str, ...], age: timedelta, reason: TrunkReason
) -> None:
    far, station = await secure(start, authority.issue(*names, age=age)), await near(start, authority)
    assert await asked(station, far.target("TLS", CARRIER)) is reason


async def test_nobody_whom_we_believe_signed_it(start: Start, authority: Authority, strangers: Authority) -> None:
    far, station = await secure(start, strangers.issue(CARRIER)), await near(start, authority)
    assert await asked(station, far.target("TLS", CARRIER)) is TrunkReason.UNKNOWN_AUTHORITY


async def test_the_carrier_refuses_ours_and_is_well_once_it_does_not(
    start: Start, authority: Authority, strangers: Authority
) -> None:
    """By TLS 1.3 it says so when the connection is in use."""
    wrong = identity("a", strangers.issue("us.example"))
    right = identity("b", authority.issue("us.example", file="right"))
    far = await secure(start, authority.issue(CARRIER, client_ca=authority.file))
    station, target = await near(start, authority, wrong, right), far.target("TLS", CARRIER)
    refused, taken = (msgspec.structs.replace(target, identity=one.name) for one in (wrong, right))
    assert await asked(station, refused) is TrunkReason.CERTIFICATE_REFUSED
    assert await asked(station, taken) is None
    assert await asked(station, refused) is TrunkReason.CERTIFICATE_REFUSED


async def test_ours_is_gone_or_broken(start: Start, authority: Authority) -> None:
    broken = msgspec.structs.replace(identity("a", authority.issue("us.example")), key="no key")
    far, station = await secure(start, authority.issue(CARRIER)), await near(start, authority, broken)
    for name in (broken.name, "was removed"):
        target = msgspec.structs.replace(far.target("TLS", CARRIER), identity=name)
        assert await asked(station, target) is TrunkReason.OWN_CERTIFICATE_UNUSABLE


async def test_nobody_is_there(start: Start, authority: Authority) -> None:
    station = await near(start, authority)
    assert await asked(station, Target("TLS", HostPort(HOST, free_port()))) is TrunkReason.UNREACHABLE


async def test_the_name_is_unknown(start: Start, authority: Authority) -> None:
    station = await near(start, authority)
    assert await asked(station, None) is None
    (failed,) = (event for event in station.events if isinstance(event, RequestFailed))
    assert failed.destination is None


@pytest.mark.parametrize(
    ("transport", "reason"),
    [("TLS", TrunkReason.HANDSHAKE_FAILED), ("TCP", TrunkReason.CONNECTION_CLOSED)],
)
async def test_who_is_there_hangs_up(
    start: Start, authority: Authority, transport: Transport, reason: TrunkReason
) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.close()

    server = await asyncio.start_server(hang_up, HOST, 0)
    place = HostPort(HOST, server.sockets[0].getsockname()[1])
    station = await near(start, authority) if transport == "TLS" else await start()
    async with server:
        assert await asked(station, Target(transport, place)) is reason
