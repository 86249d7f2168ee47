"""Who owns what, until when."""

from collections.abc import Mapping
from typing import Protocol


class Lease(Protocol):
    """At most one holder per name at any time; a holder that does not renew loses it after its time."""

    async def acquire(self, name: str, holder: str, seconds: float) -> bool: ...

    async def renew(self, held: Mapping[str, str], seconds: float) -> set[str]: ...

    async def release(self, name: str, holder: str) -> None: ...
