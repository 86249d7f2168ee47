"""Records of names, kept as long as their owners say."""

import asyncio
import socket
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import dns.asyncresolver
import dns.exception
import msgspec

DNS_SECONDS = 2.5  # how long one question may take; the call's own timers run on meanwhile
MIN_KEPT_SECONDS = 5.0  # also a TTL of 0 holds for the calls of a moment
MAX_KEPT_SECONDS = 3_600.0
EMPTY_KEPT_SECONDS = 30.0  # a name without such records; a typing error is repaired within minutes
SYSTEM_KEPT_SECONDS = 60.0  # addresses of the hosts file have no TTL
HOSTS_FILE = Path("/etc/hosts")
MAX_KEPT = 4_096  # answers; more names than a gateway has carriers


class Found(msgspec.Struct, frozen=True):
    """Records of one kind, and the seconds for which they hold."""

    records: tuple[Any, ...]
    seconds: float


class NameSource(Protocol):
    """Who is asked."""

    async def records(self, name: str, kind: str) -> Found:
        """Ask for records of a kind such as `SRV`; empty where there are none."""
        ...

    async def system_addresses(self, host: str) -> Found:
        """Ask this machine as any program does."""
        ...

    async def pinned_addresses(self, host: str) -> Found:
        """Look into the hosts file, which comes before all name servers."""
        ...


class SystemNames:
    """The name servers and the hosts file of this machine, or `servers` (addresses) on `port`."""

    def __init__(self, servers: Sequence[str] = (), port: int = 53) -> None:
        self._servers = tuple(servers)
        self._port = port

    def _resolver(self) -> dns.asyncresolver.Resolver:
        resolver = dns.asyncresolver.Resolver(configure=not self._servers)
        if self._servers:
            resolver.nameservers = list(self._servers)
            resolver.port = self._port
        return resolver

    async def records(self, name: str, kind: str) -> Found:
        """Ask the name servers."""
        try:
            answer = await self._resolver().resolve(name, kind, lifetime=DNS_SECONDS, search=False)
        except (dns.exception.DNSException, OSError, ValueError):
            return Found((), EMPTY_KEPT_SECONDS)
        ttl = answer.rrset.ttl if answer.rrset is not None else 0
        return Found(tuple(answer), min(max(float(ttl), MIN_KEPT_SECONDS), MAX_KEPT_SECONDS))

    async def system_addresses(self, host: str) -> Found:
        """Ask the system's own resolver."""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_DGRAM)
        except (OSError, UnicodeError):
            return Found((), EMPTY_KEPT_SECONDS)
        return Found(tuple(dict.fromkeys(str(address[0]) for *_, address in found)), SYSTEM_KEPT_SECONDS)

    async def pinned_addresses(self, host: str) -> Found:
        """Read the hosts file."""
        lines = await asyncio.to_thread(_hosts_file)
        words = [line.partition("#")[0].split() for line in lines]
        pinned = tuple(line[0] for line in words if host in [word.lower() for word in line[1:]])
        return Found(pinned, SYSTEM_KEPT_SECONDS)


def _hosts_file() -> list[str]:
    try:
        return HOSTS_FILE.read_text(errors="replace").splitlines()
    except OSError:
        return []


class NameCache:
    """Answers of a source until they are too old; the same question is asked once at a time."""

    def __init__(self, source: NameSource, clock: Callable[[], float] = time.monotonic) -> None:
        self._source = source
        self._clock = clock
        self._kept: dict[tuple[str, str], tuple[float, tuple[Any, ...]]] = {}
        self._asking: dict[tuple[str, str], asyncio.Future[tuple[Any, ...]]] = {}

    async def records(self, name: str, kind: str) -> tuple[Any, ...]:
        """Return records of `name`; the kinds `pinned` and `system` are addresses as text."""
        key = (name.lower().rstrip("."), kind)
        kept = self._kept.get(key)
        if kept is not None and self._clock() < kept[0]:
            return kept[1]
        asking = self._asking.get(key)
        if asking is None:
            asking = self._asking[key] = asyncio.ensure_future(self._ask(key))
            asking.add_done_callback(lambda _done: self._asking.pop(key, None))
        return await asyncio.shield(asking)

    async def _ask(self, key: tuple[str, str]) -> tuple[Any, ...]:
        name, kind = key
        match kind:
            case "system":
                found = await self._source.system_addresses(name)
            case "pinned":
                found = await self._source.pinned_addresses(name)
            case _:
                found = await self._source.records(name, kind)
        if len(self._kept) >= MAX_KEPT:
            self._kept.clear()
        self._kept[key] = (self._clock() + found.seconds, found.records)
        return found.records
