"""Requests to servers that a tenant names: kept out of our own networks, and kept short."""

import asyncio
import socket
import ssl
from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

import httpcore
import msgspec

SECONDS = 10.0  # a person waits
LARGEST = 262_144  # bytes; a document with a hundred keys has 100 kB
SOCKET_OPTION = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]


class CannotFetch(Exception):
    """The message tells an admin what was tried and what came of it."""


class Fetched(msgspec.Struct, frozen=True):
    status: int
    body: bytes


def check_url(url: str, private: bool) -> str | None:
    """What is wrong with it; None: it may be asked. `private`: servers of our own networks may be, loopback by HTTP."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "not a URL"
    if not host or parts.username is not None or parts.fragment:
        return "a URL with a host, without user name and fragment"
    if parts.scheme == "https":
        return None
    return None if parts.scheme == "http" and private and _is_loopback(host) else "a URL with https"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class _Network(httpcore.AsyncNetworkBackend):
    """Resolves a name once and connects to what was checked: a second answer of the DNS cannot lead elsewhere."""

    def __init__(self, private: bool) -> None:
        self._private = private
        self._backend = cast(httpcore.AsyncNetworkBackend, httpcore.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (the name in the base class)
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(f"{host} is not in the DNS") from error
        addresses = [str(entry[4][0]) for entry in found]
        if not self._private and not all(ip_address(address).is_global for address in addresses):
            raise httpcore.ConnectError(f"{host} is in a private network")
        return await self._backend.connect_tcp(addresses[0], port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        await self._backend.sleep(seconds)


class Fetcher:
    """Follows no redirect: an issuer's documents lie where it says they lie."""

    def __init__(self, private: bool) -> None:
        self.private = private
        self._context: ssl.SSLContext | None = None

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Fetched:
        return await self._request("GET", url, dict(headers or {}))

    async def post(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Fetched:
        more = {"Content-Type": "application/x-www-form-urlencoded"}
        return await self._request("POST", url, dict(headers) | more, urlencode(form).encode())

    async def _request(self, method: str, url: str, headers: dict[str, str], content: bytes = b"") -> Fetched:
        """CannotFetch."""
        wrong = check_url(url, self.private)
        if wrong is not None:
            raise CannotFetch(f"{url} must be {wrong}")
        headers |= {"Accept": "application/json", "User-Agent": "Cordboard"}
        if self._context is None:
            self._context = await asyncio.to_thread(ssl.create_default_context)
        timeouts: dict[str, Any] = dict.fromkeys(("connect", "read", "write", "pool"), SECONDS)
        try:
            async with (
                asyncio.timeout(SECONDS),
                httpcore.AsyncConnectionPool(self._context, network_backend=_Network(self.private)) as pool,
                pool.stream(
                    method, url, headers=list(headers.items()), content=content, extensions={"timeout": timeouts}
                ) as response,
            ):
                return Fetched(response.status, await _read(response))
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, TimeoutError) as error:
            raise CannotFetch(f"{url} cannot be reached: {error or 'it took too long'}") from error


async def _read(response: httpcore.Response) -> bytes:
    body = b""
    async for part in response.aiter_stream():
        body += part
        if len(body) > LARGEST:
            raise CannotFetch("the answer is too long")
    return body
