"""Transfers, texts, keys and two challenges in a row against SIPp's and baresip's telephones."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TypeVar

import pytest

from gateway.io.driver import DriverSettings, Listener, SipDriver, open_driver
from gateway.io.resolver import SystemResolver
from gateway.sdp.negotiation import LocalMedia
from gateway.sdp.offer_answer import OfferAnswer, OfferAnswerState
from gateway.sip.calls import Credentials, OutgoingInvite
from gateway.sip.events import (
    Acknowledged,
    DialogChanged,
    DialogTerminated,
    InfoReceived,
    InviteAccepted,
    InviteReceived,
    ReferProgress,
    ReferReceived,
    RequestReceived,
    SipEvent,
)
from gateway.sip.flow import HostPort, Target
from gateway.sip.info_digits import read_digit
from gateway.sip.message import Response
from gateway.sip.name_addr import NameAddr
from load_tests.peers.baresip import Baresip
from load_tests.peers.system import free_port
from tests.fakes import eventually
from tests.integration.gateway.gateway_rig import write_tone

pytestmark = [pytest.mark.peers("sipp"), pytest.mark.timeout(60)]

HOST = "127.0.0.1"
SCENARIOS = Path(__file__).parent / "scenarios"
Kind = TypeVar("Kind", bound=SipEvent)


class Desk:
    """Answers every call, carries out every transfer in word, and lets who replaces somebody do so."""

    def __init__(self) -> None:
        self.driver: SipDriver | None = None
        self.events: list[SipEvent] = []

    @property
    def opened(self) -> SipDriver:
        assert self.driver is not None
        return self.driver

    @property
    def port(self) -> int:
        return self.opened.addresses[0].address.port

    def of(self, kind: type[Kind]) -> list[Kind]:
        return [event for event in self.events if isinstance(event, kind)]

    def on_event(self, event: SipEvent) -> None:
        self.events.append(event)
        if isinstance(event, InviteReceived):
            negotiation = new_negotiation()
            negotiation.receive_offer(event.request.body)
            body = negotiation.make_answer()
            self.opened.do(lambda endpoint, now: endpoint.accept(event.session, body, now))
            if event.replaces_session:
                self.opened.do(lambda endpoint, now: endpoint.hang_up(event.replaces_session, now))
        elif isinstance(event, ReferReceived):
            self.opened.do(lambda endpoint, now: endpoint.accept_refer(event.session, now))
            self.opened.do(lambda endpoint, now: endpoint.notify_refer(event.session, 200, now))
        elif isinstance(event, RequestReceived):
            taken = Response.to_request(event.request, 200)
            self.opened.do(lambda endpoint, now: endpoint.send_response(event.transaction, taken, now))

    def place(self, port: int, credentials: Credentials | None = None) -> str:
        call = OutgoingInvite(
            target=f"sip:carol@{HOST}:{port}",
            from_=NameAddr.of(f"sip:desk@{HOST}", "Front desk"),
            destination=Target("UDP", HostPort(HOST, port)),
            body=new_negotiation().make_offer(),
            credentials=credentials,
        )
        return self.opened.do(lambda endpoint, now: endpoint.invite(call, now))


def new_negotiation() -> OfferAnswer:
    return OfferAnswer(LocalMedia(host=HOST, port=40_000), OfferAnswerState(session_id=1))


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    desk = Desk()
    settings = DriverSettings(listeners=(Listener(transport="UDP", host=HOST, port=0),), methods=frozenset({"MESSAGE"}))
    desk.driver = await open_driver(settings, lambda _flow: True, desk.on_event, SystemResolver(("UDP",)))
    yield desk
    await desk.driver.close()


async def start_sipp(folder: Path, scenario: str, *arguments: str) -> asyncio.subprocess.Process:
    common = ("-i", HOST, "-p", "PORT", "-m", "1", "-nostdin", "-trace_err", "-timeout", "20")
    port = next((word for word in arguments if word.isdigit()), str(free_port()))
    words = [port if word == "PORT" else word for word in common]
    rest = [word for word in arguments if word != port]
    return await asyncio.create_subprocess_exec(
        *("sipp", "-sf", str(SCENARIOS / scenario), *rest, *words),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
    )


async def finished(sipp: asyncio.subprocess.Process, folder: Path) -> None:
    output, _ = await sipp.communicate()
    errors = "".join(path.read_text(errors="replace") for path in folder.glob("*_errors.log"))
    assert sipp.returncode == 0, errors[-2000:] or output.decode(errors="replace")[-2000:]


async def test_sipp_presses_a_key_sends_a_text_and_is_transferred(desk: Desk, tmp_path: Path) -> None:
    sipp = await start_sipp(tmp_path, "transferring_uac.xml", f"{HOST}:{desk.port}")
    await finished(sipp, tmp_path)
    (key,) = desk.of(InfoReceived)
    assert read_digit(key.content_type, key.body) == "5"
    assert [text.request.body for text in desk.of(RequestReceived)] == [b"Call me back"]
    (asked,) = desk.of(ReferReceived)
    assert asked.refer_to.target == "sip:carol@192.0.2.9"
    assert asked.refer_to.replaces is not None
    assert asked.refer_to.replaces.call_id == "12345@192.0.2.9"
    assert desk.of(DialogTerminated)[0].cause == "bye_received"


async def test_sipp_challenges_twice_and_carries_out_our_transfer(desk: Desk, tmp_path: Path) -> None:
    port = free_port()
    waiting = await start_sipp(tmp_path, "waiting_uac.xml", f"{HOST}:{desk.port}")
    await eventually(lambda: len(desk.of(Acknowledged)) == 1)
    caller = desk.of(InviteReceived)[0].session
    sipp = await start_sipp(tmp_path, "challenging_uas.xml", str(port))
    await asyncio.sleep(0.5)  # SIPp says nowhere that it listens
    session = desk.place(port, Credentials("trunk", "secret"))
    await eventually(lambda: len(desk.of(InviteAccepted)) == 1)
    assert desk.opened.do(lambda endpoint, now: endpoint.refer(session, "", now, replaces=caller))
    await eventually(lambda: any(event.done for event in desk.of(ReferProgress)))
    assert [(event.status, event.done) for event in desk.of(ReferProgress)] == [(180, False), (200, True)]
    for one in (session, caller):
        desk.opened.do(lambda endpoint, now, one=one: endpoint.hang_up(one, now))
    await finished(sipp, tmp_path)
    await finished(waiting, tmp_path)


async def test_one_sipp_takes_the_place_of_another(desk: Desk, tmp_path: Path) -> None:
    waiting = await start_sipp(tmp_path, "waiting_uac.xml", f"{HOST}:{desk.port}")
    await eventually(lambda: len(desk.of(Acknowledged)) == 1)
    state = desk.of(DialogChanged)[-1].state
    keys = ("-key", "call", state.call_id, "-key", "ours", state.local_tag, "-key", "theirs", state.remote_tag)
    other = await start_sipp(tmp_path, "replacing_uac.xml", f"{HOST}:{desk.port}", *keys)
    await finished(waiting, tmp_path)  # it is hung up because the other one came
    await eventually(lambda: len(desk.of(Acknowledged)) == 2)
    session = desk.of(InviteReceived)[-1].session
    desk.opened.do(lambda endpoint, now: endpoint.hang_up(session, now))
    await finished(other, tmp_path)


@pytest.mark.peers("baresip")
async def test_baresip_transfers_us_and_is_transferred(desk: Desk, tmp_path: Path) -> None:
    voice = tmp_path / "voice.wav"
    write_tone(voice, 440.0, 5)
    async with Baresip(tmp_path / "baresip", voice, "carol", codecs="PCMU") as phone:
        session = desk.place(phone.sip)
        await eventually(lambda: len(desk.of(InviteAccepted)) == 1)
        await phone.command("transfer", f"sip:carol@{HOST}:{free_port()}")
        await eventually(lambda: len(desk.of(ReferReceived)) == 1)
        assert desk.of(ReferReceived)[0].session == session
        await eventually(lambda: len(desk.of(DialogTerminated)) == 1)  # it hangs up once it hears of the success

        session = desk.place(phone.sip)
        await eventually(lambda: len(desk.of(InviteAccepted)) == 2)
        target = f"sip:desk@{HOST}:{desk.port}"
        assert desk.opened.do(lambda endpoint, now: endpoint.refer(session, target, now))
        await eventually(lambda: len(desk.of(InviteReceived)) == 1)  # baresip calls whom we named: ourselves
        await eventually(lambda: any(event.done for event in desk.of(ReferProgress)))
        assert desk.of(ReferProgress)[-1].status == 200
