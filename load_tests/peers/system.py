"""A whole Cordboard for a test: `cordboard serve` as its own process, set up through its command line and API alone."""

import asyncio
import atexit
import contextlib
import os
import random
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from media.control.process import EngineSettings
from media.control.slots import EngineSlots

CORDBOARD = Path(sys.executable).with_name("cordboard")
PASSWORD = "correct horse battery staple"
START_SECONDS = 120.0  # four on a quiet machine
SETTLE_SECONDS = 10
OWNER = "owner@example.org"
DATABASE = "CORDBOARD_STORAGE__DATABASE"
PORTS = range(10_000, 19_000)  # below those that the kernel gives to outgoing connections meanwhile
RTP_PORTS = range(20_000, 51_000)


def own_share(ports: range) -> range:
    """Of ports that are looked for before they are bound: tests side by side must not find the same one."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    size = len(ports) // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")) // 2 * 2  # RTP's ports are even
    return ports[worker * size : (worker + 1) * size]


def in_any_order(ports: range) -> Iterator[int]:
    """Each port of this process's share, then all of them again: no two servers are given the same one."""
    share = own_share(ports)
    while True:
        yield from random.SystemRandom().sample(share, len(share))


_ports = in_any_order(PORTS)


def free_port() -> int:
    """A port that is free for UDP and TCP, and that nobody in this process was given before."""
    for port in _ports:
        udp, tcp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), socket.socket()
        with udp, tcp, contextlib.suppress(OSError):
            udp.bind(("127.0.0.1", port))
            tcp.bind(("127.0.0.1", port))
            return port
    raise AssertionError("The ports never end.")


class Blocks:
    """One block of neighbours after the other, from somewhere in this process's share: none is given twice soon."""

    def __init__(self, ports: range) -> None:
        self._ports = own_share(ports)
        self._next = random.SystemRandom().choice(self._ports[::100])

    def take(self, count: int) -> range:
        if self._next + count > self._ports.stop:
            self._next = self._ports.start
        first, self._next = self._next, self._next + count
        return range(first, first + count)


_blocks = Blocks(RTP_PORTS)


def rtp_ports(count: int) -> str:
    """So many ports for the sound of a program, as an engine's settings name them and a telephone's."""
    block = _blocks.take(count)
    return f"{block.start}-{block.stop - 1}"


def first_rtp_port(count: int) -> int:
    """Where so many ports for sound begin, for a program that counts on from there."""
    return _blocks.take(count).start


class System:
    """Owns one data folder; the server process can be stopped, killed and started again over it."""

    def __init__(self, folder: Path, extra: Mapping[str, str] = {}, prefix: Sequence[str] = ()) -> None:
        """`prefix`: words before the server's command, such as taskset's."""
        self.folder = folder
        self.storage = folder / "var"
        self._prefix = prefix
        self.http_port = free_port()
        self.sip_port = free_port()
        self.webrtc_port = free_port()
        self.environment = {
            **os.environ,
            "CORDBOARD_HTTP__PORT": str(self.http_port),
            "CORDBOARD_SIP__PORT": str(self.sip_port),
            "CORDBOARD_MEDIA__WEBRTC": f"127.0.0.1:{self.webrtc_port}",
            "CORDBOARD_MEDIA__RTP_PORTS": rtp_ports(1_000),
            "CORDBOARD_STORAGE__FOLDER": str(self.storage),
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
        self.process = await self.serve()
        await self.ready()

    async def serve(self) -> asyncio.subprocess.Process:
        """Another server process over the same storage; on PostgreSQL it stands by while there is one."""
        with (self.folder / "serve.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *self._prefix, CORDBOARD, "serve", env=self.environment, stdout=log, stderr=log
            )

    async def ready(self) -> None:
        assert self.process is not None
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
            probe.connect(str(next(self.storage.rglob("*.sock"))))
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
        await EngineSlots(EngineSettings(folder=self.storage / "engine")).stop()
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
    await system.log_in(system.owner, OWNER)
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
    await _found(system)
    try:
        await system.start()
    except BaseException:
        await system.stop()
        raise
    return system


_founded: list[Path] = []  # the storage folder that `cordboard init` left in this process, for copies


async def _found(system: System) -> None:
    """`cordboard init` takes longer than most tests, and leaves the same in every folder."""
    if DATABASE in system.environment:
        await _init(system)
        return
    if not _founded:
        await _init(system)
        kept = Path(tempfile.mkdtemp(prefix="cordboard-founded-"))
        atexit.register(shutil.rmtree, kept, ignore_errors=True)
        _founded.append(shutil.copytree(system.storage, kept / "var"))
    else:
        shutil.copytree(_founded[0], system.storage, dirs_exist_ok=True)


async def _init(system: System) -> None:
    await system.run("init", "--tenant", "Example", "--email", OWNER, "--password", PASSWORD)


async def eventually(check: Any, seconds: float = 10.0, every: float = 0.05) -> Any:
    """The first truthy answer of an awaited `check`; the last one after `seconds`."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        answer = await check()
        if answer or asyncio.get_running_loop().time() > deadline:
            return answer
        await asyncio.sleep(every)
