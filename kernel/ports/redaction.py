"""The one door by which something leaves events that are already in the log."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.base import TenantScope
from kernel.contracts.callbacks import CallbackRequested
from kernel.contracts.voicemail import VoicemailEnded
from kernel.primitives.ids import CallbackId, CallId, VoicemailId


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


class PromisedCallback(NamedTuple):
    """As its log tells of it."""

    requested: CallbackRequested
    ended: bool


class CallbackNumbers(Protocol):
    """The numbers of customers who were promised a callback, as far as the log still has them."""

    def promised(self, scope: TenantScope, since: datetime, until: datetime) -> AsyncIterator[PromisedCallback]:
        """Requested in `since` (inclusive) to `until` (exclusive), oldest first; without those that are erased."""
        ...

    async def redact(
        self, session: AsyncSession, scope: TenantScope, callback: CallbackId, requested_at: datetime
    ) -> bool:
        """Take the number out of the stored event, inside the caller's transaction; False: it has none any more.

        The caller appends a CallbackErased in the same transaction.
        """
        ...


class MessageNotes(Protocol):
    """What people wrote about messages that they finished, as far as the log still has it."""

    def written(self, scope: TenantScope, since: datetime, until: datetime) -> AsyncIterator[VoicemailEnded]:
        """In `since` (inclusive) to `until` (exclusive), oldest first; without those that are erased."""
        ...

    async def redact(self, session: AsyncSession, scope: TenantScope, voicemail: VoicemailId, at: datetime) -> bool:
        """Take the note out of the stored event, inside the caller's transaction; False: it has none any more.

        The caller appends a VoicemailErased in the same transaction.
        """
        ...


class LogDoors(NamedTuple):
    redaction: LogRedaction
    callbacks: CallbackNumbers
    notes: MessageNotes
