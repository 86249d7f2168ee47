"""One agent's browser over time, with an engine and a browser in memory and real DTLS between them."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import cast

import pytest
from aiortc import RTCIceTransport
from aiortc.rtcdtlstransport import RTCCertificate, RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport

from gateway.softphone.dtls import Certificates, sha256_of
from gateway.softphone.phone import AgentPhone, PhoneTools
from gateway.softphone.presence import GRACE_SECONDS, Verdict
from gateway.softphone.probe import AGAIN_SECONDS, ANSWER_SECONDS, PROBE_SECONDS
from kernel.contracts.calls import Fault
from kernel.contracts.engine import (
    Address,
    Answer,
    Command,
    ConfigureLeg,
    CreateWebrtcLeg,
    DeleteLeg,
    Done,
    EngineRefused,
    GetStatistics,
    LegStatistics,
    Refusal,
    RestartIce,
    SecureLeg,
    SendDtls,
    Statistics,
    WebrtcLegCreated,
)
from kernel.contracts.softphone import (
    SoftphoneAnswer,
    SoftphoneFromGateway,
    SoftphoneGone,
    SoftphoneProbe,
    SoftphoneReady,
    SoftphoneRefused,
    SoftphoneTransmit,
)
from tests.fakes import FakeClock, SequentialIds, eventually

OFFER = """v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
m=audio 9 UDP/TLS/RTP/SAVPF 0 8 101
c=IN IP4 0.0.0.0
a=mid:0
a=sendrecv
a=rtcp-mux
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=ice-ufrag:abcd
a=ice-pwd:abcdefghijklmnopqrstuvwx
a=fingerprint:sha-256 {fingerprint}
a=setup:{setup}
"""


class Page:
    """The browser's half of DTLS; as an ICE transport it hands its datagrams to the phone."""

    role = "controlling"

    def __init__(self, phone: AgentPhone) -> None:
        self._phone = phone
        self._certificate = RTCCertificate.generateCertificate()
        self._received: asyncio.Queue[bytes] = asyncio.Queue()
        self.leg = ""
        self.transport = RTCDtlsTransport(cast(RTCIceTransport, self), [self._certificate])
        self.transport._set_role("client")  # pyright: ignore[reportPrivateUsage]

    def offer(self, setup: str = "actpass") -> str:
        return OFFER.format(fingerprint=sha256_of(self._certificate), setup=setup).replace("\n", "\r\n")

    async def shake_hands(self, answer: str) -> None:
        fingerprint = answer.partition("a=fingerprint:sha-256 ")[2].partition("\r\n")[0]
        theirs = RTCDtlsFingerprint(algorithm="sha-256", value=fingerprint)
        await self.transport.start(RTCDtlsParameters(fingerprints=[theirs], role="server"))

    def received(self, datagram: bytes) -> None:
        self._received.put_nowait(datagram)

    async def _recv(self) -> bytes:
        return await self._received.get()

    async def _send(self, datagram: bytes) -> None:
        self._phone.dtls_received(self.leg, datagram)


