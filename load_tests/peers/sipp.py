"""SIPp as many callers with voices."""

import asyncio
import csv
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from load_tests.peers.sound import a_law, tone
from load_tests.peers.system import Centre, first_rtp_port, free_port

DIALLER = Path(__file__).parent / "scenarios/dialler.xml"
WAITER = Path(__file__).parent / "scenarios/waiter.xml"
SCENARIO = Path(__file__).parent / "scenarios/caller.xml"
CORE_OF_SIPP = 1 if (os.cpu_count() or 1) > 1 else 0  # the program under test has the other one
VOICE_HZ = 700.0
PORTS_PER_CALL = 4  # RTP and RTCP, of sound and of a picture; those of an ended call are not taken again
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
    def per_second(self) -> float:
        """Calls by the time from the first one's begin to the last one's end."""
        return float(self._last["CallRate(C)"])

    @property
    def retransmissions(self) -> int:
        return int(self._last["Retransmissions(C)"])


class Dialler(NamedTuple):
    """A run of `dialler.xml`: calls without sound; `messages` where every message is to be noted with its time."""

    called: str
    calls: int
    per_second: int
    messages: Path | None = None
    by_contact: bool = True  # else to the address that was dialled: SIPp cannot read a Contact with a name in it
    seconds: float = 120.0


async def dial(folder: Path, port: int, run: Dialler) -> Outcome:
    """Call through whatever listens on `port`; AssertionError with SIPp's words when it could not run."""
    statistics = folder / "dialler.csv"
    statistics.unlink(missing_ok=True)
    noted = ("-trace_msg", "-message_file", str(run.messages)) if run.messages else ()
    scenario, words = folder / "dialler.xml", DIALLER.read_text()
    scenario.write_text(
        words if run.by_contact else words.replace("[next_url]", "sip:[service]@[remote_ip]:[remote_port]")
    )
    process = await asyncio.create_subprocess_exec(
        *("taskset", "--cpu-list", str(CORE_OF_SIPP), "sipp", f"127.0.0.1:{port}", "-sf", str(scenario)),
        *("-s", run.called, "-i", "127.0.0.1", "-p", str(free_port()), "-nostdin", "-m", str(run.calls)),
        *("-l", str(run.per_second * 20), "-r", str(run.per_second), "-timeout", f"{run.seconds:.0f}"),
        *("-trace_stat", "-stf", str(statistics), "-fd", "1", *noted),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert statistics.exists(), output.decode(errors="replace")[-3000:]
    return Outcome(statistics)


@asynccontextmanager
async def waiting_callers(folder: Path, port: int, callers: int, per_second: int) -> AsyncGenerator[None]:
    """Callers without sound who hold the line until they are hung up on; those who are left vanish without a word."""
    process = await asyncio.create_subprocess_exec(
        *("sipp", f"127.0.0.1:{port}", "-sf", str(WAITER), "-s", Centre.NUMBER, "-i", "127.0.0.1"),
        *("-p", str(free_port()), "-nostdin", "-m", str(callers), "-l", str(callers), "-r", str(per_second)),
        cwd=folder,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def place_calls(
    folder: Path, sip_port: int, *, calls: int, at_once: int, per_second: int, scenario: Path = SCENARIO
) -> Outcome:
    """Place `calls` calls to the centre; AssertionError with SIPp's words when it could not run."""
    (folder / "tone.al").write_bytes(a_law(tone(VOICE_HZ, 1.0)))
    statistics = folder / "sipp.csv"
    statistics.unlink(missing_ok=True)
    process = await asyncio.create_subprocess_exec(
        *("sipp", f"127.0.0.1:{sip_port}", "-sf", str(scenario), "-s", Centre.NUMBER, "-i", "127.0.0.1"),
        *("-p", str(free_port()), "-mi", "127.0.0.1", "-mp", str(first_rtp_port(PORTS_PER_CALL * calls))),
        *("-m", str(calls), "-l", str(at_once), "-r", str(per_second), "-nostdin", "-trace_err", "-timeout", "120"),
        *("-trace_stat", "-stf", str(statistics), "-fd", "1"),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert statistics.exists(), output.decode(errors="replace")[-3000:]
    return Outcome(statistics)
