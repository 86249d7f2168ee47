"""What a recording is, and how it is named in the spool and in the blob store."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Self
from uuid import UUID

import msgspec

from kernel.contracts.engine import RecordingFormat
from kernel.primitives.ids import CallId, EventId, RecordingId, TenantId

STAMP = "%Y%m%dT%H%M%S%fZ"
SUFFIXES: dict[RecordingFormat, str] = {"wav": ".wav", "opus": ".opus"}
SEALED_SUFFIX = ".sealed"
MESSAGE_SUFFIX = ".message"  # what a caller left on voicemail, and not the call
DAMAGED_SUFFIX = ".damaged"  # what does not open is none of ours any more, and is kept for whoever looks into it


def format_of(name: str) -> RecordingFormat:
    """By a key or a file's name; WAV is what there was before there were others."""
    return "opus" if name.endswith(SUFFIXES["opus"]) else "wav"


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

    @property
    def format(self) -> RecordingFormat:
        return format_of(self.key)

    @property
    def file_name(self) -> str:
        return f"{self.id}{SUFFIXES[self.format]}"


class SpooledRecording(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that must be known of a recording, carried by its file's name: a crash can take nothing else away."""

    tenant: TenantId
    call: CallId
    recording: RecordingId
    started_at: datetime
    format: RecordingFormat = "wav"
    sealed: bool = False
    message: bool = False

    @classmethod
    def parse(cls, path: Path) -> Self:
        """ValueError for a file that is none of ours."""
        plain = path.name.removesuffix(SEALED_SUFFIX)
        form = format_of(plain)
        named = plain.removesuffix(SUFFIXES[form])
        recording, call, stamp = named.removesuffix(MESSAGE_SUFFIX).split(".")
        return cls(
            tenant=TenantId(UUID(path.parent.name)),
            call=CallId(UUID(call)),
            recording=RecordingId(UUID(recording)),
            started_at=datetime.strptime(stamp, STAMP).replace(tzinfo=UTC),
            format=form,
            sealed=plain != path.name,
            message=named.endswith(MESSAGE_SUFFIX),
        )

    def path(self, spool: Path) -> Path:
        stamp = self.started_at.astimezone(UTC).strftime(STAMP)
        kind = MESSAGE_SUFFIX if self.message else ""
        suffix = kind + SUFFIXES[self.format] + (SEALED_SUFFIX if self.sealed else "")
        return spool / str(self.tenant) / f"{self.recording}.{self.call}.{stamp}{suffix}"

    @property
    def recorder(self) -> str:
        """Its recorder's name in the engine."""
        return f"{self.tenant}.{self.call}.{self.recording}"

    @property
    def key(self) -> str:
        day = self.started_at.astimezone(UTC).strftime("%Y/%m/%d")
        return f"recordings/{self.tenant}/{day}/{self.recording}{SUFFIXES[self.format]}"

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
