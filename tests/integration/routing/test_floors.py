"""Tenants that share staff are decided for by one owner, which comes and goes with grants while calls run."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from kernel.adapters import LocalLease
from kernel.contracts.calls import AgentState
from kernel.contracts.codec import pack
from kernel.contracts.desk import AcceptOffer, FinishWrapUp, LogIn, RequestState
from kernel.contracts.directory import AgentProfile, DirectoryChanged, TenantDirectory
from kernel.contracts.log import (
    AgentStateChanged,
    CallConnected,
    CallDisposed,
    CallEnded,
    CallOffered,
    GuestStateChanged,
    LogEvent,
    OfferEnded,
    OfferMade,
)
from kernel.contracts.telephony import ConnectAgent
from kernel.primitives.ids import CallId, EventId, TenantId, UserId
from kernel.primitives.phone import PhoneNumber
from routing.errors import RoutingUnavailable
from tests.integration.routing.conftest import RING_SECONDS, Centre
from tests.integration.routing.gateway import ScriptedGateway
from tests.unit.routing.floor import ANN, BEN
from tests.unit.routing.shared import BLUES, REDS, RON, client

RED, BLUE = (TenantId(UUID(int=(0x0195 << 112) | place)) for place in (0xAED, 0xB10E))
RED_NUMBER, BLUE_NUMBER = PhoneNumber("+442071838711"), PhoneNumber("+442071838712")


class Provider:
    """The centre's tenant is the home of Ann and Ben; Red and Blue are clients."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        self.home = centre.tenant
        self.gateways: dict[TenantId, ScriptedGateway] = {}

    async def open(self) -> None:
        for tenant, name, queue, number in ((RED, "Red", REDS, RED_NUMBER), (BLUE, "Blue", BLUES, BLUE_NUMBER)):
            await self.put(client(tenant, name, queue, number))
            self.gateways[tenant] = self.centre.gateway_of(tenant)
            await self.gateways[tenant].start()

    async def close(self) -> None:
        for gateway in self.gateways.values():
            await gateway.close()

    async def put(self, changed: TenantDirectory) -> None:
        self.centre.directories.known[changed.tenant] = changed
        message = DirectoryChanged(id=EventId(self.centre.ids.new()), tenant=changed.tenant, at=self.centre.clock.now())
        await self.centre.bus.publish(f"directory.{changed.tenant}", pack(message))

    async def lend(self, tenant: TenantId, *agents: UserId, until: datetime | None = None) -> None:
        """As the tenants' side tells it: to the client, then to the home."""
        known = self.centre.directories.known
        queues = tuple(rules.queue for rules in known[tenant].queues)
        own = tuple(profile for profile in known[tenant].agents if profile.home is None)
        guests = [
            AgentProfile(agent=agent, name="Guest", queues=queues, has_seat=False, home=self.home, until=until)
            for agent in agents
        ]
        await self.put(replace(known[tenant], agents=(*own, *guests)))
        clients = {one for one in (RED, BLUE) if any(p.home == self.home for p in known[one].agents)}
        await self.put(replace(known[self.home], clients=tuple(sorted(clients))))

    async def arrive(self, tenant: TenantId) -> CallId:
        call = await self.gateways[tenant].arrive(RED_NUMBER if tenant == RED else BLUE_NUMBER)
        await self.centre.relay.drain()
        return call

    async def talk(self, tenant: TenantId, agent: UserId = ANN) -> CallId:
        call = await self.arrive(tenant)
        await self.accept(agent, tenant)
        return call

    async def accept(self, agent: UserId, tenant: TenantId) -> None:
        offer = [event for event in await self.events(tenant, OfferMade) if event.agent == agent][-1]
        await self.centre.wish(agent, AcceptOffer(offer=offer.offer))
        await self.centre.relay.drain()

    async def finish(self, agent: UserId, tenant: TenantId, call: CallId, disposition: str) -> None:
        await self.gateways[tenant].hang_up(call)
        await self.centre.relay.drain()
        await self.centre.wish(agent, FinishWrapUp(call=call, disposition=disposition))

    async def restart(self) -> None:
        """Another process goes on from the logs and snapshots."""
        await self.centre.routing.close()
        self.centre.lease = LocalLease(self.centre.clock)
        self.centre.routing = self.centre.service()
        await self.centre.routing.start()

    async def events(self, tenant: TenantId, kind: type[Any]) -> list[Any]:
        return [event for event in await self.log(tenant) if isinstance(event, kind)]

    async def log(self, tenant: TenantId) -> list[LogEvent]:
        return await self.centre.log(tenant)

    def floors(self) -> set[tuple[TenantId, ...]]:
        owners = self.centre.routing._owners  # pyright: ignore[reportPrivateUsage]
        return {owner.floor for owner in owners.values()}

    async def tick(self) -> None:
        await self.centre.routing._renew_and_take()  # pyright: ignore[reportPrivateUsage]


