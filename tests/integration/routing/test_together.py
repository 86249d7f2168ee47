"""Reports that come with what their sender writes are decided in its commit, or nothing of either happens."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import pytest

from kernel.contracts.base import TenantScope
from kernel.contracts.codec import pack
from kernel.contracts.log import CallOffered, LegMeasured, Logged
from kernel.contracts.telephony import AnswerCall, CallArrived
from kernel.ports.unit_of_work import Change
from kernel.primitives.ids import CallId, EventId, TenantId
from tests.integration.routing.conftest import Centre
from tests.unit.routing.floor import CALLER, SALES_NUMBER, TRUNK

COUNT = 20


def arrival(centre: Centre, number: int, tenant: TenantId | None = None) -> CallArrived:
    return CallArrived(
        id=EventId(UUID(int=1000 + number)),
        tenant=tenant or centre.tenant,
        at=centre.clock.now(),
        call=CallId(UUID(int=2000 + number)),
        trunk=TRUNK,
        called=SALES_NUMBER,
        caller=CALLER,
    )


def written(report: CallArrived) -> Change:
    """Something that its sender appends."""
    measured = LegMeasured(
        id=EventId(UUID(int=report.id.int + 10_000)),
        tenant=report.tenant,
        at=report.at,
        call=report.call,
        party="caller",
        packets_received=0,
        packets_sent=0,
        lost=0,
        jitter_ms=0.0,
        round_trip_ms=None,
        mos=None,
    )
    return Change(TenantScope(report.tenant), events=(measured,))


async def send(centre: Centre, *numbers: int) -> list[bool]:
    reports = [arrival(centre, number) for number in numbers]
    return await asyncio.gather(*(centre.routing.report_with(written(report), (report,)) for report in reports))


async def test_those_that_come_at_once_share_a_commit_in_their_order(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes: list[Change] = []
    record = centre.database.record

    async def noted(change: Change) -> Sequence[Logged]:
        changes.append(change)
        return await record(change)

    monkeypatch.setattr(centre.database, "record", noted)
    assert await send(centre, *range(COUNT)) == [True] * COUNT
    monkeypatch.undo()
    await centre.relay.drain()
    assert len([change for change in changes if change.events]) < COUNT // 2
    joined = [change for change in changes if any(isinstance(event, LegMeasured) for event in change.events)]
    assert all(change.at_once for change in joined)  # they waited for each other already
    assert len(await centre.events(LegMeasured)) == COUNT
    assert [event.call.int - 2000 for event in await centre.events(CallOffered)] == list(range(COUNT))
    assert [order.call.int - 2000 for order in centre.gateway.sent(AnswerCall)] == list(range(COUNT))


async def test_where_the_commit_fails_nothing_of_either_is_there(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_change: Change) -> Sequence[Logged]:
        raise OSError("disk full")

    monkeypatch.setattr(centre.database, "record", broken)
    assert await send(centre, 1, 2) == [False, False]
    monkeypatch.undo()
    assert await centre.log() == []
    await centre.bus.publish(f"telephony.report.{centre.tenant}", pack(arrival(centre, 1)))
    assert [event.call.int - 2000 for event in await centre.events(CallOffered)] == [1]


async def test_what_was_decided_so_is_not_decided_again_as_a_message(centre: Centre) -> None:
    assert await send(centre, 1) == [True]
    await centre.bus.publish(f"telephony.report.{centre.tenant}", pack(arrival(centre, 1)))
    assert await send(centre, 1) == [True]
    assert len(await centre.events(CallOffered)) == 1
    assert len(await centre.events(LegMeasured)) == 1


async def test_another_tenant_has_its_own_calls(centre: Centre) -> None:
    report = arrival(centre, 1, centre.other)
    assert await centre.routing.report_with(written(report), (report,))
    assert await centre.log() == []
    assert [type(event) for event in await centre.log(centre.other)][:2] == [LegMeasured, CallOffered]


async def test_who_does_not_decide_for_a_tenant_does_nothing(centre: Centre) -> None:
    await centre.close()
    assert await send(centre, 1) == [False]
    assert await centre.log() == []
