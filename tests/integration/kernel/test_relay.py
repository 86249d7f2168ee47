"""The relay under a bus that is away, refuses, or closes, and under more than it holds in memory."""

import asyncio

import pytest
from sqlalchemy import select

from kernel.adapters import BusClosed, Relay
from kernel.adapters import relay as relay_module
from kernel.adapters.tables import dead_letters
from kernel.adapters.unit import CommitListener
from tests.databases import StoringDatabase
from tests.fakes import eventually
from tests.integration.kernel.troubled_bus import TroubledBus


@pytest.fixture
def troubled() -> TroubledBus:
    return TroubledBus()


async def emit(database: StoringDatabase, *numbers: int, subject: str = "notes") -> None:
    async with database.write() as unit:
        for number in numbers:
            unit.emit(subject, str(number).encode())


async def left(database: StoringDatabase) -> list[int]:
    return [int(row.payload) for row in await database.outbox_after(0, 1_000)]


async def test_more_than_memory_holds_goes_through_the_table_in_order(
    database: StoringDatabase, troubled: TroubledBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "IN_MEMORY", 10)
    monkeypatch.setattr(relay_module, "READ_BATCH", 3)
    relay = Relay(database, troubled, in_flight=1)
    await emit(database, 0, 1, 2, 3)
    await relay.start()
    troubled.gate.clear()
    for number in range(4, 64, 3):
        await emit(database, number, number + 1, number + 2)
        if number == 40:
            troubled.gate.set()
    await relay.drain()
    assert [int(payload) for _, payload in troubled.taken] == list(range(64))
    await emit(database, 64)
    await relay.drain()
    assert troubled.taken[-1] == ("notes", b"64")
    assert await left(database) == []
    await relay.stop()


async def test_a_bus_that_is_away_is_waited_for_and_nothing_is_buried(
    database: StoringDatabase, troubled: TroubledBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "RECONNECT_SECONDS", 0.001)
    troubled.errors = iter([ConnectionError("away")] * 50)
    relay = Relay(database, troubled, in_flight=1, retry_delays=(0.001,))
    await relay.start()
    await emit(database, 1, 2)
    await relay.drain()
    assert [payload for _, payload in troubled.taken] == [b"1", b"2"]
    await relay.stop()
    async with database.read() as unit:
        assert (await unit.session.execute(select(dead_letters))).all() == []


async def test_a_message_the_bus_refuses_is_buried_and_the_next_one_goes_on(
    database: StoringDatabase, troubled: TroubledBus
) -> None:
    troubled.errors = iter([ValueError("too large")] * 4)
    relay = Relay(database, troubled, in_flight=1, retry_delays=(0.001, 0.001))
    await relay.start()
    await emit(database, 1, 2)
    await relay.drain()
    await relay.stop()
    assert [payload for _, payload in troubled.taken] == [b"2"]
    async with database.read() as unit:
        [row] = (await unit.session.execute(select(dead_letters))).mappings().all()
    assert (row["payload"], row["consumer"]) == (b"1", "relay")
    assert "too large" in row["reason"]
    assert await left(database) == []


async def test_a_closed_bus_leaves_everything_for_the_next_start(
    database: StoringDatabase, troubled: TroubledBus
) -> None:
    troubled.errors = iter([None, BusClosed("closed"), BusClosed("closed")])
    relay = Relay(database, troubled, in_flight=1)
    await relay.start()
    await emit(database, 1, 2, 3)
    await relay.drain()
    await relay.stop()
    assert await left(database) == [2, 3]
    again = Relay(database, troubled, in_flight=1)
    await again.start()
    await again.drain()
    await again.stop()
    assert [payload for _, payload in troubled.taken] == [b"1", b"2", b"3"]


async def test_a_slow_subject_does_not_hold_up_another(database: StoringDatabase, troubled: TroubledBus) -> None:
    slow = asyncio.Event()
    taken = troubled.publish

    async def publish(subject: str, payload: bytes) -> None:
        if subject == "slow":
            await slow.wait()
        await taken(subject, payload)

    troubled.publish = publish
    relay = Relay(database, troubled)
    await relay.start()
    await emit(database, 1, subject="slow")
    await emit(database, 2, 3, subject="quick")
    await eventually(lambda: [payload for _, payload in troubled.taken] == [b"2", b"3"])
    slow.set()
    await relay.drain()
    assert troubled.taken[-1] == ("slow", b"1")
    await relay.stop()


async def test_stopping_does_not_wait_for_ever_and_keeps_what_is_not_published(
    database: StoringDatabase, troubled: TroubledBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "STOP_SECONDS", 0.05)
    relay = Relay(database, troubled, in_flight=1)
    await relay.start()
    await emit(database, 1)
    await eventually(lambda: len(troubled.taken) == 1)
    troubled.gate.clear()
    await emit(database, 2, 3)
    await relay.stop()
    assert await left(database) == [2, 3]


async def test_a_row_read_before_its_commit_is_announced_is_published_once(
    database: StoringDatabase, troubled: TroubledBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    listeners: list[CommitListener] = []

    def listen(listener: CommitListener | None) -> None:
        if listener is not None:
            listeners.append(listener)

    monkeypatch.setattr(database, "on_commit", listen)
    await emit(database, 1)
    rows = await database.outbox_after(0, 10)
    relay = Relay(database, troubled)
    await relay.start()
    await eventually(lambda: len(troubled.taken) == 1)
    listeners[0](rows)
    await relay.drain()
    await relay.stop()
    assert troubled.taken == [("notes", b"1")]


async def test_how_long_messages_of_a_subject_have_been_on_their_way_is_known(database: StoringDatabase) -> None:
    bus = TroubledBus()
    relay = Relay(database, bus)
    assert relay.carries_for("a.b") == 0
    await relay.start()
    await relay.drain()
    assert relay.carries_for("a.b") == 0
    bus.gate.clear()
    for _ in range(2):
        async with database.write() as unit:
            unit.emit("a.b", b"x")
    await asyncio.sleep(0.02)
    since = relay.carries_for("a.b")
    await asyncio.sleep(0.02)
    assert relay.carries_for("a.b") >= since + 0.02, "of the oldest, without a pause"
    assert relay.carries_for("a.c") == 0
    bus.gate.set()
    await relay.drain()
    assert relay.carries_for("a.b") == 0
    await relay.stop()
