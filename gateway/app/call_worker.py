"""One call at work: takes inputs in order, asks the bridge, carries its effects out, saves."""

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, ClassVar

import structlog

from gateway.app.book_keeping import difference, leg_measured, limit_reached, recording_failed
from gateway.app.engine_line import EngineLine
from gateway.app.engine_link import attempt
from gateway.app.far_leg import FarLeg
from gateway.app.leg_ends import Setback, ended_by
from gateway.app.legs_of_call import LegsOfCall
from gateway.app.playing import player_of
from gateway.app.recorder import CallRecorder, MessageRecorder
from gateway.app.referring import Referrals
from gateway.app.saved import CallChange, SavedCall
from gateway.app.tone_digits import ToneDigits, press_by_info
from gateway.app.tracing import close_trace
from gateway.app.transfers import Transfers
from gateway.app.ways import no_way
from gateway.app.workshop import Workshop
from gateway.calls import bridge, causes, parties
from gateway.calls.effects import (
    AnswerFar,
    AnswerTransfer,
    ArmMessage,
    ArmRecorder,
    BeginMessage,
    ChangePlaces,
    DialFar,
    Effect,
    EndMessage,
    Engine,
    HoldRecorder,
    LegClosed,
    MeasureAgent,
    Record,
    ReleaseFar,
    RingFar,
    StartPlayer,
    Tell,
    Transmit,
    is_passing,
)
from gateway.calls.inputs import FarAnswered, FarEnded, LegEvent, PlayerOver
from gateway.calls.model import FAR, Call, Moment, Sender
from gateway.calls.stamps import stamp
from gateway.sip.events import InviteFailed, InviteReceived, ReferProgress
from gateway.sip.flow import Flow
from gateway.trunks.attempt import Attempt
from gateway.trunks.carried import NOTHING
from gateway.trunks.guard import DiallingRefused
from kernel.contracts.calls import Direction, EndCause, EndReason, EndResult
from kernel.contracts.codec import pack
from kernel.contracts.engine import Command, GetStatistics, Hear, LegStatistics, SendDigits
from kernel.contracts.log import LogEvent
from kernel.contracts.telephony import CallEstablished, MessageBegun, MessageFailed, TelephonyReport, TrunkParty
from kernel.primitives.ids import NO_TRUNK, TenantId, TrunkId, UserId

CANNOT_SAVE = EndCause(EndResult.OURS, EndReason.OVERLOADED, 503, 41)

log = structlog.get_logger(__name__)


