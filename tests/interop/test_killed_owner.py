"""The process that decides is killed while callers wait: the next one serves them in their order, with their waits.

`CORDBOARD_WAITING` is how many; `make killed-owner`, a part of `make nightly`, has 500.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from load_tests.peers.postgres import PostgresServer
from load_tests.peers.sipp import waiting_callers
from load_tests.peers.sound import tone
from load_tests.peers.system import System, eventually, make_centre, new_system, rtp_ports
from load_tests.peers.webrtc_agent import WebrtcAgent

WAITING = int(os.environ.get("CORDBOARD_WAITING", "30"))
PER_SECOND = 20
SERVED = 3  # one after the other
PORTS = max(1_000, 4 * WAITING)
DATABASE = "CORDBOARD_STORAGE__DATABASE"
STANDS_BY = "gateway.stands_by"

log = structlog.get_logger(__name__)

pytestmark = [pytest.mark.peers("sipp"), pytest.mark.timeout(120 + WAITING)]


@pytest.fixture(params=["sqlite", "postgresql"])
async def system(request: pytest.FixtureRequest, tmp_path: Path, postgres: PostgresServer) -> AsyncIterator[System]:
    database = await postgres.create() if request.param == "postgresql" else ""
    storage = {DATABASE: postgres.url(database)} if database else {}
    running = await new_system(tmp_path, CORDBOARD_MEDIA__RTP_PORTS=rtp_ports(PORTS), **storage)
    yield running
    await running.stop()
    if database:
        await postgres.drop(database)


async def queue(system: System) -> dict[str, Any]:
    (queue,) = (await system.get("/v1/live"))["queues"]
    return queue


async def all_wait(system: System) -> bool:
    return (await queue(system))["waiting"] == WAITING


async def hand_over(system: System) -> float:
    """On PostgreSQL to a process that stands by, else to the next one; returns when the former one was killed."""
    if DATABASE not in system.environment:
        killed = asyncio.get_running_loop().time()
        await system.kill()
        await system.start()
        return killed
    next_one = await system.serve()
    log = system.folder / "serve.log"
    assert await eventually(lambda: asyncio.to_thread(lambda: STANDS_BY in log.read_text()), 60)
    killed = asyncio.get_running_loop().time()
    await system.kill()
    system.process = next_one
    await system.ready()
    return killed


async def serve_one(agent: WebrtcAgent) -> str:
    offer = await agent.until(lambda: agent.state.get("offer"), 30)
    await agent.intent(type="accept_offer", offer=offer["id"])
    await agent.connected()
    await agent.hang_up()
    await agent.until(lambda: agent.part("me").get("state") == "wrap_up")
    await agent.intent(type="finish_wrap_up", call=offer["call_id"], disposition="resolved")
    return offer["caller"]


async def test_the_next_owner_serves_all_in_their_order(system: System, tmp_path: Path) -> None:
    await make_centre(system, greeting=[], record=False)
    async with WebrtcAgent(system, "agent1@example.org", tone(440, 1)) as agent:
        await agent.intent(type="request_state", state="not_ready", reason="break")
        async with waiting_callers(tmp_path, system.sip_port, WAITING, PER_SECOND):
            assert await eventually(lambda: all_wait(system), 60 + WAITING / PER_SECOND)
            since = (await queue(system))["longest_waiting_since"]
            killed = await hand_over(system)
            await agent.connect()
            await agent.resume()
            assert (await queue(system))["longest_waiting_since"] == since
            assert await all_wait(system)
            await agent.intent(type="request_state", state="available")
            await agent.until(lambda: agent.state.get("offer"), 30)
            log.info(
                "next_owner.offered", waiting=WAITING, seconds=round(asyncio.get_running_loop().time() - killed, 2)
            )
            assert [await serve_one(agent) for _ in range(SERVED)] == [f"+4930{n}0000" for n in range(1, SERVED + 1)]
