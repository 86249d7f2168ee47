"""Asking tenants' servers for flows: once, within the time, and only at addresses that the guard has judged."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Protocol, cast
from urllib.parse import urlsplit

import httpcore
import structlog

from kernel.primitives.ids import TenantId
from kernel.primitives.secret import Secret
from routing.flows.limits import LOOKUP_ANSWER_BYTES
from routing.flows.lookup_guard import LookupRules, Refused, redirect, refusal, url_refusal
from routing.flows.run.effects import StartLookup
from routing.flows.run.words import LookupAnswered, LookupFailed

AT_ONCE = 200  # of all tenants: ten seconds each at most, so a slow server holds up nobody's calls but its own
REDIRECTED = frozenset({301, 302, 303, 307, 308})
KEEPS_METHOD = frozenset({307, 308})  # RFC 9110 15.4
OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer"})
"""Headers that the connection needs and no flow sets."""

SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
Resolve = Callable[[str], Awaitable[Sequence[str]]]
"""All addresses of a host name, none where it has none."""

log = structlog.get_logger(__name__)


class CredentialSource(Protocol):
    async def value(self, tenant: TenantId, name: str) -> Secret | None: ...


class _NoAnswer(Exception):
    """`args[0]` is the short word for the transcript."""


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


async def resolve(host: str) -> Sequence[str]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return ()
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


class LookupClient:
    """`backend` and `resolver` are the network, `context` whom TLS believes; tests bring their own."""

    def __init__(
        self,
        rules: LookupRules,
        credentials: CredentialSource,
        *,
        resolver: Resolve = resolve,
        backend: httpcore.AsyncNetworkBackend | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._rules = rules
        self._credentials = credentials
        self._resolve = resolver
        self._backend = backend or cast(httpcore.AsyncNetworkBackend, httpcore.AnyIOBackend())
        self._context = context
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def ask(self, tenant: TenantId, asked: StartLookup) -> LookupAnswered | LookupFailed:
        try:
            async with asyncio.timeout(asked.seconds), self._turns:
                status, body = await self._answer(tenant, asked)
        except TimeoutError:
            return LookupFailed(turn=asked.turn, why="time")
        except _NoAnswer as failure:
            return LookupFailed(turn=asked.turn, why=str(failure))
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, ssl.SSLError, OSError):
            return LookupFailed(turn=asked.turn, why="connect")
        return LookupAnswered(turn=asked.turn, status=status, body=body)

    async def _answer(self, tenant: TenantId, asked: StartLookup) -> tuple[int, bytes]:
        """After redirects, each judged like the first address; a credential stays with the server it is for."""
        url, method, body = asked.url, asked.method, asked.body
        headers = await self._headers(tenant, asked)
        hops = 0
        while True:
            status, location, content = await self._once(method, url, headers, body)
            if status not in REDIRECTED or not location:
                return status, content
            target = redirect(url, location, hops, self._rules)
            if isinstance(target, Refused):
                raise _NoAnswer(target.value)
            if urlsplit(target).netloc != urlsplit(url).netloc:
                headers = {name: value for name, value in headers.items() if name != "authorization"}
            if status not in KEEPS_METHOD:
                method, body = "GET", None
            url, hops = target, hops + 1

    async def _headers(self, tenant: TenantId, asked: StartLookup) -> dict[str, str]:
        headers = {name.lower(): value for name, value in asked.headers.items() if name.lower() not in OURS}
        headers = {"accept": "application/json", "user-agent": "Cordboard"} | headers
        if asked.body is not None:
            headers["content-type"] = "application/json"
        if asked.credential is not None:
            value = await self._credentials.value(tenant, asked.credential)
            if value is None:
                raise _NoAnswer("credential")
            headers["authorization"] = value.reveal()
        return headers

    async def _once(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[int, str, bytes]:
        """Status, Location and body."""
        wrong = url_refusal(url, self._rules)
        addresses = () if wrong is not None else await self._resolve(urlsplit(url).hostname or "")
        wrong = wrong or refusal(url, addresses, self._rules)
        if wrong is not None:
            log.warning("lookup.refused", host=urlsplit(url).hostname, reason=wrong.value)
            raise _NoAnswer(wrong.value)
        if self._context is None:
            self._context = await asyncio.to_thread(ssl.create_default_context)
        backend = _Judged(addresses, self._backend)
        async with (
            httpcore.AsyncConnectionPool(self._context, network_backend=backend) as pool,
            pool.stream(method, url, headers=list(headers.items()), content=body) as response,
        ):
            told = {name.lower(): value for name, value in response.headers}
            location = told.get(b"location", b"").decode("latin-1")
            return response.status, location, b"" if location else await _read(response)


async def _read(response: httpcore.Response) -> bytes:
    body = b""
    async for part in response.aiter_stream():
        body += part
        if len(body) > LOOKUP_ANSWER_BYTES:
            raise _NoAnswer("too_long")
    return body
