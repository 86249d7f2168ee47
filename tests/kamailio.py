"""Kamailio with one of the configurations of tests/interop/scenarios."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from load_tests.peers.sip_programs import is_taken
from load_tests.peers.system import free_port

SCENARIOS = Path(__file__).parent / "interop" / "scenarios"


class Kamailio:
    def __init__(self, port: int, log: Path) -> None:
        self.port = port
        self._log = log

    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def noted(self, words: str) -> int:
        """How many lines of its log end so."""
        return sum(line.endswith(words) for line in self.log().splitlines())


@asynccontextmanager
async def kamailio(config: str, folder: Path, port_name: str, *defined: str) -> AsyncGenerator[Kamailio]:
    """Runs `config` while the block lasts; its port is defined as `port_name`, `defined` are NAME=VALUE."""
    port = free_port()
    folder.mkdir()
    with (folder / "log").open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *("kamailio", "-f", str(SCENARIOS / config), "-DD", "-E", "-w", str(folder), "-Y", str(folder)),
            *(part for one in (f"{port_name}={port}", *defined) for part in ("-A", one)),
            stdout=out,
            stderr=out,
        )
    running = Kamailio(port, folder / "log")
    try:
        async with asyncio.timeout(10):
            while not is_taken(port):
                assert process.returncode is None, running.log()[-2000:]
                await asyncio.sleep(0.02)
        yield running
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
