"""Where recordings and other large things lie."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol


class BlobStore(Protocol):
    """Keys are relative POSIX paths; a key outside the store is refused with ValueError."""

    async def put(self, key: str, source: Path) -> None:
        """Store a copy of the file whole or not at all."""
        ...

    def open(self, key: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """Stream a range; NotFound when there is no such blob."""
        ...

    async def size(self, key: str) -> int: ...

    async def delete(self, key: str) -> None: ...

    async def link(self, key: str, seconds: float) -> str | None:
        """A URL that works for `seconds`, or None where the store has none to give."""
        ...
