"""What an agent feels: from pressing *answer* to the first sound, and what an idle agent costs."""

import asyncio
import statistics
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from load_tests.peers.raw_caller import RawCaller
from load_tests.peers.sound import tone
from load_tests.peers.system import Centre, System, make_centre, new_system
from load_tests.peers.webrtc_agent import WebrtcAgent
from load_tests.processes import cpu_seconds, resident_bytes
from load_tests.report import Row, row

ANSWERS = 20
SHORT_ANSWERS = 2
AGENTS = 10
IDLE_SECONDS = 10.0
VOICE = tone(440, 1)


async def answer_to_sound(system: System, agent: WebrtcAgent) -> float:
    """Seconds from sending the intent until the first packet of the caller's voice arrives at the agent."""
    loop = asyncio.get_running_loop()
    async with RawCaller(system.sip_port, Centre.NUMBER, VOICE):
        offer = await agent.until(lambda: agent.state.get("offer"))
        pressed = loop.time()
        await agent.intent(type="accept_offer", offer=offer["id"])
        await agent.connected()
        first = await agent.heard_since(pressed)
        call = agent.state["call"]["id"]
        await agent.hang_up()
    await agent.until(lambda: agent.part("me").get("state") == "wrap_up")
    await agent.intent(type="finish_wrap_up", call=call, disposition="resolved")
    return first - pressed


async def idle_agents(system: System, count: int, seconds: float) -> list[Row]:
    async with AsyncExitStack() as stack:
        before = resident_bytes(system.server_pid), resident_bytes(system.engine_pid)
        for number in range(2, count + 2):
            await stack.enter_async_context(WebrtcAgent(system, f"agent{number}@example.org", VOICE))
        after = resident_bytes(system.server_pid), resident_bytes(system.engine_pid)
        cpu = cpu_seconds(system.server_pid), cpu_seconds(system.engine_pid)
        await asyncio.sleep(seconds)
        return [
            row("server memory per idle agent", count, "bytes", (after[0] - before[0]) / count),
            row("engine memory per idle agent", count, "bytes", (after[1] - before[1]) / count),
            row("server CPU, all idle", count, "share of a core", (cpu_seconds(system.server_pid) - cpu[0]) / seconds),
            row("engine CPU, all idle", count, "share of a core", (cpu_seconds(system.engine_pid) - cpu[1]) / seconds),
        ]


async def measure(folder: Path, short: bool) -> Sequence[Row]:
    system = await new_system(folder)
    count = SHORT_ANSWERS if short else ANSWERS
    try:
        await make_centre(system, agents=AGENTS + 1, greeting=[])
        async with WebrtcAgent(system, "agent1@example.org", VOICE) as agent:
            times = sorted([1000 * await answer_to_sound(system, agent) for _ in range(count)])
        rows = [
            row("answer to first sound, median", count, "ms", statistics.median(times)),
            row("answer to first sound, worst", count, "ms", times[-1]),
        ]
        return rows if short else [*rows, *await idle_agents(system, AGENTS, IDLE_SECONDS)]
    finally:
        await system.stop()
