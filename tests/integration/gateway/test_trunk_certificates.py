"""SIPp behind OpenSSL, which asks for certificates and shows some, as the carrier of a trunk with its own."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from far_end import FarEnd
from gateway_rig import ANNA, CALLER, NUMBER, OURS, TRUNK, Rig

from gateway.io.certificates import TlsFiles
from gateway.sip.events import DialogTerminated, InviteAccepted
from gateway.sip.flow import Flow
from gateway.sip.tls_identity import PeerCertificate
from kernel.contracts.calls import EndCause, EndReason, EndResult
from kernel.contracts.directory import DomainConfig
from kernel.contracts.telephony import AnswerCall, CallArrived, CallEstablished, CallReleased, EndCall, PlaceCall
from kernel.contracts.trunks import TrunkOptions, TrunkTls
from kernel.primitives.ids import CallId
from kernel.primitives.secret import Secret
from load_tests.peers.system import free_port
from tests.certificates import Authority
from tests.databases import ON_SQLITE, Place
from tests.fakes import eventually
from tests.programs import HOST, accepts, running

pytestmark = [pytest.mark.peers("sipp", "socat"), ON_SQLITE]

DOMAIN = "calls.north.example"
CALL = CallId(UUID(int=99))
HUNG_UP = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_AGENT)


@pytest.fixture
def carriers(tmp_path: Path) -> Authority:
    """Of the carrier's own: who signs for it, and for whom it takes calls from."""
    return Authority(tmp_path, "carriers")


@pytest.fixture
async def rig(tmp_path: Path, place: Place, carriers: Authority) -> AsyncIterator[Rig]:
    rig = Rig(tmp_path, place)
    own = Authority(tmp_path, "own").issue("pbx.example", HOST, client_ca=carriers.file)
    rig.listens = {"tls_port": free_port(), "tls": own}
    async with rig:
        yield rig


@asynccontextmanager
async def answering(folder: Path, authority: Authority) -> AsyncGenerator[int]:
    """SIPp that answers calls, over TLS only with who shows a certificate of the authority; its port."""
    files, plain, secure = authority.issue("carrier.example", HOST), free_port(), free_port()
    shown = f"cert={files.certificate},key={files.key},cafile={authority.file},verify=1"
    listen = f"OPENSSL-LISTEN:{secure},bind={HOST},{shown},reuseaddr,fork"
    sipp = ("sipp", "-sn", "uas", "-t", "t1", "-i", HOST, "-p", str(plain), "-nostdin")
    async with running(folder, *sipp), running(folder, "socat", listen, f"TCP:{HOST}:{plain}"):
        await accepts(plain)
        await accepts(secure)
        yield secure


def tls_of(authority: Authority, files: TlsFiles | None) -> dict[str, Any]:
    shown = Path(files.certificate).read_text() if files is not None else ""
    tls = TrunkTls(certificate=shown, trusted_ca=Path(authority.file).read_text())
    key = Secret(Path(files.key).read_text()) if files is not None else None
    return {"transport": "tls", "options": TrunkOptions(tls=tls), "tls_key": key}


async def test_a_carrier_that_asks_for_a_certificate_is_shown_the_trunks(
    rig: Rig, tmp_path: Path, carriers: Authority
) -> None:
    async with answering(tmp_path, carriers) as port:
        await rig.know(OURS, TRUNK, port, **tls_of(carriers, carriers.issue("north.example")))
        await rig.order(PlaceCall, call=CALL, agent=ANNA, trunk=TRUNK, called=NUMBER, caller=CALLER)
        await rig.until(CallEstablished)
        await rig.order(EndCall, call=CALL, cause=HUNG_UP)
        assert (await rig.until(CallReleased)).cause.result is EndResult.COMPLETED


async def test_without_it_the_carrier_takes_no_call(rig: Rig, tmp_path: Path, carriers: Authority) -> None:
    async with answering(tmp_path, carriers) as port:
        await rig.know(OURS, TRUNK, port, **tls_of(carriers, None))
        await rig.order(PlaceCall, call=CALL, agent=ANNA, trunk=TRUNK, called=NUMBER, caller=CALLER)
        assert (await rig.until(CallReleased)).cause.result is not EndResult.COMPLETED
        assert rig.told(CallEstablished) == []


@pytest.mark.parametrize(("name", "comes"), [("north.example", True), ("south.example", False), ("", False)])
async def test_calls_of_a_trunk_with_names_come_with_a_certificate_that_bears_one(
    rig: Rig, tmp_path: Path, carriers: Authority, name: str, comes: bool
) -> None:
    tls = TrunkTls(peer_names=("north.example", "east.example"))
    await rig.know(OURS, TRUNK, 0, sources=("127.0.0.1/32",), transport="tls", options=TrunkOptions(tls=tls))
    files, wrapped = carriers.issue(name) if name else None, free_port()
    shown = f",cert={files.certificate},key={files.key}" if files is not None else ""
    connect = f"OPENSSL:{HOST}:{rig.listens['tls_port']},verify=0{shown}"
    sipp = ("sipp", f"{HOST}:{wrapped}", "-sn", "uac", "-s", NUMBER.e164, "-t", "t1", "-i", HOST, "-m", "1")
    async with running(tmp_path, "socat", f"TCP-LISTEN:{wrapped},bind={HOST},reuseaddr,fork", connect):
        await accepts(wrapped)
        async with running(tmp_path, *sipp, "-p", str(free_port()), "-nostdin") as calling:
            if comes:
                assert (await rig.until(CallArrived)).trunk == TRUNK
            else:
                assert await calling.wait() == 1
                assert rig.told(CallArrived) == []


