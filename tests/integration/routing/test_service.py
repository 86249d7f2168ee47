"""Routing over a real database and bus, with a gateway that speaks the contract."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import pytest

from kernel.adapters import LocalLease
from kernel.contracts.calls import AgentState, EndReason, OfferOutcome
from kernel.contracts.codec import pack
from kernel.contracts.desk import AcceptOffer, Dial, FinishWrapUp, HangUp, LogIn
from kernel.contracts.directory import AgentProfile
from kernel.contracts.log import (
    AgentStateChanged,
    CallAnswered,
    CallConnected,
    CallDisposed,
    CallEnded,
    CallOffered,
    CallQueued,
    Logged,
    OfferEnded,
    OfferMade,
)
from kernel.contracts.telephony import AnswerCall, CallArrived, ConnectAgent, EndCall, PlaceCall, PlayToCaller
from kernel.ports.unit_of_work import Change
from kernel.primitives.ids import CallId, TenantId
from routing.acd.fold import apply
from routing.acd.state import RoutingState
from routing.errors import NoSeat, RoutingUnavailable
from routing.queues.rules import Rules
from routing.tables import RoutingSnapshotRow
from tests.integration.routing.conftest import RING_SECONDS, Centre
from tests.unit.routing.audit import Auditor
from tests.unit.routing.floor import ANN, BEN, CALLER, FAR_END, NOBODY, SALES, SALES_NUMBER, TRUNK, directory


class TestCalls:
    async def test_from_ring_to_disposition(self, centre: Centre) -> None:
        await centre.available(ANN)
        call = await centre.gateway.arrive()
        await centre.relay.drain()
        await centre.accept(ANN)
        await centre.relay.drain()
        await centre.gateway.hang_up(call)
        await centre.wish(ANN, FinishWrapUp(call=call, disposition="resolved"))

        told = [type(event) for event in await centre.log() if getattr(event, "call", None) == call]
        assert [kind for kind in told if kind is not AgentStateChanged] == [
            CallOffered,
            CallAnswered,
            CallQueued,
            OfferMade,
            OfferEnded,
            CallConnected,
            CallEnded,
            CallDisposed,
        ]
        assert [type(command) for command in centre.gateway.commands] == [AnswerCall, PlayToCaller, ConnectAgent]
        assert await centre.state(ANN) == (AgentState.AVAILABLE, "")

    async def test_a_dialled_call(self, centre: Centre) -> None:
        await centre.available(ANN)
        await centre.wish(ANN, Dial(called=FAR_END))
        await centre.relay.drain()
        (placed,) = centre.gateway.sent(PlaceCall)
        centre.gateway.calls.add(placed.call)
        await centre.wish(ANN, HangUp(call=placed.call))
        await centre.relay.drain()
        assert centre.gateway.calls == set()
        assert [event.cause.reason for event in await centre.events(CallEnded)] == [EndReason.CANCELLED]

    async def test_a_ring_that_nobody_answers_and_a_wrap_up_end_by_themselves(self, centre: Centre) -> None:
        await centre.available(ANN)
        call = await centre.gateway.arrive()
        await centre.relay.drain()
        await centre.available(BEN)
        await centre.until(ANN, AgentState.NOT_READY, "no_answer")
        (offered, again) = await centre.events(OfferMade, call)
        assert (again.agent, again.at >= offered.until) == (BEN, True)
        await centre.accept(BEN)
        await centre.gateway.hang_up(call)
        await centre.until(BEN, AgentState.AVAILABLE)

    async def test_refusals_reach_the_desk_and_leave_no_trace(self, centre: Centre) -> None:
        with pytest.raises(NoSeat):
            await centre.wish(NOBODY, LogIn())
        assert await centre.log() == []

    async def test_tenants_do_not_meet(self, centre: Centre) -> None:
        theirs = centre.gateway_of(centre.other)
        await theirs.start()
        await centre.available(ANN)
        await centre.available(ANN, gateway=theirs)
        await theirs.arrive()
        await centre.relay.drain()
        assert centre.gateway.commands == []
        assert [event for event in await centre.log() if isinstance(event, CallOffered)] == []
        assert await centre.state(ANN, centre.other) == (AgentState.OFFERED, "")
        assert await centre.state(ANN) == (AgentState.AVAILABLE, "")
        await theirs.close()


class TestDelivery:
    async def test_what_the_gateway_repeats_happens_once(self, centre: Centre) -> None:
        await centre.gateway.close()
        centre.gateway = centre.gateway_of(centre.tenant, times=3)
        await centre.gateway.start()
        await centre.available(ANN)
        call = await centre.gateway.arrive()
        await centre.relay.drain()
        await centre.gateway.hang_up(call)
        for kind in (CallOffered, CallAnswered, CallQueued, OfferMade, OfferEnded, CallEnded):
            assert len(await centre.events(kind)) == 1

    async def test_an_unreadable_report_is_left_out(self, centre: Centre) -> None:
        await centre.bus.publish(f"telephony.report.{centre.tenant}", b"\xc1")
        await centre.gateway.arrive()
        assert len(await centre.events(CallOffered)) == 1

    async def test_a_report_in_another_tenants_name_is_left_out(self, centre: Centre) -> None:
        stamp = centre.gateway_of(centre.other).stamp()
        call = CallId(centre.ids.new())
        report = CallArrived(**stamp, call=call, trunk=TRUNK, called=SALES_NUMBER, caller=CALLER)
        await centre.bus.publish(f"telephony.report.{centre.tenant}", pack(report))
        assert await centre.log() == []
        assert await centre.log(centre.other) == []

    async def test_a_commit_that_fails_changes_nothing_and_the_report_is_handled_again(
        self, centre: Centre, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await centre.available(ANN)
        record, failures = centre.database.record, 2

        async def broken(change: Change) -> Sequence[Logged]:
            nonlocal failures
            if failures:
                failures -= 1
                raise OSError("disk full")
            return await record(change)

        monkeypatch.setattr(centre.database, "record", broken)
        await centre.gateway.arrive()
        monkeypatch.undo()
        await centre.relay.drain()
        assert failures == 0
        assert len(await centre.events(CallOffered)) == 1
        assert await centre.state(ANN) == (AgentState.OFFERED, "")


class TestRestart:
    async def crash(self, centre: Centre) -> None:
        """Another process begins while the former one is silent; it may take longer than a short ring."""
        await centre.routing.close()
        centre.lease = LocalLease(centre.clock)
        centre.routing = centre.service()
        await centre.routing.start()

    async def ring_long(self, centre: Centre) -> None:
        await centre.directories.change(centre.tenant, queues=directory(centre.tenant).queues)

    @pytest.mark.parametrize("snapshot_events", [3, 10_000])
    async def test_an_offer_made_before_is_accepted_after(self, centre: Centre, snapshot_events: int) -> None:
        centre.settings = type(centre.settings)(snapshot_events=snapshot_events)
        await self.ring_long(centre)
        await self.crash(centre)
        await centre.available(ANN)
        call = await centre.gateway.arrive()
        await centre.relay.drain()
        await self.crash(centre)
        await centre.gateway.announce(ANN)
        await centre.accept(ANN)
        assert len(await centre.events(CallConnected, call)) == 1

    async def test_it_starts_from_its_snapshot_or_without_one(self, centre: Centre) -> None:
        await self.ring_long(centre)
        await centre.available(ANN)
        await centre.gateway.arrive()
        await centre.relay.drain()
        await centre.routing.close()
        async with centre.database.read() as unit:
            rows = (await unit.session.execute(RoutingSnapshotRow.table().select())).all()
        assert {row.tenant_id: row.sequence for row in rows} == {centre.tenant: len(await centre.log())}
        async with centre.database.write() as unit:
            await unit.session.execute(RoutingSnapshotRow.table().update().values(body=b"\xc1"))
        await self.crash(centre)
        await centre.accept(ANN)

    async def test_calls_lost_with_the_gateway_are_ended_when_it_announces_itself(self, centre: Centre) -> None:
        await centre.available(ANN)
        await centre.gateway.arrive()
        await centre.relay.drain()
        centre.gateway.calls.clear()
        await centre.gateway.announce(ANN)
        assert [event.cause.reason for event in await centre.events(CallEnded)] == [EndReason.LOST_IN_RESTART]
        assert [event.outcome for event in await centre.events(OfferEnded)] == [OfferOutcome.CALLER_GONE]
        assert await centre.state(ANN) == (AgentState.AVAILABLE, "")

    async def test_an_overdue_offer_ends_after_the_start(self, centre: Centre) -> None:
        await centre.available(ANN)
        await centre.gateway.arrive()
        await centre.relay.drain()
        await centre.routing.close()
        await asyncio.sleep(RING_SECONDS)
        await self.crash(centre)
        await centre.until(ANN, AgentState.NOT_READY, "no_answer")


class TestOwning:
    async def test_a_second_process_waits_for_the_lease_and_then_goes_on(self, centre: Centre) -> None:
        await centre.available(ANN)
        second = centre.service()
        await second.start()
        with pytest.raises(RoutingUnavailable):
            await second.perform(centre.tenant, BEN, LogIn())
        await centre.routing.close()
        with pytest.raises(RoutingUnavailable):
            await centre.wish(BEN, LogIn())
        centre.routing = second
        await centre.insist(BEN, LogIn())
        assert await centre.state(BEN) == (AgentState.NOT_READY, "logged_in")
        await centre.gateway.arrive()
        await centre.relay.drain()
        assert await centre.state(ANN) == (AgentState.OFFERED, "")

    async def test_a_lost_lease_that_is_free_is_taken_again_and_the_state_folded_anew(self, centre: Centre) -> None:
        await centre.available(ANN)
        centre.lease._held.clear()  # pyright: ignore[reportPrivateUsage] what a long stop of the process does
        await centre.routing._renew_and_take()  # pyright: ignore[reportPrivateUsage]
        await centre.gateway.arrive()
        await centre.relay.drain()
        assert await centre.state(ANN) == (AgentState.OFFERED, "")

    async def test_a_new_tenant_is_served_at_once(self, centre: Centre) -> None:
        tenant = TenantId(UUID("01950000-0000-7000-8000-00000000cccc"))
        await centre.directories.change(tenant)
        await centre.wish(ANN, LogIn(), tenant)
        assert await centre.state(ANN, tenant) == (AgentState.NOT_READY, "logged_in")

    async def test_a_changed_directory_is_followed_at_once(self, centre: Centre) -> None:
        await centre.available(BEN)
        call = await centre.gateway.arrive()
        await centre.relay.drain()
        await centre.directories.change(centre.tenant, agents=())
        assert await centre.state(BEN) == (AgentState.LOGGED_OUT, "no_seat")
        agent = AgentProfile(agent=NOBODY, name="Nobody", queues=(SALES,), has_seat=True)
        await centre.directories.change(centre.tenant, agents=(agent,))
        await centre.available(NOBODY)
        assert len(await centre.events(OfferMade, call)) == 2


class TestLoad:
    async def work(self, centre: Centre) -> None:
        """Every offer is accepted, its call ended and disposed of at once."""
        served = 0
        while True:
            offers = await centre.eventually(OfferMade, served + 1)
            for offer in offers[served:]:
                await centre.insist(offer.agent, AcceptOffer(offer=offer.offer))
                await centre.insist(offer.agent, HangUp(call=offer.call))
                await centre.insist(offer.agent, FinishWrapUp(call=offer.call, disposition="resolved"))
            served = len(offers)

    async def test_many_callers_and_few_agents_and_a_restart_in_between(self, centre: Centre) -> None:
        await centre.directories.change(centre.tenant, queues=directory(centre.tenant).queues)
        await centre.available(ANN, BEN)
        worker = asyncio.create_task(self.work(centre))
        calls = [await centre.gateway.arrive() for _ in range(20)]
        await centre.relay.drain()  # inside one process the bus keeps nothing for a listener who is away
        await TestRestart().crash(centre)
        calls += [await centre.gateway.arrive() for _ in range(20)]
        await centre.eventually(CallEnded, len(calls))
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
        await centre.relay.drain()

        log = await centre.log()
        state = RoutingState(Rules([await centre.directories.directory(centre.tenant)], centre.clock.now()))
        for event in log:
            apply(state, event)
        auditor = Auditor(state)
        auditor.follow(log)
        auditor.check(state, state.rules)
        assert sorted(auditor.ended) == sorted(calls)
        assert {command.call for command in centre.gateway.sent(EndCall)} == set(calls)
