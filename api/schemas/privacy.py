"""How long data of people is kept, what is held, and what is asked for a person."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from api.schemas.common import Body, Input

Kind = Literal["recordings", "calls", "notes", "callbacks", "contacts", "marked_callers"]
HoldKind = Literal["call", "recording", "person"]
JobKind = Literal["export", "erasure"]
JobState = Literal["queued", "running", "done", "refused", "failed"]


class BoundsBody(Body, frozen=True):
    """In days."""

    least: int
    default: int
    most: int


class RetentionBody(Body, frozen=True):
    """Days by kind; `queues` have their own, contacts and marked callers apart. The audit is kept for good.

    `calls` is the outside party's number in a call's record: the call stays, without it. So do `callbacks`.
    """

    days: dict[Kind, int]
    queues: dict[UUID, dict[Kind, int]]
    bounds: dict[Kind, BoundsBody]
    audit_minimum_days: int


def _no_queues() -> dict[UUID, dict[Kind, int]]:
    return {}


class RetentionInput(Input, frozen=True):
    """The whole of it: a kind that is left out has its default, a queue that is left out the tenant's days."""

    days: dict[Kind, int]
    queues: dict[UUID, dict[Kind, int]] = msgspec.field(default_factory=_no_queues)


class HoldBody(Body, frozen=True):
    """`value` is the held person's number or address; of a lifted hold only its end is kept."""

    id: UUID
    kind: HoldKind
    subject_id: UUID | None
    value: str
    reason: str
    set_by: UUID | None
    set_at: datetime
    lifted_by: UUID | None
    lifted_at: datetime | None


class HoldInput(Input, frozen=True):
    """Exactly one of a call, a recording, a number and an e-mail address; `reason` is the order or the case."""

    reason: str
    call_id: UUID | None = None
    recording_id: UUID | None = None
    phone: str | None = None
    email: str | None = None


class PersonInput(Input, frozen=True):
    """A number, an e-mail address, or both."""

    phone: str | None = None
    email: str | None = None


class PersonBody(Body, frozen=True):
    """What is kept, by kind; `phones` and `emails` are all that lead to it, `holds` those that keep it from erasure."""

    phones: tuple[str, ...]
    emails: tuple[str, ...]
    found: dict[str, int]
    holds: tuple[UUID, ...]


class PrivacyJobBody(Body, frozen=True):
    """`person` is a fingerprint, the same for the same person; `file_until` is when an export's file goes."""

    id: UUID
    kind: JobKind
    state: JobState
    person: str
    requested_by: UUID | None
    requested_at: datetime
    finished_at: datetime | None
    progress: int
    total: int | None
    detail: str
    bytes: int
    sha256: str
    file_until: datetime | None


class CertificateBody(Body, frozen=True):
    """`certificate` for machines: its `sha256` is over the rest as JSON with sorted keys; `text` for people."""

    certificate: dict[str, Any]
    text: str
