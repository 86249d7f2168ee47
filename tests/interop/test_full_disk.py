"""A full disk stops the recording with an event and an alarm; the call goes on."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from load_tests.peers.raw_caller import RawCaller
from load_tests.peers.sound import read, tone
from load_tests.peers.system import Centre, System, eventually, make_centre, new_system

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.skipif(os.geteuid() != 0, reason="a small file system can be mounted by root only"),
]

SMALL = "64k"  # two seconds of a recording


@pytest.fixture
def small_spool(tmp_path: Path) -> Iterator[Path]:
    spool = tmp_path / "var/spool"
    spool.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", str(spool)], check=True)
    yield spool
    subprocess.run(["umount", "-l", str(spool)], check=True)


@pytest.fixture
async def system(tmp_path: Path, small_spool: Path) -> AsyncIterator[System]:
    running = await new_system(tmp_path, CORDBOARD_RECORDINGS__RESERVE_BYTES="0")
    yield running
    await running.stop()


async def test_the_call_goes_on_and_the_admin_is_told(system: System, tmp_path: Path) -> None:
    await make_centre(system)
    async with RawCaller(system.sip_port, Centre.NUMBER, tone(700, 1)) as caller:

        async def alarmed() -> bool:
            live = await system.get("/v1/live")
            return any(alarm["code"] == "recording_disk_full" for alarm in live["alarms"])

        assert await eventually(alarmed, 20)
        before = len(caller.packets)
        await asyncio.sleep(1)
        assert len(caller.packets) - before > 40, "the caller hears nothing any more"

    async def ended() -> dict[str, Any] | None:
        call = (await system.get("/v1/calls"))["items"][0]
        return call if call["ended_at"] else None

    call = await eventually(ended)
    assert call["end_cause"]["reason"] == "abandoned"

    async def stored() -> list[dict[str, str]]:
        return (await system.get("/v1/recordings", call_id=call["id"]))["items"]

    recordings = await eventually(stored)
    assert recordings, "what was written before the disk was full is lost"
    audio = await system.owner.get(f"/v1/recordings/{recordings[0]['id']}/audio")
    (tmp_path / "kept.wav").write_bytes(audio.content)
    assert len(read(tmp_path / "kept.wav")[0]) > 8000
