"""What every Bus does."""

import asyncio
from collections import Counter

import pytest

from kernel.ports.bus import Bus
from tests.contract.buses import Letters, Listener
from tests.contract.buses import bus as bus
from tests.contract.buses import letters as letters
from tests.fakes import eventually

WAIT = 5.0


async def test_every_subscription_gets_every_message_of_its_pattern(bus: Bus) -> None:
    exact, word, rest, other = Listener(), Listener(), Listener(), Listener()
    await bus.subscribe("log.a", exact)
    await bus.subscribe("log.*", word)
    await bus.subscribe("log.>", rest)
    await bus.subscribe("directory.*", other)
    await bus.publish("log.a", b"1")
    await bus.publish("log.b", b"2")
    await bus.publish("log.b.c", b"3")
    assert await exact.has(1) == [("log.a", b"1")]
    assert await word.has(2) == [("log.a", b"1"), ("log.b", b"2")]
    assert sorted(await rest.has(3)) == [("log.a", b"1"), ("log.b", b"2"), ("log.b.c", b"3")]
    assert other.heard == []


async def test_a_message_to_nobody_is_no_error(bus: Bus) -> None:
    await bus.publish("log.a", b"1")


@pytest.mark.parametrize("subject", ["", "log..a", "log.*", "log.>", "log a"])
async def test_a_subject_with_wildcards_or_empty_words_is_refused(bus: Bus, subject: str) -> None:
    with pytest.raises(ValueError, match="subject"):
        await bus.publish(subject, b"")


@pytest.mark.parametrize("pattern", ["", "log..a", "log.>.a"])
async def test_a_pattern_that_means_nothing_is_refused(bus: Bus, pattern: str) -> None:
    with pytest.raises(ValueError, match="pattern"):
        await bus.subscribe(pattern, Listener())


async def test_messages_of_one_subject_arrive_in_order(bus: Bus) -> None:
    slow: list[bytes] = []

    async def dawdle(_subject: str, payload: bytes) -> None:
        await asyncio.sleep(0.002 if payload == b"0" else 0)
        slow.append(payload)

    await bus.subscribe("log.a", dawdle)
    await asyncio.gather(*(bus.publish("log.a", str(number).encode()) for number in range(20)))
    await eventually(lambda: len(slow) == 20)
    assert slow == [str(number).encode() for number in range(20)]


async def test_one_member_of_a_queue_group_gets_each_message(bus: Bus) -> None:
    first, second, third = Listener(), Listener(), Listener()
    await bus.subscribe_queue("work.*", "workers", first)
    await bus.subscribe_queue("work.*", "workers", second)
    await bus.subscribe_queue("work.*", "auditors", third)
    for number in range(40):
        await bus.publish("work.a", str(number).encode())
    await third.has(40)
    await eventually(lambda: len(first.heard) + len(second.heard) >= 40)
    assert Counter(first.heard + second.heard).most_common(1)[0][1] == 1
    assert first.heard
    assert second.heard


async def test_mutating_a_published_object_changes_nothing(bus: Bus) -> None:
    listener = Listener()
    gate = asyncio.Event()

    async def late(subject: str, payload: bytes) -> None:
        await gate.wait()
        await listener(subject, payload)

    await bus.subscribe("log.a", late)
    mutable = bytearray(b"before")
    publishing = asyncio.ensure_future(bus.publish("log.a", mutable))  # pyright: ignore[reportArgumentType]
    await asyncio.sleep(0)
    mutable[:] = b"after!"
    gate.set()
    await publishing
    assert await listener.has(1) == [("log.a", b"before")]


async def test_a_failed_handling_is_delivered_again_before_what_came_later(bus: Bus) -> None:
    listener = Listener(failures=2)
    await bus.subscribe("log.a", listener)
    await asyncio.gather(bus.publish("log.a", b"1"), bus.publish("log.a", b"2"))
    assert await listener.has(2) == [("log.a", b"1"), ("log.a", b"2")]
    assert listener.attempts == 4


async def test_a_handler_that_always_fails_gives_a_dead_letter_and_the_next_message_its_turn(
    bus: Bus, letters: Letters
) -> None:
    heard: list[bytes] = []

    async def choke(_subject: str, payload: bytes) -> None:
        if payload == b"poison":
            raise ValueError("cannot swallow this")
        heard.append(payload)

    other = Listener()
    await bus.subscribe("log.a", choke)
    await bus.subscribe("log.a", other)
    await bus.publish("log.a", b"poison")
    await bus.publish("log.a", b"food")
    await other.has(2)
    await eventually(lambda: bool(heard))
    assert heard == [b"food"]
    [(subject, payload, consumer, reason)] = letters
    assert (subject, payload, consumer) == ("log.a", b"poison", "log.a")
    assert "cannot swallow this" in reason


async def test_a_handler_may_publish_to_its_own_subject(bus: Bus) -> None:
    heard: list[bytes] = []

    async def count_down(subject: str, payload: bytes) -> None:
        heard.append(payload)
        if payload != b"0":
            await bus.publish(subject, str(int(payload) - 1).encode())

    await bus.subscribe("log.a", count_down)
    async with asyncio.timeout(WAIT):
        await bus.publish("log.a", b"3")
    await eventually(lambda: len(heard) >= 4)
    assert heard == [b"3", b"2", b"1", b"0"]


async def test_two_handlers_may_publish_to_each_other(bus: Bus) -> None:
    heard: list[tuple[str, bytes]] = []

    async def ping(subject: str, payload: bytes) -> None:
        heard.append((subject, payload))
        if payload != b"0":
            await bus.publish("pong" if subject == "ping" else "ping", str(int(payload) - 1).encode())

    await bus.subscribe("ping", ping)
    await bus.subscribe("pong", ping)
    async with asyncio.timeout(WAIT):
        await asyncio.gather(bus.publish("ping", b"5"), bus.publish("pong", b"5"))
    await eventually(lambda: len(heard) >= 12)
    assert Counter(heard).total() == 12


async def test_a_closed_subscription_hears_no_more(bus: Bus) -> None:
    listener = Listener()
    subscription = await bus.subscribe("log.a", listener)
    await bus.publish("log.a", b"1")
    await listener.has(1)
    await subscription.close()
    await bus.publish("log.a", b"2")
    assert listener.heard == [("log.a", b"1")]


async def test_a_handler_may_close_its_own_subscription(bus: Bus) -> None:
    listener = Listener()

    async def once(subject: str, payload: bytes) -> None:
        await listener(subject, payload)
        await subscription.close()

    subscription = await bus.subscribe("log.a", once)
    async with asyncio.timeout(WAIT):
        await bus.publish("log.a", b"1")
        await bus.publish("log.a", b"2")
    assert await listener.has(1) == [("log.a", b"1")]
