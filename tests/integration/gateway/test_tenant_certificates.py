"""Certificates that tenants show at their domains, and authorities of theirs: openssl, and SIPp behind socat, ask."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from gateway_rig import NUMBER, OURS, THEIR_TRUNK, THEIRS, TRUNK, Rig

from gateway.io.certificates import TlsFiles
from kernel.contracts.carriers import CertificateEnding
from kernel.contracts.directory import DomainConfig
from kernel.contracts.telephony import CallArrived
from kernel.contracts.trunks import TrunkOptions, TrunkTls
from kernel.primitives.ids import TenantId, TrunkId
from kernel.primitives.secret import Secret
from load_tests.peers.system import free_port
from tests.certificates import Authority
from tests.databases import ON_SQLITE, Place
from tests.fakes import eventually
from tests.programs import HOST, accepts, running

GATEWAY = "pbx.example"
OUR_DOMAIN, THEIR_DOMAIN = "phones.north.example", "phones.south.example"
OUR_PEER, OPERATORS_PEER = "sbc.north-carrier.example", "sbc.big-carrier.example"


@dataclass(frozen=True)
class Papers:
    """Who signs: for the gateway and its domains, for the operator's carriers, and for each tenant's own."""

    public: Authority
    operators: Authority
    ours: Authority
    theirs: Authority


@pytest.fixture
def papers(tmp_path: Path) -> Papers:
    return Papers(*(Authority(tmp_path, name) for name in ("public", "operators", "ours", "theirs")))


@pytest.fixture
async def rig(tmp_path: Path, place: Place, papers: Papers) -> AsyncIterator[Rig]:
    rig = Rig(tmp_path, place)
    folder = tmp_path / "certificates"
    folder.mkdir()
    papers.public.issue(OUR_DOMAIN, file="operators", folder=str(folder))
    own = papers.public.issue(GATEWAY, HOST, client_ca=papers.operators.file)
    rig.listens = {"tls_port": free_port(), "tls": TlsFiles(own.certificate, own.key, own.client_ca, str(folder))}
    rig.domains.all += [DomainConfig(tenant=OURS, domain=OUR_DOMAIN), DomainConfig(tenant=THEIRS, domain=THEIR_DOMAIN)]
    async with rig:
        yield rig


def text(file: str) -> str:
    return Path(file).read_text()


def of_domain(tenant: TenantId, domain: str, files: TlsFiles) -> DomainConfig:
    return DomainConfig(tenant=tenant, domain=domain, certificate=text(files.certificate), key=Secret(text(files.key)))


async def shown(rig: Rig, name: str) -> str:
    """The certificate that openssl is shown there, in PEM."""
    asking = await asyncio.create_subprocess_exec(
        *("openssl", "s_client", "-connect", f"{HOST}:{rig.listens['tls_port']}", "-servername", name),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    told = (await asking.communicate())[0].decode()
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----\n"
    return begin + told.partition(begin)[2].partition(end)[0] + end if begin in told else told


class TestWhatIsShown:
    async def test_a_tenants_certificate_is_shown_from_the_next_handshake_on(
        self, rig: Rig, papers: Papers, tmp_path: Path
    ) -> None:
        await rig.know(OURS, TRUNK, 0, sources=("127.0.0.1/32",))
        operators = text(str(tmp_path / "certificates" / "operators.crt"))
        assert await shown(rig, OUR_DOMAIN) == operators
        own = papers.public.issue(OUR_DOMAIN, file="own")
        rig.domains.all[0] = of_domain(OURS, OUR_DOMAIN, own)
        await rig.changed(OURS)
        assert await shown(rig, OUR_DOMAIN) == text(own.certificate)
        assert await shown(rig, GATEWAY) == await shown(rig, THEIR_DOMAIN) == text(rig.listens["tls"].certificate)
        rig.domains.all[0] = DomainConfig(tenant=OURS, domain=OUR_DOMAIN)
        await rig.changed(OURS)
        assert await shown(rig, OUR_DOMAIN) == operators

    async def test_one_certificate_serves_the_tenants_other_domains_and_nobody_elses(
        self, rig: Rig, papers: Papers
    ) -> None:
        await rig.know(OURS, TRUNK, 0, sources=("127.0.0.1/32",))
        wide = papers.public.issue(OUR_DOMAIN, "second.north.example", THEIR_DOMAIN, GATEWAY, file="wide")
        rig.domains.all[0] = of_domain(OURS, OUR_DOMAIN, wide)
        rig.domains.all.append(DomainConfig(tenant=OURS, domain="second.north.example"))
        await rig.changed(OURS)
        assert await shown(rig, "second.north.example") == text(wide.certificate)
        for name in (THEIR_DOMAIN, GATEWAY, "", "other.north.example"):
            assert await shown(rig, name or "unknown.example") == text(rig.listens["tls"].certificate)

    async def test_who_has_the_operators_name_for_a_domain_shows_nothing_there(self, rig: Rig, papers: Papers) -> None:
        await rig.know(OURS, TRUNK, 0, sources=("127.0.0.1/32",))
        rig.domains.all[0] = of_domain(OURS, GATEWAY, papers.ours.issue(GATEWAY, file="false"))
        await rig.changed(OURS)
        assert await shown(rig, GATEWAY) == text(rig.listens["tls"].certificate)

    async def test_what_ends_soon_is_an_alarm_of_its_tenants(self, rig: Rig, papers: Papers) -> None:
        rig.domains.all[0] = of_domain(OURS, OUR_DOMAIN, papers.public.issue(OUR_DOMAIN, file="own"))
        await rig.stop()
        await rig.start()
        await eventually(lambda: rig.gateway.figures()["certificates_ending_live"] == 1)
        found: list[str] = []
        for _ in range(100):
            if found := [one.name for one in await rig.log() if isinstance(one, CertificateEnding)]:
                break
            await asyncio.sleep(0.05)
        assert found == [OUR_DOMAIN]
        assert not [one for one in await rig.log(THEIRS) if isinstance(one, CertificateEnding)]

    async def test_what_cannot_be_used_leaves_the_operators(self, rig: Rig, papers: Papers, tmp_path: Path) -> None:
        await rig.know(OURS, TRUNK, 0, sources=("127.0.0.1/32",))
        own, other = papers.public.issue(OUR_DOMAIN, file="own"), papers.public.issue(OUR_DOMAIN, file="other")
        broken = TlsFiles(own.certificate, other.key)
        rig.domains.all[0] = of_domain(OURS, OUR_DOMAIN, broken)
        await rig.changed(OURS)
        assert await shown(rig, OUR_DOMAIN) == text(str(tmp_path / "certificates" / "operators.crt"))


def peer(client_ca: Authority | None, name: str) -> TrunkOptions:
    return TrunkOptions(tls=TrunkTls(peer_names=(name,), client_ca=text(client_ca.file) if client_ca else ""))


async def know_all(rig: Rig, papers: Papers) -> None:
    """Each tenant has a peer of its own authority's, from anywhere; ours besides one that the operator vouches for."""
    anywhere = {"transport": "tls", "sources": ()}
    await rig.know(OURS, TRUNK, 0, **anywhere, options=peer(papers.ours, OUR_PEER))
    await rig.know(THEIRS, THEIR_TRUNK, 0, **anywhere, options=peer(papers.theirs, "sbc.south-carrier.example"))