class Host:
    """gateway.softphone.ports.PhoneHost that notes everything; `settle` does what was posted."""

    def __init__(self) -> None:
        self.commands: list[Command] = []
        self.pushed: list[SoftphoneFromGateway] = []
        self.saved: list[tuple[str | None, bool, Verdict]] = []
        self.faults: list[Fault] = []
        self.packets = 0
        self.attached: list[str] = []
        self.detached: list[str] = []
        self.refusing = False
        self.pages: dict[str, Page] = {}
        self._posted: deque[Callable[[], Awaitable[None]]] = deque()

    async def request(self, command: Command) -> Answer:
        if self.refusing:
            raise EngineRefused(Refusal(code="limit_reached", message="full"))
        self.commands.append(command)
        if isinstance(command, SendDtls) and command.leg in self.pages:
            self.pages[command.leg].received(command.datagram)
        if isinstance(command, CreateWebrtcLeg):
            return WebrtcLegCreated(leg=command.leg, ufrag="ours", password="secret" * 4)
        if isinstance(command, RestartIce):
            return WebrtcLegCreated(leg=command.leg, ufrag="anew", password="hidden" * 4)
        if isinstance(command, GetStatistics):
            return LegStatistics(leg=command.leg, statistics=Statistics(packets_received=self.packets))
        return Done()

    async def push(self, message: SoftphoneFromGateway) -> None:
        self.pushed.append(message)

    async def save(self, leg: str | None, told: bool, verdict: Verdict, fault: Fault) -> None:
        self.saved.append((leg, told, verdict))
        self.faults.append(fault)

    async def attach(self, leg: str) -> None:
        self.attached.append(leg)

    async def detach(self, leg: str) -> None:
        self.detached.append(leg)

    def post(self, work: Callable[[], Awaitable[None]]) -> None:
        self._posted.append(work)

    async def settle(self) -> None:
        while self._posted:
            await self._posted.popleft()()

    def said(self, kind: type[SoftphoneFromGateway]) -> list[SoftphoneFromGateway]:
        return [message for message in self.pushed if isinstance(message, kind)]

    def sent(self, kind: type[Command]) -> list[str]:
        return [getattr(command, "leg", "") for command in self.commands if isinstance(command, kind)]


class Desk:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.host = Host()
        addresses = (Address(host="192.0.2.1", port=3478), Address(host="2001:db8::1", port=3478))
        self.phone = AgentPhone(self.host, PhoneTools(Certificates(), SequentialIds(), self.clock, lambda: addresses))

    async def offered(self, *, probes: bool = False) -> Page:
        """A page whose offer was answered, before any handshake."""
        page = Page(self.phone)
        await self.phone.offer(page.offer(), probes=probes)
        answer = self.host.pushed[-1]
        assert isinstance(answer, SoftphoneAnswer)
        page.leg = answer.leg
        self.host.pages[page.leg] = page
        return page

    async def after(self, seconds: float) -> None:
        self.clock.advance(seconds)
        await self.phone._time_is_up()  # pyright: ignore[reportPrivateUsage]

    async def probed(self, packets: int) -> None:
        """The page is asked, and sends so many packets."""
        asked = len(self.host.said(SoftphoneProbe))
        await self.after(0)
        assert len(self.host.said(SoftphoneProbe)) == asked + 1
        self.host.packets += packets
        await self.after(ANSWER_SECONDS)

    async def ready(self, *, probes: bool = False) -> Page:
        page = await self.offered(probes=probes)
        answer = self.host.said(SoftphoneAnswer)[-1]
        assert isinstance(answer, SoftphoneAnswer)
        await page.shake_hands(answer.sdp)
        await eventually(lambda: page.leg in self.host.sent(SecureLeg))
        await asyncio.sleep(0)
        await eventually(lambda: bool(self.host._posted))  # pyright: ignore[reportPrivateUsage]
        await self.host.settle()
        return page


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_the_answer_names_the_shared_port_and_the_legs_credentials(desk: Desk) -> None:
    page = await desk.offered()
    answer = desk.host.said(SoftphoneAnswer)[0]
    assert isinstance(answer, SoftphoneAnswer)
    for line in ("a=ice-lite", "a=ice-ufrag:ours", "a=setup:passive", "192.0.2.1 3478 typ host", "2001:db8::1 3478"):
        assert line in answer.sdp
    configured = next(command for command in desk.host.commands if isinstance(command, ConfigureLeg))
    assert (configured.leg, configured.remote_ufrag, configured.rtcp_mux) == (page.leg, "abcd", True)
    assert [payload.codec for payload in configured.payloads] == ["PCMU", "PCMA", "telephone-event"]
    assert desk.host.saved == []
    desk.phone.stop()


async def test_a_secured_leg_is_ready_saved_and_told(desk: Desk) -> None:
    page = await desk.ready()
    assert desk.host.pushed[-1] == SoftphoneReady(leg=page.leg)
    assert desk.host.saved == [(page.leg, True, Verdict.REACHABLE)]
    assert desk.host.attached == [page.leg]
    desk.phone.stop()


