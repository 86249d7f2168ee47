"""One agent's browser: a nailed-up leg made at log-in, kept between calls, made anew when the page is reloaded.

The leg that works is `current`; a new offer is `pending` until its ICE and DTLS are up and only then takes the former's
place, in the middle of a call too. The caller and the recording never notice. Between calls the page is asked now and
then to send silence for a moment: whether its packets arrive is known before a call is offered.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Unpack

import msgspec
import structlog

from gateway.calls.payloads import engine_payloads
from gateway.sdp.errors import SdpError
from gateway.sdp.negotiation import MediaAddress
from gateway.sdp.web_transport import Fingerprint
from gateway.sdp.webrtc import (
    BrowserAnswer,
    BrowserOffer,
    LocalTransport,
    build_browser_answer,
    parse_browser_offer,
)
from gateway.softphone.dtls import Certificates, Dtls, HandshakeFailed, sha256_of
from gateway.softphone.ports import PhoneHost
from gateway.softphone.presence import Presence, Seen, Verdict
from gateway.softphone.probe import Probe
from kernel.contracts.engine import (
    Address,
    ConfigureLeg,
    CreateWebrtcLeg,
    DeleteLeg,
    EngineLost,
    EngineRefused,
    GetStatistics,
    LegStatistics,
    RestartIce,
    SecureLeg,
    SendDtls,
    WebrtcLegCreated,
)
from kernel.contracts.softphone import (
    BrowserAudio,
    SoftphoneAnswer,
    SoftphoneGone,
    SoftphoneProbe,
    SoftphoneReady,
    SoftphoneRefused,
    SoftphoneTransmit,
)
from kernel.primitives.clock import Clock
from kernel.primitives.ids import Ids

LEG_PREFIX = "softphone."
SESSION_ID_BITS = 62  # RFC 8829 5.2.1

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class PhoneTools:
    """What all phones share; `addresses` are the engine's shared port, best first."""

    certificates: Certificates
    ids: Ids
    clock: Clock
    addresses: Callable[[], Sequence[Address]]


@dataclass(frozen=True)
class _Terms:
    """What was said to the browser, to be said again at an ICE restart."""

    transport: LocalTransport
    audio: BrowserAudio
    fingerprints: tuple[Fingerprint, ...]


class _Leg:
    """`dtls` and `terms` are None for a leg that another process shook hands for; `probes`: its page answers them."""

    def __init__(self, name: str, dtls: Dtls | None = None, *, probes: bool = False) -> None:
        self.name = name
        self.dtls = dtls
        self.probes = probes
        self.terms: _Terms | None = None
        self.handshake: asyncio.Task[None] | None = None


def _read(sdp: str) -> BrowserOffer:
    offer = parse_browser_offer(sdp)
    if offer.transport.setup == "passive":
        raise SdpError(488, "The browser must be able to begin the DTLS handshake")
    return offer


