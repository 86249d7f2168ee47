"""The audit."""

from datetime import datetime
from typing import Any
from uuid import UUID

from api.schemas.common import Body


class AuditBody(Body, frozen=True):
    """One entry of the tenant's chain.

    `user_id` is None for machines and the operator, `grant_id` names the grant by which somebody of the provider acted,
    `detail` what changed, never a secret. `hash` is SHA-256 over all fields and `previous_hash`.
    """

    id: UUID
    sequence: int
    at: datetime
    user_id: UUID | None
    grant_id: UUID | None
    actor: str
    address: str
    agent: str
    action: str
    subject_kind: str
    subject_id: UUID | None
    detail: dict[str, Any]
    previous_hash: str
    hash: str


class AuditBreakBody(Body, frozen=True):
    """The first place that does not hold; `entry_id` is None where an entry is missing."""

    sequence: int
    entry_id: UUID | None
    reason: str


class AuditVerificationBody(Body, frozen=True):
    """`head` is how far the chain holds: keep it elsewhere, and later verifications prove that nothing was cut off."""

    whole: bool
    head: str
    broken: AuditBreakBody | None
