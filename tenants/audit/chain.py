"""The chain that makes the audit's entries bear witness for each other: each hash covers the one before it."""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from kernel.primitives.ids import TenantId
from tenants.audit.model import AuditEntry

ENCODING = b"cordboard audit 1"  # named in each hash: another encoding one day would have another name
NO_HASH = bytes(32)  # what the first entry has before it
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Head(msgspec.Struct, frozen=True):
    """The last entry's place and hash; kept elsewhere, it proves that nothing up to it was changed or cut off."""

    sequence: int = 0
    hash: bytes = NO_HASH

    def __str__(self) -> str:
        return f"{self.sequence}:{self.hash.hex()}"

    @classmethod
    def parse(cls, text: str) -> "Head":
        """What `str` wrote; ValueError otherwise."""
        sequence, _, digits = text.strip().partition(":")
        head = cls(int(sequence), bytes.fromhex(digits))
        if head.sequence < 0 or len(head.hash) != len(NO_HASH):
            raise ValueError("a head is <sequence>:<64 hexadecimal digits>")
        return head


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """An entry with its place in its tenant's chain; `sequence` starts at 1 and has no gaps."""

    sequence: int
    previous: bytes
    hash: bytes
    entry: AuditEntry

    @property
    def head(self) -> Head:
        return Head(self.sequence, self.hash)


class Break(msgspec.Struct, frozen=True):
    """Where the chain does not hold: the place, the entry found there (None: there is none) and what is wrong."""

    sequence: int
    entry: UUID | None
    reason: str


def plain(detail: dict[str, Any]) -> dict[str, Any]:
    """As it comes back from the database: lists for tuples, text for enumerations."""
    return json.loads(json.dumps(detail))


def link(tenant: TenantId, before: Head, entry: AuditEntry) -> Link:
    """The entry put behind `before`; its detail must be `plain`."""
    sequence = before.sequence + 1
    return Link(sequence=sequence, previous=before.hash, hash=_hash(tenant, sequence, before.hash, entry), entry=entry)


def _hash(tenant: TenantId, sequence: int, previous: bytes, entry: AuditEntry) -> bytes:
    """SHA-256 over every field, each with its length before it, so that no two entries share an encoding."""
    origin = entry.origin
    fields: tuple[bytes | None, ...] = (
        ENCODING,
        previous,
        tenant.bytes,
        str(sequence).encode(),
        entry.id.bytes,
        str((entry.at - _EPOCH) // timedelta(microseconds=1)).encode(),
        _uuid(origin.user),
        _uuid(origin.grant),
        origin.actor.encode(),
        origin.address.encode(),
        origin.agent.encode(),
        entry.action.encode(),
        entry.subject_kind.encode(),
        _uuid(entry.subject_id),
        json.dumps(entry.detail, sort_keys=True, separators=(",", ":")).encode(),
    )
    return hashlib.sha256(b"".join(_field(field) for field in fields)).digest()


def _uuid(value: UUID | None) -> bytes | None:
    return None if value is None else value.bytes


def _field(value: bytes | None) -> bytes:
    return b"\x00" if value is None else b"\x01" + len(value).to_bytes(8, "big") + value


class Verifier:
    """Walks one tenant's chain from its beginning; told a `kept` head, it must pass through it."""

    def __init__(self, tenant: TenantId, kept: Head | None = None) -> None:
        self.head = Head()
        self._tenant = tenant
        self._kept = kept

    def walk(self, links: Iterable[Link]) -> Break | None:
        """The first that breaks among the next links, in the order of their places."""
        for found in links:
            reason = self._wrong(found)
            if reason is not None:
                return Break(self.head.sequence + 1, found.entry.id, reason)
            self.head = found.head
        return None

    def _wrong(self, found: Link) -> str | None:
        if found.sequence != self.head.sequence + 1:
            return "an entry before this one is missing, or this one was put in"
        if found.previous != self.head.hash:
            return "it does not follow the entry before it"
        if link(self._tenant, self.head, found.entry).hash != found.hash:
            return "it was changed"
        if self._kept is not None and self._kept.sequence == found.sequence and self._kept.hash != found.hash:
            return "it is not the entry of which a head was kept"
        return None

    def end(self, stored: Head) -> Break | None:
        """After the last link; `stored` is the head that the database keeps."""
        if stored != self.head:
            return Break(self.head.sequence + 1, None, f"the chain ends here, but its head tells {stored.sequence}")
        if self._kept is not None and self._kept.sequence > self.head.sequence:
            return Break(
                self.head.sequence + 1, None, f"entries were cut off: a head of {self._kept.sequence} was kept"
            )
        return None
