"""What the owner of a tenant's routing must hear of the log that others wrote: on `heard.<tenant>`, at least once.

It leaves in the transaction that writes the event to the log.
"""

from kernel.contracts.codec import pack
from kernel.contracts.log import CallErased, RecordingDeleted, RecordingStored

HeardEvent = RecordingStored | RecordingDeleted | CallErased
"""Of recordings those of messages are told when they are stored, and all when they are deleted."""


def heard(event: HeardEvent) -> tuple[str, bytes]:
    """Subject and payload."""
    return f"heard.{event.tenant}", pack(event)
