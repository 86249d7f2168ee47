"""Programs that nobody here wrote, as peers: started for a test, waited for, and ended with it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

HOST = "127.0.0.1"
START_SECONDS = 10.0  # until a program listens, on a machine with other work


@asynccontextmanager
async def running(folder: Path, *command: str) -> AsyncGenerator[asyncio.subprocess.Process]:
    """A program in its folder, deaf and mute."""
    nothing = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*command, cwd=folder, stdin=nothing, stdout=nothing, stderr=nothing)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def accepts(port: int) -> None:
    """Wait until somebody takes connections; TimeoutError."""
    async with asyncio.timeout(START_SECONDS):
        while True:
            try:
                _, writer = await asyncio.open_connection(HOST, port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return