async def test_a_restart_gives_new_credentials_to_the_same_leg(desk: Desk) -> None:
    page = await desk.ready()
    await desk.phone.restart(page.leg, page.offer().replace("ice-ufrag:abcd", "ice-ufrag:efgh"))
    first, second = (message for message in desk.host.said(SoftphoneAnswer) if isinstance(message, SoftphoneAnswer))
    assert second.leg == page.leg
    assert "a=ice-ufrag:anew" in second.sdp
    assert "a=setup:passive" in second.sdp
    kept = "a=fingerprint:"
    assert first.sdp.partition(kept)[2].splitlines()[0] == second.sdp.partition(kept)[2].splitlines()[0]
    origins = [answer.sdp.splitlines()[1].split()[1:3] for answer in (first, second)]
    assert origins == [[origins[0][0], "1"], [origins[0][0], "2"]]
    configured = [command for command in desk.host.commands if isinstance(command, ConfigureLeg)]
    assert [command.remote_ufrag for command in configured] == ["abcd", "efgh"]
    assert desk.host.sent(SecureLeg) == [page.leg]
    assert (desk.phone.leg, desk.host.detached) == (page.leg, [])
    desk.phone.stop()


async def test_a_restart_that_cannot_be_is_answered_by_gone(desk: Desk) -> None:
    page = await desk.ready()
    stranger = Page(desk.phone)
    await desk.phone.restart("softphone.nobody", page.offer())
    assert desk.host.pushed[-1] == SoftphoneGone(leg="softphone.nobody", reason="unknown")
    await desk.phone.restart(page.leg, stranger.offer())
    assert desk.host.pushed[-1] == SoftphoneGone(leg=page.leg, reason="lost")
    assert desk.host.sent(RestartIce) == []
    desk.phone.stop()


async def test_opus_goes_first_where_the_desk_asks_for_it(desk: Desk) -> None:
    page = Page(desk.phone)
    sdp = page.offer().replace("SAVPF 0 8 101", "SAVPF 111 0 8 101 110")
    sdp += (
        "a=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\na=rtpmap:110 telephone-event/48000\r\n"
    )
    await desk.phone.offer(sdp, "opus")
    configured = next(command for command in desk.host.commands if isinstance(command, ConfigureLeg))
    said = [(payload.codec, payload.clock_rate, payload.fec) for payload in configured.payloads]
    assert said[0] == ("opus", 48_000, True)
    assert [codec for codec, *_ in said[1:]] == ["PCMU", "PCMA", "telephone-event", "telephone-event"]
    answer = desk.host.said(SoftphoneAnswer)[0]
    assert isinstance(answer, SoftphoneAnswer)
    assert "a=rtpmap:111 opus/48000/2" in answer.sdp
    assert "a=fmtp:111 minptime=10;useinbandfec=1" in answer.sdp
    desk.phone.stop()


async def test_a_new_page_takes_over_only_when_it_works(desk: Desk) -> None:
    first = await desk.ready()
    second = await desk.offered()
    assert desk.phone.leg == first.leg
    assert desk.host.sent(DeleteLeg) == []
    third = await desk.ready()
    assert desk.phone.leg == third.leg
    assert desk.host.attached == [first.leg, third.leg]
    assert desk.host.sent(DeleteLeg) == [second.leg, first.leg]
    assert desk.host.said(SoftphoneGone) == [SoftphoneGone(leg=first.leg, reason="replaced")]
    assert len([verdict for _, _, verdict in desk.host.saved if verdict is not Verdict.NOTHING]) == 1
    desk.phone.stop()


