"""Telephones of the demonstration carrier: SIP by the product's own core, sound by a stream of their own."""

import asyncio
import secrets
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Literal

from api.demo.plans import CallFinished, CallPlan, CarrierPlan
from api.demo.rtp import Mouth, RtpStream
from api.demo.sound import VOICES, read_mono, write_wav
from gateway.io.driver import DriverSettings, Listener, SipDriver, open_driver
from gateway.io.resolver import SystemResolver
from gateway.sdp.codecs import G711
from gateway.sdp.errors import SdpError
from gateway.sdp.negotiation import LocalMedia
from gateway.sdp.offer_answer import OfferAnswer, OfferAnswerState
from gateway.sip.calls import OutgoingInvite
from gateway.sip.digest import DigestServer, Verdict
from gateway.sip.digest_hash import hash_password
from gateway.sip.events import (
    Acknowledged,
    Cancelled,
    DialogTerminated,
    InviteAccepted,
    InviteFailed,
    InviteReceived,
    ReinviteReceived,
    SipEvent,
)
from gateway.sip.flow import Flow, HostPort, Target
from gateway.sip.message import Request
from gateway.sip.name_addr import NameAddr

REALM = "demonstration.carrier"

Side = Literal["carrier", "centre"]


class PhoneCall:
    """One call of one telephone, from its INVITE to its end."""

    def __init__(self, plan: CallPlan, placed_by: Side, stream: RtpStream, host: str) -> None:
        self.plan = plan
        self.session = ""
        self.settled = asyncio.Event()  # answered or over
        self.ended = asyncio.Event()
        self.status = 0
        self.hung_up_by: Side = "centre"
        self.began_at = time.time()
        self.answered_at: float | None = None
        self.ended_at = self.began_at
        self._placed_by: Side = placed_by
        self._stream = stream
        self._mouth = Mouth(read_mono(VOICES / plan.voice))
        state = OfferAnswerState(session_id=secrets.randbits(32))
        codecs = G711 if placed_by == "centre" else (plan.codec,)
        self.media = OfferAnswer(LocalMedia(host=host, port=stream.port), state, codecs)

    def talk(self) -> None:
        """Both ways from now on; nothing where no address was agreed."""
        agreed = self.media.negotiated
        if agreed is None or agreed.remote is None or self.answered_at is not None:
            return
        self.answered_at = time.time()
        self.settled.set()
        codec = agreed.payloads[0].encoding
        self._stream.start((agreed.remote.host, agreed.remote.port), codec, self._mouth.next_frame)

    def end(self, status: int) -> None:
        if not self.ended.is_set():
            self.status = status
            self.ended_at = time.time()
            self._stream.stop()
            self.settled.set()
            self.ended.set()

    def finished(self, folder: Path | None) -> CallFinished:
        """Its report; writes what was heard."""
        heard = None
        if folder is not None and self._stream.ear.packets:
            heard = f"{self.plan.name}.wav"
            write_wav(folder / heard, self._stream.ear.samples())
        return CallFinished(
            name=self.plan.name,
            placed_by=self._placed_by,
            caller=self.plan.caller,
            called=self.plan.called,
            voice=self.plan.voice,
            codec=self.plan.codec,
            status=self.status,
            hung_up_by=self.hung_up_by,
            began_at=self.began_at,
            answered_at=self.answered_at,
            ended_at=self.ended_at,
            packets_sent=self._stream.sent,
            packets_heard=self._stream.ear.packets,
            heard=heard,
        )