async def calls(rig: Rig, folder: Path, files: TlsFiles | None, asked: str) -> bool:
    """SIPp calls our number over a connection that asks for a name; whether anything answers."""
    wrapped = free_port()
    shows = f",cert={files.certificate},key={files.key}" if files is not None else ""
    name = f",snihost={asked}" if asked else ",no-sni=1"
    connect = f"OPENSSL:{HOST}:{rig.listens['tls_port']},verify=0{name}{shows}"
    sipp = ("sipp", f"{HOST}:{wrapped}", "-sn", "uac", "-s", NUMBER.e164, "-t", "t1", "-i", HOST, "-m", "1")
    more = ("-p", str(free_port()), "-nostdin", "-timeout", "4", "-recv_timeout", "3000")
    async with running(folder, "socat", f"TCP-LISTEN:{wrapped},bind={HOST},reuseaddr,fork", connect):
        await accepts(wrapped)
        before = len(rig.told(CallArrived))
        async with running(folder, *sipp, *more) as calling:
            for _ in range(200):
                if len(rig.told(CallArrived)) > before or calling.returncode is not None:
                    break
                await asyncio.sleep(0.02)
        return len(rig.told(CallArrived)) > before


pytestmark = [pytest.mark.peers("sipp", "socat", "openssl"), ON_SQLITE]