async def test_a_handshake_with_the_wrong_certificate_leaves_the_former_leg(desk: Desk) -> None:
    first = await desk.ready()
    wrong = Page(desk.phone)
    await desk.phone.offer(Page(desk.phone).offer())
    answer = desk.host.said(SoftphoneAnswer)[-1]
    assert isinstance(answer, SoftphoneAnswer)
    wrong.leg = answer.leg
    desk.host.pages[wrong.leg] = wrong
    await wrong.shake_hands(answer.sdp)
    await eventually(lambda: bool(desk.host._posted))  # pyright: ignore[reportPrivateUsage]
    await desk.host.settle()
    assert desk.phone.leg == first.leg
    assert desk.host.said(SoftphoneGone) == [SoftphoneGone(leg=wrong.leg, reason="lost")]
    assert desk.host.sent(SecureLeg) == [first.leg]
    await wrong.transport.stop()
    desk.phone.stop()


async def test_an_engine_without_room_refuses_the_browser(desk: Desk) -> None:
    desk.host.refusing = True
    await desk.phone.offer(Page(desk.phone).offer())
    refused = desk.host.pushed[-1]
    assert isinstance(refused, SoftphoneRefused)
    assert refused.code == "no_media"


async def test_a_browser_that_wants_us_to_begin_is_refused(desk: Desk) -> None:
    await desk.phone.offer(Page(desk.phone).offer(setup="passive"))
    refused = desk.host.pushed[-1]
    assert isinstance(refused, SoftphoneRefused)
    assert refused.code == "unusable_offer"


async def test_lost_ice_is_told_after_the_grace_and_the_leg_deleted(desk: Desk) -> None:
    page = await desk.ready()
    await desk.phone.ice_changed(page.leg, connected=False)
    assert desk.host.detached == []
    desk.clock.advance(GRACE_SECONDS)
    await desk.phone._expire()  # pyright: ignore[reportPrivateUsage]
    assert desk.host.saved[-1] == (None, False, Verdict.UNREACHABLE)
    assert desk.host.detached == [page.leg]
    assert desk.host.sent(DeleteLeg) == [page.leg]
    assert desk.host.pushed[-1] == SoftphoneGone(leg=page.leg, reason="lost")


async def test_ice_that_comes_back_within_the_grace_is_not_told(desk: Desk) -> None:
    page = await desk.ready()
    await desk.phone.ice_changed(page.leg, connected=False)
    desk.clock.advance(GRACE_SECONDS / 2)
    await desk.phone.ice_changed(page.leg, connected=True)
    desk.clock.advance(GRACE_SECONDS)
    await desk.phone._expire()  # pyright: ignore[reportPrivateUsage]
    assert len(desk.host.saved) == 1
    assert desk.phone.leg == page.leg
    desk.phone.stop()


async def test_a_desk_that_comes_back_after_the_grace_finds_its_leg(desk: Desk) -> None:
    page = await desk.ready()
    await desk.phone.desk_gone()
    desk.clock.advance(GRACE_SECONDS)
    await desk.phone._expire()  # pyright: ignore[reportPrivateUsage]
    assert desk.host.saved[-1] == (page.leg, False, Verdict.UNREACHABLE)
    await desk.phone.resume(page.leg)
    assert desk.host.saved[-1] == (page.leg, True, Verdict.REACHABLE)
    assert desk.host.pushed[-2:] == [SoftphoneReady(leg=page.leg), SoftphoneTransmit(on=False)]
    desk.phone.stop()


async def test_a_call_that_ended_while_the_desk_was_away_does_not_leave_the_sender_on(desk: Desk) -> None:
    page = await desk.ready()
    await desk.phone.transmit(page.leg, on=True)
    await desk.phone.desk_gone()
    await desk.phone.transmit(page.leg, on=False)
    desk.host.pushed.clear()  # nobody was there to read them
    await desk.phone.resume(page.leg)
    assert desk.host.pushed == [SoftphoneReady(leg=page.leg), SoftphoneTransmit(on=False)]
    desk.phone.stop()


