"""The audit."""

from datetime import datetime
from typing import Any
from uuid import UUID

from api.schemas.common import Body


class AuditBody(Body, frozen=True):
    """`user_id` is None for the operator; `detail` names what changed, never a secret."""

    id: UUID
    at: datetime
    user_id: UUID | None
    address: str
    agent: str
    action: str
    subject_kind: str
    subject_id: UUID | None
    detail: dict[str, Any]
