"""One gateway per name."""

import asyncio

import pytest

from gateway.app import turn
from gateway.app.turn import Turn
from kernel.adapters import LocalLease
from tests.fakes import FakeClock


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn, "POLL_SECONDS", 0.0)
    monkeypatch.setattr(turn, "RENEW_SECONDS", 0.0)


async def some_turns_of_the_loop() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_the_second_waits_until_the_first_goes() -> None:
    lease = LocalLease(FakeClock())
    first, second, other = Turn(lease, "a", "1"), Turn(lease, "a", "2"), Turn(lease, "b", "2")
    await first.wait()
    await other.wait()
    waiting = asyncio.create_task(second.wait())
    await some_turns_of_the_loop()
    assert not waiting.done()
    await first.give_up()
    await waiting


async def test_who_lost_the_lease_is_told_once() -> None:
    lease = LocalLease(FakeClock())
    first = Turn(lease, "a", "1")
    await first.wait()
    told: list[str] = []

    async def lost() -> None:
        told.append("lost")

    keeping = asyncio.create_task(first.keep(lost))
    await some_turns_of_the_loop()
    assert told == []
    await lease.release("gateway.a", "1")
    assert await lease.acquire("gateway.a", "2", 10.0)
    await keeping
    assert told == ["lost"]


async def test_alone_nobody_waits() -> None:
    await Turn(None, "a", "1").wait()
