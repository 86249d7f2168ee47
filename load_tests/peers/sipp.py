"""SIPp as many callers with voices."""

import asyncio
import csv
from pathlib import Path

from load_tests.peers.sound import a_law, tone
from load_tests.peers.system import Centre, free_port

SCENARIO = Path(__file__).parent / "scenarios/caller.xml"
VOICE_HZ = 700.0
TALK_SECONDS = 2.5  # the pause between ACK and BYE in the scenario


class Outcome:
    """SIPp's own statistics of a run, from its last line (`-trace_stat`)."""

    def __init__(self, statistics: Path) -> None:
        with statistics.open() as file:
            *_, self._last = csv.DictReader(file, delimiter=";")

    @property
    def successful(self) -> int:
        return int(self._last["SuccessfulCall(C)"])

    @property
    def failed(self) -> int:
        return int(self._last["FailedCall(C)"])

    @property
    def retransmissions(self) -> int:
        return int(self._last["Retransmissions(C)"])


async def place_calls(
    folder: Path, sip_port: int, *, calls: int, at_once: int, per_second: int, scenario: Path = SCENARIO
) -> Outcome:
    """Place `calls` calls to the centre; AssertionError with SIPp's words when it could not run."""
    (folder / "tone.al").write_bytes(a_law(tone(VOICE_HZ, 1.0)))
    statistics = folder / "sipp.csv"
    statistics.unlink(missing_ok=True)
    process = await asyncio.create_subprocess_exec(
        *("sipp", f"127.0.0.1:{sip_port}", "-sf", str(scenario), "-s", Centre.NUMBER, "-i", "127.0.0.1"),
        *("-p", str(free_port()), "-mi", "127.0.0.1", "-mp", "33000", "-m", str(calls), "-l", str(at_once)),
        *("-r", str(per_second), "-nostdin", "-trace_err", "-timeout", "120"),
        *("-trace_stat", "-stf", str(statistics), "-fd", "1"),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert statistics.exists(), output.decode(errors="replace")[-3000:]
    return Outcome(statistics)
