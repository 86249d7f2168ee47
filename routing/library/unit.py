"""The transaction that the use cases work in, as they need it."""

from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.base import TenantScope


class LibraryUnit(Protocol):
    """One transaction of one tenant by one actor; `now` is one moment for all of it."""

    @property
    def scope(self) -> TenantScope: ...

    @property
    def now(self) -> datetime: ...

    @property
    def session(self) -> AsyncSession: ...

    def new_id(self) -> UUID: ...

    async def changed(self, action: str, subject: UUID, **detail: Any) -> None:
        """Audit it, and tell everyone who keeps a copy."""
        ...
