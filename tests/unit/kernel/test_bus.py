"""How the embedded bus ends: it hands over what it has, and what it cannot hand over it does not call handled."""

import asyncio

import pytest

from kernel.adapters import BusClosed, InProcessBus
from kernel.adapters import bus as bus_module


async def bury(_subject: str, _payload: bytes, _consumer: str, _reason: str) -> None:
    raise AssertionError("nothing fails for good here")


@pytest.fixture
def bus() -> InProcessBus:
    return InProcessBus(bury, retry_delays=())


async def test_closing_hands_over_what_waits_and_what_that_brings_forth(bus: InProcessBus) -> None:
    heard: list[bytes] = []

    async def pass_on(subject: str, payload: bytes) -> None:
        heard.append(payload)
        await asyncio.sleep(0)
        if payload == b"first":
            await bus.publish(subject, b"brought forth")

    await bus.subscribe("notes", pass_on)
    published = [asyncio.ensure_future(bus.publish("notes", payload)) for payload in (b"first", b"second")]
    await asyncio.sleep(0)
    await bus.close()
    assert heard == [b"first", b"second", b"brought forth"]
    assert [future.exception() for future in published] == [None, None]


async def test_handlers_beside_each_other_begin_in_the_next_turn_of_the_loop(bus: InProcessBus) -> None:
    begun: list[bytes] = []

    async def handle(_subject: str, payload: bytes) -> None:
        begun.append(payload)

    await bus.subscribe("notes", handle, beside=2)
    await asyncio.sleep(0)
    bus.post("notes", [b"first", b"second"], lambda _outcomes: None)
    await asyncio.sleep(0)
    assert begun == [b"first", b"second"]
    await bus.close()


async def test_a_closed_bus_takes_nothing(bus: InProcessBus) -> None:
    await bus.close()
    with pytest.raises(BusClosed):
        await bus.publish("notes", b"")


async def test_what_a_handler_does_not_finish_in_time_is_told_to_its_publisher(
    bus: InProcessBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus_module, "DRAIN_SECONDS", 0.01)

    async def hang(_subject: str, _payload: bytes) -> None:
        await asyncio.Event().wait()

    await bus.subscribe("notes", hang)
    published = [asyncio.ensure_future(bus.publish("notes", payload)) for payload in (b"stuck", b"behind it")]
    await asyncio.sleep(0)
    await bus.close()
    for future in published:
        with pytest.raises(BusClosed):
            await future


async def test_publish_returns_only_when_the_whole_tree_is_handled(bus: InProcessBus) -> None:
    gate = asyncio.Event()

    async def parent(_subject: str, _payload: bytes) -> None:
        await bus.publish("child", b"")

    async def child(_subject: str, _payload: bytes) -> None:
        await gate.wait()

    await bus.subscribe("parent", parent)
    await bus.subscribe("child", child)
    publishing = asyncio.ensure_future(bus.publish("parent", b""))
    for _ in range(10):
        await asyncio.sleep(0)
    assert not publishing.done()
    gate.set()
    await publishing
    await bus.close()


async def test_a_task_that_outlives_its_handler_waits_for_what_it_publishes(bus: InProcessBus) -> None:
    gate, ended = asyncio.Event(), asyncio.Event()
    left: list[asyncio.Task[None]] = []

    async def later() -> None:
        await ended.wait()
        await bus.publish("child", b"")

    async def parent(_subject: str, _payload: bytes) -> None:
        left.append(asyncio.ensure_future(later()))

    async def child(_subject: str, _payload: bytes) -> None:
        await gate.wait()

    await bus.subscribe("parent", parent)
    await bus.subscribe("child", child)
    await bus.publish("parent", b"")
    ended.set()
    for _ in range(10):
        await asyncio.sleep(0)
    assert not left[0].done()
    gate.set()
    await left[0]
    await bus.close()


async def test_a_dead_letter_that_cannot_be_kept_is_told_to_the_publisher() -> None:
    async def fail(*_: object) -> None:
        raise OSError("the database is away")

    bus = InProcessBus(fail, retry_delays=())
    await bus.subscribe("notes", fail)
    with pytest.raises(OSError, match="the database is away"):
        await bus.publish("notes", b"")
    await bus.close()


async def test_a_handler_that_is_cancelled_inside_failed_and_its_subscription_lives_on() -> None:
    heard: list[bytes] = []

    async def keep(*_: object) -> None:
        heard.append(b"buried")

    async def cancelled(_subject: str, payload: bytes) -> None:
        if payload == b"cancelled":
            raise asyncio.CancelledError
        heard.append(payload)

    bus = InProcessBus(keep, retry_delays=())
    await bus.subscribe("notes", cancelled)
    await bus.publish("notes", b"cancelled")
    await bus.publish("notes", b"next")
    assert heard == [b"buried", b"next"]
    await bus.close()
