"""Reports that come together are decided together: in their order, in one commit, and no one's failure is another's."""

from collections.abc import Sequence
from uuid import UUID

import pytest

from kernel.contracts.codec import pack
from kernel.contracts.log import CallOffered, Logged
from kernel.contracts.telephony import AnswerCall, CallArrived
from kernel.ports.unit_of_work import Change
from kernel.primitives.ids import CallId, EventId
from tests.integration.routing.conftest import Centre
from tests.unit.routing.floor import CALLER, SALES_NUMBER, TRUNK

COUNT = 20


def arrivals(centre: Centre) -> list[bytes]:
    return [
        pack(
            CallArrived(
                id=EventId(UUID(int=1000 + number)),
                tenant=centre.tenant,
                at=centre.clock.now(),
                call=CallId(UUID(int=2000 + number)),
                trunk=TRUNK,
                called=SALES_NUMBER,
                caller=CALLER,
            )
        )
        for number in range(COUNT)
    ]


async def offered(centre: Centre) -> list[int]:
    return [event.call.int - 2000 for event in await centre.events(CallOffered)]


async def test_one_commit_for_many_reports_in_their_order(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    changes: list[Change] = []
    record = centre.database.record

    async def noted(change: Change) -> Sequence[Logged]:
        changes.append(change)
        return await record(change)

    monkeypatch.setattr(centre.database, "record", noted)
    await centre.bus.publish_all(f"telephony.report.{centre.tenant}", arrivals(centre))
    monkeypatch.undo()
    await centre.relay.drain()
    assert await offered(centre) == list(range(COUNT))
    assert len([change for change in changes if change.events]) < COUNT // 2
    answered = [order.call.int - 2000 for order in centre.gateway.commands if isinstance(order, AnswerCall)]
    assert answered == list(range(COUNT))


async def test_a_report_that_comes_twice_counts_once_also_within_a_batch(centre: Centre) -> None:
    subject = f"telephony.report.{centre.tenant}"
    await centre.bus.publish_all(subject, [*arrivals(centre), *arrivals(centre)])
    await centre.bus.publish_all(subject, arrivals(centre))
    assert await offered(centre) == list(range(COUNT))


async def test_after_a_commit_that_failed_each_is_decided_by_itself(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, failures = centre.database.record, 1

    async def broken(change: Change) -> Sequence[Logged]:
        nonlocal failures
        if failures and len(change.events) > 1:
            failures -= 1
            raise OSError("disk full")
        return await record(change)

    monkeypatch.setattr(centre.database, "record", broken)
    await centre.bus.publish_all(f"telephony.report.{centre.tenant}", arrivals(centre))
    monkeypatch.undo()
    assert failures == 0
    assert await offered(centre) == list(range(COUNT))


async def test_one_that_cannot_be_read_takes_no_other_with_it(centre: Centre) -> None:
    payloads = arrivals(centre)
    payloads[3] = b"\xc1"
    await centre.bus.publish_all(f"telephony.report.{centre.tenant}", payloads)
    assert await offered(centre) == [number for number in range(COUNT) if number != 3]
