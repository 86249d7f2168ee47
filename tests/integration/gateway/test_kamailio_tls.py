"""Kamailio as a carrier's edge over TLS: asks for our trunk's certificate, shows its own, and names are asked for."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import structlog
from far_end import FarEnd
from gateway_rig import ANNA, CALLER, NUMBER, OURS, TRUNK, Rig

from gateway.io.certificates import TlsFiles
from gateway.sip.events import DialogTerminated, InviteAccepted, InviteFailed, InviteReceived
from kernel.contracts.calls import EndCause, EndReason, EndResult
from kernel.contracts.carriers import TrunkStateChanged
from kernel.contracts.directory import DomainConfig
from kernel.contracts.telephony import AnswerCall, CallArrived, CallEstablished, CallReleased, EndCall, PlaceCall
from kernel.contracts.trunks import FailOver, HealthCheck, TrunkOptions, TrunkTls
from kernel.primitives.ids import CallId
from kernel.primitives.secret import Secret
from load_tests.peers.system import free_port
from tests.certificates import Authority
from tests.conftest import want
from tests.databases import ON_SQLITE, Place
from tests.kamailio import Kamailio, kamailio
from tests.programs import HOST, accepts

pytestmark = [pytest.mark.peers("kamailio"), ON_SQLITE]

MODULE = "kamailio-tls-modules"
OUR_DOMAIN, OUR_TRUNK, EDGE = "calls.north.example", "trunk.north.example", "edge.carrier.example"
CALL = CallId(UUID(int=99))
HUNG_UP = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_AGENT)
REFUSED = EndCause(EndResult.UPSTREAM, EndReason.UNREACHABLE, 503, 41)
PROFILES = """\
[server:default]
method = TLSv1.2+
verify_certificate = yes
require_certificate = yes
certificate = {shown.certificate}
private_key = {shown.key}
ca_list = {believed}

[server:any]
server_name = localhost
method = TLSv1.2+
verify_certificate = yes
require_certificate = yes
certificate = {by_name.certificate}
private_key = {by_name.key}
ca_list = {believed}

[client:default]
method = TLSv1.2+
verify_certificate = yes
require_certificate = yes
certificate = {client.certificate}
private_key = {client.key}
ca_list = {believes}
"""


@pytest.fixture(autouse=True)
def module() -> None:
    if not any(Path("/usr/lib").glob("*/kamailio/modules/tls.so")):
        want({MODULE})


class World:
    """The papers of both sides. `public` signs for us, `carriers` for Kamailio and for whom it takes calls from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.public = Authority(folder, "public")
        self.carriers = Authority(folder, "carriers")
        self.strangers = Authority(folder, "strangers")
        self.edge = self.carriers.issue(EDGE, HOST)

    def profiles(self, client: TlsFiles) -> str:
        """The file of Kamailio's TLS settings; `client` is what it shows to whom it calls."""
        file = self.folder / "tls.cfg"
        named = self.carriers.issue("localhost", file="named")
        believed = {"believed": self.carriers.file, "believes": self.public.file}
        file.write_text(PROFILES.format(shown=self.edge, by_name=named, client=client, **believed))
        return str(file)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
async def rig(tmp_path: Path, place: Place, world: World) -> AsyncIterator[Rig]:
    """Its own certificate is nobody's whom Kamailio believes; that of our domain is."""
    rig = Rig(tmp_path, place)
    own = world.strangers.issue("pbx.example", file="gateway")
    rig.listens = {"tls_port": free_port(), "tls": own}
    shown = world.public.issue(OUR_DOMAIN, file="domain")
    chain, key = text(shown.certificate), Secret(text(shown.key))
    rig.domains.all.append(DomainConfig(tenant=OURS, domain=OUR_DOMAIN, certificate=chain, key=key))
    async with rig:
        yield rig


def text(file: str) -> str:
    return Path(file).read_text()


def trunk(world: World, shown: TlsFiles, **tls: Any) -> Mapping[str, Any]:
    """Ours, that shows this and believes the carrier's authority only."""
    settings = TrunkTls(certificate=text(shown.certificate), trusted_ca=text(world.carriers.file), **tls)
    options = TrunkOptions(tls=settings, health=HealthCheck(interval_seconds=5, down_after=1), fail_over=FailOver())
    return {"transport": "tls", "sources": (), "options": options, "tls_key": Secret(text(shown.key))}


@asynccontextmanager
async def edge(
    rig: Rig, far: FarEnd, world: World, client: TlsFiles | None = None, asks_for: str = OUR_DOMAIN
) -> AsyncGenerator[Kamailio]:
    gateway = f'GATEWAY_URI="sip:{HOST}:{rig.listens["tls_port"]};transport=tls"'
    words = (f'TLS_CONFIG="{world.profiles(client or world.edge)}"', f'SERVER_NAME="{asks_for}"', gateway)
    callee = (f"CALLEE_PORT={far.port}", f'CALLEE_URI="sip:{HOST}:{far.port}"')
    async with kamailio("kamailio_tls.cfg", world.folder / "edge", "CARRIER_PORT", *words, *callee) as proxy:
        await accepts(proxy.port)
        yield proxy


