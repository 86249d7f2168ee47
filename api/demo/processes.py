"""The processes of a demonstration: the server with its engine, and the carrier."""

import asyncio
import contextlib
import os
import random
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import httpx
import msgspec

from api import settings as configuration
from api.composition import engine_slots
from api.demo.plans import CarrierEvent, CarrierPlan, Listening

CORDBOARD = Path(sys.executable).with_name("cordboard")
START_SECONDS = 30.0  # a cold start on a slow disk, migrations included
STOP_SECONDS = 15.0
_RTP_BLOCK = 1000  # ports: a demonstration holds some forty


class DemonstrationFailed(Exception):
    """What a person can act on."""


PORT_TRIES = 100  # a port taken for TCP alone is rare; a hundred in a row means that none is left


def free_port(wanted: int = 0) -> int:
    """`wanted` where it is free, else any; free for UDP and TCP, since SIP needs both."""
    for port in (wanted, *[0] * PORT_TRIES):
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp, contextlib.suppress(OSError):
            tcp.bind(("127.0.0.1", port))
            udp.bind(tcp.getsockname())
            return tcp.getsockname()[1]
    raise DemonstrationFailed("No port is free on this machine.")


def environment_for(folder: Path, http_port: int) -> dict[str, str]:
    """Settings of a server that shares nothing with another one on this machine."""
    first = random.SystemRandom().randrange(20_000, 30_000, _RTP_BLOCK)
    return {
        "CORDBOARD_HTTP__HOST": "127.0.0.1",
        "CORDBOARD_HTTP__PORT": str(http_port),
        "CORDBOARD_SIP__HOST": "127.0.0.1",
        "CORDBOARD_SIP__PORT": str(free_port()),
        "CORDBOARD_MEDIA__WEBRTC": f"127.0.0.1:{free_port()}",
        "CORDBOARD_MEDIA__RTP_PORTS": f"{first}-{first + _RTP_BLOCK - 1}",
        "CORDBOARD_STORAGE__FOLDER": str(folder),
    }


class ServerProcess:
    """`cordboard serve` and the engine that it starts; both end with `stop`."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self._environment = {**os.environ, **environment}
        self._settings = configuration.load(environment=self._environment)
        self._log = log
        self._url = f"http://{self._settings.http.host}:{self._settings.http.port}"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                CORDBOARD,
                "serve",
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is ours: the robots leave before their server does
            )
        try:
            async with asyncio.timeout(START_SECONDS), httpx.AsyncClient(base_url=self._url) as client:
                while not await self._healthy(client):  # noqa: ASYNC110 (another process tells nobody)
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise DemonstrationFailed(f"The server did not start: read {self._log}.") from None

    async def _healthy(self, client: httpx.AsyncClient) -> bool:
        if self._process is None or self._process.returncode is not None:
            raise DemonstrationFailed(f"The server ended at its start: read {self._log}.")
        try:
            return (await client.get("/healthz")).is_success
        except httpx.TransportError:
            return False

    async def stop(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        await engine_slots(self._settings).stop()


class CarrierProcess:
    """`python -m api.demo.carrier`; its events go to `told`."""

    def __init__(self, plan: CarrierPlan, told: Callable[[CarrierEvent], None]) -> None:
        self._plan = plan
        self._told = told
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()

    async def start(self) -> None:
        """Returns when it can be called."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "api.demo.carrier",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(self._plan) + b"\n")
        await self._process.stdin.drain()
        self._reading = asyncio.create_task(self._read())
        try:
            await asyncio.wait_for(self._listening.wait(), START_SECONDS)
        except TimeoutError:
            raise DemonstrationFailed("The carrier did not start.") from None

    async def _read(self) -> None:
        async for line in self._lines():
            event: CarrierEvent = msgspec.json.decode(line, type=CarrierEvent)
            if isinstance(event, Listening):
                self._listening.set()
            self._told(event)

    async def _lines(self) -> AsyncIterator[bytes]:
        assert self._process is not None
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            yield line

    async def stop(self) -> None:
        """It hangs up what is under way; nothing of its reports is lost."""
        if self._process is None or self._process.stdin is None:
            return
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        if self._reading is not None:
            await self._reading
