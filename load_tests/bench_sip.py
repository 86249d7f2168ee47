"""Calls through the whole path: SIPp as callers; signalling, routing, log, recording and records all at work."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from load_tests.bench_books import measure_books
from load_tests.bench_sip_core import measure_core
from load_tests.bench_through import measure_through
from load_tests.peers.sipp import TALK_SECONDS, place_calls
from load_tests.peers.system import System, make_centre, new_system
from load_tests.processes import cpu_seconds, resident_bytes
from load_tests.report import Row, row

RATES = (10, 20, 40, 60)  # calls per second, tried in this order until one is not carried
SECONDS = 10
SHORT_CALLS = 10
STANDING_CALLS = 60
SETTLE_SECONDS = 3.0  # recordings stored, records written


class Used:
    """CPU of the server and the engine over a stretch of work."""

    def __init__(self, system: System) -> None:
        self._processes = {"server": system.server_pid, "engine": system.engine_pid}
        self._before = {name: cpu_seconds(pid) for name, pid in self._processes.items()}

    def milliseconds(self) -> dict[str, float]:
        return {name: (cpu_seconds(pid) - self._before[name]) * 1000 for name, pid in self._processes.items()}


async def carry(system: System, folder: Path, per_second: int, calls: int) -> tuple[bool, list[Row]]:
    used = Used(system)
    at_once = int(per_second * (TALK_SECONDS + 2)) + 10
    placed = await place_calls(folder, system.sip_port, calls=calls, at_once=at_once, per_second=per_second)
    await asyncio.sleep(SETTLE_SECONDS)
    spent = used.milliseconds()
    carried = placed.failed == 0 and placed.retransmissions == 0
    rows = [
        row("server CPU per call", per_second, "ms", spent["server"] / calls),
        row("engine CPU per recorded call-second", per_second, "ms", spent["engine"] / calls / TALK_SECONDS),
        row("calls lost", per_second, "calls", float(placed.failed)),
        row("SIP retransmissions", per_second, "messages", float(placed.retransmissions)),
    ]
    return carried, rows


async def memory_per_call(system: System, folder: Path, calls: int) -> list[Row]:
    """While `calls` calls stand at once, against before."""
    before = {name: resident_bytes(pid) for name, pid in (("s", system.server_pid), ("e", system.engine_pid))}
    placing = asyncio.create_task(
        place_calls(folder, system.sip_port, calls=calls, at_once=calls, per_second=max(calls // 2, 1))
    )
    await asyncio.sleep(TALK_SECONDS)
    server = resident_bytes(system.server_pid) - before["s"]
    engine = resident_bytes(system.engine_pid) - before["e"]
    await placing
    return [
        row("server memory per call at once", calls, "bytes", server / calls),
        row("engine memory per call at once", calls, "bytes", engine / calls),
    ]


async def measure(folder: Path, short: bool) -> Sequence[Row]:
    """The core alone; what is behind it alone; calls through us and through peers; calls with voices, recorded."""
    rows = [*measure_core(short), *await measure_books(folder / "books", short)]
    return [*rows, *await measure_through(folder, short), *await measure_recorded(folder, short)]


async def measure_recorded(folder: Path, short: bool) -> Sequence[Row]:
    system = await new_system(folder)
    try:
        await make_centre(system, greeting=[])
        if short:
            return (await carry(system, folder, RATES[0], SHORT_CALLS))[1]
        rows = await memory_per_call(system, folder, STANDING_CALLS)  # first: later, what calls left is used again
        sustained = 0
        for rate in RATES:
            carried, measured = await carry(system, folder, rate, rate * SECONDS)
            rows += measured
            if not carried:
                break
            sustained = rate
        rows.append(row("calls set up per second, none lost, none retransmitted", sustained, "calls/s", sustained))
        return rows
    finally:
        await system.stop()
