"""Who did what, to what, from where."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from kernel.primitives.ids import UserId


class Origin(msgspec.Struct, frozen=True):
    """Who acts, from where and as whom; `user` is None for machines and for the operator's own command line."""

    user: UserId | None
    address: str  # as the server saw it
    agent: str  # the User-Agent, or the name of the command
    grant: UUID | None = None  # by which a provider's member of staff acts in a client
    actor: str = "user"  # what kind of credential acts, such as "user", "api_key", "client" or "system"
    guest: str = ""  # the name of who acts by a grant: a client does not know the provider's people otherwise


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """`detail` names what changed; it never holds a secret or the content of a call."""

    id: UUID
    at: datetime
    origin: Origin
    action: str  # such as "queue.changed"
    subject_kind: str
    subject_id: UUID | None
    detail: dict[str, Any]


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What is present must be equal; times from `since` (inclusive) to `until` (exclusive)."""

    user: UserId | None = None
    action: str | None = None
    subject_kind: str | None = None
    subject: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
