"""Identifiers: UUIDv7 (RFC 9562 5.7) everywhere, told apart by type."""

from typing import NewType, Protocol
from uuid import UUID

EventId = NewType("EventId", UUID)
ProviderId = NewType("ProviderId", UUID)
TenantId = NewType("TenantId", UUID)
UserId = NewType("UserId", UUID)  # an agent is a user with a seat: agents are named by UserId everywhere
QueueId = NewType("QueueId", UUID)
NumberId = NewType("NumberId", UUID)
TrunkId = NewType("TrunkId", UUID)
CallId = NewType("CallId", UUID)
OfferId = NewType("OfferId", UUID)
RecordingId = NewType("RecordingId", UUID)
ContactId = NewType("ContactId", UUID)
PhoneId = NewType("PhoneId", UUID)
CallbackId = NewType("CallbackId", UUID)
VoicemailId = NewType("VoicemailId", UUID)

NO_TRUNK = TrunkId(UUID(int=0))  # of a call that came by no carrier, or of which no trunk is chosen yet


class Ids(Protocol):
    """A source of fresh UUIDv7 values, injected so that pure code and tests stay reproducible."""

    def new(self) -> UUID: ...
