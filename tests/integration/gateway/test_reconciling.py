"""Each difference, made for real between routing, gateway and engine, is healed, and the audit tells of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from functools import reduce
from typing import Any
from unittest.mock import Mock

import pytest
from far_end import FarEnd, listen_for
from gateway_rig import ANNA, BERT, NUMBER, OURS, Rig, share
from web_end import WebEnd, page

from api.together import GatewayHere
from gateway.sip.events import DialogTerminated
from kernel.adapters import LocalLease
from kernel.contracts.base import TenantScope
from kernel.contracts.calls import Actor, AgentState, EndCause, EndReason, EndResult
from kernel.contracts.codec import pack
from kernel.contracts.desk import AcceptOffer, LogIn, RequestState
from kernel.contracts.directory import AgentProfile, NumberRoute, QueueRules, TenantDirectory
from kernel.contracts.engine import CreateRtpLeg, DeleteLeg, Snapshot, TakeSnapshot
from kernel.contracts.log import AgentStateChanged, CallEnded, CallQueued, OfferMade
from kernel.contracts.telephony import CallReleased, DisconnectAgent, SoftphoneChanged
from kernel.ports.unit_of_work import Change
from kernel.primitives.ids import CallId, EventId, NumberId, QueueId, TenantId, UserId
from routing import RoutingPorts, RoutingService, RoutingSettings
from routing.reconciler.differences import Kind
from routing.reconciler.patience import PATIENCE
from tenants.audit import AuditEntry, AuditRepository, DifferenceAudit
from tests.databases import ON_SQLITE

pytestmark = [pytest.mark.timeout(120), ON_SQLITE]

FAR_HZ, ANNA_HZ = 700.0, 1300.0
QUEUE = QueueId(TenantId(OURS))
LASTS = timedelta(seconds=0.4)  # in place of seconds: longer than anything here is on its way
RING_SECONDS = 1.0
LOST = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_CALLER)


class Centre:
    """`rig` with routing and the audit in the same process, as the product has them."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        ports = RoutingPorts(
            database=rig.database,
            bus=rig.bus,
            directory=self,
            tenants=self,
            lease=LocalLease(rig.clock),
            clock=rig.clock,
            ids=rig.ids,
            gateway=GatewayHere(lambda: rig.gateway, rig.relay.carries_for),
        )
        self.routing = RoutingService(ports, RoutingSettings(reconcile_seconds=0.1))
        self.differences = DifferenceAudit(rig.database, rig.bus)

    async def directory(self, tenant: TenantId, told: EventId | None = None) -> TenantDirectory:
        rules = QueueRules(queue=QUEUE, name="Service", ring_seconds=RING_SECONDS, wrap_up_seconds=0, greeting=())
        agents = (ANNA, BERT)
        return TenantDirectory(
            tenant=tenant,
            name="Ours",
            time_zone="Europe/London",
            currency="GBP",
            queues=(rules,),
            agents=tuple(AgentProfile(agent=one, name="Agent", queues=(QUEUE,), has_seat=True) for one in agents),
            numbers=(NumberRoute(number=NumberId(OURS), called=NUMBER, queue=QUEUE),),
            outbound_trunk=None,
            outbound_caller=None,
        )

    async def all(self) -> list[TenantId]:
        return [OURS]

    # --- what happens ---

    async def queued(self, far: FarEnd) -> CallId:
        before = len(await self.log(CallQueued))
        far.call(self.rig.port, NUMBER.e164)
        return (await self.logged(CallQueued, before + 1)).call

    async def available(self, *agents: UserId) -> None:
        for agent in agents:
            await self.routing.perform(OURS, agent, LogIn())
            await self.routing.perform(OURS, agent, RequestState(state=AgentState.AVAILABLE))

    async def connected(self, far: FarEnd, anna: WebEnd) -> CallId:
        await anna.log_in()
        await self.rig.until(SoftphoneChanged)
        await self.available(ANNA)
        call = await self.queued(far)
        offered = await self.logged(OfferMade, len(await self.log(OfferMade)))
        await self.routing.perform(OURS, ANNA, AcceptOffer(offer=offered.offer))
        return call

    async def rogue(self, **fields: Any) -> None:
        """An event that routing never decided, as a fault or a hand in the database would leave it."""
        stamp = {"id": EventId(self.rig.ids.new()), "tenant": OURS, "at": self.rig.clock.now()}
        event = AgentStateChanged(**stamp, previous=AgentState.NOT_READY, reason="", actor=Actor.SYSTEM, **fields)
        await self.rig.database.record(Change(TenantScope(OURS), events=[event]))
        for owner in inside(self.routing, "_everyone")():
            owner._state = None

    async def forged(self, kind: Any, **fields: Any) -> None:
        """A report that the gateway never made."""
        stamp = {"id": EventId(self.rig.ids.new()), "tenant": OURS, "at": self.rig.clock.now()}
        await self.rig.bus.publish(f"telephony.report.{OURS}", pack(kind(**stamp, **fields)))

    # --- looking ---

    async def log(self, kind: Any) -> list[Any]:
        return [event for event in await self.rig.log() if isinstance(event, kind)]

    async def logged(self, kind: Any, count: int = 1) -> Any:
        await eventually(lambda: self._has(kind, count))
        return (await self.log(kind))[count - 1]

    async def _has(self, kind: Any, count: int) -> bool:
        return len(await self.log(kind)) >= count

    async def state(self, agent: UserId) -> AgentState:
        return [event.state for event in await self.log(AgentStateChanged) if event.agent == agent][-1]

    async def healed(self, kind: Kind) -> AuditEntry:
        await eventually(lambda: self._tells(kind))
        return next(entry for entry in await self.audit() if entry.detail["difference"] == kind)

    async def _tells(self, kind: Kind) -> bool:
        return any(entry.detail["difference"] == kind for entry in await self.audit())

    async def audit(self) -> list[AuditEntry]:
        async with self.rig.database.read(TenantScope(OURS)) as unit:
            return list(await AuditRepository(unit.session, TenantScope(OURS)).page(None, 100))


