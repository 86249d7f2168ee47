"""A leg to a far end, caller or party: its SIP session, its SDP and its ports in the engine, kept in step."""

import secrets
from collections.abc import Sequence
from ipaddress import IPv6Address
from typing import Any

import msgspec
import structlog

from gateway.app.branches import Branches
from gateway.app.dialing import Dialing
from gateway.app.engine_line import EngineLine
from gateway.app.engine_link import attempt
from gateway.app.leg_ends import Setback
from gateway.app.leg_media import BrowserTransport, LegMedia, RtpTransport, Transport
from gateway.app.negotiating import answer_or_offer, fresh_negotiation
from gateway.app.saved import FarState
from gateway.app.sessions import SipLink
from gateway.app.web_legs import WebLegs
from gateway.calls import causes
from gateway.calls.inputs import FarAnswered, FarEnded, FarProgressed, FarUpdated, LegEvent
from gateway.io.tokens import SystemTokens
from gateway.sdp.codecs import CODECS, G711
from gateway.sdp.crypto import Protection
from gateway.sdp.errors import SdpError
from gateway.sdp.negotiation import LocalMedia, Negotiated
from gateway.sdp.offer_answer import OfferAnswer, OfferAnswerState, Position
from gateway.sip.endpoint import SipEndpoint
from gateway.sip.events import (
    Acknowledged,
    InviteAccepted,
    InviteFailed,
    InviteReceived,
    ProgressReceived,
    RefreshNeeded,
    ReinviteAccepted,
    ReinviteFailed,
    ReinviteReceived,
    UpdateReceived,
)
from gateway.sip.replaces import Replaces
from gateway.trunks.attempt import Attempt, SrtpPolicy
from gateway.trunks.guard import DiallingRefused
from gateway.trunks.sources import read_address
from kernel.contracts.calls import EndCause
from kernel.contracts.directory import TrunkConfig
from kernel.contracts.engine import Command, CreateRtpLeg, StopRecorder
from kernel.primitives.ids import CallId, TrunkId

BROWSERS = ("WS", "WSS")  # who speaks SIP by these speaks WebRTC (RFC 7118 1)
NOWHERE = LocalMedia(host="0.0.0.0", port=0)  # noqa: S104 (a placeholder until the engine names a port)

log = structlog.get_logger(__name__)
_identity = SystemTokens().token  # as random as the core's own: who guesses a branch can answer in the callee's name