@pytest.fixture
async def provider(centre: Centre) -> AsyncIterator[Provider]:
    provider = Provider(centre)
    await provider.open()
    yield provider
    await provider.close()


def floor(*tenants: TenantId) -> tuple[TenantId, ...]:
    return tuple(sorted(tenants))


async def test_one_agent_takes_calls_of_two_clients_in_one_log_in(provider: Provider) -> None:
    await provider.lend(RED, ANN)
    await provider.lend(BLUE, ANN)
    assert floor(provider.home, RED, BLUE) in provider.floors()
    await provider.centre.available(ANN)
    red = await provider.arrive(RED)
    blue = await provider.arrive(BLUE)
    assert await provider.events(BLUE, OfferMade) == []
    await provider.accept(ANN, RED)
    await provider.finish(ANN, RED, red, "Red")
    await provider.accept(ANN, BLUE)
    await provider.finish(ANN, BLUE, blue, "Blue")
    for tenant, name in ((RED, "Red"), (BLUE, "Blue")):
        assert [event.disposition for event in await provider.events(tenant, CallDisposed)] == [name]
        (connect,) = provider.gateways[tenant].sent(ConnectAgent)
        assert (connect.agent, connect.home) == (ANN, provider.home)
        assert (await provider.events(tenant, GuestStateChanged))[-1].state is None
        assert await provider.events(tenant, AgentStateChanged) == []
    clients = [event.client for event in await provider.events(provider.home, AgentStateChanged) if event.client]
    assert clients == [RED] * 3 + [BLUE] * 3
    log_ins = [
        e for e in await provider.events(provider.home, AgentStateChanged) if e.previous is AgentState.LOGGED_OUT
    ]
    assert len(log_ins) == 1


class TestGrants:
    async def test_one_made_while_callers_wait_and_calls_run_joins_the_floors(self, provider: Provider) -> None:
        own = AgentProfile(agent=RON, name="Ron", queues=(REDS,), has_seat=True)
        await provider.put(replace(provider.centre.directories.known[RED], agents=(own,)))
        await provider.centre.available(RON, gateway=provider.gateways[RED])
        running = await provider.arrive(RED)
        await provider.centre.accept(RON, RED)
        waiting = await provider.arrive(RED)
        await provider.centre.available(BEN)
        await provider.lend(RED, BEN)
        assert provider.floors() >= {floor(provider.home, RED), floor(BLUE)}
        offers = await provider.events(RED, OfferMade)
        assert [(offer.call, offer.agent) for offer in offers] == [(running, RON), (waiting, BEN)]
        await provider.gateways[RED].hang_up(running)
        assert [event.agent for event in await provider.events(RED, CallEnded)] == [RON]

    async def test_one_that_ends_in_mid_call_parts_the_floors_after_the_wrap_up(self, provider: Provider) -> None:
        await provider.lend(RED, ANN)
        await provider.centre.available(ANN)
        call = await provider.talk(RED)
        await provider.lend(RED)
        await provider.tick()
        assert floor(provider.home, RED) in provider.floors()
        await provider.arrive(RED)
        await provider.finish(ANN, RED, call, "Red")
        await provider.tick()
        assert provider.floors() >= {floor(provider.home), floor(RED)}
        assert len(await provider.events(RED, OfferMade)) == 1
        assert await provider.centre.state(ANN) == (AgentState.AVAILABLE, "")
        assert (await provider.events(RED, GuestStateChanged))[-1].state is None

    async def test_one_that_ends_while_it_rings_takes_the_offer_back(self, provider: Provider) -> None:
        await provider.lend(RED, ANN)
        await provider.centre.available(ANN)
        await provider.arrive(RED)
        await provider.lend(RED)
        assert len(await provider.events(RED, OfferEnded)) == 1
        assert await provider.centre.state(ANN) == (AgentState.AVAILABLE, "")

    async def test_one_with_an_end_is_over_without_a_message(self, provider: Provider) -> None:
        await provider.lend(RED, ANN, until=provider.centre.clock.now() + timedelta(seconds=RING_SECONDS))
        await provider.centre.available(ANN)
        await asyncio.sleep(RING_SECONDS + 0.1)
        await provider.arrive(RED)
        assert await provider.events(RED, OfferMade) == []


