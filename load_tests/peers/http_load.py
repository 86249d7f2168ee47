"""As many requests as a server answers: a few keep-alive connections, each asking as soon as it was answered."""

import asyncio
import time
from collections.abc import Iterator
from typing import NamedTuple

HEADER_BYTES = 65_536


class Taken(NamedTuple):
    """`seconds` per request of all connections together; `p99` of one request's time from asking to the last byte."""

    seconds: float
    p99: float


class WrongAnswer(Exception):
    """The server did not answer as the benchmark needs it."""


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> None:
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    place = head.lower().index(b"content-length:")
    length = int(head[place + 15 : head.index(b"\r\n", place)])
    body = await reader.readexactly(length)
    if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201")):
        raise WrongAnswer((head + body).decode(errors="replace")[:2000])


async def _connection(port: int, requests: Iterator[bytes], until: float, times: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=HEADER_BYTES)
    try:
        for request in requests:
            began = time.perf_counter()
            if began >= until:
                return
            await _ask(reader, writer, request)
            times.append(time.perf_counter() - began)
    finally:
        writer.close()


async def load(port: int, requests: Iterator[bytes], seconds: float, connections: int) -> Taken:
    """The connections draw from one endless supply of requests."""
    times: list[float] = []
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(_connection(port, requests, began + seconds, times))
    passed = time.perf_counter() - began
    ordered = sorted(times)
    return Taken(passed / len(ordered), ordered[int(len(ordered) * 0.99)])


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    told = {"Host": "127.0.0.1", "X-Cordboard": "1"} | headers
    if body:
        told |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
