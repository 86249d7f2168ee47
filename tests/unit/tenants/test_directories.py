"""Directories that are kept are never older than what their reader was told."""

import asyncio
from typing import cast
from uuid import UUID

import pytest

from kernel.adapters import InProcessBus
from kernel.contracts.codec import pack, unpack
from kernel.contracts.directory import DirectoryChanged, TenantDirectory
from kernel.ports.unit_of_work import Database
from kernel.primitives.ids import EventId, TenantId
from tenants.directory import TenantDirectories, reading
from tests.fakes import START, FakeClock

TENANT = TenantId(UUID(int=1))
SUBJECT = f"directory.{TENANT}"


async def bury(subject: str, payload: bytes, consumer: str, reason: str) -> None:
    raise AssertionError(f"{subject} for {consumer}: {reason}")


def change(number: int) -> bytes:
    return pack(DirectoryChanged(id=EventId(UUID(int=number)), tenant=TENANT, at=START))


async def test_who_hears_of_a_change_before_the_directories_do_reads_what_it_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A listener that was busy takes the next change in the same turn of the loop, before waiting ones are woken."""
    stored, seen, busy, go_on = ["first"], list[str](), asyncio.Event(), asyncio.Event()

    async def load(*_: object) -> TenantDirectory:
        fields = {"name": stored[-1], "time_zone": "UTC", "currency": "EUR", "queues": (), "agents": (), "numbers": ()}
        return TenantDirectory(tenant=TENANT, outbound_trunk=None, outbound_caller=None, **fields)  # type: ignore[arg-type]

    monkeypatch.setattr(reading, "load_tenant_directory", load)
    bus = InProcessBus(bury)
    directories = TenantDirectories(cast(Database, None), FakeClock())
    await directories.follow(bus)

    async def adopt(_subject: str, payload: bytes) -> None:
        told: DirectoryChanged = unpack(payload, DirectoryChanged)
        seen.append((await directories.directory(TENANT, told.id)).name)
        busy.set()
        await go_on.wait()

    await bus.subscribe(SUBJECT, adopt)
    bus.post(SUBJECT, [change(1)], lambda _: None)
    await busy.wait()
    stored.append("second")
    go_on.set()
    bus.post(SUBJECT, [change(2)], lambda _: None)
    await bus.close()
    assert seen == ["first", "second"]
    assert (await directories.directory(TENANT)).name == "second"
