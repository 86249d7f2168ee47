"""A whole Cordboard for a test: `cordboard serve` as its own process, set up through its command line and API alone."""

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

CORDBOARD = Path(sys.executable).with_name("cordboard")
PASSWORD = "correct horse battery staple"
START_SECONDS = 60.0
SETTLE_SECONDS = 10


def free_port() -> int:
    """A port that is free for UDP and TCP, below those that the kernel gives to outgoing connections meanwhile."""
    while True:
        port = 10_000 + secrets.randbelow(9_000)
        udp, tcp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), socket.socket()
        with udp, tcp, contextlib.suppress(OSError):
            udp.bind(("127.0.0.1", port))
            tcp.bind(("127.0.0.1", port))
            return port


class System:
    """Owns one data folder; the server process can be stopped, killed and started again over it."""

    def __init__(self, folder: Path, extra: Mapping[str, str] = {}, prefix: Sequence[str] = ()) -> None:
        """`prefix`: words before the server's command, such as taskset's."""
        self.folder = folder
        self._prefix = prefix
        self.http_port = free_port()
        self.sip_port = free_port()
        self.webrtc_port = free_port()
        rtp = 20000 + (os.getpid() * 97 + self.http_port) % 300 * 100
        self.environment = {
            **os.environ,
            "CORDBOARD_HTTP__PORT": str(self.http_port),
            "CORDBOARD_SIP__PORT": str(self.sip_port),
            "CORDBOARD_MEDIA__WEBRTC": f"127.0.0.1:{self.webrtc_port}",
            "CORDBOARD_MEDIA__RTP_PORTS": f"{rtp}-{rtp + 999}",
            "CORDBOARD_STORAGE__FOLDER": str(folder / "var"),
            **extra,
        }
        self.url = f"http://127.0.0.1:{self.http_port}"
        self.process: asyncio.subprocess.Process | None = None
        self.owner = self.client()

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.url, headers={"X-Cordboard": "1"}, timeout=10)

    async def run(self, *arguments: str) -> str:
        process = await asyncio.create_subprocess_exec(
            CORDBOARD, *arguments, env=self.environment, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await process.communicate()
        assert process.returncode == 0, output.decode()
        return output.decode()

    async def start(self) -> None:
        with (self.folder / "serve.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self._prefix, CORDBOARD, "serve", env=self.environment, stdout=log, stderr=log
            )
        async with asyncio.timeout(START_SECONDS):
            while not await self.healthy():
                assert self.process.returncode is None, (self.folder / "serve.log").read_text()[-4000:]
                await asyncio.sleep(0.05)

    async def healthy(self) -> bool:
        try:
            return (await self.owner.get("/healthz")).status_code == 200
        except httpx.TransportError:
            return False

    async def settled(self) -> None:
        """Returns when what was committed is known everywhere, such as a new number to routing."""
        async with asyncio.timeout(SETTLE_SECONDS):
            while "cordboard_messages_waiting 0" not in (await self.owner.get("/metrics")).text:  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    @property
    def server_pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def engine_pid(self) -> int:
        """By its socket's peer credentials (unix(7), SO_PEERCRED)."""
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(str(next((self.folder / "var").rglob("*.sock"))))
            return int.from_bytes(probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)[:4], sys.byteorder)

    async def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    def freeze(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    async def stop(self) -> None:
        """End everything, the engine too."""
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self.process.wait(), 15)
            except TimeoutError:
                await self.kill()
        await self.run("engine", "stop")
        await self.owner.aclose()

    async def log_in(self, client: httpx.AsyncClient, email: str) -> dict[str, Any]:
        answer = await client.post("/v1/session", json={"email": email, "password": PASSWORD})
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()

    async def post(self, path: str, **body: Any) -> dict[str, Any]:
        answer = await self.owner.post(path, json=body)
        assert answer.is_success, f"{path}: {answer.text}"
        return answer.json()

    async def get(self, path: str, **query: Any) -> dict[str, Any]:
        answer = await self.owner.get(path, params=query)
        assert answer.is_success, f"{path}: {answer.text}"
        return answer.json()


class Centre:
    """One tenant with a queue, a number, a trunk from 127.0.0.1 and agents with seats."""

    NUMBER = "+442071838750"

    def __init__(
        self, system: System, queue: dict[str, Any], agents: list[dict[str, Any]], trunk: dict[str, Any]
    ) -> None:
        self.system = system
        self.queue = queue
        self.agents = agents
        self.trunk = trunk


async def make_centre(system: System, agents: int = 1, carrier_port: int = 5060, **queue: Any) -> Centre:
    """Needs a running system; uses only the command line and the API."""
    await system.log_in(system.owner, "owner@example.org")
    await system.owner.patch("/v1/plan", json={"seats": max(agents, 1)})
    people = [
        await system.post(
            "/v1/users", email=f"agent{n}@example.org", name=f"Agent {n}", password=PASSWORD, roles=["agent"]
        )
        for n in range(1, agents + 1)
    ]
    for person in people:
        assert (await system.owner.put(f"/v1/seats/{person['id']}")).is_success
    rules = await system.post("/v1/queues", name="Service", agents=[person["id"] for person in people], **queue)
    trunk = await system.post(
        "/v1/trunks", name="Carrier", sources=["127.0.0.1/32"], host="127.0.0.1", port=carrier_port, transport="udp"
    )
    await system.post("/v1/numbers", e164=Centre.NUMBER, queue_id=rules["id"])
    await system.settled()
    return Centre(system, rules, people, trunk)


async def new_system(folder: Path, prefix: Sequence[str] = (), **extra: str) -> System:
    system = System(folder, extra, prefix)
    await system.run("init", "--tenant", "Example", "--email", "owner@example.org", "--password", PASSWORD)
    await system.start()
    return system


async def eventually(check: Any, seconds: float = 10.0, every: float = 0.05) -> Any:
    """The first truthy answer of an awaited `check`; the last one after `seconds`."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        answer = await check()
        if answer or asyncio.get_running_loop().time() > deadline:
            return answer
        await asyncio.sleep(every)
