"""200 calls, 20 at once, with sound: none lost, each with a record and a recording."""

from pathlib import Path

import pytest

from load_tests.peers.sipp import TALK_SECONDS, VOICE_HZ, place_calls
from load_tests.peers.sound import read, seconds_of
from load_tests.peers.system import System, eventually, make_centre

pytestmark = [pytest.mark.peers("sipp"), pytest.mark.timeout(180)]

CALLS = 200
AT_ONCE = 20


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

    placed = await place_calls(tmp_path, system.sip_port, calls=CALLS, at_once=AT_ONCE, per_second=10)

    async def all_recorded() -> bool:
        calls = await everything(system, "/v1/calls")
        return len(await everything(system, "/v1/recordings")) >= CALLS and all(call["ended_at"] for call in calls)

    assert (placed.successful, placed.failed) == (CALLS, 0)
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
    assert seconds_of(caller, VOICE_HZ) == pytest.approx(TALK_SECONDS, abs=0.4)
