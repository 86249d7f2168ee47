"""Why a trunk does not work, in the tenant's log and in its state: real TLS, real sockets, real REGISTERs."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from far_end import FarEnd
from gateway_rig import OURS, THEIRS, TRUNK, Rig

from gateway.app.trunk_states import TrunkState, TrunkStates
from gateway.io.certificates import TlsFiles
from gateway.sip.events import RequestReceived
from gateway.sip.message import Response
from kernel.contracts.carriers import TrunkReason, TrunkStateChanged
from kernel.contracts.trunks import HealthCheck, Registration, TrunkOptions, TrunkTls
from kernel.primitives.secret import Secret
from load_tests.peers.system import free_port
from tests.certificates import Authority
from tests.databases import Place
from tests.programs import HOST

HEALTH = HealthCheck(interval_seconds=2, down_after=1, up_after=1)
ENDED = timedelta(days=2)


class Papers(NamedTuple):
    """`carriers` signs for the carrier, and for whom it takes calls from; `strangers` for nobody whom anybody knows."""

    carriers: Authority
    strangers: Authority

    def edge(self, *names: str, by: Authority | None = None, age: timedelta = timedelta()) -> TlsFiles:
        return (by or self.carriers).issue(*(names or (HOST,)), client_ca=self.carriers.file, age=age)

    def trunk(self, by: Authority | None = None, **more: Any) -> dict[str, Any]:
        """Of ours, that shows a certificate by this authority and believes the carrier's only."""
        shown = (by or self.carriers).issue("north.example")
        chain, key = (Path(file).read_text() for file in (shown.certificate, shown.key))
        tls = TrunkTls(certificate=chain, trusted_ca=Path(self.carriers.file).read_text())
        options = TrunkOptions(tls=tls, **(more or {"health": HEALTH}))
        return {"transport": "tls", "sources": (), "options": options, "tls_key": Secret(key)}


@pytest.fixture
def papers(tmp_path: Path) -> Papers:
    return Papers(Authority(tmp_path, "carriers"), Authority(tmp_path, "strangers"))


@pytest.fixture
async def rig(tmp_path: Path, place: Place) -> AsyncIterator[Rig]:
    rig = Rig(tmp_path, place)
    rig.listens = {"tls_port": free_port(), "tls": Authority(tmp_path, "own").issue("pbx.example")}
    async with rig:
        yield rig


async def alarms(rig: Rig, count: int) -> list[tuple[str, int, TrunkReason | None]]:
    """What the tenant's log tells of its trunks."""
    found: list[tuple[str, int, TrunkReason | None]] = []
    for _ in range(200):
        changes = [event for event in await rig.log() if isinstance(event, TrunkStateChanged)]
        found = [(event.state, event.status, event.reason) for event in changes]
        if len(found) >= count:
            break
        await asyncio.sleep(0.05)
    return found


async def state(rig: Rig, wanted: Callable[[TrunkState], bool]) -> TrunkState:
    """What is kept, once it is as `wanted`, or after ten seconds as it is."""
    found: list[TrunkState] = []
    for _ in range(200):
        found = list((await TrunkStates(rig.database).of(OURS, [TRUNK]))[TRUNK])
        if found and wanted(found[0]):
            break
        await asyncio.sleep(0.05)
    return found[0]


async def changed(rig: Rig, port: int, **more: Any) -> None:
    rig.trunks.all.clear()
    await rig.know(OURS, TRUNK, port, **more)


Wrong = Callable[[Papers], tuple[TlsFiles, dict[str, Any]]]
WRONG: dict[TrunkReason, Wrong] = {
    TrunkReason.UNKNOWN_AUTHORITY: lambda papers: (papers.edge(by=papers.strangers), papers.trunk()),
    TrunkReason.CERTIFICATE_EXPIRED: lambda papers: (papers.edge(age=ENDED), papers.trunk()),
    TrunkReason.NAME_MISMATCH: lambda papers: (papers.edge("other.example"), papers.trunk()),
    TrunkReason.CERTIFICATE_REFUSED: lambda papers: (papers.edge(), papers.trunk(by=papers.strangers)),
}


