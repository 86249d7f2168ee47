"""Far ends transfer calls through a whole Cordboard: SIPp's to a number, one with two calls of ours to each other."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.io.driver import DriverSettings, Listener, SipDriver, open_driver
from gateway.io.resolver import SystemResolver
from gateway.sdp.negotiation import LocalMedia
from gateway.sdp.offer_answer import OfferAnswer, OfferAnswerState
from gateway.sip.calls import OutgoingInvite
from gateway.sip.events import Acknowledged, DialogTerminated, InviteAccepted, InviteReceived, ReferProgress, SipEvent
from gateway.sip.flow import HostPort, Target
from gateway.sip.name_addr import NameAddr
from load_tests.peers.system import Centre, System, eventually, free_port, make_centre
from tests.fakes import eventually as soon

pytestmark = [pytest.mark.peers("sipp"), pytest.mark.timeout(180)]

HOST = "127.0.0.1"
SCENARIO = Path(__file__).parent / "scenarios/referring_uac.xml"
FIRST, SECOND = "+442071838760", "+442071838761"


class Carrier:
    """Answers every call."""

    def __init__(self) -> None:
        self.events: list[SipEvent] = []
        self.driver: SipDriver | None = None

    def on_event(self, event: SipEvent) -> None:
        self.events.append(event)
        if isinstance(event, InviteReceived) and self.driver is not None:
            negotiation = OfferAnswer(LocalMedia(host=HOST, port=40_000), OfferAnswerState(session_id=1), ("PCMU",))
            negotiation.receive_offer(event.request.body)
            body = negotiation.make_answer()
            self.driver.do(lambda endpoint, now: endpoint.accept(event.session, body, now))

    @property
    def called(self) -> list[str]:
        return [event.request.target.partition("@")[0] for event in self.events if isinstance(event, InviteReceived)]

    def count(self, kind: type[SipEvent]) -> int:
        return sum(isinstance(event, kind) for event in self.events)

    def call(self, port: int, number: str) -> None:
        negotiation = OfferAnswer(LocalMedia(host=HOST, port=40_002), OfferAnswerState(session_id=1), ("PCMU",))
        invite = OutgoingInvite(
            target=f"sip:{number}@{HOST}:{port}",
            from_=NameAddr.of(f"sip:{SECOND}@{HOST}"),
            destination=Target("UDP", HostPort(HOST, port)),
            body=negotiation.make_offer(),
        )
        assert self.driver is not None
        self.driver.do(lambda endpoint, now: endpoint.invite(invite, now))

    def sessions(self, kind: type[InviteReceived | InviteAccepted]) -> list[str]:
        return [event.session for event in self.events if isinstance(event, kind)]

    def hang_up(self) -> None:
        session = next(event.session for event in self.events if isinstance(event, InviteReceived))
        assert self.driver is not None
        self.driver.do(lambda endpoint, now: endpoint.hang_up(session, now))


@asynccontextmanager
async def carrier_at(port: int) -> AsyncGenerator[Carrier]:
    carrier = Carrier()
    settings = DriverSettings(listeners=(Listener(transport="UDP", host=HOST, port=port),))
    carrier.driver = await open_driver(settings, lambda _flow: True, carrier.on_event, SystemResolver(("UDP",)))
    try:
        yield carrier
    finally:
        await carrier.driver.close()


async def forwarding(system: System, port: int) -> None:
    """The carrier at `port` brings calls, gets them back for `FIRST`, and may transfer them."""
    centre = await make_centre(system, carrier_port=port)
    trunk = f"/v1/trunks/{centre.trunk['id']}"
    assert (await system.owner.patch(trunk, json={"may_transfer": True})).is_success
    assert (await system.owner.patch("/v1/tenant", json={"outbound_trunk_id": centre.trunk["id"]})).is_success
    number = (await system.get("/v1/numbers"))["items"][0]["id"]
    assert (await system.owner.patch(f"/v1/numbers/{number}", json={"forward_number": FIRST})).is_success
    await system.settled()


async def test_a_caller_behind_a_trunk_that_allows_it_transfers_the_call(system: System, tmp_path: Path) -> None:
    port = free_port()
    await forwarding(system, port)
    async with carrier_at(port) as carrier:
        sipp = await asyncio.create_subprocess_exec(
            *("sipp", f"{HOST}:{system.sip_port}", "-sf", str(SCENARIO), "-s", Centre.NUMBER, "-key", "other", SECOND),
            *("-i", HOST, "-p", str(free_port()), "-m", "1", "-nostdin", "-trace_err", "-timeout", "20"),
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await sipp.communicate()
        errors = "".join(path.read_text(errors="replace") for path in tmp_path.glob("*_errors.log"))
        assert sipp.returncode == 0, errors[-2000:] or output.decode(errors="replace")[-2000:]
        assert carrier.called == [f"sip:{FIRST}", f"sip:{SECOND}"]
        assert carrier.count(Acknowledged) == 2
        assert carrier.count(DialogTerminated) == 0, "those two talk"
        carrier.hang_up()
        await soon(lambda: carrier.count(DialogTerminated) == 2)

    async def recorded() -> bool:
        (call,) = (await system.get("/v1/calls"))["items"]
        return bool(call["ended_at"]) and len(call["recording_ids"]) == 2

    assert await eventually(recorded), "one recording of each far end"


async def test_a_far_end_with_two_calls_of_ours_connects_their_other_sides(system: System) -> None:
    port = free_port()
    await forwarding(system, port)
    async with carrier_at(port) as carrier:
        assert carrier.driver is not None
        for count in (1, 2):
            carrier.call(system.sip_port, Centre.NUMBER)
            await soon(lambda count=count: carrier.count(Acknowledged) == carrier.count(InviteAccepted) == count)
        (asking, third), (_, asking_too) = carrier.sessions(InviteReceived), carrier.sessions(InviteAccepted)
        carrier.driver.do(lambda endpoint, now: endpoint.refer(asking, "", now, replaces=asking_too))
        await soon(lambda: carrier.count(DialogTerminated) == 2)
        ended = {event.session for event in carrier.events if isinstance(event, DialogTerminated)}
        assert ended == {asking, asking_too}
        told = [event.status for event in carrier.events if isinstance(event, ReferProgress)]
        assert told[-1] == 200
        carrier.driver.do(lambda endpoint, now: endpoint.hang_up(third, now))
        await soon(lambda: carrier.count(DialogTerminated) == 4)

    async def ended_well() -> bool:
        calls = (await system.get("/v1/calls"))["items"]
        return len(calls) == 2 and all(call["ended_at"] and len(call["recording_ids"]) == 1 for call in calls)

    assert await eventually(ended_well)
    causes = sorted(call["end_cause"]["reason"] for call in (await system.get("/v1/calls"))["items"])
    assert causes == ["hangup_by_caller", "hangup_by_system"]