async def test_a_farewell_of_the_browser_detaches_at_once(desk: Desk) -> None:
    page = await desk.ready()
    await page.transport.stop()
    await eventually(lambda: bool(desk.host._posted))  # pyright: ignore[reportPrivateUsage]
    await desk.host.settle()
    assert desk.host.detached == [page.leg]
    assert desk.phone.told
    desk.phone.stop()


async def test_the_sender_of_a_leg_that_is_no_more_is_not_switched(desk: Desk) -> None:
    page = await desk.ready()
    await desk.phone.transmit("softphone.former", on=False)
    assert desk.host.said(SoftphoneTransmit) == []
    await desk.phone.transmit(page.leg, on=True)
    assert desk.host.said(SoftphoneTransmit) == [SoftphoneTransmit(on=True)]
    desk.phone.stop()


async def test_a_new_engine_means_a_new_leg(desk: Desk) -> None:
    page = await desk.ready()
    await desk.phone.engine_gone()
    assert desk.host.pushed[-1] == SoftphoneGone(leg=page.leg, reason="lost")
    assert desk.host.detached == [page.leg]
    assert desk.host.saved[-1][0] is None
    desk.phone.stop()


async def test_another_process_goes_on_with_a_living_leg_and_not_with_a_dead_one(desk: Desk) -> None:
    await desk.phone.restore("softphone.1", told=True, up=True)
    assert (desk.phone.leg, desk.phone.told) == ("softphone.1", True)
    await desk.phone.resume("softphone.1")
    assert desk.host.pushed[0] == SoftphoneReady(leg="softphone.1")

    other = Desk()
    await other.phone.restore("softphone.1", told=True, up=False)
    assert other.phone.leg is None
    assert other.host.detached == ["softphone.1"]
    await other.phone.resume("softphone.1")
    assert other.host.pushed == [SoftphoneGone(leg="softphone.1", reason="unknown")]
    desk.phone.stop()
    other.phone.stop()


async def test_logging_out_in_the_middle_of_a_handshake_leaves_nothing(desk: Desk) -> None:
    page = await desk.offered()
    await desk.phone.close(tell=False)
    assert desk.host.sent(DeleteLeg) == [page.leg]
    assert desk.host.said(SoftphoneGone) == []


async def test_an_idle_page_is_probed_and_a_dead_path_is_told_after_two_misses(desk: Desk) -> None:
    await desk.ready(probes=True)
    await desk.probed(25)
    desk.clock.advance(PROBE_SECONDS)
    await desk.probed(0)
    assert len(desk.host.saved) == 1
    desk.clock.advance(AGAIN_SECONDS)
    await desk.probed(0)
    assert (desk.host.saved[-1][2], desk.host.faults[-1]) == (Verdict.UNREACHABLE, Fault.AUDIO_PATH)
    desk.clock.advance(AGAIN_SECONDS)
    await desk.probed(25)
    assert desk.host.saved[-1][2] is Verdict.REACHABLE
    desk.phone.stop()


async def test_nobody_is_probed_in_a_call_or_without_a_microphone(desk: Desk) -> None:
    page = await desk.ready(probes=True)
    await desk.phone.transmit(page.leg, on=True)
    await desk.after(PROBE_SECONDS)
    await desk.phone.transmit(page.leg, on=False)
    await desk.phone.microphone(works=False)
    await desk.after(PROBE_SECONDS)
    assert desk.host.said(SoftphoneProbe) == []
    await desk.phone.microphone(works=True)
    await desk.probed(25)
    assert desk.phone.told
    desk.phone.stop()


async def test_a_page_that_does_not_know_probes_is_not_asked(desk: Desk) -> None:
    await desk.ready()
    await desk.after(PROBE_SECONDS)
    assert desk.host.said(SoftphoneProbe) == []
    desk.phone.stop()


async def test_a_lost_microphone_is_told_at_once(desk: Desk) -> None:
    page = await desk.ready()
    await desk.phone.microphone(works=False)
    assert desk.host.saved[-1] == (page.leg, False, Verdict.UNREACHABLE)
    assert desk.host.faults[-1] is Fault.MICROPHONE
    desk.phone.stop()
