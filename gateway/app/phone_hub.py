"""All agents' browsers of this gateway."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Protocol, assert_never

import structlog

from gateway.app.counters import GatewayCounters
from gateway.app.lanes import Lanes, LanesClosed
from gateway.app.ports import GatewayPorts
from gateway.app.saved import PhoneChange, SavedPhone
from gateway.app.store import StateStore
from gateway.softphone.dtls import Certificates
from gateway.softphone.phone import LEG_PREFIX, AgentPhone, PhoneTools
from gateway.softphone.presence import Verdict
from kernel.contracts.calls import Fault
from kernel.contracts.codec import pack
from kernel.contracts.engine import (
    Address,
    Answer,
    Command,
    CreateWebrtcLeg,
    DeleteLeg,
    DtlsReceived,
    IceConnected,
    IceLost,
    LegEnded,
    LegState,
    RtpStarted,
    RtpStopped,
)
from kernel.contracts.softphone import (
    SoftphoneBye,
    SoftphoneFromGateway,
    SoftphoneMicrophone,
    SoftphoneOffer,
    SoftphoneRestart,
    SoftphoneResume,
    SoftphoneToGateway,
)
from kernel.contracts.telephony import SoftphoneChanged
from kernel.primitives.ids import EventId, TenantId, UserId

PUSH_SECONDS = 2.0  # a desk that takes longer reads too slowly; it asks again when it resumes

Agent = tuple[TenantId, UserId]
PhoneEvent = IceConnected | IceLost | RtpStarted | RtpStopped | LegEnded | DtlsReceived

log = structlog.get_logger(__name__)


class CallsOfAgents(Protocol):
    async def attach(self, agent: Agent, leg: str) -> None: ...

    async def detach(self, agent: Agent, leg: str) -> None: ...


@dataclass(frozen=True, kw_only=True)
class HubTools:
    ports: GatewayPorts
    store: StateStore
    lanes: Lanes
    calls: CallsOfAgents
    counters: GatewayCounters


class _Host:
    """gateway.softphone.ports.PhoneHost of one agent; `legs` finds agents by their legs."""

    def __init__(self, agent: Agent, tools: HubTools, legs: dict[str, Agent]) -> None:
        self._agent = agent
        self._tools = tools
        self._legs = legs

    async def request(self, command: Command) -> Answer:
        if isinstance(command, CreateWebrtcLeg):
            self._legs[command.leg] = self._agent
            self._tools.counters.softphones_made += 1
        elif isinstance(command, DeleteLeg):
            self._legs.pop(command.leg, None)
        return await self._tools.ports.engine.request(command)

    async def push(self, message: SoftphoneFromGateway) -> None:
        try:
            async with asyncio.timeout(PUSH_SECONDS):
                await self._tools.ports.push.push(*self._agent, message)
        except Exception:
            log.exception("softphone.not_pushed", agent=str(self._agent[1]), message=type(message).__name__)

    async def save(self, leg: str | None, told: bool, verdict: Verdict, fault: Fault) -> None:
        tenant, agent = self._agent
        reports: tuple[SoftphoneChanged, ...] = ()
        if verdict is not Verdict.NOTHING:
            report = SoftphoneChanged(
                id=EventId(self._tools.ports.ids.new()),
                tenant=tenant,
                at=self._tools.ports.clock.now(),
                agent=agent,
                reachable=verdict is Verdict.REACHABLE,
                fault=fault,
            )
            reports = (report,)
        state = pack(SavedPhone(leg, told)) if leg is not None or told else None
        await self._tools.store.write(PhoneChange(agent=agent, tenant=tenant, state=state, reports=reports))

    async def attach(self, leg: str) -> None:
        await self._tools.calls.attach(self._agent, leg)

    async def detach(self, leg: str) -> None:
        await self._tools.calls.detach(self._agent, leg)

    def post(self, work: Callable[[], Awaitable[None]]) -> None:
        self._tools.lanes.post(self._agent, work)


class PhoneHub:
    """`received` and `disconnected` are the desks' side; one queue per agent."""

    def __init__(self, tools: HubTools) -> None:
        self._tools = tools
        self._phones: dict[Agent, AgentPhone] = {}
        self._legs: dict[str, Agent] = {}
        self.addresses: tuple[Address, ...] = ()  # of the engine's shared port
        self._shared = PhoneTools(Certificates(), tools.ports.ids, tools.ports.clock, lambda: self.addresses)

    # --- the desks ---

    async def received(self, tenant: TenantId, agent: UserId, message: SoftphoneToGateway) -> None:
        """What the agent's desk sends; answered through DeskPush."""
        phone = self._phone((tenant, agent))
        match message:
            case SoftphoneOffer():
                await self._run((tenant, agent), lambda: phone.offer(message.sdp, message.audio, probes=message.probes))
            case SoftphoneRestart():
                await self._run((tenant, agent), lambda: phone.restart(message.leg, message.sdp))
            case SoftphoneResume():
                await self._run((tenant, agent), lambda: phone.resume(message.leg, probes=message.probes))
            case SoftphoneMicrophone():
                await self._run((tenant, agent), lambda: phone.microphone(works=message.works))
            case SoftphoneBye():
                await self._run((tenant, agent), lambda: phone.close(tell=False))
            case _:
                assert_never(message)

    async def disconnected(self, tenant: TenantId, agent: UserId) -> None:
        """The agent has no desk open any more; the leg may live on for the grace of a reloaded page."""
        phone = self._phones.get((tenant, agent))
        if phone is not None:
            await self._run((tenant, agent), phone.desk_gone)

    # --- the calls ---

    def working_leg(self, agent: Agent) -> str | None:
        phone = self._phones.get(agent)
        return phone.leg if phone is not None else None

    def transmit(self, tenant: TenantId, agent: UserId, leg: str, on: bool) -> None:
        """Only queues: a call never waits for a browser."""
        phone = self._phones.get((tenant, agent))
        if phone is not None:
            self._tools.lanes.post((tenant, agent), lambda: phone.transmit(leg, on=on))

    async def shut(self, tenant: TenantId, agent: UserId) -> None:
        phone = self._phones.get((tenant, agent))
        if phone is not None:
            await self._run((tenant, agent), lambda: phone.close(tell=True))

    def reachable(self) -> set[Agent]:
        """Those whom routing takes for reachable."""
        return {agent for agent, phone in self._phones.items() if phone.told}

    # --- the engine ---

    def engine_event(self, event: PhoneEvent) -> None:
        agent = self._legs.get(event.leg)
        phone = self._phones.get(agent) if agent is not None else None
        if agent is None or phone is None:
            return
        leg = event.leg
        match event:
            case DtlsReceived():
                phone.dtls_received(leg, event.datagram)
            case IceConnected() | IceLost():
                connected = isinstance(event, IceConnected)
                self._tools.lanes.post(agent, lambda: phone.ice_changed(leg, connected=connected))
            case RtpStarted() | RtpStopped():
                silent = isinstance(event, RtpStopped)
                self._tools.lanes.post(agent, lambda: phone.sound_changed(leg, silent=silent))
            case LegEnded():
                self._tools.lanes.post(agent, lambda: phone.leg_ended(leg))
            case _:
                assert_never(event)

    def engine_gone(self) -> None:
        """Every leg died with the former engine."""
        self._legs.clear()
        for agent, phone in self._phones.items():
            self._tools.lanes.post(agent, phone.engine_gone)

    # --- life of the process ---

    async def restore(self, saved: Sequence[tuple[TenantId, UserId, SavedPhone]], legs: dict[str, LegState]) -> None:
        """Go on with legs that live in the engine, and let the grace run for the others."""
        for tenant, agent, state in saved:
            leg = legs.get(state.leg) if state.leg is not None else None
            up = leg is not None and leg.ice_connected and leg.secured
            if state.leg is not None and up:
                self._legs[state.leg] = (tenant, agent)
            phone = self._phone((tenant, agent))
            await self._run((tenant, agent), partial(phone.restore, state.leg, told=state.told, up=up))

    async def check(self, legs: dict[str, LegState]) -> None:
        """After a broken connection to the same engine: what it told meanwhile of ICE is lost."""
        for leg, agent in list(self._legs.items()):
            state = legs.get(leg)
            phone = self._phones.get(agent)
            if phone is not None and state is not None:
                await self._run(agent, partial(phone.ice_changed, leg, connected=state.ice_connected))

    def owns(self, leg: str) -> bool:
        return leg in self._legs

    def stop(self) -> None:
        for phone in self._phones.values():
            phone.stop()

    def _phone(self, agent: Agent) -> AgentPhone:
        phone = self._phones.get(agent)
        if phone is None:
            phone = self._phones[agent] = AgentPhone(_Host(agent, self._tools, self._legs), self._shared)
        return phone

    async def _run(self, agent: Agent, work: Callable[[], Awaitable[None]]) -> None:
        with suppress(LanesClosed):  # the next process is asked again, by SoftphoneResume
            await self._tools.lanes.run(agent, work)


def is_phone_leg(leg: str) -> bool:
    return leg.startswith(LEG_PREFIX)