class Phone:
    """All calls over one SIP socket."""

    def __init__(self, plan: CarrierPlan, tell: Callable[[CallFinished], None]) -> None:
        self._plan = plan
        self._tell = tell
        self._folder = None if plan.folder is None else Path(plan.folder)
        self._calls: dict[str, PhoneCall] = {}
        self._answered = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._driver: SipDriver | None = None
        self._digest = DigestServer(REALM, secrets.token_bytes(16), self._find_user)
        self._handlers: dict[type, Callable[[Any], None]] = {
            InviteReceived: self._invited,
            Acknowledged: self._acknowledged,
            Cancelled: lambda event: self._over(event.session, 487),
            InviteAccepted: self._accepted,
            InviteFailed: lambda event: self._over(event.session, event.status),
            ReinviteReceived: self._reinvited,
            DialogTerminated: lambda event: self._over(event.session, 200),
        }

    def _find_user(self, username: str) -> str | None:
        answer = self._plan.answer
        if username != answer.username:
            return None
        return hash_password("MD5", username, REALM, answer.password)

    async def open(self) -> int:
        """Bind; returns the port."""
        listener = Listener(transport="UDP", host=self._plan.host, port=self._plan.port)
        settings = DriverSettings(listeners=(listener,), user_agent="Demonstration carrier", contact_user="carrier")
        self._driver = await open_driver(settings, self._is_known, self._on_event, SystemResolver(["UDP"]))
        return self._driver.addresses[0].address.port

    @property
    def driver(self) -> SipDriver:
        if self._driver is None:
            raise RuntimeError("the telephone has no line yet")
        return self._driver

    def _is_known(self, flow: Flow) -> bool:
        return flow.remote.host == self._plan.gateway_host

    async def close(self) -> None:
        """Hang up everything and wait a moment for the BYEs to be answered."""
        waiting = [call.ended.wait() for call in self._calls.values()]
        for call in list(self._calls.values()):
            self._hang_up(call)
        if waiting:
            async with asyncio.timeout(2):
                await asyncio.gather(*waiting)
        for task in list(self._tasks):
            task.cancel()
        await self.driver.close()

    def _later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # --- calls to the centre ---

    async def place(self, plan: CallPlan) -> None:
        """Call, and come back when the call is over."""
        call = PhoneCall(plan, "carrier", await RtpStream.open(self._plan.host), self._plan.host)
        gateway = HostPort(self._plan.gateway_host, self._plan.gateway_port)
        own = self.driver.addresses[0].address
        invite = OutgoingInvite(
            target=f"sip:{plan.called}@{gateway.host}:{gateway.port}",
            from_=NameAddr.of(f"sip:{plan.caller}@{own.host}:{own.port}"),
            destination=Target("UDP", gateway),
            body=call.media.make_offer(),
        )
        call.session = self.driver.do(lambda endpoint, now: endpoint.invite(invite, now))
        self._calls[call.session] = call
        try:
            await asyncio.wait_for(call.settled.wait(), plan.patience)
            await self._stay(call)
        except TimeoutError:
            self._hang_up(call)
        await call.ended.wait()

    async def _stay(self, call: PhoneCall) -> None:
        """Until the caller leaves or the centre hangs up."""
        try:
            async with asyncio.timeout(call.plan.leaves_after):
                await call.ended.wait()
        except TimeoutError:
            self._hang_up(call)

    def _accepted(self, event: InviteAccepted) -> None:
        call = self._calls.get(event.session)
        if call is None:
            return
        try:
            call.media.receive_answer(event.body)
            call.talk()
        except SdpError:
            self._hang_up(call)

    # --- calls from the centre ---

    def _invited(self, event: InviteReceived) -> None:
        verdict = self._digest.verify(event.request, time.time())
        if self._plan.answer.username and verdict is not Verdict.ACCEPTED:
            challenge = self._digest.challenge(time.time(), stale=verdict is Verdict.STALE)
            headers = (("WWW-Authenticate", challenge),)
            self.driver.do(lambda endpoint, now: endpoint.reject(event.session, 401, now, headers=headers))
            return
        self._later(self._answer(event))

    async def _answer(self, event: InviteReceived) -> None:
        answer = self._plan.answer
        self._answered += 1
        plan = CallPlan(
            name=f"taken-{self._answered}",
            caller=_user(event.request.from_),
            called=_called(event.request),
            voice=answer.voice,
            leaves_after=answer.leaves_after,
        )
        call = PhoneCall(plan, "centre", await RtpStream.open(self._plan.host), self._plan.host)
        call.session = event.session
        self._calls[event.session] = call
        self.driver.do(lambda endpoint, now: endpoint.ring(event.session, now))
        await asyncio.sleep(answer.rings_for)
        if call.ended.is_set():
            return
        try:
            call.media.receive_offer(event.request.body)
            body = call.media.make_answer()
        except SdpError as error:
            status = error.status
            self.driver.do(lambda endpoint, now: endpoint.reject(event.session, status, now))
            self._over(event.session, status)
            return
        self.driver.do(lambda endpoint, now: endpoint.accept(event.session, body, now))
        call.talk()
        await self._stay(call)

    def _acknowledged(self, event: Acknowledged) -> None:
        call = self._calls.get(event.session)
        if call is not None:
            call.talk()

    # --- both ---

    def _reinvited(self, event: ReinviteReceived) -> None:
        """The centre changes the session: agree to whatever it wants."""
        call = self._calls[event.session]
        try:
            call.media.receive_offer(event.body)
            body = call.media.make_answer()
        except SdpError as error:
            status = error.status
            self.driver.do(lambda endpoint, now: endpoint.reject_reinvite(event.session, status, now))
            return
        self.driver.do(lambda endpoint, now: endpoint.answer_reinvite(event.session, body, now))

    def _hang_up(self, call: PhoneCall) -> None:
        if not call.ended.is_set():
            call.hung_up_by = "carrier"
            self.driver.do(lambda endpoint, now: endpoint.hang_up(call.session, now))

    def _over(self, session: str, status: int) -> None:
        call = self._calls.pop(session, None)
        if call is not None:
            call.end(status)
            self._tell(call.finished(self._folder))

    def _on_event(self, event: SipEvent) -> None:
        handler = self._handlers.get(type(event))
        if handler is not None:
            handler(event)


def _user(address: NameAddr) -> str:
    return address.uri.user or "anonymous"


def _called(request: Request) -> str:
    return request.uri.user or "unknown"
