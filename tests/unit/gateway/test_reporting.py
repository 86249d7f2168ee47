"""A report is decided in the commit that saves its call, and never overtakes one that went as a message."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import pytest

from gateway.app.reporting import Reporting
from kernel.contracts.base import TenantScope
from kernel.contracts.codec import unpack
from kernel.contracts.log import Logged
from kernel.contracts.telephony import CallDigit, TelephonyReport
from kernel.ports.unit_of_work import Change, UnitOfWork
from kernel.primitives.ids import CallId, EventId, TenantId
from tests.fakes import START

OURS, THEIRS = TenantId(UUID(int=1)), TenantId(UUID(int=2))
FIRST, SECOND = CallId(UUID(int=11)), CallId(UUID(int=12))


class Written:
    """A database that notes what leaves as messages."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.fails = False
        self.gate = asyncio.Event()
        self.gate.set()

    async def record(self, change: Change) -> Sequence[Logged]:
        await self.gate.wait()
        if self.fails:
            raise OSError("disk full")
        self.messages += [unpack(payload, TelephonyReport).digit for _, payload in change.emitted]
        return ()

    def write(self, scope: TenantScope | None = None) -> UnitOfWork:
        raise NotImplementedError

    def read(self, scope: TenantScope | None = None) -> UnitOfWork:
        raise NotImplementedError

    async def read_log(self, tenant: TenantId, after: int = 0, limit: int = 10_000) -> Sequence[Logged]:
        raise NotImplementedError


class Deciding:
    """Routing that decides, or does not, as told."""

    def __init__(self) -> None:
        self.decided: list[str] = []
        self.ready = True
        self.hearing: set[TenantId] = set()

    def hears_messages(self, tenant: TenantId) -> bool:
        return tenant in self.hearing

    async def report_with(self, change: Change, reports: Sequence[TelephonyReport]) -> bool:
        assert change.emitted == ()
        if self.ready:
            self.decided += [report.digit for report in reports if isinstance(report, CallDigit)]
        return self.ready


class Desk:
    def __init__(self) -> None:
        self.database = Written()
        self.routing = Deciding()
        self.reporting = Reporting(self.database, self.routing)

    async def tell(self, call: CallId, digit: str, tenant: TenantId = OURS) -> None:
        report = CallDigit(id=EventId(UUID(int=ord(digit))), tenant=tenant, at=START, call=call, digit=digit)
        await self.reporting.record(tenant, (call,), Change(TenantScope(tenant)), (report,))


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_what_routing_decides_needs_no_message(desk: Desk) -> None:
    await desk.tell(FIRST, "1")
    assert (desk.routing.decided, desk.database.messages) == (["1"], [])


async def test_without_routing_in_the_process_all_are_messages() -> None:
    desk = Desk()
    desk.reporting = Reporting(desk.database, None)
    await desk.tell(FIRST, "1")
    await desk.tell(FIRST, "2")
    assert desk.database.messages == ["1", "2"]


async def test_a_call_goes_on_by_messages_until_they_are_heard(desk: Desk) -> None:
    desk.routing.ready = False
    await desk.tell(FIRST, "1")
    desk.routing.ready = True
    desk.routing.hearing.add(OURS)
    await desk.tell(FIRST, "2")
    assert (desk.routing.decided, desk.database.messages) == ([], ["1", "2"])
    desk.routing.hearing.clear()
    await desk.tell(FIRST, "3")
    assert desk.routing.decided == ["3"]


async def test_other_calls_are_not_held_up_by_that(desk: Desk) -> None:
    desk.routing.ready = False
    await desk.tell(FIRST, "1")
    desk.routing.ready = True
    desk.routing.hearing.update({OURS, THEIRS})
    await desk.tell(SECOND, "2")
    await desk.tell(FIRST, "3", THEIRS)
    assert (desk.routing.decided, desk.database.messages) == (["2", "3"], ["1"])


async def test_a_message_that_is_being_written_is_not_forgotten_meanwhile(desk: Desk) -> None:
    desk.routing.ready = False
    desk.database.gate.clear()
    writing = asyncio.ensure_future(desk.tell(FIRST, "1"))
    await asyncio.sleep(0)
    desk.routing.ready = True
    await desk.tell(SECOND, "2")
    desk.database.gate.set()
    await writing
    desk.routing.hearing.add(OURS)
    await desk.tell(FIRST, "3")
    assert (desk.routing.decided, desk.database.messages) == (["2"], ["1", "3"])


async def test_calls_of_a_former_process_wait_for_its_messages(desk: Desk) -> None:
    desk.reporting.left_behind(OURS, FIRST)
    desk.routing.hearing.add(OURS)
    await desk.tell(FIRST, "1")
    assert desk.database.messages == ["1"]


async def test_a_save_that_fails_is_told_and_the_next_one_waits_for_no_message(desk: Desk) -> None:
    desk.routing.ready, desk.database.fails = False, True
    with pytest.raises(OSError, match="disk full"):
        await desk.tell(FIRST, "1")
    desk.routing.ready, desk.database.fails = True, False
    await desk.tell(FIRST, "1")
    assert (desk.routing.decided, desk.database.messages) == (["1"], [])
