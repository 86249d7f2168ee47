"""Programs that stand between a caller and a callee, each pinned to one core: ours and its peers."""

import asyncio
import os
import signal
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from load_tests.peers.sipp import CORE_OF_SIPP
from load_tests.peers.system import free_port
from load_tests.processes import cpu_seconds, family

CORE_UNDER_TEST = 0
SIPPY = "sippy==2.5"  # PyPI; from an environment of its own that uv keeps
KAMAILIO = Path(__file__).parent / "kamailio/proxy.cfg"
START_SECONDS = 60.0  # the first use of sippy downloads and builds it

HERE = "127.0.0.1"


def pinned(core: int) -> tuple[str, ...]:
    return ("taskset", "--cpu-list", str(core))


class Program:
    """One process, and those that it starts."""

    def __init__(
        self,
        name: str,
        port: int,
        words: Sequence[str],
        extra: Mapping[str, str] = {},
        core: int = CORE_UNDER_TEST,
    ) -> None:
        self.name = name
        self.port = port
        self._words = words
        self._extra = extra
        self._core = core
        self.by_contact = True
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, folder: Path) -> None:
        """Returns when its UDP port is taken; AssertionError with its words when it ends before."""
        with (folder / f"{self.name}.log").open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                *pinned(self._core),
                *self._words,
                cwd=folder,
                env={**os.environ, **self._extra},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        async with asyncio.timeout(START_SECONDS):
            while not is_taken(self.port):
                assert self._process.returncode is None, (folder / f"{self.name}.log").read_text()[-2000:]
                await asyncio.sleep(0.05)

    def cpu_seconds(self) -> float:
        assert self._process is not None
        return sum(cpu_seconds(pid) for pid in family(self._process.pid))

    async def stop(self) -> None:
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGTERM)
            try:
                await asyncio.wait_for(self._process.wait(), 5)
            except TimeoutError:
                os.killpg(self._process.pid, signal.SIGKILL)
                await self._process.wait()


def is_taken(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((HERE, port))
        except OSError:
            return True
    return False


def kamailio(folder: Path, next_hop: int) -> Program:
    port = free_port()
    config = folder / "kamailio.cfg"
    words = KAMAILIO.read_text().replace("NEXT_HOP", f"{HERE}:{next_hop}").replace("LISTEN", f"udp:{HERE}:{port}", 1)
    config.write_text(words)
    run = ("kamailio", "-f", str(config), "-DD", "-E", "-m", "256", "-M", "32")
    return Program("kamailio", port, (*run, "-Y", str(folder), "-P", str(folder / "kamailio.pid")))


def sippy(folder: Path, next_hop: int) -> Program:
    port = free_port()
    run = ("uv", "tool", "run", "--python", "3.11", "--from", SIPPY, "b2bua_simple", "-f")
    quiet = {"SIPLOG_LVL": "CRIT", "SIPLOG_BEND": "stderr"}
    program = Program("sippy", port, (*run, "-l", HERE, "-p", str(port), "-n", f"{HERE}:{next_hop}"), quiet)
    program.by_contact = False  # its Contact is `Anonymous <sip:...>`
    return program


def callee(port: int, core: int = CORE_OF_SIPP, messages: Path | None = None) -> Program:
    """SIPp's own: 180, 200, and 200 for the BYE; `messages` where each is to be noted with its time."""
    noted = ("-trace_msg", "-message_file", str(messages)) if messages else ()
    words = ("sipp", "-sn", "uas", "-i", HERE, "-p", str(port), "-nostdin", *noted)
    return Program("sipp", port, words, core=core)