class TestRestart:
    @pytest.mark.parametrize("snapshot_events", [3, 10_000])
    async def test_a_call_of_a_client_is_held_and_finished_afterwards(
        self, provider: Provider, snapshot_events: int
    ) -> None:
        provider.centre.settings = type(provider.centre.settings)(snapshot_events=snapshot_events)
        await provider.restart()
        await provider.lend(RED, ANN)
        await provider.lend(BLUE, ANN)
        await provider.centre.available(ANN)
        call = await provider.talk(RED)
        await provider.restart()
        await provider.finish(ANN, RED, call, "Red")
        assert len(await provider.events(RED, CallConnected)) == 1
        assert await provider.centre.state(ANN) == (AgentState.AVAILABLE, "")

    @pytest.mark.parametrize("over", [False, True], ids=["in the call", "in the wrap-up"])
    async def test_a_call_outlasts_grant_and_process(self, provider: Provider, over: bool) -> None:
        """Nothing but the logs tells then that the two tenants belong together."""
        await provider.lend(RED, ANN)
        await provider.centre.available(ANN)
        call = await provider.talk(RED)
        if over:
            await provider.gateways[RED].hang_up(call)
            await provider.centre.relay.drain()
        known = provider.centre.directories.known
        known[RED] = replace(known[RED], agents=())
        known[provider.home] = replace(known[provider.home], clients=())
        await provider.restart()
        assert floor(provider.home, RED) in provider.floors()
        await provider.finish(ANN, RED, call, "Red")
        await provider.tick()
        assert floor(RED) in provider.floors()

    async def test_another_process_takes_all_tenants_of_the_floor_or_none(self, provider: Provider) -> None:
        await provider.lend(RED, ANN)
        second = provider.centre.service()
        held = await provider.centre.lease.acquire(f"routing.{RED}", "a third", 10)
        assert not held
        await second.start()
        with pytest.raises(RoutingUnavailable):
            await second.perform(provider.home, ANN, LogIn())
        await provider.centre.routing.close()
        assert await provider.centre.lease.acquire(f"routing.{RED}", "a third", 10)
        await second._renew_and_take()  # pyright: ignore[reportPrivateUsage]
        with pytest.raises(RoutingUnavailable):
            await second.perform(provider.home, ANN, LogIn())
        await provider.centre.lease.release(f"routing.{RED}", "a third")
        provider.centre.routing = second
        await provider.centre.insist(ANN, LogIn())


async def test_desks_and_reports_wait_while_floors_change(provider: Provider) -> None:
    """Nobody is refused and nothing is lost: whoever asks meanwhile is heard by the next owner."""
    await provider.centre.wish(BEN, LogIn())
    await provider.centre.gateway.softphone(BEN)

    async def change() -> None:
        for _ in range(10):
            await provider.lend(RED, ANN)
            await provider.lend(RED)

    async def work() -> None:
        for _ in range(20):
            await provider.centre.wish(BEN, RequestState(state=AgentState.AVAILABLE))
            await provider.centre.wish(BEN, RequestState(state=AgentState.NOT_READY, reason="break"))

    calls = await asyncio.gather(*(provider.gateways[RED].arrive(RED_NUMBER) for _ in range(10)), change(), work())
    await provider.centre.relay.drain()
    offered = [event.call for event in await provider.events(RED, CallOffered)]
    assert sorted(offered) == sorted(call for call in calls if call is not None)
    assert await provider.centre.state(BEN) == (AgentState.NOT_READY, "break")
