"""Whether the caller's number is vouched for: certificates are fetched, kept and trusted as the operator says."""

import asyncio
from collections import OrderedDict
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

import structlog
from joserfc.jwk import ECKey

from gateway.sip.message import Request
from gateway.trunks.arriving import Arrived
from gateway.trunks.passport import Trust, Unproved, read_identity, verify
from gateway.trunks.replays import Replays
from kernel.contracts.calls import Attestation
from kernel.primitives.clock import Clock

FETCH_SECONDS = 2.0  # a caller hears nothing meanwhile, and the carrier repeats its INVITE
KEPT_SECONDS = 3600.0  # a withdrawn certificate counts no longer; carriers change theirs within days
MOST_KEPT = 256  # carriers of one country
MOST_FETCHES = 4  # at once: beyond, who signs is making us ask around
LARGEST = 32_768  # bytes of a chain; three certificates have five thousand

log = structlog.get_logger(__name__)


class Documents(Protocol):
    """Fetches what lies behind a URL; reaches no private network, follows no redirect, any exception: it cannot."""

    async def fetch(self, url: str) -> bytes: ...


class _Kept(NamedTuple):
    key: ECKey
    at: datetime


class CallerProof:
    """`hosts` are those that certificates are fetched from, in lower case."""

    def __init__(self, trusted_ca: Path, hosts: frozenset[str], documents: Documents, clock: Clock) -> None:
        """OSError, ValueError where the authorities cannot be read."""
        self._trust = Trust(trusted_ca.read_bytes())
        self._hosts = hosts
        self._documents = documents
        self._clock = clock
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._replays = Replays()
        self._fetching: dict[str, asyncio.Task[ECKey]] = {}

    async def check(self, request: Request, arrived: Arrived) -> Attestation | None:
        """None: nobody signed for the caller."""
        values = request.headers.get_all("identity")
        if not values:
            return None
        try:
            identity = read_identity(values)
            if identity is None:
                return None
            key = await self._key(identity.url)
            now = self._clock.now()
            word = verify(identity, key, arrived.caller, arrived.called, now)
            self._replays.require_first(identity.token, request.headers.get("call-id") or "", now)
        except Unproved as reason:
            log.info("call.caller_unproved", trunk=str(arrived.trunk.trunk), reason=str(reason))
            return "failed"
        return word

    async def _key(self, url: str) -> ECKey:
        kept = self._kept.get(url)
        if kept is not None and (self._clock.now() - kept.at).total_seconds() < KEPT_SECONDS:
            return kept.key
        if not self._may_fetch(url):
            raise Unproved("certificate from elsewhere")
        task = self._fetching.get(url)
        if task is None:
            if len(self._fetching) >= MOST_FETCHES:
                raise Unproved("too many certificates at once")
            task = self._fetching[url] = asyncio.get_running_loop().create_task(self._fetch(url))
            task.add_done_callback(lambda _task: self._fetching.pop(url, None))
        return await asyncio.shield(task)

    def _may_fetch(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            return False
        return parts.scheme == "https" and host in self._hosts and port in (None, 443)

    async def _fetch(self, url: str) -> ECKey:
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                pem = await self._documents.fetch(url)
        except Exception as error:
            raise Unproved("certificate cannot be fetched") from error
        if len(pem) > LARGEST:
            raise Unproved("certificate too long")
        key = self._trust.key(pem, self._clock.now())
        self._kept[url] = _Kept(key, self._clock.now())
        self._kept.move_to_end(url)
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return key