class CallWorker:
    """Every coroutine is called in the order of the call's queue, one at a time."""

    def __init__(self, shop: Workshop, saved: SavedCall) -> None:
        self._shop = shop
        self._saved = saved
        self.call: Call = saved.call
        self.engine = EngineLine(shop.ports.engine)
        self._recorder = CallRecorder(shop.ports, self.engine, saved)
        self._message = MessageRecorder(shop.ports, self.engine, saved)
        self.people: list[tuple[TenantId, UserId]] = []  # as its room last noted: agent and supervisors
        self.giver: CallWorker | None = None  # a leg came from there: both are saved together, once
        self._saved_to_dial = False  # and nothing that has to be kept happened since
        self._changed = False  # and `settle` is to save it
        self.dialogs_told = False  # by the core, since they were saved: `settle` saves those that differ
        self._farewells: list[Command] = []  # what ends legs in the engine, at the end of all other effects
        self._reports: list[TelephonyReport] = []
        self._events: list[LogEvent] = []
        self.legs = LegsOfCall(saved, self.engine, shop.sip, shop.web_legs)
        self.digits = ToneDigits(saved.call, self.engine, partial(press_by_info, shop.sip, self.legs))
        self.transfers = Transfers(shop.sip)
        self.referrals = Referrals(shop.sip, self.transfers)
        trunk = shop.trunks.get(saved.call.trunk)
        if trunk is not None:
            self.far.use_trunk(trunk)

    @property
    def shop(self) -> Workshop:
        return self._shop

    @property
    def saved(self) -> SavedCall:
        return self._saved

    @property
    def far(self) -> FarLeg:
        return self.legs.far

    @property
    def over(self) -> bool:
        """Nothing can happen to this call any more."""
        return self.call.gone

    def moment(self, agent_media: str | None = None) -> Moment:
        return Moment(self._shop.ports.clock.now(), self._shop.ports.ids, agent_media)

    # --- inputs ---

    async def begin(self, effects: list[Effect], invite: InviteReceived | None = None) -> None:
        """The first effects of a call."""
        try:
            if invite is not None:
                self._show_caller(invite.flow)
                self.far.read_offer(invite.request.body)
        except Setback as setback:
            effects = [*effects, *self._failed(setback.cause)]
        await self.carry_out(effects)

    def _show_caller(self, flow: Flow) -> None:
        trunk = None if self.far.state.phone else self._shop.trunks.get(self.call.trunk)
        self._shop.sip.show_as(self.far.state.session, trunk, flow)

    async def replace(self, leg: FarLeg, event: InviteReceived) -> None:
        """Somebody takes the place of the leg's far end, or is refused and all stays as it is."""
        near = self._shop.trunks.shown_by(event.flow)
        trunk = next((one for one in near if one.tenant == self.call.tenant), None)
        self._shop.sip.show_as(event.session, trunk, event.flow)
        try:
            await self.happen(*await leg.replaced_by(event, self._shop.number()))
        except Setback as setback:
            self.refuse(event.session, setback.cause)
        else:
            if trunk is not None:
                self._shop.trunks.count(event.session, trunk.trunk, out=False)
        await self.save_or_retry()

    def refuse(self, session: str, cause: EndCause) -> None:
        """Answer an INVITE that begins nothing."""
        status, headers = causes.refusal_status(cause), causes.refusal_headers(cause)
        self._shop.sip.driver.do(lambda endpoint, now: endpoint.reject(session, status, now, headers=headers))
        self._shop.sip.sessions.drop(session)

    async def happen(self, *events: LegEvent) -> None:
        if not events:
            return
        effects: list[Effect] = []
        moment = self.moment()
        over = self.call.gone
        for event in events:
            if not (isinstance(event, PlayerOver) and await self.digits.over(event.player)):
                effects += bridge.event(self.call, event, moment)
        if effects or self.call.gone is not over:
            await self.carry_out(effects)

    async def carry_out(self, effects: list[Effect]) -> None:
        """All effects and what follows from them, then one save, unless it was done before an INVITE left.

        Of a call that was released `settle` saves: its legs' figures and last words are mostly in its queue already.
        """
        todo = deque(effects)
        passing = not (self._reports or self._events or self._changed) and all(map(is_passing, effects))
        self._saved_to_dial = False
        while todo:
            effect = todo.popleft()
            if isinstance(effect, Tell):
                self._shop.counters.calls_answered += isinstance(effect.report, CallEstablished)
                self._reports.append(effect.report)
                self.transfers.follow(effect.report)
            elif isinstance(effect, LegClosed):
                log.info("call.leg_ended", leg=effect.leg, result=effect.cause.result, reason=effect.cause.reason)
            else:
                following = await self._CARRIERS[type(effect)](self, effect)
                passing = passing and not following
                todo.extend(following)
                if not isinstance(effect, DialFar | Engine | Transmit):
                    self._saved_to_dial = False
        self.legs.forget_ended()
        for farewell in self._farewells:
            self.engine.later(farewell)
        self._farewells.clear()
        sent = self.engine.send()  # it is done while the state is saved
        try:
            if self.call.over:
                self._changed = True
            elif not self._saved_to_dial or self._reports or self._events:
                await self.save_or_retry(whole=not passing)
        finally:
            if sent is not None:
                await sent

    def note(self, events: Sequence[LogEvent] = ()) -> None:
        """Have the state saved, and these with it, by `settle` at the latest."""
        self._events += events
        self._changed = True

    async def settle(self) -> None:
        """The call's queue is empty, or somebody waits for what was done: do what was left to be done once."""
        sent = self.engine.send()
        if sent is not None:
            await sent
        differ, self.dialogs_told = self.dialogs_told and self.legs.dialogs_differ, False
        if self._changed or differ:
            await self.save_or_retry()

    def _failed(self, cause: EndCause, leg: str = FAR) -> list[Effect]:
        """What follows from a leg that cannot be had."""
        return bridge.event(self.call, FarEnded(cause, clear=True, leg=leg), self.moment())

    async def save_or_retry(self, *, whole: bool = True) -> None:
        try:
            await self.save(whole=whole)
        except Exception:
            self._changed = False
            self._shop.counters.saves_failed += 1
            log.exception("call.not_saved", call=str(self.call.id))
            self._shop.retry(self.call.id, self.save_or_retry)

    async def save(self, *, whole: bool = True, at_once: bool = False) -> None:
        """The state with everything that was not told yet; raises what the database raised, and keeps it then.

        Not `whole`: what is told only, as the state that was saved last still does.
        """
        reports, events, giver, over = tuple(self._reports), tuple(self._events), self.giver, self.call.gone
        change = CallChange(
            call=self.call.id,
            tenant=self.call.tenant,
            state=self.packed if whole else None,
            ended_at=self._shop.ports.clock.now() if over else None,
            reports=reports,
            events=events,
            trace=close_trace(self._shop.sip, self.call, self._shop.ports.clock) if over else None,
            at_once=at_once,
            beside=(giver.call.id, giver.packed) if giver is not None and not giver.over else None,
        )
        await self._shop.store.write(change)
        self._changed = False
        self.giver = None
        del self._reports[: len(reports)], self._events[: len(events)]

    @property
    def packed(self) -> bytes:
        """The state as it is saved; empty of a call that is over."""
        if self.call.gone:
            return b""
        self.legs.note_dialogs()
        self._saved.trace = self._shop.sip.traces.of(self.call.id)
        return pack(self._saved)

    # --- effects: the far leg ---

    async def _answer(self, _effect: AnswerFar) -> list[Effect]:
        try:
            self.far.prefer(self.legs.codec_beside(FAR))
            body = await self.far.prepare_answer()
            if self.call.record:
                await self._recorder.arm()
            await self.save(at_once=True)  # before the 200: no answered call is unknown to the next process
        except Setback as setback:
            return self._failed(setback.cause)
        except Exception:
            log.exception("call.not_answered", call=str(self.call.id))
            return self._failed(CANNOT_SAVE)
        if not self.far.accept(body):
            return []  # the caller gave up while we prepared; that event is in the queue
        return self._established()

    def _established(self) -> list[Effect]:
        moment = self.moment()
        effects = bridge.event(self.call, FarAnswered(), moment)
        for update in self.far.held:
            effects += bridge.event(self.call, update, moment)
        return effects

    async def _ring(self, effect: RingFar) -> list[Effect]:
        try:
            self.far.prefer(self.legs.codec_beside(FAR))
            await self.far.ring(early_media=effect.early_media)
        except Setback as setback:
            return self._failed(setback.cause)
        return []

    async def _answer_transfer(self, effect: AnswerTransfer) -> list[Effect]:
        self.transfers.answer(effect, (party.name for party in self.call.live_parties))
        return []

    async def _change_places(self, effect: ChangePlaces) -> list[Effect]:
        self.change_places(effect.leg)
        return []

    def change_places(self, short: str) -> None:
        """The far leg is behind the trunk that the party was behind."""
        taker = self.legs.get(short)
        self.call.trunk = (self.trunk_of(taker) if taker is not None else None) or NO_TRUNK
        self.legs.change_places(short)

    async def _dial(self, effect: DialFar) -> list[Effect]:
        try:
            attempts = self.ways(effect.leg)
        except DiallingRefused as refusal:
            self._events.append(limit_reached(self.call, refusal, self.moment()))
            return self._failed(refusal.cause, effect.leg)
        leg = self.legs.open(effect.leg, self._shop.number())
        if not attempts:
            return self._failed(no_way(self.call.parties.get(effect.leg)), effect.leg)
        if effect.leg != FAR and self.referrals.ask(self.call, self.legs, effect.leg, attempts[0], self.trunk_of):
            return []
        if parties.waits_for_answer(self.call):
            self.far.expect_answer()
        leg.takes_place_of = self.transfers.take_replaces() if effect.leg != FAR else None
        try:
            await leg.prepare_invite(attempts, self.legs.codec_beside(effect.leg))
            self._note_trunk(leg)
            await self.save(at_once=True)  # before the INVITE: no ringing telephone is unknown to the next process
        except Setback as setback:
            return self._failed(setback.cause, effect.leg)
        except Exception:
            log.exception("call.not_placed", call=str(self.call.id), leg=effect.leg)
            return self._failed(CANNOT_SAVE, effect.leg)
        leg.invite()
        self._saved_to_dial = True
        return []

    def ways(self, leg: str) -> Sequence[Attempt]:
        """To the callee of an outbound call, or to a party. DiallingRefused."""
        call = self.call
        if leg == FAR:
            return self._shop.ways.to_number(call.tenant, TrunkParty(call.called, call.caller, self.trunk_of(self.far)))
        party = call.parties.get(leg)
        if party is None:
            return []
        carried = NOTHING if party.aside else self._saved.far.carried
        return self._shop.ways.to_party(party.home or call.tenant, party.to, carried)

    async def refused(self, leg: FarLeg, event: InviteFailed) -> None:
        """Another number, or another trunk, may lead to the callee where this one failed; else the leg has."""
        goes_on = self.legs.is_wanted(leg.leg) and leg.prepare_next(event)
        self._events += [limit_reached(self.call, refusal, self.moment()) for refusal in leg.take_refused()]
        if goes_on:
            self._note_trunk(leg)
            await self.save_or_retry()
            leg.invite()
            return
        await self.happen(FarEnded(ended_by(event), leg=leg.leg))

    async def referred(self, event: ReferProgress) -> None:
        """A carrier that was asked to connect who is left does so, or the party is dialled as any other."""
        step = self.referrals.follow(event, self.legs)
        if isinstance(step, DialFar):
            await self.carry_out([step])
        elif step is not None:
            await self.happen(step)

    def trunk_of(self, leg: FarLeg) -> TrunkId | None:
        """The trunk that a far end is behind; None: it is a telephone of ours."""
        party = self.call.parties.get(leg.leg)
        if leg.leg == FAR:
            return None if self.call.trunk == NO_TRUNK else self.call.trunk
        if party is None or not isinstance(party.to, TrunkParty):
            return None
        return leg.trunk or party.to.trunk or NO_TRUNK

    def count(self, leg: FarLeg) -> None:
        """A leg that another process had takes a line of its trunk."""
        trunk = self.trunk_of(leg)
        if trunk is not None:
            out = leg.leg != FAR or self.call.direction is Direction.OUTBOUND
            self._shop.trunks.count(leg.state.session, trunk, out=out)

    def _note_trunk(self, leg: FarLeg) -> None:
        if leg.leg == FAR:
            self.call.trunk = leg.trunk or self.call.trunk

    async def _arm(self, _effect: ArmRecorder) -> list[Effect]:
        await self._recorder.arm()
        return []

    async def _record(self, effect: Record) -> list[Effect]:
        if not await self._recorder.begin(another=effect.another):
            self._events.append(recording_failed(self.call, self.moment()))
        return []

    async def _hold_recorder(self, effect: HoldRecorder) -> list[Effect]:
        await self._recorder.pause(paused=effect.paused)
        return []

    async def _arm_message(self, effect: ArmMessage) -> list[Effect]:
        await self._message.arm(effect.recording)
        return []

    async def _begin_message(self, effect: BeginMessage) -> list[Effect]:
        began = await self._message.begin(effect.recording)
        report = MessageBegun if began else MessageFailed
        told = stamp(self.call.tenant, self.moment())
        return [Tell(report(**told, call=self.call.id, recording=effect.recording))]

    async def _end_message(self, _effect: EndMessage) -> list[Effect]:
        await self._message.stop()
        return []

    async def _release(self, effect: ReleaseFar) -> list[Effect]:
        leg = self.legs.get(effect.leg)
        if leg is None:
            return bridge.event(self.call, FarEnded(effect.cause, leg=effect.leg), self.moment())
        self._shop.counters.calls_ended += effect.leg == FAR
        pending = False
        if effect.signal and leg.state.session:
            received = effect.leg == FAR and self.call.direction is Direction.INBOUND
            if received and not leg.state.accepted:
                leg.reject(effect.cause)
            else:
                leg.hang_up(effect.cause)
                pending = True
        self._farewells += await leg.closing()
        return [] if pending else bridge.event(self.call, FarEnded(effect.cause, leg=effect.leg), self.moment())

    # --- effects: sound ---

    async def _start_player(self, effect: StartPlayer) -> list[Effect]:
        ports = self._shop.ports
        create = await player_of(self.call, effect, ports.prompts, ports.robots)
        if create is None or await attempt(self.engine, create) is None:
            return bridge.event(self.call, PlayerOver(effect.player), self.moment())
        return []

    async def _engine(self, effect: Engine) -> list[Effect]:
        if isinstance(effect.command, SendDigits):
            await self.digits.send(effect.command)
            return []
        self.engine.later(effect.command)
        if isinstance(effect.command, Hear):
            await self.digits.interrupted(effect.command)
        return []

    # --- effects: the agent ---

    async def _transmit(self, effect: Transmit) -> list[Effect]:
        self.switch(effect.sender, on=effect.on)
        return []

    def switch(self, sender: Sender, *, on: bool) -> None:
        """At the agent's own desk, whoever's call it is."""
        self._shop.transmit(self.call.home_of(sender), sender.agent, sender.media, on)

    async def _measure(self, effect: MeasureAgent) -> list[Effect]:
        answer = await attempt(self.engine, GetStatistics(leg=effect.media))
        now = answer.statistics if isinstance(answer, LegStatistics) else None
        before, self._saved.figures = self._saved.figures, now if effect.joins else None
        if not effect.joins and now is not None and before is not None:
            self._events.append(leg_measured(self.call, "agent", difference(before, now), self.moment()))
        return []

    _CARRIERS: ClassVar[dict[type[Any], Callable[["CallWorker", Any], Awaitable[list[Effect]]]]] = {
        AnswerFar: _answer,
        RingFar: _ring,
        AnswerTransfer: _answer_transfer,
        ChangePlaces: _change_places,
        DialFar: _dial,
        ArmRecorder: _arm,
        Record: _record,
        HoldRecorder: _hold_recorder,
        ArmMessage: _arm_message,
        BeginMessage: _begin_message,
        EndMessage: _end_message,
        ReleaseFar: _release,
        StartPlayer: _start_player,
        Engine: _engine,
        Transmit: _transmit,
        MeasureAgent: _measure,
    }
