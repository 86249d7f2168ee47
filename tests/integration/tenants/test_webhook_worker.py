"""Webhooks by real connections to servers on loopback: killed in the middle, and beside slow and failing receivers."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from webhook_receiver import listening
from webhook_stage import PRIVATE, Stage

from kernel.adapters import GuardedWeb, InProcessBus, LocalLease, Relay, SystemClock, SystemIds
from tenants.webhooks import WebhookPorts, WebhookWorker
from tenants.webhooks.delivery import SAVE_SECONDS
from tests.databases import Shelf, SqliteShelf, StoringDatabase
from tests.fakes import TwoTenants, eventually

SENDER = Path(__file__).parent / "webhook_sender.py"
ROOT = Path(__file__).parents[3]
CALLS = 100


@pytest.fixture
def stage(database: StoringDatabase) -> Stage:
    return Stage(database, SystemClock(), SystemIds())


@asynccontextmanager
async def working(stage: Stage, bus: InProcessBus, lease: LocalLease | None = None) -> AsyncGenerator[WebhookWorker]:
    ports = stage.ports(GuardedWeb(PRIVATE))
    worker = WebhookWorker(WebhookPorts(ports, bus, lease or LocalLease(stage.clock)))
    await worker.start()
    try:
        yield worker
    finally:
        await worker.close()


async def test_slow_and_failing_receivers_hold_up_nobody_else(
    stage: Stage, bus: InProcessBus, relay: Relay, tenants: TwoTenants
) -> None:
    async with listening() as slow, listening() as failing, listening() as good, listening() as theirs:
        slow.open.clear()
        failing.status = 500
        for receiver in (slow, failing, good):
            await stage.register(tenants.ours, receiver.url)
        await stage.register(tenants.theirs, theirs.url)
        async with working(stage, bus):
            ends = await stage.end_calls(tenants.ours, 20)
            their_ends = await stage.end_calls(tenants.theirs, 2)
            await eventually(lambda: len(good.bodies) == 20 and len(theirs.bodies) == 2)
            assert good.sequences == ends
            assert theirs.sequences == their_ends
            assert (slow.sequences, failing.sequences) == (ends[:1], ends[:1])
            assert good.connections < 20, "a burst shares a connection"
            slow.open.set()
            await eventually(lambda: slow.sequences == ends)


async def test_what_the_tenant_changes_counts_at_once(
    stage: Stage, bus: InProcessBus, relay: Relay, tenants: TwoTenants
) -> None:
    async with listening() as first, listening() as second, working(stage, bus):
        key, _ = await stage.register(tenants.ours, first.url)
        before = await stage.end_calls(tenants.ours, 1)
        await eventually(lambda: first.sequences == before)
        async with stage.service(tenants.ours) as service:
            await service.change(key, {"url": second.url}, None, None)
        after = await stage.end_calls(tenants.ours, 1)
        await eventually(lambda: second.sequences[-1:] == after)
        async with stage.service(tenants.ours) as service:
            await service.change(key, {}, False, None)
        await relay.drain()
        missed = await stage.end_calls(tenants.ours, 1)
        async with stage.service(tenants.ours) as service:
            await service.change(key, {}, True, None)
        await eventually(lambda: second.sequences[-1:] == missed)


async def test_one_process_delivers_at_a_time(
    stage: Stage, bus: InProcessBus, relay: Relay, tenants: TwoTenants
) -> None:
    lease = LocalLease(stage.clock)
    async with listening() as receiver, working(stage, bus, lease), working(stage, bus, lease):
        await stage.register(tenants.ours, receiver.url)
        ends = await stage.end_calls(tenants.ours, 5)
        await eventually(lambda: len(receiver.bodies) >= 5)
        assert receiver.sequences == ends


class Sender:
    """A process of its own, which is killed and not asked."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    @classmethod
    async def start(cls, file: Path) -> "Sender":
        return cls(
            await asyncio.create_subprocess_exec(
                sys.executable, str(SENDER), str(file), env=os.environ | {"PYTHONPATH": str(ROOT)}
            )
        )

    async def kill(self) -> None:
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
        await self.process.wait()


async def test_a_killed_process_loses_nothing_and_the_next_one_keeps_the_order(
    tmp_path: Path, tenants: TwoTenants
) -> None:
    shelf: Shelf = SqliteShelf(tmp_path)
    place = await shelf.with_tables()
    assert place.file is not None
    database = place.open(SystemClock())
    stage = Stage(database, SystemClock(), SystemIds())
    async with listening() as receiver:
        await stage.register(tenants.ours, receiver.url)
        ends = await stage.end_calls(tenants.ours, CALLS)
        await database.close()
        sender = await Sender.start(place.file)
        try:
            receiver.pause_at = 30
            await eventually(lambda: not receiver.open.is_set(), 20)
            await asyncio.sleep(SAVE_SECONDS)  # what was taken before is written down by the next answer
            receiver.pause_at = 60
            receiver.open.set()
            await eventually(lambda: len(receiver.ids) == 60, 20)
            await sender.kill()
            receiver.open.set()
            sender = await Sender.start(place.file)
            await eventually(lambda: receiver.sequences[-1:] == ends[-1:], 20)
        finally:
            await sender.kill()
    assert list(dict.fromkeys(receiver.sequences)) == ends, "each at least once, the first time in order"
    assert len(set(receiver.ids)) == CALLS, "what comes again has the same id"
    again = receiver.sequences[60:]
    assert again == ends[ends.index(again[0]) :], "one step back, at the restart, and no gap"
    assert ends.index(again[0]) >= 29, "it was written down how far they got"
