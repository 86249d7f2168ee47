"""What a gateway must know again after a crash; blobs are MessagePack of the structs in `gateway.app.saved`."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from kernel.ports.rows import Row, UtcDateTime


class GatewayCallRow(Row, table=True):
    """One call; `ended_at` is set when nothing more can happen to it, and the row goes some time later.

    Each index costs each call a page: none for a start, which reads nearly all rows anyway.
    """

    __tablename__ = "gateway_calls"

    id: UUID = Field(primary_key=True)
    tenant_id: UUID
    gateway: str = Field(max_length=100)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    state: bytes


class GatewayRegistrationRow(Row, table=True):
    """One telephone while it is registered, with the bindings that another process can use."""

    __tablename__ = "gateway_registrations"

    phone_id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(index=True)
    gateway: str = Field(max_length=100, index=True)
    state: bytes


class GatewayTrunkRow(Row, table=True):
    """What one gateway found of a trunk that it watches; `since` is when `health` or `registration` last changed.

    `reason` is a TrunkReason, true since `reason_since`.
    """

    __tablename__ = "gateway_trunks"

    trunk_id: UUID = Field(primary_key=True)
    gateway: str = Field(max_length=100, primary_key=True)
    tenant_id: UUID = Field(index=True)
    health: str = Field(max_length=10)
    registration: str = Field(max_length=20)
    status: int
    since: datetime = Field(sa_type=UtcDateTime)
    reason: str | None = Field(default=None, max_length=40)
    reason_since: datetime | None = Field(default=None, sa_type=UtcDateTime)


class GatewaySoftphoneRow(Row, table=True):
    """One agent's nailed-up leg."""

    __tablename__ = "gateway_softphones"

    tenant_id: UUID = Field(primary_key=True)
    agent_id: UUID = Field(primary_key=True)
    gateway: str = Field(max_length=100, index=True)
    state: bytes
