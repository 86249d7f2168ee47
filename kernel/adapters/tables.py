"""The kernel's own tables: the log, the outbox, and what could not be delivered."""

from sqlalchemy import Column, Integer, LargeBinary, String, Table, Text, UniqueConstraint, Uuid
from sqlmodel import SQLModel

from kernel.ports.rows import UtcDateTime

metadata = SQLModel.metadata

event_log = Table(
    "event_log",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("id", Uuid, nullable=False),
    Column("kind", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("tenant_id", "id", name="uq_event_log_id"),
    sqlite_with_rowid=False,  # clustered by (tenant, sequence), the order in which it is always read
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    sqlite_autoincrement=True,  # never gives an id again: the relay reads on from the last one it saw
)

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("subject", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("consumer", Text, nullable=False),  # the subscription that failed, or "relay"
    Column("reason", Text, nullable=False),
    sqlite_autoincrement=True,
)
