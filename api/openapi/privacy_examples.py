"""Examples of privacy and the audit."""

from datetime import UTC, datetime
from uuid import UUID

from api.schemas.audit import AuditBody, AuditBreakBody, AuditVerificationBody
from api.schemas.common import Body, Input
from api.schemas.privacy import (
    BoundsBody,
    CertificateBody,
    HoldBody,
    HoldInput,
    PersonBody,
    PersonInput,
    PrivacyJobBody,
    RetentionBody,
    RetentionInput,
)

_USER = UUID("0198c0de-0000-7000-8000-000000000001")
_QUEUE = UUID("0198c0de-0000-7000-8000-000000000003")
_HOLD = UUID("0198c0de-0000-7000-8000-000000000041")
_JOB = UUID("0198c0de-0000-7000-8000-000000000042")
_ENTRY = UUID("0198c0de-0000-7000-8000-000000000043")
_AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_CALLER = "+442079460018"
_HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_PERSON = "5f1d7a84db00d2fce00b31a7fc73224f"

BODIES: tuple[Body | Input, ...] = (
    AuditBody(
        id=_ENTRY,
        sequence=412,
        at=_AT,
        user_id=_USER,
        grant_id=None,
        actor="user",
        address="192.0.2.7",
        agent="Mozilla/5.0",
        action="queue.changed",
        subject_kind="queue",
        subject_id=_QUEUE,
        detail={"fields": ["priority"]},
        previous_hash=_HASH,
        hash=_HASH,
    ),
    AuditBreakBody(sequence=57, entry_id=_ENTRY, reason="it was changed"),
    AuditVerificationBody(whole=True, head=f"412:{_HASH}", broken=None),
    BoundsBody(least=1, default=365, most=3650),
    RetentionBody(
        days={
            "recordings": 180,
            "calls": 1095,
            "notes": 1095,
            "callbacks": 1095,
            "contacts": 3650,
            "marked_callers": 3650,
        },
        queues={_QUEUE: {"recordings": 90}},
        bounds={"recordings": BoundsBody(least=1, default=365, most=3650)},
        audit_minimum_days=3650,
    ),
    RetentionInput(days={"recordings": 180}),
    HoldBody(
        id=_HOLD,
        kind="person",
        subject_id=None,
        value=_CALLER,
        reason="Order of the district court, case 7 C 12/26",
        set_by=_USER,
        set_at=_AT,
        lifted_by=None,
        lifted_at=None,
    ),
    HoldInput(reason="Order of the district court, case 7 C 12/26", phone="+442079460019"),
    PersonInput(phone=_CALLER),
    PersonBody(phones=(_CALLER,), emails=(), found={"calls": 3, "notes": 1, "recordings": 3}, holds=()),
    PrivacyJobBody(
        id=_JOB,
        kind="export",
        state="done",
        person=_PERSON,
        requested_by=_USER,
        requested_at=_AT,
        finished_at=_AT,
        progress=7,
        total=7,
        detail="",
        bytes=1_536_044,
        sha256=_HASH,
        file_until=datetime(2026, 3, 9, 9, 0, tzinfo=UTC),
    ),
    CertificateBody(
        certificate={
            "certificate": "erasure",
            "id": str(_JOB),
            "person": _PERSON,
            "erased": {"calls": 3},
            "kept": [],
            "sha256": _HASH,
        },
        text="Certificate of erasure\n",
    ),
)

PATH_IDS: dict[str, UUID] = {"holds": _HOLD, "jobs": _JOB}
