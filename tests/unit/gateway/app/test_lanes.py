"""Order within a lane, none between lanes."""

import asyncio
from uuid import UUID

import pytest

from gateway.app import lanes as lanes_module
from gateway.app.lanes import PATIENT_AT_ONCE, Lanes, LanesClosed, Work
from kernel.primitives.ids import CallId

ONE, OTHER = CallId(UUID(int=1)), CallId(UUID(int=2))


async def test_work_of_one_key_is_done_in_order_and_never_at_once() -> None:
    lanes, done = Lanes(), list[str]()

    async def work(name: str) -> None:
        done.append(f"{name} begins")
        await asyncio.sleep(0)
        done.append(f"{name} ends")

    for name in ("a", "b", "c"):
        lanes.post("key", lambda name=name: work(name))
    await lanes.close()
    assert done == [f"{name} {what}" for name in "abc" for what in ("begins", "ends")]


async def test_another_key_does_not_wait() -> None:
    lanes, gate, done = Lanes(), asyncio.Event(), list[str]()

    async def slow() -> None:
        await gate.wait()
        done.append("slow")

    async def quick() -> None:
        done.append("quick")

    lanes.post(1, slow)
    await lanes.run(2, quick)
    gate.set()
    await lanes.close()
    assert done == ["quick", "slow"]


async def test_what_is_raised_reaches_who_waits_and_nobody_else() -> None:
    lanes, done = Lanes(), list[str]()

    async def broken() -> None:
        raise ValueError("broken")

    async def fine() -> None:
        done.append("fine")

    lanes.post("key", broken)
    with pytest.raises(ValueError, match="broken"):
        await lanes.run("key", broken)
    await lanes.run("key", fine)
    assert done == ["fine"]


async def test_a_closed_room_takes_nothing_more() -> None:
    lanes, done = Lanes(), list[str]()

    async def work() -> None:
        done.append("done")

    lanes.post("key", work)
    closing = asyncio.ensure_future(lanes.close())
    await asyncio.sleep(0)
    lanes.post("key", work)
    with pytest.raises(LanesClosed):
        await lanes.run("key", work)
    await closing
    assert done == ["done"]


async def test_who_gives_up_waiting_does_not_stop_the_work() -> None:
    lanes, gate, done = Lanes(), asyncio.Event(), list[str]()

    async def work() -> None:
        await gate.wait()
        done.append("done")

    waiting = asyncio.ensure_future(lanes.run("key", work))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    gate.set()
    await lanes.close()
    assert done == ["done"]


async def test_two_lanes_stand_still_for_work_on_both_whoever_asks_first() -> None:
    lanes, done = Lanes(), list[str]()

    async def work(name: str) -> None:
        done.append(f"{name} begins")
        await asyncio.sleep(0)
        done.append(f"{name} ends")

    async with asyncio.timeout(5):
        await asyncio.gather(
            lanes.run_both(ONE, OTHER, lambda: work("a")),
            lanes.run_both(OTHER, ONE, lambda: work("b")),
            lanes.run(OTHER, lambda: work("c")),
            lanes.run(ONE, lambda: work("d")),
        )
    assert sorted(done) == sorted(f"{name} {what}" for name in "abcd" for what in ("begins", "ends"))
    for name in "ab":
        assert done.index(f"{name} ends") == done.index(f"{name} begins") + 1, "nothing happens meanwhile"


async def test_work_on_one_lane_named_twice_is_work_on_one() -> None:
    lanes, done = Lanes(), list[str]()

    async def work() -> None:
        done.append("done")

    async with asyncio.timeout(5):
        await lanes.run_both(ONE, ONE, work)
    assert done == ["done"]


class Books:
    """What was done, and when it was settled."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.lanes = Lanes()
        self.lanes.settle = self._settle

    async def _settle(self, key: object) -> None:
        self.lines.append(f"settled {key}")

    async def work(self, name: str) -> None:
        self.lines.append(name)
        await asyncio.sleep(0)


async def test_a_lane_is_settled_once_when_it_has_nothing_more_to_do() -> None:
    books = Books()
    for name in ("a", "b", "c"):
        books.lanes.post("key", lambda name=name: books.work(name))
    await books.lanes.close()
    assert books.lines == ["a", "b", "c", "settled key"]


async def test_who_waits_hears_of_his_work_when_it_is_settled() -> None:
    books = Books()
    waiting = asyncio.ensure_future(books.lanes.run("key", lambda: books.work("a")))
    await asyncio.sleep(0)
    books.lanes.post("key", lambda: books.work("b"))
    waiting.add_done_callback(lambda _: books.lines.append("told"))
    await books.lanes.close()
    assert books.lines.index("settled key") < books.lines.index("told")
    assert books.lines.count("settled key") == 2, "also after what nobody waits for"


async def test_what_cannot_be_settled_is_told_to_who_waits() -> None:
    lanes = Lanes()

    async def broken(_key: object) -> None:
        raise OSError("no room")

    async def fine() -> None:
        pass

    lanes.settle = broken
    with pytest.raises(OSError, match="no room"):
        await lanes.run("key", fine)


class Steps:
    """Work that waits at its gate, and what was done."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.gate = asyncio.Event()

    async def wait(self) -> None:
        await self.gate.wait()

    def named(self, name: str) -> Work:
        async def work() -> None:
            self.done.append(name)

        return work


async def turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_patient_work_begins_at_once_where_nothing_else_is_done() -> None:
    lanes, steps = Lanes(), Steps()
    lanes.post(ONE, steps.named("patient"), patient=True)
    await turns(2)
    assert steps.done == ["patient"]


async def test_patient_work_stands_back_while_somebody_waits_for_other_work() -> None:
    lanes, steps = Lanes(), Steps()
    lanes.post(ONE, steps.wait)
    lanes.post(OTHER, steps.named("patient"), patient=True)
    await turns(5)
    assert steps.done == []
    assert lanes.has_work(OTHER)
    steps.gate.set()
    await turns(5)
    assert steps.done == ["patient"]


async def test_a_lane_that_is_waited_for_stands_back_no_more_and_keeps_its_order() -> None:
    lanes, steps = Lanes(), Steps()
    lanes.post(ONE, steps.wait)
    lanes.post(OTHER, steps.named("patient"), patient=True)
    await lanes.run(OTHER, steps.named("waited for"))
    assert steps.done == ["patient", "waited for"]
    steps.gate.set()
    await lanes.close()


async def test_no_patience_lasts_longer_than_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes_module, "PATIENCE_SECONDS", 0.0)
    lanes, steps, done = Lanes(), Steps(), asyncio.Event()

    async def patient() -> None:
        done.set()

    lanes.post(ONE, steps.wait)
    lanes.post(OTHER, patient, patient=True)
    await done.wait()
    steps.gate.set()
    await lanes.close()


async def test_no_more_patient_lanes_are_at_work_than_so_many() -> None:
    lanes, steps = Lanes(), Steps()
    for lane in range(PATIENT_AT_ONCE):
        lanes.post(lane, steps.wait, patient=True)
    lanes.post(OTHER, steps.named("one more"), patient=True)
    await turns(5)
    assert steps.done == []
    steps.gate.set()
    await turns(5)
    assert steps.done == ["one more"]


async def test_closing_does_what_stands_back() -> None:
    lanes, steps = Lanes(), Steps()
    lanes.post(ONE, steps.wait)
    lanes.post(OTHER, steps.named("patient"), patient=True)
    asyncio.get_running_loop().call_soon(steps.gate.set)
    await lanes.close()
    assert steps.done == ["patient"]