class Watchful(FarEnd):
    """Notes whose certificate each message's connection shows."""

    def __init__(self, files: TlsFiles, trusted_ca: str) -> None:
        super().__init__(transport="TLS", tls=files, trusted_ca=trusted_ca)
        self.flows: list[Flow] = []
        self.shown: list[PeerCertificate | None] = []

    def _knows(self, flow: Flow) -> bool:
        self.flows.append(flow)
        self.shown.append(self.driver.peer(flow))
        return True

    def names(self) -> set[str]:
        return {name for peer in self.shown if peer is not None for name in peer.names}

    def hang_up_on_connections(self) -> None:
        for flow in set(self.flows):
            self.driver.drop(flow)
        self.flows.clear()
        self.shown.clear()


@pytest.mark.parametrize("what", ["a lost connection", "another process", "a renewed certificate"])
async def test_what_we_say_in_a_call_by_a_new_connection_shows_the_trunks_certificate(
    rig: Rig, tmp_path: Path, carriers: Authority, what: str
) -> None:
    files = carriers.issue("carrier.example", HOST, client_ca=carriers.file)
    own, here = tls_of(carriers, carriers.issue("north.example")), {"sources": ("127.0.0.1/32",)}
    async with Watchful(files, str(tmp_path / "own.pem")) as far:
        await rig.know(OURS, TRUNK, far.port, **own, **here)
        far.call(rig.listens["tls_port"])
        call = (await rig.until(CallArrived)).call
        await rig.order(AnswerCall, call=call)
        await far.until(InviteAccepted)
        await rig.until(CallEstablished)
        far.hang_up_on_connections()
        await eventually(lambda: not rig.gateway.figures()["sip_connections"])  # a BYE that crosses its end is lost
        if what == "another process":
            await rig.stop()
            await rig.start()
        if what == "a renewed certificate":
            rig.trunks.all.clear()
            renewed = tls_of(carriers, carriers.issue("south.example"))
            await rig.know(OURS, TRUNK, far.port, **renewed, **here)
        await rig.order(EndCall, call=call, cause=HUNG_UP)
        assert (await far.until(DialogTerminated)).cause == "bye_received"
        assert far.names() == {"south.example" if what == "a renewed certificate" else "north.example"}


class TestWhoHungUpOnTheConnection:
    """The answer goes to where the request says that it came from, by a connection of ours (RFC 3261 18.2.2), and what
    we say later to where the caller wants to be called."""

    async def answered(self, rig: Rig, far: Watchful, name: str = "") -> set[str]:
        """Whose certificates are shown where our 200, and then our BYE, come by another connection than the INVITE."""
        far.call(rig.listens["tls_port"], name=name)
        call = (await rig.until(CallArrived)).call
        far.hang_up_on_connections()
        await rig.order(AnswerCall, call=call)
        await far.until(InviteAccepted)
        await rig.until(CallEstablished)
        answered = far.names()
        far.hang_up_on_connections()
        await rig.order(EndCall, call=call, cause=HUNG_UP)
        assert (await far.until(DialogTerminated)).cause == "bye_received"
        assert far.names() == answered
        return answered

    async def test_is_answered_under_the_trunks_certificate(
        self, rig: Rig, tmp_path: Path, carriers: Authority
    ) -> None:
        files = carriers.issue("carrier.example", HOST, client_ca=carriers.file)
        own = tls_of(carriers, carriers.issue("north.example"))
        async with Watchful(files, str(tmp_path / "own.pem")) as far:
            await rig.know(OURS, TRUNK, far.port, **own, sources=("127.0.0.1/32",))
            assert await self.answered(rig, far) == {"north.example"}

    async def test_is_answered_under_the_domains_certificate_that_it_asked_for(
        self, rig: Rig, tmp_path: Path, carriers: Authority
    ) -> None:
        files, shown = carriers.issue("carrier.example", HOST, client_ca=carriers.file), carriers.issue(DOMAIN)
        chain, key = Path(shown.certificate).read_text(), Secret(Path(shown.key).read_text())
        rig.domains.all.append(DomainConfig(tenant=OURS, domain=DOMAIN, certificate=chain, key=key))
        rig.listens["trusted_ca"] = carriers.file
        await rig.stop()
        await rig.start()
        async with Watchful(files, carriers.file) as far:
            await rig.know(OURS, TRUNK, far.port, transport="tls", sources=("127.0.0.1/32",))
            assert await self.answered(rig, far, DOMAIN) == {DOMAIN}