@pytest.mark.parametrize("reason", WRONG)
async def test_a_handshake_that_fails_is_told_by_its_reason(rig: Rig, papers: Papers, reason: TrunkReason) -> None:
    files, settings = WRONG[reason](papers)
    async with FarEnd(transport="TLS", tls=files) as far:
        await rig.know(OURS, TRUNK, far.port, **settings)
        assert await alarms(rig, 1) == [("down", 503, reason)]
        kept = await state(rig, lambda one: one.health == "down")
        assert (kept.health, kept.status, kept.reason, kept.reason_since) == ("down", 503, reason, kept.since)
    assert [one for one in await rig.log(THEIRS) if isinstance(one, TrunkStateChanged)] == []


async def test_a_reason_is_gone_with_what_caused_it(rig: Rig, papers: Papers) -> None:
    async with FarEnd(transport="TLS", tls=papers.edge()) as far:
        await rig.know(OURS, TRUNK, far.port, **papers.trunk(by=papers.strangers))
        assert await alarms(rig, 1) == [("down", 503, TrunkReason.CERTIFICATE_REFUSED)]
        await changed(rig, far.port, **papers.trunk())
        assert (await alarms(rig, 2))[1:] == [("up", 200, None)]
        kept = await state(rig, lambda one: one.health == "up")
        assert (kept.health, kept.status, kept.reason, kept.reason_since) == ("up", 200, None, None)


async def test_another_reason_of_a_trunk_that_is_down_is_kept_and_is_no_new_alarm(rig: Rig, papers: Papers) -> None:
    port = free_port()
    await rig.know(OURS, TRUNK, port, **papers.trunk())
    first = await state(rig, lambda one: one.reason is not None)
    assert (first.health, first.reason) == ("down", TrunkReason.UNREACHABLE)
    async with FarEnd(transport="TLS", tls=papers.edge("other.example"), port=port):
        then = await state(rig, lambda one: one.reason is not first.reason)
        assert (then.health, then.reason, then.since) == ("down", TrunkReason.NAME_MISMATCH, first.since)
        assert then.reason_since is not None
        assert then.reason_since > first.since
    assert await alarms(rig, 1) == [("down", 503, TrunkReason.UNREACHABLE)]


async def test_a_registration_tells_it_too(rig: Rig, papers: Papers) -> None:
    async with FarEnd(transport="TLS", tls=papers.edge(by=papers.strangers)) as far:
        await rig.know(OURS, TRUNK, far.port, **papers.trunk(registration=Registration()))
        assert await alarms(rig, 1) == [("unregistered", 503, TrunkReason.UNKNOWN_AUTHORITY)]
        kept = await state(rig, lambda one: one.registration == "waiting")
        assert (kept.registration, kept.reason) == ("waiting", TrunkReason.UNKNOWN_AUTHORITY)


async def test_a_carrier_that_does_not_take_our_password_is_told_apart(rig: Rig) -> None:
    async with FarEnd(methods=frozenset({"REGISTER"})) as carrier:
        await rig.know(OURS, TRUNK, carrier.port, options=TrunkOptions(registration=Registration()))
        event = await carrier.until(RequestReceived)
        response = Response.to_request(event.request, 403, "carrier")
        carrier.driver.do(lambda endpoint, now: endpoint.send_response(event.transaction, response, now))
        assert await alarms(rig, 1) == [("unregistered", 403, TrunkReason.CREDENTIALS_REFUSED)]


async def test_a_gateway_without_tls_says_so(tmp_path: Path, place: Place, papers: Papers) -> None:
    async with Rig(tmp_path, place) as rig:
        await rig.know(OURS, TRUNK, free_port(), **papers.trunk(registration=Registration()))
        kept = await state(rig, lambda one: one.reason is not None)
        assert (kept.registration, kept.reason) == ("waiting", TrunkReason.NO_LISTENER)
