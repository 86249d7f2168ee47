"""All calls of this gateway: where commands, SIP events and engine events find theirs."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from datetime import datetime
from functools import partial
from uuid import UUID

from gateway.app.agent_legs import AgentLegs
from gateway.app.book_keeping import measured
from gateway.app.call_worker import CallWorker
from gateway.app.dial_plan import HOW_TO_DIAL
from gateway.app.far_leg import FarLeg
from gateway.app.lanes import Lanes
from gateway.app.leg_ends import ended_by
from gateway.app.leg_events import Ending, FarSipEvent
from gateway.app.legs_of_call import read_call
from gateway.app.negotiating import fresh_negotiation
from gateway.app.phone_hub import Agent
from gateway.app.playing import PlayerEnd, over_of
from gateway.app.saved import CallChange, FarState, SavedCall
from gateway.app.take_over import take_over
from gateway.app.tracing import trace_with_news
from gateway.app.transfer_wishes import TransferWishes
from gateway.app.workshop import Workshop
from gateway.calls import bridge, causes
from gateway.calls.effects import Effect
from gateway.calls.inputs import (
    AgentAttached,
    AgentDetached,
    CallCommand,
    FarDigit,
    FarEnded,
    LegEvent,
    MachineHeard,
)
from gateway.calls.model import FAR, Call, Moment
from gateway.sip.events import (
    Acknowledged,
    Cancelled,
    DialogTerminated,
    InfoReceived,
    InviteAccepted,
    InviteFailed,
    InviteReceived,
    ProgressReceived,
    ReferProgress,
    ReferReceived,
)
from gateway.sip.info_digits import read_digit
from gateway.trunks.arriving import Arrived, Stray
from gateway.trunks.carried import NOTHING, Carried, carried_by
from gateway.trunks.guard import NO_ROOM
from kernel.contracts.calls import Attestation, EndCause, EndReason, EndResult
from kernel.contracts.directory import PhoneConfig
from kernel.contracts.engine import AnswererDecided, BeepHeard, DigitReceived, LegEnded, Statistics
from kernel.contracts.supervision import SuperviseCall
from kernel.contracts.telephony import ConnectAgent, PlaceCall, TakeOver
from kernel.primitives.ids import CallId, TenantId, UserId
from kernel.primitives.phone import NO_NUMBER as NUMBERLESS
from kernel.primitives.phone import PhoneNumber

_PARTY = {FAR: "caller"}  # whose figures they are, in the words of the log
SAVE_AGAIN_SECONDS = 1.0  # a database that is locked or full answers sooner than that, or not for long
NO_NUMBER = EndCause(EndResult.CALLER, EndReason.UNKNOWN_NUMBER, 404, 28)
NOT_OURS = EndCause(EndResult.CALLER, EndReason.UNKNOWN_NUMBER, 404, 1)


class CallRoom:
    """Work is queued per call; `working_leg(agent)` is asked at the moment a command is taken."""

    def __init__(self, shop: Workshop, lanes: Lanes, working_leg: Callable[[Agent], str | None]) -> None:
        self._shop = shop
        self._lanes = lanes
        lanes.settle = self.settle
        self._agent_legs = AgentLegs(shop.ports, working_leg)
        self._calls: dict[CallId, CallWorker] = {}
        self._wishes = TransferWishes(shop, self._own)
        self._agents: dict[Agent, CallId] = {}
        self._ended: dict[CallId, TenantId] = {}
        self._moved: dict[str, CallId] = {}  # legs of the engine that bear the name of a call which they left
        self._legs_ended: dict[CallId, list[tuple[str, Statistics]]] = {}  # whose figures are to be written

    @property
    def live(self) -> list[Call]:
        return [worker.call for worker in self._calls.values() if not worker.call.over]

    @property
    def workers(self) -> list[CallWorker]:
        return list(self._calls.values())

    def adopt(self, saved: SavedCall) -> CallWorker:
        """A call that another process held; without a saved dialog nothing can be said to its far side any more."""
        worker = self._open(saved)
        for leg in worker.legs.all:
            leg.adopt()
            if not leg.name.startswith(f"{saved.call.id}."):
                self._moved[leg.name] = saved.call.id
            if leg.state.session:
                self._shop.sip.traces.restore(leg.state.session, saved.call.id, saved.trace)
                worker.count(leg)
        return worker

    def remember_ended(self, ended: dict[CallId, TenantId]) -> None:
        self._ended |= ended

    def ended_with(self, leg: str) -> tuple[TenantId, CallId] | None:
        """The call that ended with this leg of the engine; None: none that is known."""
        call, _ = self._place_of(leg)
        return (self._ended[call], call) if call is not None and call in self._ended else None

    def forget_ended(self, calls: frozenset[CallId]) -> None:
        for call in calls:
            self._ended.pop(call, None)
        self._moved = {leg: call for leg, call in self._moved.items() if call not in calls}

    # --- routing's commands ---

    async def place(self, order: PlaceCall) -> None:
        if order.call in self._calls or order.call in self._ended:
            return  # delivered again
        self._shop.counters.calls_placed += 1
        call, effects = bridge.place(order, self._agent_legs.moment(_agent_of(order)))
        worker = self._open(SavedCall(call=call, far=FarState(negotiation=fresh_negotiation(self._shop.number()))))
        await self._lanes.run(call.id, lambda: self._do(worker, lambda: worker.begin(effects)))

    async def command(self, order: CallCommand) -> None:
        worker = self._own(order.call, order.tenant)
        if worker is None:
            self._shop.counters.commands_without_call += 1
            return

        async def work() -> None:
            agent = _agent_of(order) if isinstance(order, ConnectAgent | SuperviseCall) else None
            effects = bridge.command(worker.call, order, self._agent_legs.moment(agent))
            self._note_agent(worker)
            await worker.carry_out(effects)

        await self._lanes.run(order.call, lambda: self._do(worker, work))

    async def take_over(self, order: TakeOver) -> None:
        """Another tenant's call is none at all."""
        keeper = self._own(order.call, order.tenant)
        giver = self._own(order.other, order.tenant) if order.other != order.call else None
        if keeper is None:
            self._shop.counters.commands_without_call += 1
            return

        async def work() -> None:
            moved = await take_over(keeper, giver, order, self._shop.sip.sessions)
            if moved:
                self._moved[moved] = order.call

        await self._lanes.run_both(order.call, order.other, lambda: self._do(keeper, work))

    def _own(self, call: CallId, tenant: TenantId) -> CallWorker | None:
        worker = self._calls.get(call)
        return worker if worker is not None and worker.call.tenant == tenant else None

    # --- SIP ---

    def invited(self, event: InviteReceived) -> None:
        if event.replaces_session:
            self._replacing(event)
            return
        call = CallId(self._shop.ports.ids.new())
        self._shop.sip.sessions.bind(event.session, call)
        at = self._shop.ports.clock.now()
        self._lanes.post(call, lambda: self._arrive(call, event, at))

    def _replacing(self, event: InviteReceived) -> None:
        """Somebody wants the place of a far end of ours (RFC 3891); only who reaches us by the same tenant may."""
        call = self._shop.sip.sessions.call_of(event.replaces_session)

        async def work() -> None:
            worker = self._calls.get(call) if call is not None else None
            leg = worker.legs.of_session(event.replaces_session) if worker is not None else None
            trunks = self._shop.trunks.shown_by(event.flow)
            if worker is None or leg is None or all(trunk.tenant != worker.call.tenant for trunk in trunks):
                self._refuse(event.session, causes.NOT_YOURS_TO_REPLACE)
                return
            await self._do(worker, lambda: worker.replace(leg, event))

        if call is None:
            self._refuse(event.session, causes.NOT_YOURS_TO_REPLACE)
        else:
            self._lanes.post(call, work)

    def sip_event(self, event: FarSipEvent) -> None:
        call = self._shop.sip.sessions.call_of(event.session)
        if call is None:
            return
        if isinstance(event, Ending):
            self._shop.sip.sessions.note_gone(event.session)
        self._lanes.post(call, partial(self._take_sip, call, event), patient=isinstance(event, DialogTerminated))

    def dialog_changed(self, session: str) -> None:
        """Have an established dialog saved; one that is still to be answered is saved with its answer."""
        call = self._shop.sip.sessions.call_of(session)
        worker = self._calls.get(call) if call is not None else None
        if call is None or worker is None:
            return
        worker.dialogs_told = True
        if worker.legs.dialogs_differ and not self._lanes.has_work(call):
            self._lanes.post(call, worker.settle)

    # --- the engine ---

    def digit_received(self, event: DigitReceived) -> None:
        call, leg = self._place_of(event.leg)
        self._post(call, FarDigit(event.digit, leg))

    def player_over(self, event: PlayerEnd) -> None:
        self._post(read_call(event.player.rpartition(".")[0]), over_of(event))

    def answerer_heard(self, event: AnswererDecided | BeepHeard) -> None:
        """A beep is a machine's, also of one that was taken for a person."""
        if isinstance(event, BeepHeard) or event.answerer == "machine":
            call, leg = self._place_of(event.leg)
            self._post(call, MachineHeard(leg))

    def leg_ended(self, event: LegEnded) -> None:
        call, _ = self._place_of(event.leg)
        if call is None:
            return
        ended = self._legs_ended.setdefault(call, [])
        ended.append((event.leg, event.statistics))
        if len(ended) == 1:
            self._lanes.post(call, lambda: self._note_figures(call), patient=True)

    async def _note_figures(self, call: CallId) -> None:
        """Of all legs that ended until the call's queue got here, in one change."""
        ended = self._legs_ended.pop(call)
        worker = self._calls.get(call)
        tenant = worker.call.tenant if worker is not None else self._ended.get(call)
        for name, _ in ended:
            place = worker.legs.place_of(name) if worker is not None else ""
            if worker is not None and worker.legs.is_wanted(place):
                await self._do(worker, partial(worker.happen, FarEnded(causes.MEDIA_FAILED, clear=True, leg=place)))
        if tenant is None:
            return
        moment = self._agent_legs.moment()
        if worker is not None:
            ended = [(name, figures) for name, figures in ended if not worker.legs.is_unused(name)]
        entries = tuple(measured(call, tenant, (self._party(name), figures), moment) for name, figures in ended)
        if worker is not None:
            worker.note(entries)
            return
        trace = trace_with_news(self._shop.sip.traces, call, self._shop.ports.clock)
        await self._shop.store.write(CallChange(call=call, tenant=tenant, state=None, events=entries, trace=trace))

    def sound_lost(self, name: str, cause: EndCause) -> None:
        """A leg of a browser has no way for its sound, and nothing will mend it."""
        call, leg = self._place_of(name)
        self._post(call, FarEnded(cause, clear=True, leg=leg))

    def engine_gone(self) -> None:
        """A new engine runs: the sound of every call died with the former."""
        for call in self._calls:
            self._post(call, FarEnded(causes.MEDIA_FAILED, clear=True))

    # --- agents ---

    async def attach(self, agent: Agent, leg: str) -> None:
        """A browser's leg; who is at a telephone whose line is kept up stays there."""
        if not self._agent_legs.has_line(agent):
            await self._happen_to(agent, AgentAttached(agent[1], leg))

    async def detach(self, agent: Agent, leg: str) -> None:
        await self._happen_to(agent, AgentDetached(agent[1], leg))

    async def _happen_to(self, agent: Agent, event: LegEvent) -> None:
        call = self._agents.get(agent)
        worker = self._calls.get(call) if call is not None else None
        if call is not None and worker is not None:
            await self._lanes.run(call, lambda: self._do(worker, lambda: worker.happen(event)))

    # --- inside ---

    def run(self, worker: CallWorker, work: Callable[[], Awaitable[None]]) -> Awaitable[None]:
        """In the call's order."""
        return self._lanes.run(worker.call.id, lambda: self._do(worker, work))

    def retry(self, call: CallId, save: Callable[[], Awaitable[None]]) -> None:
        """Save again after a while, in the call's order."""
        asyncio.get_running_loop().call_later(SAVE_AGAIN_SECONDS, self._lanes.post, call, save)

    def _place_of(self, name: str) -> tuple[CallId | None, str]:
        """The call of a leg in the engine, and what it is within that call now; empty: nothing any more."""
        call = self._moved.get(name) or read_call(name.rpartition(".")[0])
        worker = self._calls.get(call) if call is not None else None
        return call, worker.legs.place_of(name) if worker is not None else ""

    def _party(self, name: str) -> str:
        """Whose figures those of this leg in the engine are, in the words of the log."""
        return _PARTY.get(name.rpartition(".")[2], "party") if name not in self._moved else "party"

    def _open(self, saved: SavedCall) -> CallWorker:
        worker = self._calls[saved.call.id] = CallWorker(self._shop, saved)
        self._note_agent(worker)
        return worker

    def _post(self, call: CallId | None, event: LegEvent) -> None:
        if call is None:
            return

        async def work() -> None:
            worker = self._calls.get(call)
            if worker is not None:
                await self._do(worker, lambda: worker.happen(event))

        self._lanes.post(call, work)

    async def _arrive(self, name: CallId, event: InviteReceived, at: datetime) -> None:
        account = self._shop.caller_of(event)
        if account is not None and account.agent is not None:
            await self._dialled(name, event, account, account.agent, at)
            return
        proved = account.trunk if account is not None else None
        peer = self._shop.sip.driver.peer(event.flow)
        arrived = await self._shop.trunks.receive(event.flow.remote, event.request, proved, peer)
        if arrived is Stray.NO_NUMBER:
            self._shop.counters.calls_unreadable += 1
            self._refuse(event.session, NO_NUMBER)
            return
        if not isinstance(arrived, Arrived):
            self._shop.counters.calls_not_ours += 1
            self._refuse(event.session, NOT_OURS)
            return
        if not self._shop.trunks.admit(event.session, arrived.trunk, asyncio.get_running_loop().time()):
            self._shop.counters.calls_beyond_trunk += 1
            self._refuse(event.session, NO_ROOM)
            return
        self._shop.counters.calls_arrived += 1
        attestation = await self._shop.ports.callers.check(event.request, arrived)
        worker, effects = self._new_arrival(name, event, arrived, attestation, at)
        await self._do(worker, lambda: worker.begin(effects, event))

    def _new_arrival(
        self, name: CallId, event: InviteReceived, arrived: Arrived, attestation: Attestation | None, at: datetime
    ) -> tuple[CallWorker, list[Effect]]:
        trunk = arrived.trunk
        arrival = bridge.Arrival(
            call=name,
            trunk=trunk.trunk,
            called=arrived.called,
            caller=arrived.caller,
            diverted_by=arrived.diverted_by,
            attestation=attestation,
        )
        call, effects = bridge.arrive(trunk.tenant, arrival, Moment(at, self._shop.ports.ids))
        carried = carried_by(event.request, diverted_by=call.called)
        return self._open_received(call, event, carried), effects

    async def _dialled(
        self, name: CallId, event: InviteReceived, phone: PhoneConfig, agent: UserId, at: datetime
    ) -> None:
        """An agent's telephone calls somebody; routing says whether it may, and by which trunk."""
        callee = self._shop.dial_plan.read(phone.tenant, event.request)
        if callee is None:
            self._shop.counters.calls_unreadable += 1
            self._refuse(event.session, NO_NUMBER, HOW_TO_DIAL)
            return
        self._shop.counters.calls_dialled += 1
        called, party = (callee, None) if isinstance(callee, PhoneNumber) else (NUMBERLESS, callee)
        by = bridge.Dialled(call=name, agent=agent, phone=phone.name, called=called, party=party)
        call, effects = bridge.dialled(phone.tenant, by, Moment(at, self._shop.ports.ids))
        worker = self._open_received(call, event, NOTHING, phone.name)
        await self._do(worker, lambda: worker.begin(effects, event))

    def _open_received(self, call: Call, event: InviteReceived, carried: Carried, phone: str = "") -> CallWorker:
        far = FarState(
            session=event.session,
            negotiation=fresh_negotiation(self._shop.number()),
            invite=bytes(event.request),
            flow=event.flow,
            carried=carried,
            phone=phone,
        )
        return self._open(SavedCall(call=call, far=far))

    def _refuse(self, session: str, cause: EndCause, text: str = "") -> None:
        status = causes.refusal_status(cause)
        headers = causes.refusal_headers(cause, text)
        self._shop.sip.driver.do(lambda endpoint, now: endpoint.reject(session, status, now, headers=headers))
        call = self._shop.sip.sessions.call_of(session)
        if call is not None:
            self._shop.sip.traces.abandoned(call)
        self._shop.sip.sessions.drop(session)

    async def _take_sip(self, call: CallId, event: FarSipEvent) -> None:
        now = self._shop.sip.sessions.call_of(event.session)
        if now is not None and now != call:  # its leg went to another call while this waited
            self._lanes.post(now, partial(self._take_sip, now, event))
            return
        worker = self._calls.get(call)
        leg = worker.legs.of_session(event.session) if worker is not None else None
        if worker is None or leg is None:
            return  # of an attempt that was given up
        try:
            await self._follow_sip(worker, leg, event)
        finally:
            self._note_agent(worker)

    async def _follow_sip(self, worker: CallWorker, leg: FarLeg, event: FarSipEvent) -> None:
        match event:
            case InviteFailed():
                await worker.refused(leg, event)
            case Cancelled() | DialogTerminated():
                await worker.happen(FarEnded(ended_by(event), leg=leg.leg))
            case ProgressReceived():
                await worker.happen(*await leg.progressed(event))
            case InviteAccepted():
                await worker.happen(*await leg.accepted(event))
                leg.acknowledge()
            case Acknowledged():
                await worker.happen(*await leg.acknowledged(event))
            case ReferProgress():
                await worker.referred(event)
            case InfoReceived() | ReferReceived():
                await self._follow_request(worker, leg, event)
            case _:
                await worker.happen(*await leg.changed(event))

    async def _follow_request(self, worker: CallWorker, leg: FarLeg, event: InfoReceived | ReferReceived) -> None:
        if isinstance(event, ReferReceived):
            await worker.happen(self._wishes.read(worker, leg, event))
            return
        digit = read_digit(event.content_type, event.body)
        if digit is not None:
            worker.digits.note_info(leg.name)
            await worker.happen(FarDigit(digit, leg=leg.leg, signalled=True))

    async def _do(self, worker: CallWorker, work: Callable[[], Awaitable[None]]) -> None:
        """Work on a call, then note what became of it."""
        try:
            await work()
        finally:
            self._note_agent(worker)

    async def settle(self, lane: Hashable) -> None:
        """Nothing more is to be done for this call now."""
        worker = self._calls.get(CallId(lane)) if isinstance(lane, UUID) else None
        if worker is None:
            return
        await worker.settle()
        if worker.over:
            self._close(worker)

    def _close(self, worker: CallWorker) -> None:
        call = worker.call
        if self._calls.pop(call.id, None) is None:
            return
        self._ended[call.id] = call.tenant
        worker.legs.let_go()

    def _note_agent(self, worker: CallWorker) -> None:
        """Keep the way from agents and supervisors to the call, also for a browser that comes back meanwhile."""
        call = worker.call
        changed = None if call.line_of is None else self._agent_legs.note(call)
        if changed is not None:
            self._post(self._agents.get(changed[0]), changed[1])
        if call.agent is None and not call.thirds and not worker.people:
            return
        people = [(third.home, third.supervisor) for third in call.thirds if not call.over]
        if call.agent is not None:
            people.append((call.home_of(call.agent), call.agent.agent))
        for former in worker.people:
            if former not in people and self._agents.get(former) == call.id:
                del self._agents[former]
        worker.people = people
        for agent in people:
            self._agents[agent] = call.id


def _agent_of(order: ConnectAgent | PlaceCall | SuperviseCall) -> Agent | None:
    """The nailed-up leg belongs to the agent at home, whoever's call it is; None: nobody is in the call yet."""
    if isinstance(order, SuperviseCall):
        return (order.home, order.supervisor)
    return None if order.agent is None else (order.home or order.tenant, order.agent)
