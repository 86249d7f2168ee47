"""A call is saved when its take-over needs that, and in a hurry only where somebody waits."""

from collections.abc import Sequence
from uuid import UUID

import pytest

from gateway.app.saved import CallChange
from gateway.app.store import StateStore
from gateway.calls.effects import Effect, RingFar, Tell, is_passing
from kernel.contracts.log import Logged
from kernel.contracts.telephony import CallEstablished, CallRinging, PartyRinging
from kernel.ports.unit_of_work import Change, UnitOfWork
from kernel.primitives.ids import CallId, EventId, TenantId
from tests.fakes import START

CALL, TENANT, ID = CallId(UUID(int=1)), TenantId(UUID(int=2)), EventId(UUID(int=3))
RINGING = PartyRinging(id=ID, tenant=TENANT, at=START, call=CALL, party="out")
ESTABLISHED = CallEstablished(id=ID, tenant=TENANT, at=START, call=CALL)


class Written:
    """A database that notes what it is given."""

    def __init__(self) -> None:
        self.changes: list[Change] = []

    async def record(self, change: Change) -> Sequence[Logged]:
        self.changes.append(change)
        return ()

    def write(self, scope: object = None) -> UnitOfWork:
        raise NotImplementedError

    def read(self, scope: object = None) -> UnitOfWork:
        raise NotImplementedError

    async def read_log(self, tenant: TenantId, after: int = 0, limit: int = 10_000) -> Sequence[Logged]:
        raise NotImplementedError


@pytest.mark.parametrize(
    ("effect", "passing"),
    [
        (Tell(RINGING), True),
        (Tell(CallRinging(id=ID, tenant=TENANT, at=START, call=CALL)), True),
        (RingFar(early_media=False), True),
        (RingFar(early_media=True), False),  # its ports are in the engine
        (Tell(ESTABLISHED), False),
    ],
)
def test_what_rings_is_not_worth_saving(effect: Effect, passing: bool) -> None:
    assert is_passing(effect) is passing


@pytest.mark.parametrize(
    ("change", "rows", "patient"),
    [
        (CallChange(call=CALL, tenant=TENANT, state=b"up"), 1, False),
        (CallChange(call=CALL, tenant=TENANT, state=None, reports=(RINGING,)), 0, False),
        (CallChange(call=CALL, tenant=TENANT, state=b"", ended_at=START), 1, True),
        (CallChange(call=CALL, tenant=TENANT, state=b"", ended_at=START, reports=(ESTABLISHED,)), 1, False),
    ],
)
async def test_only_an_end_that_nobody_is_told_of_waits(change: CallChange, rows: int, patient: bool) -> None:
    database = Written()
    await StateStore(database, "here").write(change)
    (written,) = database.changes
    assert (len(written.rows), written.patient, written.at_once) == (rows, patient, False)


async def test_what_a_caller_waits_for_is_written_at_once() -> None:
    database = Written()
    await StateStore(database, "here").write(CallChange(call=CALL, tenant=TENANT, state=b"up", at_once=True))
    assert [change.at_once for change in database.changes] == [True]
