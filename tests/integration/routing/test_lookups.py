"""Lookups of flows against a real HTTP server: within the time, and only where the guard has looked."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpcore
import pytest

from kernel.adapters import GuardedWeb
from kernel.primitives.ids import TenantId
from kernel.primitives.secret import Secret
from kernel.primitives.web_guard import WebRules
from routing.errands import LookupClient
from routing.flows.limits import LOOKUP_ANSWER_BYTES
from routing.flows.run.effects import StartLookup
from routing.flows.run.words import LookupAnswered, LookupFailed

TENANT = TenantId(UUID(int=1))
OUTSIDE, ELSEWHERE = "93.184.215.14", "93.184.215.15"  # global addresses, which the test's network leads to its server
CRM, OTHER = "crm.example.com", "other.example.com"


class Server:
    """Answers each path with what is written down for it; notes every request."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.answers: dict[str, bytes] = {}
        self.silent = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = next((int(line[15:]) for line in head.lower().split("\r\n") if line.startswith("content-length:")), 0)
        self.requests.append(head + (await reader.readexactly(length)).decode())
        answer = self.answers.get(head.split(" ")[1])
        if answer is None:
            await self.silent.wait()
        writer.write(answer or b"")
        writer.close()


class Network(httpcore.AsyncNetworkBackend):
    """Leads every address to the server, and notes to which the client wanted to connect."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._backend: Any = httpcore.AnyIOBackend()
        self.connected: list[tuple[str, int]] = []

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (the name in the base class)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self.connected.append((host, port))
        return await self._backend.connect_tcp("127.0.0.1", self._port, timeout)


class Names:
    """A DNS whose answers change: the first ones are for the first question."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Sequence[str]]] = {CRM: [[OUTSIDE]], OTHER: [[ELSEWHERE]]}

    async def __call__(self, host: str) -> Sequence[str]:
        found = self.answers.get(host, [()])
        return found.pop(0) if len(found) > 1 else found[0]


class Credentials:
    async def value(self, tenant: TenantId, name: str) -> Secret | None:
        return Secret("Bearer s3cret") if (tenant, name) == (TENANT, "crm") else None


class Place:
    def __init__(self, server: Server, network: Network) -> None:
        self.server, self.network, self.names = server, network, Names()
        rules = WebRules(plain_hosts=frozenset({CRM, OTHER}))
        self.client = LookupClient(GuardedWeb(rules, resolver=self.names, backend=network), rules, Credentials())

    async def ask(self, url: str, **more: Any) -> LookupAnswered | LookupFailed:
        fields: dict[str, Any] = {"method": "GET", "headers": {}, "body": None, "credential": None, "seconds": 5.0}
        return await self.client.ask(TENANT, StartLookup(turn=7, url=url, **(fields | more)))


@asynccontextmanager
async def placed() -> AsyncGenerator[Place]:
    server = Server()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    try:
        yield Place(server, Network(listening.sockets[0].getsockname()[1]))
    finally:
        server.silent.set()
        listening.close()


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    async with placed() as place:
        yield place


def answer(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def moved(to: str, status: str = "302 Found") -> bytes:
    return answer(b"", status, f"Location: {to}")


async def test_an_answer_comes_from_the_address_that_was_judged(place: Place) -> None:
    place.names.answers[CRM] = [[OUTSIDE], ["127.0.0.1"]]  # what a second question would be told
    place.server.answers["/customers/4711"] = answer(b'{"level": 3}')
    told = await place.ask(f"http://{CRM}/customers/4711", credential="crm", headers={"X-Site": "a", "Host": "evil"})
    assert told == LookupAnswered(turn=7, status=200, body=b'{"level": 3}')
    assert place.network.connected == [(OUTSIDE, 80)]
    (request,) = place.server.requests
    head = request.lower()
    assert "authorization: bearer s3cret" in head
    assert "x-site: a" in head
    assert f"host: {CRM}\r\n" in head
    assert "evil" not in head


async def test_a_body_is_sent_as_json(place: Place) -> None:
    place.server.answers["/ask"] = answer(b"{}")
    await place.ask(f"http://{CRM}/ask", method="POST", body=b'{"number":"4711"}')
    assert place.server.requests[0].endswith('{"number":"4711"}')
    assert "content-type: application/json" in place.server.requests[0].lower()


@pytest.mark.parametrize(
    ("addresses", "why"),
    [
        (["127.0.0.1"], "address"),
        (["10.0.0.7"], "address"),
        (["169.254.169.254"], "address"),
        (["::1"], "address"),
        (["::ffff:10.0.0.7"], "address"),
        ([OUTSIDE, "192.168.1.1"], "address"),
        ([], "unresolved"),
    ],
)
async def test_private_networks_are_not_connected_to(place: Place, addresses: list[str], why: str) -> None:
    place.names.answers[CRM] = [addresses]
    assert await place.ask(f"http://{CRM}/") == LookupFailed(turn=7, why=why)
    assert place.network.connected == []


async def test_a_redirect_is_judged_too_and_takes_no_credential_along(place: Place) -> None:
    place.server.answers |= {"/a": moved(f"http://{OTHER}/b"), "/b": answer(b"{}")}
    told = await place.ask(f"http://{CRM}/a", credential="crm")
    assert isinstance(told, LookupAnswered)
    assert place.network.connected == [(OUTSIDE, 80), (ELSEWHERE, 80)]
    assert ["authorization" in request.lower() for request in place.server.requests] == [True, False]

    place.names.answers[OTHER] = [["10.0.0.7"]]
    assert await place.ask(f"http://{CRM}/a") == LookupFailed(turn=7, why="address")
    assert place.network.connected[2:] == [(OUTSIDE, 80)]


async def test_a_server_that_sends_round_and_round_is_left(place: Place) -> None:
    place.server.answers["/a"] = moved("/a")
    assert await place.ask(f"http://{CRM}/a") == LookupFailed(turn=7, why="redirects")


@pytest.mark.parametrize(
    ("path", "body", "why"),
    [
        ("/silent", None, "time"),
        ("/long", answer(b"x" * (LOOKUP_ANSWER_BYTES + 1)), "too_long"),
        ("/b", b"?", "connect"),
    ],
)
async def test_what_is_no_answer_fails(place: Place, path: str, body: bytes | None, why: str) -> None:
    if body is not None:
        place.server.answers[path] = body
    assert await place.ask(f"http://{CRM}{path}", seconds=0.3 if body is None else 5.0) == LookupFailed(turn=7, why=why)


async def test_a_credential_that_is_gone_is_not_left_out_silently(place: Place) -> None:
    assert await place.ask(f"http://{CRM}/", credential="former") == LookupFailed(turn=7, why="credential")
    assert place.network.connected == []
