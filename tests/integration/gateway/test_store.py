"""Saved state in a real database: shared commits, what comes back, what is forgotten."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace
from sqlalchemy import insert

from gateway.app.saved import Announcement, CallChange, FarState, PhoneChange, SavedCall, SavedPhone
from gateway.app.store import StateStore
from gateway.app.tables import GatewayCallRow
from gateway.calls.legs import Leg
from gateway.calls.model import Call
from gateway.sdp.offer_answer import OfferAnswerState
from kernel.adapters import InProcessBus, Relay
from kernel.contracts.base import TenantScope
from kernel.contracts.calls import Direction
from kernel.contracts.codec import pack, unpack
from kernel.contracts.log import Logged
from kernel.contracts.telephony import CallDigit, TelephonyReport
from kernel.ports.unit_of_work import Change, UnitOfWork
from kernel.primitives.ids import CallId, EventId, TenantId, TrunkId, UserId
from kernel.primitives.phone import PhoneNumber
from tests.databases import StoringDatabase
from tests.fakes import START, TwoTenants

AGENT = UserId(UUID(int=7))


def saved(tenant: TenantId, number: int) -> SavedCall:
    call = Call(
        id=CallId(UUID(int=number)),
        tenant=tenant,
        trunk=TrunkId(UUID(int=8)),
        direction=Direction.INBOUND,
        called=PhoneNumber("+442071838750"),
        caller=None,
        far=Leg(name="far"),
    )
    return SavedCall(call=call, far=FarState(negotiation=OfferAnswerState(session_id=number)))


def change(tenant: TenantId, number: int, *digits: str, ended: bool = False) -> CallChange:
    state = saved(tenant, number)
    reports = tuple(
        CallDigit(id=EventId(UUID(int=number * 100 + at)), tenant=tenant, at=START, call=state.call.id, digit=digit)
        for at, digit in enumerate(digits)
    )
    return CallChange(
        call=state.call.id,
        tenant=tenant,
        state=b"" if ended else pack(state),
        ended_at=START if ended else None,
        reports=reports,
    )


class Poisoned:
    """A database that can be told to fail those changes that carry a digit: their row clashes with itself."""

    def __init__(self, database: StoringDatabase) -> None:
        self._database = database
        self.poison = b""

    def write(self, scope: TenantScope | None = None) -> UnitOfWork:
        return self._database.write(scope)

    def read(self, scope: TenantScope | None = None) -> UnitOfWork:
        return self._database.read(scope)

    async def record(self, change: Change) -> Sequence[Logged]:
        if self.poison and any(self.poison in payload for _, payload in change.emitted):
            change = change._replace(rows=[*change.rows, (insert(GatewayCallRow.table()), change.rows[0][1])])
        return await self._database.record(change)

    async def read_log(self, tenant: TenantId, after: int = 0, limit: int = 10_000) -> Sequence[Logged]:
        return await self._database.read_log(tenant, after, limit)


@pytest.fixture
def poisoned(database: StoringDatabase) -> Poisoned:
    return Poisoned(database)


@pytest.fixture
def store(poisoned: Poisoned) -> StateStore:
    return StateStore(poisoned, "gateway-1")


async def told(bus: InProcessBus, relay: Relay) -> list[TelephonyReport]:
    heard: list[TelephonyReport] = []

    async def listen(_subject: str, payload: bytes) -> None:
        heard.append(unpack(payload, TelephonyReport))

    await bus.subscribe("telephony.report.*", listen)
    return heard


async def test_what_was_saved_comes_back_to_the_gateway_of_that_name(
    store: StateStore, database: StoringDatabase, tenants: TwoTenants
) -> None:
    await store.write(change(tenants.ours, 1))
    await store.write(change(tenants.theirs, 2))
    await store.write(change(tenants.ours, 3, ended=True))
    calls, ended = await StateStore(database, "gateway-1").load_calls()
    assert {call.call.id.int: call.call.tenant for call in calls} == {1: tenants.ours, 2: tenants.theirs}
    assert ended == {CallId(UUID(int=3)): tenants.ours}
    assert await StateStore(database, "gateway-2").load_calls() == ([], {})


async def test_two_calls_between_which_a_leg_goes_are_saved_together_or_not_at_all(
    store: StateStore, poisoned: Poisoned, tenants: TwoTenants
) -> None:
    await store.write(change(tenants.ours, 1))
    await store.write(change(tenants.ours, 2))
    after = saved(tenants.ours, 2)
    after.far.session = "of one leg less"
    both = replace(change(tenants.ours, 1, "X"), beside=(after.call.id, pack(after)))
    poisoned.poison = b"X"
    with pytest.raises(Exception, match="gateway_calls"):  # each driver has an error of its own
        await store.write(both)
    assert {call.far.session for call in (await store.load_calls())[0]} == {""}
    poisoned.poison = b""
    await store.write(both)
    found = {call.call.id.int: call.far.session for call in (await store.load_calls())[0]}
    assert found == {1: "", 2: "of one leg less"}


async def test_of_changes_under_load_the_last_state_wins_and_reports_keep_their_order(
    store: StateStore, tenants: TwoTenants, bus: InProcessBus, relay: Relay
) -> None:
    heard = await told(bus, relay)
    count = 300
    changes = [change(tenants.ours, number % 50 + 1, str(number % 10)) for number in range(count)]
    changes.append(change(tenants.ours, 1, ended=True))
    await asyncio.gather(*(store.write(one) for one in changes))
    calls, ended = await store.load_calls()
    assert (len(calls), len(ended)) == (49, 1)
    await relay.drain()
    assert [report.digit for report in heard if isinstance(report, CallDigit)] == [str(n % 10) for n in range(count)]


async def test_one_change_that_fails_does_not_take_the_others_with_it(
    store: StateStore, poisoned: Poisoned, tenants: TwoTenants
) -> None:
    poisoned.poison = b"X"
    outcome: tuple[Any, ...] = await asyncio.gather(
        store.write(change(tenants.ours, 1, "1")),
        store.write(change(tenants.ours, 2, "X")),
        store.write(change(tenants.ours, 3, "3")),
        return_exceptions=True,
    )
    assert [one is None for one in outcome] == [True, False, True]
    calls, _ = await store.load_calls()
    assert {call.call.id.int for call in calls} == {1, 3}
    poisoned.poison = b""
    await store.write(change(tenants.ours, 2, "X"))
    assert len((await store.load_calls())[0]) == 3


async def test_phones_are_kept_per_agent_and_tenant_and_go_with_the_last_change(
    store: StateStore, tenants: TwoTenants
) -> None:
    def phone(tenant: TenantId, leg: str | None) -> PhoneChange:
        state = None if leg is None else pack(SavedPhone(leg, told=True))
        return PhoneChange(agent=AGENT, tenant=tenant, state=state)

    await asyncio.gather(
        store.write(phone(tenants.ours, "a")),
        store.write(phone(tenants.ours, "b")),
        store.write(phone(tenants.theirs, "c")),
    )
    found = {(tenant, state.leg) for tenant, _, state in await store.load_phones()}
    assert found == {(tenants.ours, "b"), (tenants.theirs, "c")}
    await asyncio.gather(store.write(phone(tenants.ours, "d")), store.write(phone(tenants.ours, None)))
    assert [tenant for tenant, _, _ in await store.load_phones()] == [tenants.theirs]
    await store.write(phone(tenants.ours, "e"))
    assert len(await store.load_phones()) == 2


async def test_ended_calls_are_forgotten_after_their_time(store: StateStore, tenants: TwoTenants) -> None:
    await store.write(change(tenants.ours, 1, ended=True))
    await store.write(change(tenants.ours, 2))
    assert [gone async for gone in store.forget_calls(START)] == []
    assert [gone async for gone in store.forget_calls(START + timedelta(seconds=1))] == [[CallId(UUID(int=1))]]
    calls, ended = await store.load_calls()
    assert (len(calls), ended) == (1, {})


async def test_an_announcement_comes_after_what_was_reported_before(
    store: StateStore, tenants: TwoTenants, bus: InProcessBus, relay: Relay
) -> None:
    heard = await told(bus, relay)
    report = change(tenants.ours, 5, "9").reports
    await asyncio.gather(store.write(change(tenants.ours, 1, "1")), store.write(Announcement(report)))
    await relay.drain()
    assert [one.digit for one in heard if isinstance(one, CallDigit)] == ["1", "9"]
