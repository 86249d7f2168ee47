"""What every Bus does with several messages at once: publications, batches, handlers beside each other."""

import asyncio
from collections.abc import Sequence

from kernel.ports.bus import Bus
from tests.contract.buses import Letters, Listener
from tests.contract.buses import bus as bus
from tests.contract.buses import letters as letters
from tests.fakes import eventually

Messages = Sequence[tuple[str, bytes]]


def payloads(count: int) -> list[bytes]:
    return [str(number).encode() for number in range(count)]


class Batches:
    """Keeps the batches that it took; fails every batch that has the poison in it."""

    def __init__(self, poison: bytes = b"") -> None:
        self.taken: list[list[bytes]] = []
        self.attempts = 0
        self.poison = poison

    async def __call__(self, messages: Messages) -> None:
        self.attempts += 1
        batch = [payload for _, payload in messages]
        if self.poison in batch:
            raise ValueError("cannot swallow this")
        self.taken.append(batch)

    @property
    def heard(self) -> list[bytes]:
        return [payload for batch in self.taken for payload in batch]


async def test_several_are_published_in_order_and_each_has_its_outcome(bus: Bus) -> None:
    listener = Listener()
    await bus.subscribe("log.a", listener)
    assert await bus.publish_all("log.a", payloads(5)) == [None] * 5
    assert await listener.has(5) == [("log.a", payload) for payload in payloads(5)]
    assert await bus.publish_all("log.a", []) == []


async def test_what_waits_is_handed_over_in_batches_in_order(bus: Bus) -> None:
    batches = Batches()
    await bus.subscribe_batches("log.*", None, batches)
    await bus.publish_all("log.a", payloads(1000))
    await eventually(lambda: len(batches.heard) == 1000)
    assert batches.heard == payloads(1000)
    assert len(batches.taken) < 20


async def test_a_batch_that_fails_is_delivered_again_one_by_one_and_only_the_culprit_is_buried(
    bus: Bus, letters: Letters
) -> None:
    batches = Batches(poison=b"3")
    await bus.subscribe_batches("log.*", None, batches)
    await bus.publish_all("log.a", payloads(6))
    await eventually(lambda: len(batches.heard) == 5)
    assert batches.heard == [b"0", b"1", b"2", b"4", b"5"]
    assert [(payload, consumer) for _, payload, consumer, _ in letters] == [(b"3", "log.*")]


async def test_one_member_of_a_group_gets_each_message_of_batches(bus: Bus) -> None:
    first, second = Batches(), Batches()
    await bus.subscribe_batches("work.*", "workers", first)
    await bus.subscribe_batches("work.*", "workers", second)
    await bus.publish_all("work.a", payloads(50))
    await eventually(lambda: len(first.heard) + len(second.heard) == 50)
    assert sorted(first.heard + second.heard) == sorted(payloads(50))
    assert first.heard
    assert second.heard


async def test_a_publication_returns_when_what_its_batch_published_is_handled_too(bus: Bus) -> None:
    gate = asyncio.Event()
    echoed: list[bytes] = []

    async def echo(messages: Messages) -> None:
        for _, payload in messages:
            await bus.publish("echo", payload)

    async def late(_subject: str, payload: bytes) -> None:
        await gate.wait()
        echoed.append(payload)

    await bus.subscribe_batches("log.a", None, echo)
    await bus.subscribe("echo", late)
    publishing = asyncio.ensure_future(bus.publish_all("log.a", payloads(3)))
    await asyncio.sleep(0.01)
    assert not publishing.done()
    gate.set()
    await publishing
    assert echoed == payloads(3)


async def test_handlers_beside_each_other_begin_in_order_and_a_slow_one_holds_nobody_up(bus: Bus) -> None:
    begun: list[bytes] = []
    done: list[bytes] = []
    gate = asyncio.Event()

    async def handle(_subject: str, payload: bytes) -> None:
        begun.append(payload)
        if payload == b"0":
            await gate.wait()
        done.append(payload)

    await bus.subscribe("log.a", handle, beside=4)
    publishing = asyncio.ensure_future(bus.publish_all("log.a", payloads(20)))
    await eventually(lambda: len(done) == 19)
    assert begun == payloads(20)
    assert not publishing.done()
    gate.set()
    assert await publishing == [None] * 20


async def test_beside_each_other_no_more_than_so_many(bus: Bus) -> None:
    running = most = 0

    async def handle(_subject: str, _payload: bytes) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.001)
        running -= 1

    await bus.subscribe("log.a", handle, beside=3)
    await bus.publish_all("log.a", payloads(12))
    assert most == 3


async def test_a_failed_handling_beside_others_is_delivered_again(bus: Bus) -> None:
    listener = Listener(failures=2)
    await bus.subscribe("log.a", listener, beside=4)
    await bus.publish_all("log.a", payloads(4))
    assert sorted(await listener.has(4)) == [("log.a", payload) for payload in payloads(4)]


async def test_a_closed_subscription_finishes_what_runs(bus: Bus) -> None:
    gate = asyncio.Event()
    done: list[bytes] = []

    async def handle(_subject: str, payload: bytes) -> None:
        await gate.wait()
        done.append(payload)

    subscription = await bus.subscribe("log.a", handle, beside=4)
    publishing = asyncio.ensure_future(bus.publish_all("log.a", payloads(2)))
    await asyncio.sleep(0.005)
    closing = asyncio.ensure_future(subscription.close())
    await asyncio.sleep(0.005)
    assert not closing.done()
    gate.set()
    await closing
    await publishing
    assert done == payloads(2)
