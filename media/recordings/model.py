"""What a recording is, and how it is named in the spool and in the blob store."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Self
from uuid import UUID

import msgspec

from kernel.primitives.ids import CallId, EventId, RecordingId, TenantId

STAMP = "%Y%m%dT%H%M%S%fZ"
SUFFIX = ".wav"


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """A stored recording as it is shown; `gaps` are (start, length) in seconds."""

    id: RecordingId
    call_id: CallId
    key: str
    started_at: datetime
    seconds: float
    channels: int
    bytes: int
    sha256: str
    gaps: tuple[tuple[float, float], ...] = ()
    key_version: int | None = None  # of the tenant's key that sealed it


class SpooledRecording(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that must be known of a recording, carried by its file's name: a crash can take nothing else away."""

    tenant: TenantId
    call: CallId
    recording: RecordingId
    started_at: datetime

    @classmethod
    def parse(cls, path: Path) -> Self:
        """ValueError for a file that is none of ours."""
        recording, call, stamp = path.name.removesuffix(SUFFIX).split(".")
        return cls(
            tenant=TenantId(UUID(path.parent.name)),
            call=CallId(UUID(call)),
            recording=RecordingId(UUID(recording)),
            started_at=datetime.strptime(stamp, STAMP).replace(tzinfo=UTC),
        )

    def path(self, spool: Path) -> Path:
        stamp = self.started_at.astimezone(UTC).strftime(STAMP)
        return spool / str(self.tenant) / f"{self.recording}.{self.call}.{stamp}{SUFFIX}"

    @property
    def recorder(self) -> str:
        """Its recorder's name in the engine."""
        return f"{self.tenant}.{self.call}.{self.recording}"

    @property
    def key(self) -> str:
        day = self.started_at.astimezone(UTC).strftime("%Y/%m/%d")
        return f"recordings/{self.tenant}/{day}/{self.recording}{SUFFIX}"

    def event_id(self, word: str) -> EventId:
        """The same for the same recording and word: what is told twice counts once in the log. A UUIDv7 of its time."""
        digest = hashlib.sha256(self.recording.bytes + word.encode()).digest()
        value = int.from_bytes(self.recording.bytes[:6] + digest[:10], "big")
        value = value & ~(0xF << 76) | 0x7 << 76
        return EventId(UUID(int=value & ~(0b11 << 62) | 0b10 << 62))


def is_spooled(path: Path) -> bool:
    """Whether its name is one of ours."""
    try:
        return SpooledRecording.parse(path).path(path.parents[1]) == path
    except ValueError:
        return False
