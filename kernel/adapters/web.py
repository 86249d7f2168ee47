"""kernel.ports.web.Web and WebAddresses by HTTP/1.1: connects to no address but those that the guard has judged."""

import asyncio
import socket
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import cast
from urllib.parse import urlsplit

import httpcore
import structlog

from kernel.ports.web import NoAnswer, WebAnswer, WebServer
from kernel.primitives.web_guard import WebRules, refusal, url_refusal

REDIRECTED = range(300, 400)  # RFC 9110 15.4

SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
Resolve = Callable[[str], Awaitable[Sequence[str]]]
"""All addresses of a host name, none where it has none."""

log = structlog.get_logger(__name__)


async def resolve(host: str) -> Sequence[str]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return ()
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


class GuardedWeb:
    """`backend` and `resolver` are the network, `context` whom TLS believes; tests bring their own."""

    def __init__(
        self,
        rules: WebRules,
        *,
        resolver: Resolve = resolve,
        backend: httpcore.AsyncNetworkBackend | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._rules = rules
        self._resolve = resolver
        self._backend = backend or cast(httpcore.AsyncNetworkBackend, httpcore.AnyIOBackend())
        self._context = context

    @asynccontextmanager
    async def server(self, url: str) -> AsyncGenerator[WebServer]:
        addresses = await self.addresses(url)
        if self._context is None:
            self._context = await asyncio.to_thread(ssl.create_default_context)
        backend = _Judged(addresses, self._backend)
        async with httpcore.AsyncConnectionPool(self._context, max_connections=1, network_backend=backend) as pool:
            yield _Server(url, pool)

    async def addresses(self, url: str) -> Sequence[str]:
        """kernel.ports.web.WebAddresses."""
        wrong = url_refusal(url, self._rules)
        addresses = () if wrong is not None else await self._resolve(urlsplit(url).hostname or "")
        wrong = wrong or refusal(url, addresses, self._rules)
        if wrong is not None:
            log.warning("web.refused", host=urlsplit(url).hostname, reason=wrong.value)
            raise NoAnswer(wrong.value)
        return addresses


class _Server:
    def __init__(self, url: str, pool: httpcore.AsyncConnectionPool) -> None:
        self._url = url
        self._pool = pool

    async def ask(self, method: str, headers: Mapping[str, str], body: bytes | None, longest: int) -> WebAnswer:
        try:
            async with self._pool.stream(method, self._url, headers=list(headers.items()), content=body) as response:
                told = {name.lower().decode("latin-1"): value.decode("latin-1") for name, value in response.headers}
                moved = response.status in REDIRECTED
                return WebAnswer(response.status, told, b"" if moved else await _read(response, longest))
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, ssl.SSLError, OSError):
            raise NoAnswer("connect") from None


class _Judged(httpcore.AsyncNetworkBackend):
    """Connects to the addresses that were judged, whatever the name resolves to by then."""

    def __init__(self, addresses: Sequence[str], backend: httpcore.AsyncNetworkBackend) -> None:
        self._addresses = addresses
        self._backend = backend

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (the name in the base class)
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        failure: Exception = httpcore.ConnectError("no address")
        for address in self._addresses:
            try:
                return await self._backend.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def sleep(self, seconds: float) -> None:
        await self._backend.sleep(seconds)


async def _read(response: httpcore.Response, longest: int) -> bytes:
    body = b""
    async for part in response.aiter_stream():
        body += part
        if len(body) > longest:
            raise NoAnswer("too_long")
    return body