async def states(rig: Rig, count: int) -> list[tuple[str, int]]:
    """What was told of the trunk's health."""
    found: list[tuple[str, int]] = []
    for _ in range(200):
        found = [(event.state, event.status) for event in await rig.log() if isinstance(event, TrunkStateChanged)]
        if len(found) >= count:
            break
        await asyncio.sleep(0.05)
    return found


async def place_call(rig: Rig) -> None:
    await rig.order(PlaceCall, call=CALL, agent=ANNA, trunk=TRUNK, called=NUMBER, caller=CALLER)


class TestWhatWeShow:
    @pytest.mark.parametrize("host", [HOST, "localhost"])
    async def test_it_takes_our_trunks_calls_and_shows_what_the_name_asks_for(
        self, rig: Rig, far: FarEnd, world: World, host: str
    ) -> None:
        """Its certificate for `localhost` bears no address, and the other one not this name."""
        async with edge(rig, far, world) as proxy:
            await rig.know(OURS, TRUNK, proxy.port, **trunk(world, world.carriers.issue(OUR_TRUNK)), host=host)
            await place_call(rig)
            await far.until(InviteReceived)
            far.accept()
            await rig.until(CallEstablished)
            await rig.order(EndCall, call=CALL, cause=HUNG_UP)
            assert (await rig.until(CallReleased)).cause.result is EndResult.COMPLETED
            assert (await far.until(DialogTerminated)).cause == "bye_received"
            for method in ("INVITE", "ACK", "BYE"):
                assert proxy.noted(f"{method} of {OUR_TRUNK}") == 1, proxy.log()

    @pytest.mark.parametrize("shown", ["the trunk's by another authority", "the gateway's"])
    async def test_it_takes_nothing_from_who_shows_a_wrong_one(
        self, rig: Rig, far: FarEnd, world: World, shown: str
    ) -> None:
        async with edge(rig, far, world) as proxy:
            wrong = trunk(world, world.strangers.issue(OUR_TRUNK))
            with structlog.testing.capture_logs() as logs:
                await rig.know(OURS, TRUNK, proxy.port, **wrong, host=HOST)
                assert await states(rig, 1) == [("down", 503)]
                await place_call(rig)
                assert (await rig.until(CallReleased)).cause == REFUSED
            assert far.saw(InviteReceived) == []
            told = {(one["remote"], one["reason"]) for one in logs if one["event"] == "tls.failed"}
            assert told == {(f"{HOST}:{proxy.port}", "tlsv1 alert unknown ca")}


def peer(world: World) -> Mapping[str, Any]:
    """Our trunk, by which calls come from who shows the edge's name by the carrier's own authority."""
    ours = world.carriers.issue(OUR_TRUNK)
    return trunk(world, ours, client_ca=text(world.carriers.file), peer_names=(EDGE,))


class TestWhatItShows:
    async def test_its_certificate_by_our_trunks_authority_brings_calls(
        self, rig: Rig, far: FarEnd, world: World
    ) -> None:
        """It asks for our domain, and believes the certificate of that one alone."""
        async with edge(rig, far, world) as proxy:
            await rig.know(OURS, TRUNK, proxy.port, **peer(world))
            far.call(proxy.port)
            arrived = await rig.until(CallArrived)
            assert (arrived.tenant, arrived.trunk, arrived.called) == (OURS, TRUNK, NUMBER)
            await rig.order(AnswerCall, call=arrived.call)
            await far.until(InviteAccepted)
            await rig.until(CallEstablished)
            await rig.order(EndCall, call=arrived.call, cause=HUNG_UP)
            assert (await far.until(DialogTerminated)).cause == "bye_received"
            assert proxy.noted(f"200 of {OUR_DOMAIN}") == 1, proxy.log()

    async def test_one_by_another_authority_is_refused(self, rig: Rig, far: FarEnd, world: World) -> None:
        false = world.strangers.issue(EDGE, file="false")
        async with edge(rig, far, world, client=false) as proxy:
            await rig.know(OURS, TRUNK, proxy.port, **peer(world))
            with structlog.testing.capture_logs() as logs:
                far.call(proxy.port)
                await far.until(InviteFailed, seconds=20)
            assert rig.told(CallArrived) == []
            told = {one["reason"] for one in logs if one["event"] == "tls.failed"}
            assert told == {"unable to get local issuer certificate"}

    @pytest.mark.parametrize("asks_for", ["", "pbx.example", "phones.south.example"])
    async def test_who_asks_for_another_name_is_shown_another_certificate(
        self, rig: Rig, far: FarEnd, world: World, asks_for: str
    ) -> None:
        async with edge(rig, far, world, asks_for=asks_for) as proxy:
            await rig.know(OURS, TRUNK, proxy.port, **peer(world))
            far.call(proxy.port)
            await far.until(InviteFailed, seconds=20)
            assert rig.told(CallArrived) == []
            assert "certificate verify failed" in proxy.log()
