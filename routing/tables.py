"""What routing keeps beside the log: nothing that cannot be folded from it again."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from kernel.ports.rows import Row, SequenceNumber, UtcDateTime


class RoutingSnapshotRow(Row, table=True):
    """The state after event `sequence` of the tenant's log; `version` names the code that wrote `body`."""

    __tablename__ = "routing_snapshots"

    tenant_id: UUID = Field(primary_key=True)
    sequence: int = Field(sa_type=SequenceNumber)
    version: int
    at: datetime = Field(sa_type=UtcDateTime)
    body: bytes


class FlowPositionRow(Row, table=True):
    """Where a call is in its flow, with the caller's entries: there for as long as the call is in it, and no longer."""

    __tablename__ = "flow_positions"

    call_id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(index=True)
    body: bytes
