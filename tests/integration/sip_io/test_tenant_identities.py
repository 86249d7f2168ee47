"""What belongs to a name that is not the gateway's own: whose word is taken there, and that it counts nowhere else."""

import asyncio
import socket
import ssl
from contextlib import suppress
from pathlib import Path

import pytest

from gateway.io.listeners import DriverSettings, Listener
from gateway.sip.flow import Flow, HostPort, Transport
from gateway.sip.framing import PING
from gateway.sip.tls_identity import PeerCertificate, TlsIdentity
from tests.certificates import Authority
from tests.fakes import eventually
from tests.integration.sip_io.conftest import Start
from tests.integration.sip_io.stations import HOST, Station

GATEWAY, NORTH, PEER = "gateway.example", "north.example", "carrier.example"


async def gateway(start: Start, authority: Authority, north: Authority, transport: Transport = "TLS") -> Station:
    """The operator's authority vouches at its own name, the tenant's at the tenant's."""
    identity = TlsIdentity(owner="north", trusted_ca=Path(north.file).read_text())
    listener = Listener(transport=transport, host=HOST, port=0, tls=authority.issue(GATEWAY, client_ca=authority.file))
    return await start(
        settings=DriverSettings(listeners=(listener,), server_identity=lambda name: identity if name == NORTH else None)
    )


class Visitor:
    """A client with one certificate, which goes on with its former session where it is let."""

    def __init__(self, signed_by: Authority | None, version: ssl.TLSVersion) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.context.check_hostname, self.context.verify_mode = False, ssl.CERT_NONE
        self.context.maximum_version = version
        self.session: ssl.SSLSession | None = None
        self.resumed = False
        if signed_by is not None:
            files = signed_by.issue(PEER, file=f"visitor{version}")
            self.context.load_cert_chain(files.certificate, files.key)

    async def visit(self, station: Station, name: str, transport: Transport = "TLS") -> PeerCertificate | None:
        """Who the gateway takes us for; None: nobody, or it let us go."""
        place = station.target(transport).remote
        connection = await asyncio.to_thread(socket.create_connection, (place.host, place.port))
        flow = Flow(transport, place, HostPort(*connection.getsockname()))
        with connection:
            try:
                tls = await asyncio.to_thread(self._shake_hands, connection, name)
            except OSError:
                return None
            with tls:
                return station.driver.peer(flow)

    def _shake_hands(self, connection: socket.socket, name: str) -> ssl.SSLSocket:
        connection.settimeout(5)
        tls = self.context.wrap_socket(connection, server_hostname=name, session=self.session)
        try:
            self.resumed = bool(tls.session_reused)
            tls.send(PING)
            if not tls.recv(10):  # after which the ticket of TLS 1.3 has come, too
                raise ConnectionResetError
        except OSError:
            tls.close()
            raise
        self.session = tls.session
        return tls


@pytest.fixture(params=[ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
def version(request: pytest.FixtureRequest) -> ssl.TLSVersion:
    return request.param


async def test_each_name_has_its_own_authorities(
    start: Start, authority: Authority, tmp_path: Path, version: ssl.TLSVersion
) -> None:
    north = Authority(tmp_path, "north")
    station = await gateway(start, authority, north)
    found = await Visitor(north, version).visit(station, NORTH)
    assert found is not None
    assert (found.names, found.vouched) == ({PEER}, "north")
    found = await Visitor(authority, version).visit(station, GATEWAY)
    assert found is not None
    assert (found.names, found.vouched) == ({PEER}, "")
    assert await Visitor(north, version).visit(station, GATEWAY) is None
    assert await Visitor(authority, version).visit(station, NORTH) is None
    assert station.driver.io_counters.handshakes_failed == 2


async def test_who_shows_nothing_is_let_in_and_is_nobody(
    start: Start, authority: Authority, tmp_path: Path, version: ssl.TLSVersion
) -> None:
    station = await gateway(start, authority, Authority(tmp_path, "north"))
    assert await Visitor(None, version).visit(station, NORTH) is None
    assert station.driver.io_counters.handshakes_failed == 0


async def test_what_was_proven_at_one_name_is_not_resumed_at_another(
    start: Start, authority: Authority, tmp_path: Path, version: ssl.TLSVersion
) -> None:
    north = Authority(tmp_path, "north")
    station = await gateway(start, authority, north)
    visitor = Visitor(north, version)
    assert await visitor.visit(station, NORTH) is not None
    again = await visitor.visit(station, NORTH)
    assert (visitor.resumed, again and again.vouched) == (True, "north")
    assert await visitor.visit(station, GATEWAY) is None
    other = Visitor(authority, version)
    assert await other.visit(station, GATEWAY) is not None
    found = await other.visit(station, NORTH)
    assert found is None or found.vouched == "", "who was known to the operator is no more than that"


async def test_browsers_are_not_asked_for_what_tenants_authorities_signed(
    start: Start, authority: Authority, tmp_path: Path, version: ssl.TLSVersion
) -> None:
    north = Authority(tmp_path, "north")
    station = await gateway(start, authority, north, "WSS")
    with suppress(OSError):
        assert await Visitor(north, version).visit(station, NORTH, "WSS") is None
    assert station.driver.io_counters.handshakes_failed == 1


async def test_a_tenants_authority_lends_nobody_a_place(start: Start, authority: Authority, tmp_path: Path) -> None:
    """The connection of its peer does not stand for the address that its certificate bears (RFC 5923)."""
    north = Authority(tmp_path, "north")
    station = await gateway(start, authority, north)
    place = station.target("TLS").remote
    context = Visitor(north, ssl.TLSVersion.TLSv1_3).context
    _, writer = await asyncio.open_connection(place.host, place.port, ssl=context, server_hostname=NORTH)
    flow = Flow("TLS", place, HostPort(*writer.get_extra_info("sockname")))
    await eventually(lambda: station.driver.peer(flow) is not None)
    station.driver.pool.alias(flow, PEER, 5061)
    assert station.driver.io_counters.aliases_refused == 1
    writer.close()
