"""Recordings: the spool that recorders write to, the way from there into the blob store, and the library."""

from media.recordings.keys import ServerKeys, TenantKeys
from media.recordings.library import RecordingLibrary
from media.recordings.model import Recording, is_spooled
from media.recordings.repository import RecordingRepository
from media.recordings.service import RecordingPorts, RecordingService
from media.recordings.spool import RecordingSpool
from media.recordings.tables import RecordingRow
from media.recordings.vault import Vault

__all__ = [
    "Recording",
    "RecordingLibrary",
    "RecordingPorts",
    "RecordingRepository",
    "RecordingRow",
    "RecordingService",
    "RecordingSpool",
    "ServerKeys",
    "TenantKeys",
    "Vault",
    "is_spooled",
]
