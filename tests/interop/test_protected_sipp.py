"""SIPp calls with keys in its SDP and plays what libsrtp encrypted: each profile is decrypted and recorded."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from load_tests.peers.sipp import TALK_SECONDS, VOICE_HZ
from load_tests.peers.sipp_protected import PROFILES, may_play, place_protected_call
from load_tests.peers.sound import read, seconds_of
from load_tests.peers.system import System, eventually

pytestmark = [
    pytest.mark.usefixtures("centre"),
    pytest.mark.peers("sipp"),
    pytest.mark.timeout(120),
    pytest.mark.skipif(not may_play(), reason="SIPp plays captures through a raw socket: CAP_NET_RAW is missing"),
]


async def test_every_profile_is_understood(system: System, tmp_path: Path) -> None:
    calls = (place_protected_call(tmp_path / profile, system.sip_port, profile) for profile in PROFILES)
    for profile, placed in zip(PROFILES, await asyncio.gather(*calls), strict=True):
        assert (placed.successful, placed.failed) == (1, 0), profile

    async def recorded() -> list[dict[str, Any]]:
        items = (await system.get("/v1/recordings"))["items"]
        return items if len(items) == len(PROFILES) else []

    found = await eventually(recorded, 15)
    assert found, await system.get("/v1/recordings")
    for recording in found:
        file = tmp_path / f"{recording['id']}.wav"
        file.write_bytes((await system.owner.get(f"/v1/recordings/{recording['id']}/audio")).content)
        caller, _ours = read(file)
        assert seconds_of(caller, VOICE_HZ) == pytest.approx(TALK_SECONDS, abs=0.4)
