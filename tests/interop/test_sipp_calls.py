"""200 calls, 20 at once, with sound: none lost, each with a record and a recording."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sound import a_law, read, seconds_of, tone
from system import Centre, System, eventually, free_port, make_centre, new_system

pytestmark = [pytest.mark.peers("sipp"), pytest.mark.timeout(180)]

CALLS = 200
AT_ONCE = 20
VOICE_HZ = 700.0
PAUSE_SECONDS = 2.5
SCENARIO = Path(__file__).parent / "scenarios/caller.xml"


@pytest.fixture
async def system(tmp_path: Path) -> AsyncIterator[System]:
    running = await new_system(tmp_path)
    yield running
    await running.stop()


async def sipp(folder: Path, port: int, calls: int, at_once: int) -> None:
    (folder / "tone.al").write_bytes(a_law(tone(VOICE_HZ, 1.0)))
    process = await asyncio.create_subprocess_exec(
        *("sipp", f"127.0.0.1:{port}", "-sf", str(SCENARIO), "-s", Centre.NUMBER, "-i", "127.0.0.1"),
        *("-p", str(free_port()), "-mi", "127.0.0.1", "-mp", "33000", "-m", str(calls), "-l", str(at_once)),
        *("-r", "10", "-nostdin", "-trace_err", "-timeout", "120"),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode(errors="replace")[-3000:]


async def everything(system: System, path: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await system.get(path, limit=100, **({"cursor": cursor} if cursor else {}))
        found += page["items"]
        cursor = page["next_cursor"]
    return found


async def test_no_call_of_200_is_lost(system: System, tmp_path: Path) -> None:
    await make_centre(system)

    await sipp(tmp_path, system.sip_port, CALLS, AT_ONCE)

    async def all_recorded() -> bool:
        return len(await everything(system, "/v1/recordings")) >= CALLS

    assert await eventually(all_recorded, 15)
    calls = await everything(system, "/v1/calls")
    recordings = await everything(system, "/v1/recordings")
    assert len(calls) == CALLS
    assert {call["outcome"] for call in calls} <= {"abandoned", "short_abandoned"}
    assert all(call["ended_at"] for call in calls)
    assert {recording["call_id"] for recording in recordings} == {call["id"] for call in calls}
    sample = await system.owner.get(f"/v1/recordings/{recordings[0]['id']}/audio")
    (tmp_path / "sample.wav").write_bytes(sample.content)
    caller, _ours = read(tmp_path / "sample.wav")
    assert seconds_of(caller, VOICE_HZ) == pytest.approx(PAUSE_SECONDS, abs=0.4)
