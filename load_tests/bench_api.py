"""What the API answers in a second over a million calls, beside a handler that does nothing."""

import asyncio
import itertools
import random
import sys
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import msgspec

from api.auth.principal import SESSION_COOKIE
from api.migrations import upgrade_postgres
from kernel.adapters import PostgresDatabase, SystemClock
from kernel.primitives.secret import Secret
from load_tests.api_data import MONTH, PASSWORD, Crowd, fill, found
from load_tests.peers.http_load import Taken, load, request
from load_tests.peers.postgres import ADMINISTRATOR, PostgresServer
from load_tests.peers.system import System, eventually, free_port
from load_tests.report import Row, row

TENANTS, CALLS = 20, 1_000_000
SHORT_TENANTS, SHORT_CALLS = 2, 2_000
SECONDS, SHORT_SECONDS = 10.0, 0.5
WARM_UP_SECONDS = 1.0  # prepared statements, tenants' folds and directories
CONNECTIONS = 16
ALONE = 1  # how long one month takes, not how many can be asked for at once
UNLIMITED = str(10**9)
SETTINGS = ("shared_buffers=1GB", "synchronous_commit=on")
UNIT = "seconds per request"


class Session(msgspec.Struct, frozen=True):
    crowd: Crowd
    cookie: str

    def request(self, method: str, path: str, body: bytes = b"") -> bytes:
        return request(method, path, body, Cookie=f"{SESSION_COOKIE}={self.cookie}")


def lists(sessions: Sequence[Session]) -> Iterator[bytes]:
    """A page of one queue's calls of a week."""
    chance = random.Random(1)
    while True:
        session = chance.choice(sessions)
        since = MONTH + timedelta(days=chance.randrange(24))
        span = f"since={since:%Y-%m-%dT%H:%M:%SZ}&until={since + timedelta(days=7):%Y-%m-%dT%H:%M:%SZ}"
        yield session.request("GET", f"/v1/calls?limit=50&queue_id={chance.choice(session.crowd.queues)}&{span}")


def months(sessions: Sequence[Session]) -> Iterator[bytes]:
    for session in itertools.cycle(sessions):
        yield session.request("GET", "/v1/indicators?by=queue&since=2026-03-01T00:00:00Z&until=2026-04-01T00:00:00Z")


def contacts(sessions: Sequence[Session]) -> Iterator[bytes]:
    for number, session in enumerate(itertools.cycle(sessions)):
        new = {"name": f"Contact {number}", "numbers": [f"+4420{number:08}"], "emails": [f"c{number}@example.org"]}
        yield session.request("POST", "/v1/contacts", msgspec.json.encode(new))


@asynccontextmanager
async def stored() -> AsyncGenerator[PostgresServer]:
    server = PostgresServer(*SETTINGS)
    try:
        yield await asyncio.to_thread(server.__enter__)
    finally:
        await asyncio.to_thread(server.__exit__)


@asynccontextmanager
async def served(folder: Path, url: str) -> AsyncGenerator[System]:
    extra = {"CORDBOARD_STORAGE__DATABASE": url}
    for whose in ("LOG_IN", "CREDENTIAL", "TENANT"):
        extra[f"CORDBOARD_LIMITS__{whose}_REQUESTS"] = UNLIMITED
    system = System(folder, extra)
    await system.start()
    try:
        yield system
    finally:
        await system.stop()


@asynccontextmanager
async def bare_served() -> AsyncGenerator[int]:
    port = free_port()
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "load_tests.peers.bare", str(port))

    async def answers() -> bool:
        async with httpx.AsyncClient() as client:
            try:
                return (await client.get(f"http://127.0.0.1:{port}/bare")).is_success
            except httpx.TransportError:
                return False

    try:
        if not await eventually(answers):
            raise RuntimeError("the bare handler does not answer")
        yield port
    finally:
        process.terminate()
        await process.wait()


async def logged_in(system: System, crowds: Sequence[Crowd]) -> list[Session]:
    sessions: list[Session] = []
    for crowd in crowds:
        async with system.client() as client:
            await client.post("/v1/session", json={"email": crowd.owner, "password": PASSWORD})
            sessions.append(Session(crowd, client.cookies[SESSION_COOKIE]))
    return sessions


async def measured(port: int, requests: Iterator[bytes], seconds: float, connections: int = CONNECTIONS) -> Taken:
    await load(port, requests, min(seconds, WARM_UP_SECONDS), connections)
    return await load(port, requests, seconds, connections)


async def measure(folder: Path, short: bool) -> Sequence[Row]:
    tenants, calls, seconds = (SHORT_TENANTS, SHORT_CALLS, SHORT_SECONDS) if short else (TENANTS, CALLS, SECONDS)
    async with stored() as server:
        name = await server.create()
        database = PostgresDatabase(Secret(server.url(name)), SystemClock())
        await upgrade_postgres(database)
        crowds = await found(database, tenants)
        await database.close()
        await fill(server.url(name, ADMINISTRATOR), crowds, calls)
        async with bare_served() as port:
            bare = await measured(port, itertools.repeat(request("GET", "/bare")), seconds)
        async with served(folder, server.url(name)) as system:
            sessions = await logged_in(system, crowds)
            listed = await measured(system.http_port, lists(sessions), seconds)
            month = await measured(system.http_port, months(sessions), seconds, ALONE)
            added = await measured(system.http_port, contacts(sessions), seconds)
    cases = {"GET /v1/calls": listed, "indicators of a month": month, "create contact": added}
    rows = [row(case, calls, UNIT, taken.seconds, bare=bare.seconds) for case, taken in cases.items()]
    return rows + [row(f"{case}, p99", calls, UNIT, taken.p99, bare=bare.p99) for case, taken in cases.items()]
