"""TLS, and requests too large for a datagram, against programs that nobody here wrote: baresip, SIPp, socat."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.io.certificates import TlsFiles
from gateway.io.driver import SipDriver, open_driver
from gateway.io.listeners import DriverSettings, Listener
from gateway.io.resolver import SystemResolver
from gateway.sdp.negotiation import LocalMedia
from gateway.sdp.offer_answer import OfferAnswer, OfferAnswerState
from gateway.sip.calls import OutgoingInvite
from gateway.sip.events import DialogTerminated, InviteAccepted, InviteReceived, SipEvent
from gateway.sip.flow import HostPort, Target, Transport
from gateway.sip.name_addr import NameAddr
from load_tests.peers.system import free_port, rtp_ports
from tests.certificates import Authority
from tests.fakes import eventually
from tests.programs import HOST, accepts, running

pytestmark = pytest.mark.timeout(60)

BARESIP = """\
sip_listen 127.0.0.1:{port}
sip_certificate {folder}/phone.pem
net_interface 127.0.0.1
audio_source ausine,440
audio_player aubridge,sink
audio_alert aubridge,none
rtp_ports {rtp}
module_path /usr/lib/baresip/modules
module g711.so
module ausine.so
module aubridge.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
"""


class Desk:
    """Answers every call, and hangs up what it placed."""

    def __init__(self) -> None:
        self.driver: SipDriver = None  # type: ignore[assignment]  # set by `desk`
        self.events: list[SipEvent] = []

    def on_event(self, event: SipEvent) -> None:
        self.events.append(event)
        if isinstance(event, InviteReceived):
            negotiation = new_negotiation()
            negotiation.receive_offer(event.request.body)
            body = negotiation.make_answer()
            self.driver.do(lambda endpoint, now: endpoint.accept(event.session, body, now))
        elif isinstance(event, InviteAccepted):
            self.driver.do(lambda endpoint, now: endpoint.hang_up(event.session, now))

    def count(self, kind: type[SipEvent]) -> int:
        return sum(isinstance(event, kind) for event in self.events)

    def port(self, transport: Transport) -> int:
        return next(a.address.port for a in self.driver.addresses if a.transport == transport)

    def invite(self, destination: Target, body: bytes = b"") -> None:
        call = OutgoingInvite(
            target=f"sip:service@{HOST}:{destination.remote.port}",
            from_=NameAddr.of(f"sip:desk@{HOST}"),
            destination=destination,
            body=body or new_negotiation().make_offer(),
        )
        self.driver.do(lambda endpoint, now: endpoint.invite(call, now))


def new_negotiation() -> OfferAnswer:
    return OfferAnswer(LocalMedia(host=HOST, port=40_000), OfferAnswerState(session_id=1))


@pytest.fixture
def files(authority: Authority) -> TlsFiles:
    return authority.issue("pbx.example", HOST)


@pytest.fixture
async def desk(authority: Authority, files: TlsFiles) -> AsyncIterator[Desk]:
    desk = Desk()
    plain = tuple(Listener(transport=transport, host=HOST, port=0) for transport in ("UDP", "TCP"))
    secure = Listener(transport="TLS", host=HOST, port=0, tls=files)
    settings = DriverSettings(listeners=(*plain, secure), trusted_ca=authority.file)
    desk.driver = await open_driver(settings, lambda _flow: True, desk.on_event, SystemResolver(("UDP", "TCP", "TLS")))
    yield desk
    await desk.driver.close()


@pytest.mark.peers("baresip")
async def test_baresip_calls_us_over_tls(desk: Desk, files: TlsFiles, tmp_path: Path) -> None:
    folder = tmp_path / "phone"
    folder.mkdir()
    (folder / "phone.pem").write_bytes(Path(files.certificate).read_bytes() + Path(files.key).read_bytes())
    (folder / "config").write_text(BARESIP.format(port=free_port(), rtp=rtp_ports(100), folder=folder))
    (folder / "accounts").write_text(f"<sip:alice@{HOST};transport=tls>;regint=0\n")
    (folder / "contacts").write_text("")
    dial = f"/dial sip:desk@{HOST}:{desk.port('TLS')};transport=tls"
    async with running(folder, "baresip", "-f", str(folder), "-t", "4", "-e", dial):
        await eventually(lambda: desk.count(InviteReceived) == 1, seconds=10)
        flow = next(event.flow for event in desk.events if isinstance(event, InviteReceived))
        assert flow.transport == "TLS"
        await eventually(lambda: desk.count(DialogTerminated) == 1, seconds=10)
    assert desk.driver.endpoint.counters.malformed == 0


@pytest.mark.peers("sipp", "socat")
async def test_we_call_sipp_over_tls(desk: Desk, files: TlsFiles, tmp_path: Path) -> None:
    both, plain, secure = tmp_path / "both.pem", free_port(), free_port()
    both.write_bytes(Path(files.certificate).read_bytes() + Path(files.key).read_bytes())
    listen = f"OPENSSL-LISTEN:{secure},bind={HOST},cert={both},verify=0,reuseaddr,fork"
    sipp = ("sipp", "-sn", "uas", "-t", "t1", "-i", HOST, "-p", str(plain), "-nostdin")
    async with running(tmp_path, *sipp), running(tmp_path, "socat", listen, f"TCP:{HOST}:{plain}"):
        await accepts(plain)
        await accepts(secure)
        for _ in range(5):
            desk.invite(Target("TLS", HostPort(HOST, secure)))
        await eventually(lambda: desk.count(DialogTerminated) == 5, seconds=15)


@pytest.mark.peers("sipp", "socat")
async def test_sipp_calls_us_over_tls(desk: Desk, tmp_path: Path) -> None:
    wrapped = free_port()
    connect = f"OPENSSL:{HOST}:{desk.port('TLS')},verify=0"
    async with running(tmp_path, "socat", f"TCP-LISTEN:{wrapped},bind={HOST},reuseaddr,fork", connect):
        await accepts(wrapped)
        arguments = ("-sn", "uac", "-t", "t1", "-i", HOST, "-p", str(free_port()), "-r", "20", "-m", "5", "-nostdin")
        async with running(tmp_path, "sipp", f"{HOST}:{wrapped}", *arguments) as sipp:
            assert await sipp.wait() == 0
    await eventually(lambda: desk.count(DialogTerminated) == 5)


@pytest.mark.peers("sipp")
@pytest.mark.parametrize(("listens", "arrives"), [("t1", "TCP"), ("u1", "UDP")])
async def test_a_large_request_reaches_sipp_by_what_it_speaks(
    desk: Desk, tmp_path: Path, listens: str, arrives: str
) -> None:
    port = free_port()
    body = new_negotiation().make_offer() + b"a=x-large:" + b"x" * 1_300 + b"\r\n"
    sipp = ("sipp", "-sn", "uas", "-t", listens, "-i", HOST, "-p", str(port), "-nostdin")
    async with running(tmp_path, *sipp):
        if listens == "t1":
            await accepts(port)
        else:
            await asyncio.sleep(0.5)  # SIPp says nowhere that it listens
        desk.invite(Target("UDP", HostPort(HOST, port)), body)
        await eventually(lambda: desk.count(DialogTerminated) == 1, seconds=10)
    accepted = next(event for event in desk.events if isinstance(event, InviteAccepted))
    assert accepted.response.top_via.transport == arrives
    assert desk.driver.endpoint.counters.switched_to_tcp >= 1
