"""Asking servers that tenants name: only where `kernel.primitives.web_guard` lets us, and never longer than told."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, Protocol


class NoAnswer(Exception):
    """`args[0]` is a short word for people: a `Refused`, "connect", "time" or "too_long"."""


class WebAnswer(NamedTuple):
    """`headers` by their lower-case names; the body of a redirect is left out."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class WebServer(Protocol):
    """The server of one URL, at the addresses to which it resolved."""

    async def ask(self, method: str, headers: Mapping[str, str], body: bytes | None, longest: int) -> WebAnswer:
        """NoAnswer; an answer of more than `longest` bytes is none."""
        ...


class WebAddresses(Protocol):
    async def addresses(self, url: str) -> Sequence[str]:
        """All to which the host resolves, IP literals, each of which may be asked; NoAnswer."""
        ...


class Web(Protocol):
    def server(self, url: str) -> AbstractAsyncContextManager[WebServer]:
        """NoAnswer where it may not be asked. Its connection is kept until the end, so keep it for a burst only."""
        ...