def inside(thing: object, *names: str) -> Any:
    """What nobody but a fault reaches."""
    return reduce(getattr, names, thing)


async def eventually(check: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await check():  # noqa: ASYNC110 logs and audits are looked at
            await asyncio.sleep(0.02)


@pytest.fixture
async def centre(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Centre]:
    for kind in Kind:
        monkeypatch.setitem(PATIENCE, kind, LASTS)
    centre = Centre(rig)
    await centre.differences.start()
    await centre.routing.start()
    yield centre
    await centre.routing.close()
    await centre.differences.close()


async def test_what_routing_has_with_itself(centre: Centre, far: FarEnd) -> None:
    await centre.rogue(agent=ANNA, state=AgentState.CONNECTED, call=CallId(centre.rig.ids.new()))
    entry = await centre.healed(Kind.AGENT_WITHOUT_CALL)
    assert (entry.action, entry.subject_id) == ("call.healed", entry.subject_id)
    assert entry.detail["cure"] == "FreeAgent"
    assert (entry.origin.actor, entry.origin.user) == ("system", None)
    assert await centre.state(ANNA) is AgentState.NOT_READY

    await centre.rogue(agent=BERT, state=AgentState.AVAILABLE)
    assert (await centre.healed(Kind.UNREACHABLE_AVAILABLE)).subject_id == BERT
    assert await centre.state(BERT) is AgentState.NOT_READY
    figures = centre.routing.figures()
    assert (figures["reconciler_healed"], figures["reconciler_failed"]) == (2, 0)


async def test_a_caller_whose_agent_is_elsewhere_and_a_timer_that_was_lost(
    centre: Centre, far: FarEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PATIENCE, Kind.SOFTPHONE_GONE, timedelta(hours=1))  # there is none
    await centre.forged(SoftphoneChanged, agent=ANNA, reachable=True)
    await centre.available(ANNA)
    call = await centre.queued(far)
    await centre.logged(OfferMade)
    inside(centre.routing, "_timers", "_armed").clear()
    assert (await centre.healed(Kind.PAST_END)).subject_id in {ANNA, call}
    await eventually(lambda: is_in(centre, ANNA, AgentState.NOT_READY))

    await centre.available(ANNA)
    await centre.logged(OfferMade, 2)
    await centre.rogue(agent=ANNA, state=AgentState.NOT_READY)
    assert (await centre.healed(Kind.CALL_WITHOUT_AGENT)).subject_id == call
    (state,) = [one for owner in inside(centre.routing, "_everyone")() for one in (await owner._ready()).calls]
    assert (state.call, state.agent) == (call, None)


async def is_in(centre: Centre, agent: UserId, state: AgentState) -> bool:
    return await centre.state(agent) is state


async def test_calls_that_only_one_side_has(centre: Centre, far: FarEnd) -> None:
    ghost = await centre.queued(far)
    del inside(centre.rig.gateway, "_calls", "_calls")[ghost]
    entry = await centre.healed(Kind.CALL_WITHOUT_DIALOG)
    assert (entry.action, entry.subject_id) == ("call.healed", ghost)
    ended = await centre.logged(CallEnded)
    assert (ended.call, ended.cause.reason) == (ghost, EndReason.LOST_IN_RESTART)

    kept = await centre.queued(far)
    await centre.forged(CallReleased, call=kept, cause=LOST)
    assert (await centre.healed(Kind.DIALOG_WITHOUT_CALL)).subject_id == kept
    await far.until(DialogTerminated)
    assert len(await centre.log(CallEnded)) == 2


async def test_sound_that_is_lost_or_left_over(centre: Centre, far: FarEnd, monkeypatch: pytest.MonkeyPatch) -> None:
    silent = await centre.queued(far)
    monkeypatch.setattr(centre.rig.gateway, "_far_leg_event", Mock())  # what the engine tells is lost
    await centre.rig.engine.request(DeleteLeg(leg=f"{silent}.far"))
    entry = await centre.healed(Kind.DIALOG_WITHOUT_LEG)
    assert (entry.subject_id, entry.detail["leg"]) == (silent, f"{silent}.far")
    await far.until(DialogTerminated)
    assert (await centre.logged(CallEnded)).cause.reason is EndReason.MEDIA_FAILED

    left = f"{silent}.far"
    await centre.rig.engine.request(CreateRtpLeg(leg=left, group=str(silent)))
    assert (await centre.healed(Kind.LEG_WITHOUT_DIALOG)).detail["leg"] == left
    await eventually(lambda: is_gone(centre, left))


async def is_gone(centre: Centre, leg: str) -> bool:
    snapshot = await centre.rig.engine.request(TakeSnapshot())
    assert isinstance(snapshot, Snapshot)
    return leg not in {state.leg for state in snapshot.legs}


async def test_who_is_joined_and_who_can_hear(centre: Centre, far: FarEnd) -> None:
    async with page(centre.rig, ANNA, ANNA_HZ) as anna:
        call = await centre.connected(far, anna)
        assert await hears_anna(far) > 0.9
        await centre.rig.order(DisconnectAgent, call=call, agent=ANNA)  # routing did not say so
        assert (await centre.healed(Kind.OTHER_AGENT)).subject_id == call
        await anna.until_sender(on=True)
        assert await hears_anna(far) > 0.9, "and she is heard again"

        await centre.forged(SoftphoneChanged, agent=ANNA, reachable=False)
        assert (await centre.healed(Kind.SOFTPHONE_UNKNOWN)).subject_id == ANNA
        assert await hears_anna(far) > 0.9

        inside(centre.rig.gateway.softphones, "_phones").clear()
        assert (await centre.healed(Kind.SOFTPHONE_GONE)).subject_id == ANNA
        assert await centre.log(CallEnded) == []


async def hears_anna(far: FarEnd) -> float:
    return await listen_for(5, far.rtp, lambda heard: share(heard, ANNA_HZ), 0.9)


async def test_a_working_centre_is_never_touched(centre: Centre, far: FarEnd) -> None:
    """Pictures come all the time while a call comes, is answered, and ends."""
    async with page(centre.rig, ANNA, ANNA_HZ) as anna:
        await centre.connected(far, anna)
        await asyncio.sleep(3 * LASTS.total_seconds())
        far.hang_up()
        await centre.logged(CallEnded)
        await asyncio.sleep(3 * LASTS.total_seconds())
    assert await centre.audit() == []
    assert centre.routing.figures()["reconciler_healed"] == 0
