"""Reliable provisional responses and session timers with SIPp, in both roles (RFC 3262, RFC 4028)."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.io.driver import DriverSettings, Listener, SipDriver, open_driver
from gateway.io.resolver import SystemResolver
from gateway.sdp.negotiation import LocalMedia
from gateway.sdp.offer_answer import OfferAnswer, OfferAnswerState
from gateway.sip.calls import OutgoingInvite
from gateway.sip.events import (
    DialogTerminated,
    InviteAccepted,
    InviteReceived,
    ProgressReceived,
    ProvisionalAcknowledged,
    SipEvent,
)
from gateway.sip.flow import HostPort, Target
from gateway.sip.name_addr import NameAddr
from load_tests.peers.system import free_port
from tests.fakes import eventually

pytestmark = [pytest.mark.peers("sipp"), pytest.mark.timeout(60)]

HOST = "127.0.0.1"
SCENARIOS = Path(__file__).parent / "scenarios"
INTERVAL = 4  # seconds; the RFC's floor of 90 would be the length of the test


class Phone:
    """Sends its description in a 183, and answers when that is acknowledged."""

    def __init__(self) -> None:
        self.driver: SipDriver | None = None
        self.events: list[SipEvent] = []

    def on_event(self, event: SipEvent) -> None:
        assert self.driver is not None
        self.events.append(event)
        if isinstance(event, InviteReceived):
            negotiation = new_negotiation()
            negotiation.receive_offer(event.request.body)
            body = negotiation.make_answer()
            self.driver.do(lambda endpoint, now: endpoint.ring(event.session, now, 183, body))
        elif isinstance(event, ProvisionalAcknowledged):
            self.driver.do(lambda endpoint, now: endpoint.accept(event.session, b"", now))

    def of(self, kind: type[SipEvent]) -> list[SipEvent]:
        return [event for event in self.events if isinstance(event, kind)]


def new_negotiation() -> OfferAnswer:
    return OfferAnswer(LocalMedia(host=HOST, port=40_000), OfferAnswerState(session_id=1))


@pytest.fixture
async def phone() -> AsyncIterator[Phone]:
    phone = Phone()
    listeners = (Listener(transport="UDP", host=HOST, port=0),)
    settings = DriverSettings(listeners=listeners, session_expires=INTERVAL, min_se=INTERVAL)
    phone.driver = await open_driver(settings, lambda _flow: True, phone.on_event, SystemResolver(("UDP",)))
    yield phone
    await phone.driver.close()


async def start_sipp(folder: Path, scenario: str, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *("sipp", *arguments, "-sf", str(SCENARIOS / scenario), "-i", HOST, "-m", "1"),
        *("-nostdin", "-trace_err", "-timeout", "30"),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
    )


async def test_sipp_acknowledges_our_183_and_stops_refreshing(phone: Phone, tmp_path: Path) -> None:
    assert phone.driver is not None
    port = phone.driver.addresses[0].address.port
    sipp = await start_sipp(tmp_path, "caller_prack_timer.xml", f"{HOST}:{port}", "-p", str(free_port()))
    output, _ = await sipp.communicate()
    assert sipp.returncode == 0, output.decode(errors="replace")[-2000:]
    await eventually(lambda: bool(phone.of(DialogTerminated)))
    (ended,) = phone.of(DialogTerminated)
    assert isinstance(ended, DialogTerminated)
    assert ended.cause == "peer_gone"


async def test_we_acknowledge_its_183_obey_its_interval_and_refresh(phone: Phone, tmp_path: Path) -> None:
    port = free_port()
    sipp = await start_sipp(tmp_path, "callee_prack_timer.xml", "-p", str(port))
    driver = phone.driver
    assert driver is not None
    await asyncio.sleep(0.5)  # SIPp says nowhere that it listens
    call = OutgoingInvite(
        target=f"sip:desk@{HOST}:{port}",
        from_=NameAddr.of(f"sip:phone@{HOST}"),
        destination=Target("UDP", HostPort(HOST, port)),
        body=new_negotiation().make_offer(),
    )
    session = driver.do(lambda endpoint, now: endpoint.invite(call, now))
    await eventually(lambda: bool(phone.of(InviteAccepted)))
    (progress,) = phone.of(ProgressReceived)
    assert isinstance(progress, ProgressReceived)
    assert progress.reliable
    await asyncio.sleep(3.5)  # the refresh is due after three seconds
    driver.do(lambda endpoint, now: endpoint.hang_up(session, now))
    output, _ = await sipp.communicate()
    assert sipp.returncode == 0, output.decode(errors="replace")[-2000:]