class FarLeg:
    """`state` is saved with the call after each step; `leg` is its name within the call, `name` that in the engine."""

    def __init__(
        self, call: CallId, leg: str, name: str, state: FarState, links: tuple[EngineLine, SipLink, WebLegs]
    ) -> None:
        engine, sip, web_legs = links
        self.leg = leg
        self.name = name
        self._call = call
        self._group = str(call)  # in the engine
        self.state = state
        self._sip = sip
        self._web_legs = web_legs
        self._media = LegMedia(self.name, engine)
        self._web = self._local.web is not None or (state.flow is not None and state.flow.transport in BROWSERS)
        self._codecs = G711
        self._prefer = ""
        self._protection = Protection("optional", secrets.token_bytes)
        self._ipv6 = False
        self._branches = Branches()
        self._own_answer = b""  # ours, where a caller was given it before the 200
        self.takes_place_of: Replaces | None = None  # in the INVITE that is sent next
        self._dialing: Dialing | None = None
        self._local_tag = ""

    @property
    def codec(self) -> str:
        """What is spoken on this leg; empty before that is agreed."""
        agreed = self.state.negotiation.negotiated
        return agreed.codec if agreed is not None else ""

    def prefer(self, codec: str) -> None:
        """Choose it, of what the caller offers, to spare the engine a conversion."""
        self._prefer = codec
        self._codecs = _first(codec, self._codecs)

    def use_trunk(self, trunk: TrunkConfig) -> None:
        """Its codecs, most wanted first, its policy on SRTP, and the family of its address."""
        self._speak(trunk.codecs, trunk.srtp)
        self._ipv6 = isinstance(read_address(trunk.host), IPv6Address)

    def _speak(self, codecs: Sequence[str], srtp: SrtpPolicy) -> None:
        self._codecs = _first(self._prefer, tuple([name for name in codecs if name in CODECS]) or G711)
        self._protection = Protection(srtp, secrets.token_bytes)

    # --- a call that we receive ---

    def read_offer(self, body: bytes) -> None:
        """Setback where an INVITE's offer has nothing for us."""
        if not body:
            return
        try:
            self._negotiation().receive_offer(body)
        except SdpError as error:
            log.info("call.offer_unusable", leg=self.name, reason=error.reason)
            raise Setback(causes.NO_COMMON_CODEC) from error

    def expect_answer(self) -> None:
        """Have the ports for it made beforehand: who is dialled for this caller may answer soon."""
        if self.state.media is None:
            self._media.expect(self._first_transport())

    async def prepare_answer(self) -> bytes:
        """Ports and the SDP for our 200: an answer, or an offer where the INVITE had none. Setback."""
        if self._own_answer:
            return self._own_answer
        await self._open_ports()
        negotiation = self._negotiation()
        try:
            if self.state.negotiation.position is not Position.REMOTE_OFFER:
                return negotiation.make_offer()
            body = negotiation.make_answer()
        except SdpError as error:
            raise Setback(causes.NO_COMMON_CODEC) from error
        if not await self._configure(negotiation.negotiated):
            raise Setback(causes.MEDIA_FAILED)
        return body

    async def ring(self, *, early_media: bool) -> None:
        """180, or 183 with the answer to an offer that came; who sent none cannot hear us before the 200. Setback."""
        if early_media and self.state.negotiation.position is Position.REMOTE_OFFER:
            self._own_answer = await self.prepare_answer()
        if self._sip.sessions.is_gone(self.state.session):
            return
        status = 183 if self._own_answer else 180
        session, body = self.state.session, self._own_answer
        self._sip.driver.do(lambda endpoint, now: endpoint.ring(session, now, status, body))

    def accept(self, body: bytes) -> bool:
        """Send the 200, unless the caller has given up meanwhile."""
        if self._sip.sessions.is_gone(self.state.session):
            return False
        self._sip.driver.do(lambda endpoint, now: endpoint.accept(self.state.session, body, now))
        self.state.accepted = True
        self.state.invite, self.state.flow = b"", None
        return True

    def reject(self, cause: EndCause) -> None:
        status = causes.refusal_status(cause)
        headers = causes.refusal_headers(cause)
        self._sip.driver.do(lambda endpoint, now: endpoint.reject(self.state.session, status, now, headers=headers))

    def refuse_again(self, cause: EndCause) -> None:
        """Answer the INVITE that a former process left unanswered."""
        state, tag = self.state, self._local_tag
        if not state.invite or state.flow is None:
            return
        status, headers = causes.refusal_status(cause), causes.refusal_headers(cause)
        invite, flow = state.invite, state.flow
        self._sip.driver.do(lambda endpoint, now: endpoint.refuse_restored(invite, flow, tag, status, now, headers))

    def adopt(self) -> None:
        """Take over from a former process: what has no dialog has no session, an unanswered caller only a refusal."""
        state = self.state
        self._local_tag = state.dialog.local_tag if state.dialog is not None else ""
        if state.invite and state.media is None:
            state.dialog = None  # nothing that makes a dialog can have left
        state.accepted = state.dialog is not None
        if state.dialog is None:
            state.session = ""
        else:
            self._sip.sessions.bind(state.session, self._call)

    async def acknowledged(self, event: Acknowledged) -> list[LegEvent]:
        """The answer to an offer that our 200 carried."""
        if self.state.negotiation.position is not Position.LOCAL_OFFER:
            return []
        try:
            return await self._agree(self._negotiation(), event.body)
        except SdpError as error:
            log.info("call.answer_unusable", leg=self.name, reason=error.reason)
            return [FarEnded(causes.UNUSABLE_ANSWER, clear=True, leg=self.leg)]

    # --- a call that we place ---

    async def prepare_invite(self, attempts: Sequence[Attempt], prefer: str = "") -> None:
        """Ports, and our first INVITE, to be saved before `invite`; other attempts are for `prepare_next`. Setback.

        The codec `prefer` comes first where it is allowed at all: what one far end sends then suits the other.
        """
        self._prefer = prefer
        self._dialing = Dialing(attempts, self._call, self._sip, self._send_prepared, self.name)
        self._use(self._dialing.current)
        await self._open_ports()
        self._write_invite(self._dialing.current)

    def prepare_next(self, failure: InviteFailed) -> bool:
        """Another way after a refusal; False where there is none, and the refusal stands."""
        attempt = self._dialing.next_after(failure) if self._dialing is not None else None
        if attempt is None or self._dialing is None:
            return False
        self._use(attempt)
        self._branches.forget()
        self._negotiation().roll_back()
        self._write_invite(attempt)
        return True

    def take_refused(self) -> list[DiallingRefused]:
        """Why numbers that the far side led us to were not called; told once."""
        return self._dialing.take_refused() if self._dialing is not None else []

    @property
    def trunk(self) -> TrunkId | None:
        """The trunk that is being tried, or carries the call; None before, and where it is none."""
        return self._dialing.current.trunk if self._dialing is not None else None

    def _use(self, attempt: Attempt) -> None:
        self._speak(attempt.codecs, attempt.srtp)
        self._ipv6, self._web = attempt.ipv6, attempt.web
        self.state.phone = attempt.phone

    def _write_invite(self, attempt: Attempt) -> None:
        """What is saved of the INVITE holds no password."""
        offer, signed = self._negotiation().make_offer(), self._sip.book.signed(attempt)
        sent = attempt.invite(offer, _identity(), signed)
        self.state.sent = msgspec.structs.replace(sent, replaces=self.takes_place_of)

    def invite(self) -> None:
        """Send the INVITE that is prepared and saved, once its trunk has room."""
        if self._dialing is not None:
            self.state.session = self._dialing.start()

    def _send_prepared(self, attempt: Attempt) -> str:
        self._send(credentials=attempt.credentials)
        return self.state.session

    def retrace(self, attempts: Sequence[Attempt]) -> None:
        """Have the far end stop ringing for what a former process sent; ends as an INVITE that is refused."""
        sent = self.state.sent
        if sent is not None:
            ways = sorted(attempts, key=lambda way: way.target != sent.target)  # the same number first
            same = (way.credentials for way in ways if way.leads_as(sent.target))
            self._send(credentials=next(same, None), retrace=True)

    def _send(self, **changes: Any) -> None:
        if self.state.sent is None:
            return
        call = msgspec.structs.replace(self.state.sent, **changes)

        def place(endpoint: SipEndpoint, now: float) -> None:
            self.state.session = endpoint.invite(call, now)
            self._sip.sessions.bind(self.state.session, self._call)

        self._sip.driver.do(place)

    def let_go(self) -> None:
        """The leg is no more: who dialled for it knows it."""
        if self._dialing is not None:
            self._dialing.stop()
            self._dialing = None

    def _heard(self) -> None:
        if self._dialing is not None:
            self._dialing.stop()

    async def progressed(self, event: ProgressReceived) -> list[LegEvent]:
        """Ringing, or sound before the answer: each branch answers our offer for itself (RFC 3261 13.2.2.4)."""
        self._heard()
        if event.body:
            branch = self._branches.of(event.branch, self.state.negotiation)
            state = branch.state if event.reliable else msgspec.structs.replace(branch.state)
            try:
                await self._configure(self._negotiation(state).receive_answer(event.body))
            except SdpError as error:
                log.info("call.early_answer_unusable", leg=self.name, reason=error.reason)
            else:
                self._branches.note_answer(branch, event.body)
                return [FarProgressed(early_media=True, leg=self.leg)]
        return [FarProgressed(early_media=False, leg=self.leg)] if event.status == 180 else []

    async def accepted(self, event: InviteAccepted) -> list[LegEvent]:
        self._heard()
        branch = self._branches.find(event.branch)
        try:
            if branch is not None and branch.is_agreed:
                self.state.negotiation = branch.state
            else:
                self._negotiation().receive_answer(event.body or self._branches.answer_for(event.branch))
        except SdpError as error:
            log.info("call.answer_unusable", leg=self.name, reason=error.reason)
            return [FarEnded(causes.UNUSABLE_ANSWER, clear=True, leg=self.leg)]
        if self.state.negotiation.negotiated is not None:
            await self._media.configure_later(self._transport(), self.state.negotiation.negotiated)
        self.state.accepted = True
        self.state.sent = None
        self._branches.forget()
        return [FarAnswered(self.leg), *self.held]

    def acknowledge(self) -> None:
        """Send the ACK of the 2xx: the dialog is saved, whoever goes on with it."""
        session = self.state.session
        self._sip.driver.do(lambda endpoint, now: endpoint.acknowledge(session, b"", now))

    # --- either ---

    async def changed(
        self, event: ReinviteReceived | UpdateReceived | RefreshNeeded | ReinviteAccepted | ReinviteFailed
    ) -> list[LegEvent]:
        """What the far end offers, or becomes of our offer, while the session stands."""
        match event:
            case ReinviteReceived():
                return await self.reinvited(event)
            case UpdateReceived():
                return await self.updated(event)
            case ReinviteAccepted():
                return await self.refreshed(event)
            case RefreshNeeded():
                self.refresh()
            case ReinviteFailed():
                self.not_refreshed()
        return []

    async def reinvited(self, event: ReinviteReceived) -> list[LegEvent]:
        """Hold, another address, another codec; or a question for our offer."""
        if self._sip.sessions.take_withdrawn(self.state.session):
            return []
        negotiation = self._negotiation()
        session = self.state.session
        try:
            if not event.body:
                offer = negotiation.make_offer()
                self._sip.driver.do(lambda endpoint, now: endpoint.answer_reinvite(session, offer, now))
                return []
            negotiation.receive_offer(event.body)
            negotiation = await self._follow_ice(negotiation)
            answer = negotiation.make_answer()
        except SdpError as error:
            status = error.status
            negotiation.roll_back()
            self._sip.driver.do(lambda endpoint, now: endpoint.reject_reinvite(session, status, now))
            return []
        await self._configure(negotiation.negotiated)
        self._sip.driver.do(lambda endpoint, now: endpoint.answer_reinvite(session, answer, now))
        return self._held(negotiation.negotiated)

    async def updated(self, event: UpdateReceived) -> list[LegEvent]:
        """The same without an INVITE, maybe in a branch that has not answered the call yet (RFC 3311)."""
        branch = self._branches.find(event.branch)
        negotiation = self._negotiation(branch.state if branch is not None else self.state.negotiation)
        session, tag = self.state.session, event.branch
        try:
            negotiation.receive_offer(event.body)
            answer = negotiation.make_answer()
        except SdpError as error:
            status = error.status
            negotiation.roll_back()
            self._sip.driver.do(lambda endpoint, now: endpoint.reject_update(session, status, now, tag))
            return []
        await self._configure(negotiation.negotiated)
        self._sip.driver.do(lambda endpoint, now: endpoint.answer_update(session, answer, now, tag))
        return [] if branch is not None else self._held(negotiation.negotiated)

    def refresh(self) -> None:
        """Offer what is agreed once more, so that both sides know of each other (RFC 4028)."""
        session = self.state.session
        try:
            offer = self._negotiation().make_offer()
        except SdpError:
            return  # a change is under way, which does as well
        self._sip.driver.do(lambda endpoint, now: endpoint.reinvite(session, offer, now))

    async def refreshed(self, event: ReinviteAccepted) -> list[LegEvent]:
        """The answer to our re-INVITE; one that we cannot use leaves all as it was."""
        negotiation = self._negotiation()
        try:
            return await self._agree(negotiation, event.body)
        except SdpError as error:
            log.info("call.refresh_unusable", leg=self.name, reason=error.reason)
            negotiation.roll_back()
            return []

    def not_refreshed(self) -> None:
        """Our re-INVITE was refused."""
        if self.state.negotiation.position is Position.LOCAL_OFFER:
            self._negotiation().roll_back()

    @property
    def held(self) -> list[LegEvent]:
        """What the last agreement says of the far party's listening."""
        return self._held(self.state.negotiation.negotiated)

    async def replaced_by(self, event: InviteReceived, number: int) -> list[LegEvent]:
        """Somebody takes the far end's place (RFC 3891): the same ports, another session. Setback; it goes on then."""
        if self._web:
            raise Setback(causes.NO_COMMON_CODEC)  # the newcomer has other keys, and a leg shakes hands once
        state = msgspec.structs.replace(self.state.negotiation)
        fresh = fresh_negotiation(number)
        negotiation = OfferAnswer(self._local, fresh, self._codecs, self._protection)
        body = answer_or_offer(negotiation, event.request.body)
        if not await self._configure(negotiation.negotiated):
            await self._configure(state.negotiated)
            raise Setback(causes.MEDIA_FAILED)
        former, answered = self.state.session, self.state.accepted
        self.state.session, self.state.negotiation, self.state.accepted = event.session, fresh, True
        self._sip.sessions.drop(former)
        self._sip.sessions.bind(event.session, self._call)
        headers = causes.farewell(causes.REPLACED)
        self._sip.driver.do(lambda endpoint, now: endpoint.accept(event.session, body, now))
        self._sip.driver.do(lambda endpoint, now: endpoint.hang_up(former, now, headers=headers))
        return [*self._held(negotiation.negotiated)] if answered else [FarAnswered(self.leg), *self.held]

    def hang_up(self, cause: EndCause) -> None:
        """BYE or CANCEL, which says why (RFC 3326)."""
        if self._dialing is not None and self._dialing.give_up():
            return
        headers = causes.farewell(cause)
        self._sip.driver.do(lambda endpoint, now: endpoint.hang_up(self.state.session, now, headers=headers))

    def move(self, call: CallId, leg: str, engine: EngineLine) -> None:
        """It is a leg of another call from now on; in the engine it is what it was."""
        self._call, self._group, self.leg = call, str(call), leg
        self._media.engine = engine
        self._sip.sessions.bind(self.state.session, call)
        if self.state.dialog is not None:
            self._sip.traces.share(self.state.dialog.call_id, call)

    async def stop_recording(self) -> None:
        recorder, self.state.recorder = self.state.recorder, ""
        if recorder:
            await attempt(self._media.engine, StopRecorder(recorder=recorder))

    async def closing(self) -> list[Command]:
        """What ends the recordings, then the leg; its last figures come as LegEnded."""
        recorders, self.state.recorder, self.state.message = (self.state.recorder, self.state.message), "", ""
        commands: list[Command] = [StopRecorder(recorder=recorder) for recorder in recorders if recorder]
        if self.state.media is not None or self._media.expects:
            commands.append(await self._media.closing(self._transport()))
        return commands

    # --- inside ---

    @property
    def _local(self) -> LocalMedia:
        return self.state.media or NOWHERE

    def _negotiation(self, of: OfferAnswerState | None = None) -> OfferAnswer:
        """Of the leg, or of one of its branches."""
        return OfferAnswer(self.state.media or NOWHERE, of or self.state.negotiation, self._codecs, self._protection)

    async def _open_ports(self) -> None:
        self.state.media = self._media.expected or await self._media.open(self._first_transport())

    def _first_transport(self) -> Transport:
        """Of the kind that an open offer wants."""
        offer = self._negotiation()
        if self.state.negotiation.position is Position.REMOTE_OFFER:
            self._web = offer.offered_web is not None
        offered = offer.offered_address()
        ipv6 = self._ipv6 if offered is None else ":" in offered
        return self._transport(ipv6=ipv6)

    def _transport(self, *, ipv6: bool = False) -> Transport:
        if self._web:
            return BrowserTransport(self._web_legs, self.name, self._group)
        return RtpTransport(self._media.engine, CreateRtpLeg(leg=self.name, group=self._group, ipv6=ipv6))

    async def _follow_ice(self, negotiation: OfferAnswer) -> OfferAnswer:
        """A browser that offers other credentials than agreed restarts ICE (RFC 8839 4.4.1.1.1). SdpError."""
        offered, agreed = negotiation.offered_web, self.state.negotiation.negotiated
        known = agreed.web if agreed is not None else None
        if offered is None or known is None or offered.ufrag == known.ufrag:
            return negotiation
        self.state.media = await self._web_legs.restart_ice(self.name, self._local, offered, known)
        return self._negotiation()

    async def _agree(self, negotiation: OfferAnswer, body: bytes) -> list[LegEvent]:
        await self._configure(negotiation.receive_answer(body))
        return self._held(negotiation.negotiated)

    def _held(self, agreed: Negotiated | None) -> list[LegEvent]:
        return [] if agreed is None else [FarUpdated(held=agreed.held_by_peer, leg=self.leg)]

    async def _configure(self, agreed: Negotiated | None) -> bool:
        return agreed is None or await self._media.configure(self._transport(), agreed)


def _first(codec: str, codecs: tuple[str, ...]) -> tuple[str, ...]:
    """The same, with this one first where it is one of them."""
    return (codec, *[name for name in codecs if name != codec]) if codec in codecs[1:] else codecs
