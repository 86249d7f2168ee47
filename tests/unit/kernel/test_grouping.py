"""When changes are written, and with whom."""

import asyncio
from collections.abc import Sequence

import pytest

from kernel.adapters.grouping import Grouping, Outcome
from kernel.ports.unit_of_work import Change

PLAIN, HURRIED, PATIENT = Change(None), Change(None, at_once=True), Change(None, patient=True)


class Disk:
    """Notes how many changes each commit has; `held`: somebody else writes, and it has to be waited for."""

    def __init__(self) -> None:
        self.commits: list[int] = []
        self.held = False
        self.free = asyncio.Event()

    def write_now(self, changes: Sequence[Change]) -> Sequence[Outcome] | None:
        if self.held:
            return None
        self.commits.append(len(changes))
        return [()] * len(changes)

    async def write(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        await self.free.wait()
        self.commits.append(len(changes))
        return [()] * len(changes)


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def grouping(disk: Disk) -> Grouping:
    return Grouping(disk.write, disk.write_now)


async def test_those_of_one_turn_of_the_loop_share_a_commit(grouping: Grouping, disk: Disk) -> None:
    await asyncio.gather(*(grouping.record(PLAIN) for _ in range(3)))
    assert disk.commits == [3]


async def test_a_hurried_one_is_written_in_the_turn_in_which_it_comes(grouping: Grouping, disk: Disk) -> None:
    turns: list[None] = []
    asyncio.get_running_loop().call_soon(turns.append, None)
    await grouping.record(HURRIED)
    assert (disk.commits, turns) == ([1], [])


async def test_a_hurried_one_takes_along_who_waits(grouping: Grouping, disk: Disk) -> None:
    waiting = [asyncio.ensure_future(grouping.record(change)) for change in (PATIENT, PLAIN)]
    await asyncio.sleep(0)
    await grouping.record(HURRIED)
    assert disk.commits == [3]
    await asyncio.gather(*waiting)
    await grouping.record(PLAIN)
    assert disk.commits == [3, 1]


async def test_a_hurried_one_waits_for_what_is_being_written(grouping: Grouping, disk: Disk) -> None:
    disk.held = True
    first = asyncio.ensure_future(grouping.record(HURRIED))
    await asyncio.sleep(0)
    second = asyncio.ensure_future(grouping.record(HURRIED))
    await asyncio.sleep(0)
    assert disk.commits == []
    disk.free.set()
    await asyncio.gather(first, second)
    await grouping.drain()
    assert sum(disk.commits) == 2
