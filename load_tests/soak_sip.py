"""`make soak-sip`: calls through `cordboard serve` for hours; afterwards nothing may be left of them.

    python -m load_tests.soak_sip --seconds 3600 --rate 20

Exits with 1, and says what, where calls failed or dialogs, timers, ports, rows or memory stayed behind.
"""

import argparse
import asyncio
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from load_tests.peers.sipp import Dialler, Outcome, dial
from load_tests.peers.system import Centre, System, eventually, make_centre, new_system
from load_tests.processes import resident_bytes

WARM_UP_SECONDS = 5.0  # pools, caches and statements are filled by then
AFTER_SECONDS = 40.0  # RFC 3261 timers H and J, 32 s, and what they set off
FAILED_SHARE = 0.001
MORE_DESCRIPTORS = 8  # connections of the database's pool that were not needed before
MORE_BLOCKS = 100_000  # what live calls hold is more by a tenth at one moment than at another
BLOCKS_PER_CALL = 4  # ids of ended calls are kept for an hour, so that late commands are known to be late
LAST_LOOK_SECONDS = 5.0  # before the end, when calls are still as many as in the middle
SHORT_SECONDS = 8.0
SHORT_AFTER_SECONDS = 10.0  # transactions live longer than that, as they should: the short form does not wait for them
BLOCKS = "cordboard_memory_blocks"  # Python's, in use: of bytes, allocators keep what the highest load once took
GAUGES = ("cordboard_calls_live", "cordboard_sip_sessions", "cordboard_messages_waiting")
TRANSACTIONS = "cordboard_sip_transactions"  # each has a timer; without them no timer is left but the endpoint's own


class Run(NamedTuple):
    seconds: float
    rate: int
    short: bool


class Stand(NamedTuple):
    """What a server holds."""

    gauges: dict[str, float]
    descriptors: int
    blocks: float
    resident: int


async def stand(system: System, names: tuple[str, ...]) -> Stand:
    text = (await system.owner.get("/metrics")).text
    found = dict(re.findall(r"^(cordboard_\w+) ([0-9.e+-]+)$", text, re.MULTILINE))
    descriptors = len(os.listdir(f"/proc/{system.server_pid}/fd"))
    gauges = {name: float(found[name]) for name in names}
    return Stand(gauges, descriptors, float(found[BLOCKS]), resident_bytes(system.server_pid))


async def soak(folder: Path, run: Run) -> list[str]:
    """What is wrong in the end."""
    system = await new_system(folder, CORDBOARD_LOG__LEVEL="warning")
    names = GAUGES if run.short else (*GAUGES, TRANSACTIONS)
    try:
        await make_centre(system, greeting=[], record=False)
        await dial(folder, system.sip_port, Dialler(Centre.NUMBER, int(run.rate * WARM_UP_SECONDS), run.rate))
        await system.settled()
        before = await stand(system, GAUGES)
        calls = int(run.rate * run.seconds)
        work = Dialler(Centre.NUMBER, calls, run.rate, seconds=run.seconds + 60)
        growing = asyncio.create_task(_more_blocks(system, run.seconds))
        outcome = await dial(folder, system.sip_port, work)
        grown = await growing

        async def is_empty() -> bool:
            return not any((await stand(system, names)).gauges.values())

        await eventually(is_empty, SHORT_AFTER_SECONDS if run.short else AFTER_SECONDS, 0.5)
        left = await stand(system, names)
        sys.stdout.write(
            f"{calls} calls, {outcome.failed} failed, {outcome.retransmissions} retransmissions, "
            f"{grown:.0f} more blocks of memory in use than in the middle, {left.resident >> 20} MB resident\n"
        )
        return [*_lost(outcome, calls), *_left(before, left), *_leaked(grown, calls)]
    finally:
        await system.stop()


def _lost(outcome: Outcome, calls: int) -> list[str]:
    if outcome.failed <= calls * FAILED_SHARE and outcome.successful + outcome.failed >= calls:
        return []
    return [f"of {calls} calls {outcome.failed} failed and {outcome.successful} were carried"]


async def _more_blocks(system: System, seconds: float) -> float:
    """How many more are in use near the end than in the middle, both under load and with caches full."""
    await asyncio.sleep(seconds / 2)
    middle = (await stand(system, ())).blocks
    await asyncio.sleep(max(seconds / 2 - LAST_LOOK_SECONDS, 0))
    return (await stand(system, ())).blocks - middle


def _left(before: Stand, left: Stand) -> list[str]:
    wrong = [f"{name}: {figure:.0f} left behind" for name, figure in left.gauges.items() if figure]
    if left.descriptors > before.descriptors + MORE_DESCRIPTORS:
        wrong.append(f"{left.descriptors - before.descriptors} more open files")
    return wrong


def _leaked(grown: float, calls: int) -> list[str]:
    """`grown`: in the second half."""
    if grown <= MORE_BLOCKS + calls / 2 * BLOCKS_PER_CALL:
        return []
    return [f"{grown / calls * 2:.1f} blocks of memory a call stayed"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3600.0)
    parser.add_argument("--rate", type=int, default=20, help="calls per second: half of what the machine carries")
    parser.add_argument("--short", action="store_true", help="half a minute, as CI runs it")
    options = parser.parse_args()
    run = Run(SHORT_SECONDS if options.short else options.seconds, options.rate, options.short)
    with tempfile.TemporaryDirectory(prefix="cb") as folder:
        wrong = asyncio.run(soak(Path(folder), run))
    for each in wrong:
        sys.stdout.write(f"soak-sip: {each}\n")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
