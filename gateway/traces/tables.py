"""What stays of calls' signalling, and what is to be captured."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from kernel.ports.rows import Row, UtcDateTime


class CallTraceRow(Row, table=True):
    """One ended call: `body` is the packed Trace, `packets` the packed captured messages where there are any."""

    __tablename__ = "call_traces"

    call_id: UUID = Field(primary_key=True)
    tenant_id: UUID
    ended_at: datetime = Field(sa_type=UtcDateTime, index=True)
    body: bytes
    packets: bytes | None


_traces = CallTraceRow.table()
Index(
    "ix_call_traces_captured",
    _traces.c.ended_at,
    sqlite_where=_traces.c.packets.is_not(None),
    postgresql_where=_traces.c.packets.is_not(None),
)


class SignallingCaptureRow(Row, table=True):
    """A rule: messages of the tenant's calls that begin before `until` are kept whole."""

    __tablename__ = "signalling_captures"

    id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(index=True)
    number: str | None = Field(max_length=20)
    trunk_id: UUID | None
    until: datetime = Field(sa_type=UtcDateTime)