class TestWhoCalls:
    async def test_a_peer_of_the_tenants_own_authority_is_the_trunks_wherever_it_is(
        self, rig: Rig, papers: Papers, tmp_path: Path
    ) -> None:
        await know_all(rig, papers)
        assert await calls(rig, tmp_path, papers.ours.issue(OUR_PEER), OUR_DOMAIN)
        (arrived,) = rig.told(CallArrived)
        assert (arrived.tenant, arrived.trunk) == (OURS, TRUNK)

    @pytest.mark.parametrize("asked", [OUR_DOMAIN, THEIR_DOMAIN, GATEWAY, ""])
    async def test_another_tenants_authority_makes_no_peer_of_ours(
        self, rig: Rig, papers: Papers, tmp_path: Path, asked: str
    ) -> None:
        await know_all(rig, papers)
        assert not await calls(rig, tmp_path, papers.theirs.issue(OUR_PEER), asked)

    @pytest.mark.parametrize("asked", [THEIR_DOMAIN, GATEWAY, ""])
    async def test_our_authority_counts_at_our_domain_alone(
        self, rig: Rig, papers: Papers, tmp_path: Path, asked: str
    ) -> None:
        await know_all(rig, papers)
        assert not await calls(rig, tmp_path, papers.ours.issue(OUR_PEER), asked)

    @pytest.mark.parametrize("shown_name", ["other.example", ""])
    async def test_the_name_has_to_be_the_peers(
        self, rig: Rig, papers: Papers, tmp_path: Path, shown_name: str
    ) -> None:
        await know_all(rig, papers)
        files = papers.ours.issue(shown_name) if shown_name else None
        assert not await calls(rig, tmp_path, files, OUR_DOMAIN)

    @pytest.mark.parametrize(
        ("vouches", "asked", "comes"),
        [("operators", GATEWAY, True), ("ours", OUR_DOMAIN, False), ("theirs", THEIR_DOMAIN, False)],
    )
    async def test_no_tenant_vouches_for_a_peer_of_the_operators(
        self, rig: Rig, papers: Papers, tmp_path: Path, vouches: str, asked: str, comes: bool
    ) -> None:
        third = TrunkId(UUID(int=31))
        here = {"transport": "tls", "sources": ("127.0.0.1/32",)}
        await know_all(rig, papers)
        await rig.know(OURS, third, 0, **here, options=peer(None, OPERATORS_PEER))
        authority: Authority = getattr(papers, vouches)
        assert await calls(rig, tmp_path, authority.issue(OPERATORS_PEER), asked) is comes

    async def test_an_authority_vouches_for_the_peers_of_its_own_trunk_alone(
        self, rig: Rig, papers: Papers, tmp_path: Path
    ) -> None:
        await know_all(rig, papers)
        second, other = TrunkId(UUID(int=32)), Authority(tmp_path, "second")
        anywhere = {"transport": "tls", "sources": ()}
        await rig.know(OURS, second, 0, **anywhere, options=peer(other, "sbc.second.example"))
        assert not await calls(rig, tmp_path, other.issue(OUR_PEER), OUR_DOMAIN)
        assert await calls(rig, tmp_path, other.issue("sbc.second.example"), OUR_DOMAIN)
        assert rig.told(CallArrived)[-1].trunk == second