class AgentPhone:
    """Every coroutine is called in the order of the host's queue, one at a time; `dtls_received` at any moment."""

    def __init__(self, host: PhoneHost, tools: PhoneTools) -> None:
        self._host = host
        self._tools = tools
        self._presence = Presence()
        self._probe = Probe()
        self._current: _Leg | None = None
        self._pending: _Leg | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def leg(self) -> str | None:
        """The leg that works, as far as is known."""
        return self._current.name if self._current is not None else None

    @property
    def told(self) -> bool:
        """Whether routing takes the agent for reachable."""
        return self._presence.told

    # --- the browser ---

    async def offer(self, sdp: str, audio: BrowserAudio = "trunk", *, probes: bool = False) -> None:
        await self._note(desk=True, microphone=True)
        try:
            offer = _read(sdp)
        except SdpError as error:
            await self._host.push(SoftphoneRefused(code="unusable_offer", message=error.reason))
            return
        await self._drop_pending()
        leg = _Leg(f"{LEG_PREFIX}{self._tools.ids.new()}", probes=probes)
        try:
            answer = await self._create(leg, offer, audio)
        except (EngineRefused, EngineLost) as error:
            log.warning("softphone.no_leg", reason=str(error))
            await self._host.push(SoftphoneRefused(code="no_media", message="No sound can be had at the moment."))
            return
        self._pending = leg
        leg.handshake = asyncio.get_running_loop().create_task(self._shake_hands(leg, offer.transport.fingerprints))
        await self._host.push(SoftphoneAnswer(leg=leg.name, sdp=answer.text))

    async def restart(self, name: str, sdp: str) -> None:
        """Another network: new ICE credentials for the leg that works, whose keys and call go on (RFC 8445 9)."""
        await self._note(desk=True)
        leg = self._current
        if leg is None or leg.name != name or leg.terms is None:
            await self._host.push(SoftphoneGone(leg=name, reason="unknown"))
            return
        try:
            answer = await self._restart(leg, leg.terms, _read(sdp))
        except (SdpError, EngineRefused, EngineLost) as error:
            log.warning("softphone.not_restarted", leg=name, reason=str(error))
            await self._host.push(SoftphoneGone(leg=name, reason="lost"))
            return
        await self._host.push(SoftphoneAnswer(leg=name, sdp=answer.text))

    async def resume(self, name: str, *, probes: bool = False) -> None:
        await self._note(desk=True)
        if self._pending is not None and self._pending.name == name:
            return  # the handshake goes on and ends with SoftphoneReady
        if self._current is None or self._current.name != name:
            await self._host.push(SoftphoneGone(leg=name, reason="unknown"))
        elif not self._presence.up:
            await self._host.push(SoftphoneGone(leg=name, reason="lost"))
        else:
            self._probe.able = probes
            await self._host.push(SoftphoneReady(leg=name))
            await self._host.push(SoftphoneTransmit(on=self._presence.talking))
            self._probe_soon()

    async def microphone(self, *, works: bool) -> None:
        """What the page says of its microphone."""
        await self._note(microphone=works)
        if works:
            self._probe_soon()

    async def desk_gone(self) -> None:
        """The desk's WebSocket is away; the leg may live on."""
        await self._note(desk=False)

    async def close(self, *, tell: bool) -> None:
        """The agent logged out; `tell` the browser where it was not the browser that said so."""
        verdict = self._presence.close()
        self._arm()
        await self._drop_pending()
        former, self._current = self._current, None
        await self._save(verdict)
        if former is not None:
            await self._host.detach(former.name)
            await self._discard(former, "closed" if tell else "")

    # --- the call ---

    async def transmit(self, leg: str, *, on: bool) -> None:
        """Switch the browser's sender, if `leg` is still the one."""
        await self._note(talking=on)
        if not on and not self._presence.heard:
            self._probe_soon()
        if self._current is not None and self._current.name == leg:
            await self._host.push(SoftphoneTransmit(on=on))

    # --- the engine ---

    def dtls_received(self, leg: str, datagram: bytes) -> None:
        for one in (self._pending, self._current):
            if one is not None and one.name == leg and one.dtls is not None:
                one.dtls.received(datagram)

    async def ice_changed(self, leg: str, *, connected: bool) -> None:
        if self._current is not None and self._current.name == leg:
            await self._note(up=connected)

    async def sound_changed(self, leg: str, *, silent: bool) -> None:
        if self._current is not None and self._current.name == leg:
            await self._note(silent=silent)

    async def engine_gone(self) -> None:
        """A new engine runs: every leg of the former died with it."""
        await self._drop_pending()
        if self._current is not None:
            await self.leg_ended(self._current.name)

    async def leg_ended(self, name: str) -> None:
        """The engine let go of it, as one that is to end does with idle legs: the page connects anew."""
        if self._current is None or self._current.name != name:
            return
        self._current = None
        await self._save(self._note_now(up=False))
        await self._host.detach(name)
        await self._host.push(SoftphoneGone(leg=name, reason="lost"))

    async def restore(self, leg: str | None, *, told: bool, up: bool) -> None:
        """Go on where another process was ended; `up` is what the engine says of the leg."""
        self._presence.told = told
        self._current = _Leg(leg) if leg is not None and up else None
        verdict = self._note_now(up=self._current is not None)
        if leg is not None and self._current is None:
            await self._save(verdict)
            await self._host.detach(leg)

    # --- making and leaving legs ---

    async def _create(self, leg: _Leg, offer: BrowserOffer, audio: BrowserAudio) -> BrowserAnswer:
        created = await self._host.request(CreateWebrtcLeg(leg=leg.name, group=leg.name))
        assert isinstance(created, WebrtcLegCreated)
        certificate = self._tools.certificates.current()
        transport = LocalTransport(
            ufrag=created.ufrag,
            password=created.password,
            fingerprint=Fingerprint("sha-256", sha256_of(certificate)),
            addresses=tuple(MediaAddress(address.host, address.port) for address in self._tools.addresses()),
            session_id=self._tools.ids.new().int % (1 << SESSION_ID_BITS),
        )
        answer = await self._agree(leg, offer, _Terms(transport, audio, offer.transport.fingerprints))

        async def send(datagram: bytes) -> None:
            await self._send_dtls(leg.name, datagram)

        leg.dtls = Dtls(certificate, send, lambda: self._host.post(lambda: self._closed_by_browser(leg)))
        return answer

    async def _restart(self, leg: _Leg, terms: _Terms, offer: BrowserOffer) -> BrowserAnswer:
        if offer.transport.fingerprints != terms.fingerprints:
            raise SdpError(488, "Another certificate needs another leg")
        created = await self._host.request(RestartIce(leg=leg.name))
        assert isinstance(created, WebrtcLegCreated)
        before = terms.transport
        transport = msgspec.structs.replace(
            before, ufrag=created.ufrag, password=created.password, version=before.version + 1
        )
        return await self._agree(leg, offer, replace(terms, transport=transport))

    async def _agree(self, leg: _Leg, offer: BrowserOffer, terms: _Terms) -> BrowserAnswer:
        """Answer the offer, and have the engine do what the answer says."""
        answer = build_browser_answer(offer, terms.transport, audio=terms.audio)
        await self._host.request(
            ConfigureLeg(
                leg=leg.name,
                payloads=engine_payloads(answer.payloads),
                direction=answer.direction,
                rtcp_mux=True,
                remote_ufrag=offer.transport.ufrag,
            )
        )
        leg.terms = terms
        return answer

    async def _send_dtls(self, leg: str, datagram: bytes) -> None:
        try:
            await self._host.request(SendDtls(leg=leg, datagram=datagram))
        except (EngineRefused, EngineLost) as error:
            raise ConnectionError(str(error)) from error  # what aiortc expects of a transport that is gone

    async def _shake_hands(self, leg: _Leg, fingerprints: Sequence[Fingerprint]) -> None:
        assert leg.dtls is not None
        try:
            keys = await leg.dtls.handshake([(one.algorithm, one.value) for one in fingerprints])
            await self._host.request(SecureLeg(leg=leg.name, keys=keys))
        except (HandshakeFailed, EngineRefused, EngineLost) as error:
            log.warning("softphone.no_handshake", leg=leg.name, reason=str(error))
            self._host.post(lambda: self._failed(leg))
        else:
            self._host.post(lambda: self._works(leg))

    async def _works(self, leg: _Leg) -> None:
        if self._pending is not leg:
            return
        former, self._current, self._pending = self._current, leg, None
        await self._save(self._note_now(up=True, silent=False, heard=True))
        self._probe.able = leg.probes
        self._probe_soon()
        await self._host.push(SoftphoneReady(leg=leg.name))
        await self._host.attach(leg.name)
        if former is not None:  # later, for the call has just queued that this browser's sender goes on
            self._host.post(lambda: self._discard(former, "replaced"))

    async def _failed(self, leg: _Leg) -> None:
        if self._pending is leg:
            self._pending = None
            await self._discard(leg, "lost")

    async def _closed_by_browser(self, leg: _Leg) -> None:
        """Its page is gone: no need to wait until ICE notices."""
        if self._current is not leg:
            return
        self._current = None
        await self._save(self._note_now(up=False))
        await self._host.detach(leg.name)
        await self._discard(leg, "lost")

    async def _drop_pending(self) -> None:
        pending, self._pending = self._pending, None
        if pending is not None:
            await self._discard(pending, "")

    async def _discard(self, leg: _Leg, reason: str) -> None:
        """End a leg that nobody needs; the browser is told where `reason` says why."""
        if leg.handshake is not None:
            leg.handshake.cancel()
        try:
            if leg.dtls is not None:
                await leg.dtls.close()
            await self._host.request(DeleteLeg(leg=leg.name))
        except (EngineRefused, EngineLost) as error:
            log.warning("softphone.leg_not_deleted", leg=leg.name, reason=str(error))
        if reason:
            await self._host.push(SoftphoneGone(leg=leg.name, reason=reason))

    async def _save(self, verdict: Verdict) -> None:
        await self._host.save(self.leg, self.told, verdict, self._presence.fault)

    # --- presence ---

    async def _note(self, **seen: Unpack[Seen]) -> None:
        verdict = self._note_now(**seen)
        if verdict is not Verdict.NOTHING:
            await self._save(verdict)

    def _note_now(self, **seen: Unpack[Seen]) -> Verdict:
        verdict = self._presence.update(self._tools.clock.monotonic(), **seen)
        self._arm()
        return verdict

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = [at for at in (self._presence.deadline, self._probe.at) if at is not None]
        if due:
            delay = max(0.0, min(due) - self._tools.clock.monotonic())
            self._timer = asyncio.get_running_loop().call_later(delay, self._host.post, self._time_is_up)

    async def _time_is_up(self) -> None:
        await self._expire()
        if self._probe.is_due(self._tools.clock.monotonic()):
            await self._carry_on_probing()
        self._arm()

    async def _expire(self) -> None:
        verdict = self._presence.expire(self._tools.clock.monotonic())
        self._arm()
        if verdict is Verdict.NOTHING:
            return
        former = self._current
        if self._presence.up or former is None:
            await self._save(verdict)
            return
        self._current = None
        await self._save(verdict)
        await self._host.detach(former.name)
        await self._discard(former, "lost")

    # --- the path of the sound ---

    def _probe_soon(self) -> None:
        self._probe.begin(self._tools.clock.monotonic())
        self._arm()

    async def _carry_on_probing(self) -> None:
        """Ask, or look what came; a page that talks or has no microphone is not asked."""
        presence, now = self._presence, self._tools.clock.monotonic()
        packets = None
        if presence.connected and presence.microphone and not presence.talking:
            packets = await self._packets()
        if packets is None:
            self._probe.put_off(now)
        elif self._probe.asked:
            heard = self._probe.heard(packets, now)
            if heard is not None:
                await self._note(heard=heard)
        else:
            self._probe.ask(packets, now)
            await self._host.push(SoftphoneProbe())

    async def _packets(self) -> int | None:
        """How many the working leg has brought so far; None: nobody knows."""
        if self._current is None:
            return None
        try:
            answer = await self._host.request(GetStatistics(leg=self._current.name))
        except (EngineRefused, EngineLost):
            return None
        return answer.statistics.packets_received if isinstance(answer, LegStatistics) else None

    def stop(self) -> None:
        """The process ends: no timers, no handshakes; legs that work go on."""
        if self._timer is not None:
            self._timer.cancel()
        if self._pending is not None and self._pending.handshake is not None:
            self._pending.handshake.cancel()
