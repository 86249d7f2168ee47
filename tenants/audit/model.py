"""Who did what, to what, from where."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from kernel.primitives.ids import UserId


class Origin(msgspec.Struct, frozen=True):
    """Who acts and from where; `user` is None for the operator's own command line."""

    user: UserId | None
    address: str  # as the server saw it
    agent: str  # the User-Agent, or the name of the command


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """`detail` names what changed; it never holds a secret or the content of a call."""

    id: UUID
    at: datetime
    origin: Origin
    action: str  # such as "queue.changed"
    subject_kind: str
    subject_id: UUID | None
    detail: dict[str, Any]
