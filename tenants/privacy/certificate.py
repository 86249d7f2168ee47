"""What was erased of a person: as a document that a machine can check and as words for the person; pure."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from kernel.contracts.personal import PersonalRecord


class Kept(msgspec.Struct, frozen=True):
    """Something that was not erased, and why."""

    record: PersonalRecord
    reason: str


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """`person` is a fingerprint that only this server can make again from a number or an address."""

    job: UUID
    tenant: str
    person: str
    requested_at: datetime
    requested_by: str
    finished_at: datetime
    records: Sequence[PersonalRecord]
    kept: Sequence[Kept]


def certificate(erased: Erased) -> dict[str, Any]:
    """`sha256` is over all the rest, as JSON with sorted keys and without spaces."""
    told: dict[str, Any] = {
        "certificate": "erasure",
        "id": str(erased.job),
        "tenant": erased.tenant,
        "person": erased.person,
        "requested_at": erased.requested_at.isoformat(),
        "requested_by": erased.requested_by,
        "finished_at": erased.finished_at.isoformat(),
        "erased": dict(sorted(Counter(record.kind.value for record in erased.records).items())),
        "items": sorted([record.kind.value, str(record.id)] for record in erased.records),
        "kept": sorted([kept.record.kind.value, str(kept.record.id), kept.reason] for kept in erased.kept),
    }
    return told | {"sha256": digest(told)}


def digest(told: dict[str, Any]) -> str:
    content = {name: value for name, value in told.items() if name != "sha256"}
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def as_text(told: dict[str, Any]) -> str:
    """For the person who asked."""
    lines = [
        "Certificate of erasure",
        "",
        f"{told['tenant']} erased what it kept of the person with the fingerprint {told['person']}.",
        f"Asked for at {told['requested_at']} by {told['requested_by']}, done at {told['finished_at']}.",
        "",
        *(f"Erased: {count} {kind}" for kind, count in told["erased"].items()),
        *(f"Kept: {kind} {key}: {reason}" for kind, key, reason in told["kept"]),
    ]
    if not told["erased"] and not told["kept"]:
        lines.append("Nothing was kept of this person.")
    return "\n".join([*lines, "", f"Certificate {told['id']}, SHA-256 {told['sha256']}", ""])
