"""The one door by which something leaves events that are already in the log."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.base import TenantScope
from kernel.primitives.ids import CallId


class CallRedaction(msgspec.Struct, frozen=True, kw_only=True):
    """What is to leave the events of one call, all of which lie in `since` to `until`."""

    call: CallId
    since: datetime
    until: datetime
    number: bool = False  # the outside party's
    note: bool = False


class LogRedaction(Protocol):
    async def redact(self, session: AsyncSession, scope: TenantScope, calls: Sequence[CallRedaction]) -> None:
        """Take the fields out of the stored events, inside the caller's transaction; nothing else of them changes.

        The caller appends a CallErased for each call in the same transaction, so that every fold learns of it.
        """
        ...
