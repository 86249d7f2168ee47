"""What the API answers in a second over a million calls, and an invoice run, beside a handler that does nothing."""

import asyncio
import itertools
import random
import sys
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import httpx
import msgspec

from api.auth.principal import SESSION_COOKIE
from api.migrations import upgrade_postgres
from kernel.adapters import PostgresDatabase, SystemClock
from kernel.primitives.secret import Secret
from load_tests.api_data import MONTH, PASSWORD, Crowd, fill, found
from load_tests.api_invoices import invoice_run
from load_tests.peers.http_load import Taken, load, request
from load_tests.peers.postgres import ADMINISTRATOR, PostgresServer
from load_tests.peers.system import System, eventually, free_port
from load_tests.report import Row, row

WARM_UP_SECONDS = 1.0  # prepared statements, tenants' folds and directories
CONNECTIONS = 16
ALONE = 1  # how long one month takes, not how many can be asked for at once
UNLIMITED = str(10**9)
SETTINGS = ("shared_buffers=1GB", "synchronous_commit=on")
UNIT = "seconds per request"
BARE = "bare"


class Size(NamedTuple):
    """`seconds` of each case."""

    tenants: int
    calls: int
    workdays: int
    seats: int
    seconds: float


FULL = Size(tenants=20, calls=1_000_000, workdays=22, seats=2_014, seconds=10.0)
SHORT = Size(tenants=2, calls=2_000, workdays=2, seats=20, seconds=0.5)


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


@asynccontextmanager
async def prepared(server: PostgresServer, template: str) -> AsyncGenerator[tuple[PostgresDatabase, str]]:
    """A new database, and its name."""
    name = await server.create(template)
    database = PostgresDatabase(Secret(server.url(name)), SystemClock())
    try:
        yield database, name
    finally:
        await database.close()


async def empty(server: PostgresServer) -> str:
    """The name of a database that has our tables and nothing in them."""
    async with prepared(server, "template0") as (database, name):
        await upgrade_postgres(database)
    return name


async def invoiced(server: PostgresServer, template: str, seats: int) -> float:
    async with prepared(server, template) as (database, name):
        return await invoice_run(database, server.url(name, ADMINISTRATOR), seats)


async def asked(folder: Path, server: PostgresServer, template: str, size: Size) -> dict[str, Taken]:
    async with prepared(server, template) as (database, name):
        crowds = await found(database, size.tenants)
    await fill(server.url(name, ADMINISTRATOR), crowds, size.calls, size.workdays)
    async with bare_served() as port:
        cases = {BARE: await measured(port, itertools.repeat(request("GET", "/bare")), size.seconds)}
    async with served(folder, server.url(name)) as system:
        sessions = await logged_in(system, crowds)
        port = system.http_port
        cases["GET /v1/calls"] = await measured(port, lists(sessions), size.seconds)
        cases["indicators of a month"] = await measured(port, months(sessions), size.seconds, ALONE)
        cases["create contact"] = await measured(port, contacts(sessions), size.seconds)
    return cases


async def measure(folder: Path, short: bool) -> Sequence[Row]:
    size = SHORT if short else FULL
    async with stored() as server:
        template = await empty(server)
        invoice = await invoiced(server, template, size.seats)
        cases = await asked(folder, server, template, size)
    bare = cases.pop(BARE)
    rows = [row(case, size.calls, UNIT, taken.seconds, bare=bare.seconds) for case, taken in cases.items()]
    rows.append(row("invoice run", size.seats, UNIT, invoice, bare=bare.seconds))
    return rows + [row(f"{case}, p99", size.calls, UNIT, taken.p99, bare=bare.p99) for case, taken in cases.items()]
