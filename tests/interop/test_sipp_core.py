"""The SIP core and its driver against SIPp's own scenarios: as callee, as caller, over UDP and TCP."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.io.driver import DriverSettings, Listener, SipDriver, open_driver
from gateway.io.resolver import SystemResolver
from gateway.sdp.negotiation import LocalMedia
from gateway.sdp.offer_answer import OfferAnswer, OfferAnswerState
from gateway.sip.calls import OutgoingInvite
from gateway.sip.events import DialogTerminated, InviteAccepted, InviteReceived, SipEvent
from gateway.sip.flow import HostPort, Target, Transport
from gateway.sip.name_addr import NameAddr
from load_tests.peers.system import free_port
from tests.fakes import eventually

pytestmark = [pytest.mark.peers("sipp"), pytest.mark.timeout(90)]

HOST = "127.0.0.1"
CALLS = 100
SIPP_TRANSPORTS: dict[Transport, str] = {"UDP": "u1", "TCP": "t1"}


class Phone:
    """Answers every call with an agreed SDP; hangs up what it placed."""

    def __init__(self) -> None:
        self.driver: SipDriver | None = None
        self.ended: list[DialogTerminated] = []

    def on_event(self, event: SipEvent) -> None:
        assert self.driver is not None
        if isinstance(event, InviteReceived):
            negotiation = new_negotiation()
            negotiation.receive_offer(event.request.body)
            body = negotiation.make_answer()
            self.driver.do(lambda endpoint, now: endpoint.ring(event.session, now))
            self.driver.do(lambda endpoint, now: endpoint.accept(event.session, body, now))
        elif isinstance(event, InviteAccepted):
            self.driver.do(lambda endpoint, now: endpoint.hang_up(event.session, now))
        elif isinstance(event, DialogTerminated):
            self.ended.append(event)


def new_negotiation() -> OfferAnswer:
    return OfferAnswer(LocalMedia(host=HOST, port=40_000), OfferAnswerState(session_id=1))


@pytest.fixture
async def phone() -> AsyncIterator[Phone]:
    phone = Phone()
    listeners = tuple(Listener(transport=transport, host=HOST, port=0) for transport in SIPP_TRANSPORTS)
    settings = DriverSettings(listeners=listeners)
    phone.driver = await open_driver(settings, lambda _flow: True, phone.on_event, SystemResolver(("UDP", "TCP")))
    yield phone
    await phone.driver.close()


def port_of(phone: Phone, transport: Transport) -> int:
    assert phone.driver is not None
    return next(address.address.port for address in phone.driver.addresses if address.transport == transport)


async def start_sipp(folder: Path, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        "sipp", *arguments, "-i", HOST, "-nostdin", "-trace_err", cwd=folder, stdout=asyncio.subprocess.PIPE
    )


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
async def test_sipp_calls_us(phone: Phone, tmp_path: Path, transport: Transport) -> None:
    sipp = await start_sipp(
        tmp_path,
        *(f"{HOST}:{port_of(phone, transport)}", "-sn", "uac", "-t", SIPP_TRANSPORTS[transport]),
        *("-p", str(free_port()), "-r", "100", "-m", str(CALLS), "-timeout", "30"),
    )
    output, _ = await sipp.communicate()
    assert sipp.returncode == 0, output.decode(errors="replace")[-2000:]
    await eventually(lambda: len(phone.ended) == CALLS)
    assert {event.cause for event in phone.ended} == {"bye_received"}
    assert phone.driver is not None
    assert phone.driver.endpoint.counters.retransmissions_sent == 0
    assert phone.driver.endpoint.counters.malformed == 0


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
async def test_we_call_sipp(phone: Phone, tmp_path: Path, transport: Transport) -> None:
    port = free_port()
    sipp = await start_sipp(tmp_path, "-sn", "uas", "-t", SIPP_TRANSPORTS[transport], "-p", str(port))
    driver = phone.driver
    assert driver is not None
    try:
        await asyncio.sleep(0.5)  # SIPp says nowhere that it listens
        for number in range(20):
            call = OutgoingInvite(
                target=f"sip:{number}@{HOST}:{port}",
                from_=NameAddr.of(f"sip:desk@{HOST}", "Front desk"),
                destination=Target(transport, HostPort(HOST, port)),
                body=new_negotiation().make_offer(),
            )
            driver.do(lambda endpoint, now, call=call: endpoint.invite(call, now))
        await eventually(lambda: len(phone.ended) == 20)
        assert {event.cause for event in phone.ended} == {"bye_sent"}
    finally:
        sipp.terminate()
        await sipp.communicate()
