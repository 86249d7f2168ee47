"""The whole product on PostgreSQL: a call from a real telephone's side, a crash, and everything is still there."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from load_tests.peers.postgres import PostgresServer
from load_tests.peers.sipp import place_calls
from load_tests.peers.system import System, eventually, make_centre, new_system

pytestmark = [pytest.mark.peers("sipp"), pytest.mark.timeout(120)]

PASSWORD = "a-password-in-no-log"


@pytest.fixture
async def system(tmp_path: Path, postgres: PostgresServer) -> AsyncIterator[System]:
    database = await postgres.create()
    url = postgres.url(database).replace("@", f":{PASSWORD}@", 1)
    running = await new_system(tmp_path, CORDBOARD_STORAGE__DATABASE=url)
    yield running
    await running.stop()
    await postgres.drop(database)


async def test_a_call_is_taken_recorded_and_kept_over_a_crash(system: System, tmp_path: Path) -> None:
    await make_centre(system)

    placed = await place_calls(tmp_path, system.sip_port, calls=1, at_once=1, per_second=1)

    async def ended_and_recorded() -> bool:
        calls = (await system.get("/v1/calls"))["items"]
        recordings = (await system.get("/v1/recordings"))["items"]
        return len(calls) == len(recordings) == 1 and calls[0]["ended_at"] is not None

    assert (placed.successful, placed.failed) == (1, 0)
    assert await eventually(ended_and_recorded, 15)
    calls = (await system.get("/v1/calls"))["items"]
    await system.kill()
    await system.start()
    assert (await system.get("/v1/calls"))["items"] == calls
    assert list((tmp_path / "var").glob("*.db*")) == []
    assert PASSWORD not in (tmp_path / "serve.log").read_text()
