"""Routing, gateway and engine as three tables, with cures carried out on them and faults put into them."""

from collections.abc import Callable, Collection
from datetime import timedelta
from uuid import UUID

from msgspec.structs import replace

from kernel.contracts.calls import AgentState
from kernel.contracts.reconciling import Dialog, Holding
from kernel.primitives.ids import CallId, UserId
from routing.calls.model import TALKING, CallPhase
from routing.reconciler.healing import (
    Cure,
    DeleteLeg,
    FreeAgent,
    FreeCall,
    HangUp,
    JoinAgent,
    NoteSoftphone,
    RecordEnd,
    WakeTimers,
)
from routing.reconciler.picture import CallPart, Picture
from tests.unit.routing.reconciler.pictures import NOW, TENANT, part

AGENTS = tuple(UserId(UUID(int=0xA000 + place)) for place in range(4))


class World:
    def __init__(self) -> None:
        self.now = NOW
        self.agents = {name: part(AgentState.NOT_READY, reachable=True) for name in AGENTS}
        self.softphones = set(AGENTS)
        self.calls: dict[CallId, CallPart] = {}
        self.dialogs: dict[CallId, Dialog] = {}
        self.legs: dict[str, CallId | None] = {f"agent{place}": None for place in range(len(AGENTS))}
        self.stopped: set[UserId] = set()  # their clocks are broken: only a cure ends their state
        self._calls = 0

    def picture(self) -> Picture:
        strays = {leg: call for leg, call in self.legs.items() if call is not None and call not in self.dialogs}
        holding = Holding(dialogs=dict(self.dialogs), softphones=frozenset(self.softphones), strays=strays)
        ends = [part.until for part in (*self.agents.values(), *self.calls.values()) if part.until is not None]
        return Picture(
            at=self.now,
            tenants=(TENANT,),
            agents=dict(self.agents),
            calls=dict(self.calls),
            timer=min(ends, default=None),
            holdings={TENANT: holding},
            legs=frozenset(self.legs),
        )

    def tick(self, seconds: float) -> None:
        """Timers fire, as they do where nothing is broken."""
        self.now += timedelta(seconds=seconds)
        self.fire(but=self.stopped)

    def fire(self, but: Collection[UserId] = ()) -> None:
        for name, agent in self.agents.items():
            if name not in but and agent.until is not None and agent.until <= self.now:
                self.free(name)
        for name, call in tuple(self.calls.items()):
            if call.until is not None and call.until <= self.now:
                self.end(name)

    # --- what happens by itself ---

    def arrive(self) -> CallId:
        self._calls += 1
        call = CallId(UUID(int=0xC000 + self._calls))
        self.calls[call] = CallPart(tenant=TENANT, phase=CallPhase.QUEUED)
        self.dialogs[call] = Dialog(leg=f"far{self._calls}")
        self.legs[f"far{self._calls}"] = call
        return call

    def answer(self, call: CallId, agent: UserId) -> None:
        if self.agents[agent].call is None and self.agents[agent].reachable:
            self.calls[call] = replace(self.calls[call], phase=CallPhase.CONNECTED, agent=agent, until=None)
            self.agents[agent] = part(AgentState.CONNECTED, call=call, reachable=True)
            self.dialogs[call] = replace(self.dialogs[call], agent=agent)

    def ring(self, call: CallId, agent: UserId) -> None:
        if self.agents[agent].call is None:
            self.calls[call] = replace(self.calls[call], phase=CallPhase.OFFERED, agent=agent)
            offered = {"state": AgentState.OFFERED, "call": call, "until": self.now + timedelta(seconds=20)}
            self.agents[agent] = replace(self.agents[agent], **offered)

    def end(self, call: CallId) -> None:
        self.calls.pop(call, None)
        self.hang_up(call)
        for name, agent in self.agents.items():
            if agent.call == call:
                self.free(name)

    def hang_up(self, call: CallId) -> None:
        dialog = self.dialogs.pop(call, None)
        if dialog is not None and dialog.leg is not None:
            self.legs.pop(dialog.leg, None)

    def free(self, name: UserId) -> None:
        call = self.agents[name].call
        held = None if call is None else self.calls.get(call)
        self.agents[name] = replace(self.agents[name], state=AgentState.NOT_READY, call=None, until=None)
        if call is not None and held is not None and held.agent == name:
            self.requeue(call)

    def requeue(self, call: CallId) -> None:
        if call in self.calls:
            self.calls[call] = replace(self.calls[call], phase=CallPhase.QUEUED, agent=None, until=None)
        if call in self.dialogs:
            self.dialogs[call] = replace(self.dialogs[call], agent=None)

    def note(self, name: UserId, reachable: bool) -> None:
        agent = replace(self.agents[name], reachable=reachable)
        if not reachable and agent.state is AgentState.AVAILABLE:
            agent = replace(agent, state=AgentState.NOT_READY)
        self.agents[name] = agent

    # --- cures, as routing, gateway and engine carry them out ---

    def carry_out(self, cure: Cure) -> None:
        match cure:
            case WakeTimers():
                self.fire()
            case FreeAgent(agent):
                self.free(agent)
            case FreeCall(call):
                self.requeue(call)
            case RecordEnd(call):
                self.end(call)
            case NoteSoftphone(agent, _, reachable):
                self.note(agent, reachable)
            case JoinAgent(call, agent) if call in self.dialogs:
                self.dialogs[call] = replace(self.dialogs[call], agent=agent)
            case HangUp(call):
                self.hang_up(call)
                self.end(call)
            case DeleteLeg(leg):
                self.legs.pop(leg, None)
            case _:
                pass  # the call has ended meanwhile

    # --- faults ---

    def some_call(self, place: int, phases: frozenset[CallPhase] = frozenset(CallPhase)) -> CallId | None:
        known = sorted(name for name, call in self.calls.items() if call.phase in phases)
        return known[place % len(known)] if known else None

    def lose_dialog(self, place: int) -> None:
        call = self.some_call(place)
        if call is not None:
            self.dialogs.pop(call, None)

    def lose_call(self, place: int) -> None:
        call = self.some_call(place)
        if call is not None:
            del self.calls[call]

    def lose_leg(self, place: int) -> None:
        dialogs = sorted(self.dialogs)
        if dialogs:
            self.legs.pop(self.dialogs[dialogs[place % len(dialogs)]].leg or "", None)

    def leave_leg(self, place: int) -> None:
        self.legs[f"old{place}"] = CallId(UUID(int=0xD000 + place))

    def swap_agent(self, place: int) -> None:
        call = self.some_call(place, TALKING)
        if call is not None and call in self.dialogs:
            self.dialogs[call] = replace(self.dialogs[call], agent=AGENTS[place % len(AGENTS)])

    def forget_agent(self, place: int) -> None:
        name = AGENTS[place % len(AGENTS)]
        self.agents[name] = part(AgentState.NOT_READY, reachable=self.agents[name].reachable)

    def strand_agent(self, place: int) -> None:
        stuck = CallId(UUID(int=0xE000 + place))
        name = AGENTS[place % len(AGENTS)]
        if self.agents[name].call is None:
            self.agents[name] = part(AgentState.CONNECTED, call=stuck, reachable=True)

    def break_softphone(self, place: int) -> None:
        name = AGENTS[place % len(AGENTS)]
        self.softphones ^= {name}

    def deafen(self, place: int) -> None:
        name = AGENTS[place % len(AGENTS)]
        if self.agents[name].call is None:
            self.agents[name] = part(AgentState.AVAILABLE, reachable=False)

    def stop_clock(self, place: int) -> None:
        """Its timer was lost."""
        name = AGENTS[place % len(AGENTS)]
        if self.agents[name].call is None:
            self.stopped.add(name)
            self.agents[name] = replace(self.agents[name], until=self.now - timedelta(seconds=1))


FAULTS: tuple[Callable[[World, int], None], ...] = (
    World.lose_dialog,
    World.lose_call,
    World.lose_leg,
    World.leave_leg,
    World.swap_agent,
    World.forget_agent,
    World.strand_agent,
    World.break_softphone,
    World.deafen,
    World.stop_clock,
)
