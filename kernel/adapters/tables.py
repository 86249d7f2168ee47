"""The kernel's own tables: the log, the outbox, what could not be delivered, and who owns what."""

from sqlalchemy import Column, Index, LargeBinary, String, Table, Text, UniqueConstraint, Uuid, text
from sqlmodel import SQLModel

from kernel.ports.rows import SequenceNumber, UtcDateTime

metadata = SQLModel.metadata

event_log = Table(
    "event_log",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("sequence", SequenceNumber, primary_key=True, autoincrement=False),
    Column("id", Uuid, nullable=False),
    Column("kind", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("tenant_id", "id", name="uq_event_log_id"),
    sqlite_with_rowid=False,  # clustered by (tenant, sequence), the order in which it is always read
)

PERSONAL_EVENTS = (
    "kind IN ('call.offered', 'call.disposed', 'call.passed_on', 'transfer.begun', 'party.left', 'voicemail.left')"
)
"""The events that tell of people outside, found by their time when something must leave them."""

Index(
    "ix_event_log_personal",
    event_log.c.tenant_id,
    event_log.c.at,
    sqlite_where=text(PERSONAL_EVENTS),
    postgresql_where=text(PERSONAL_EVENTS),
)

CALLBACK_EVENTS = "kind IN ('callback.requested', 'callback.ended')"
"""Who was promised a callback, and which of them are open: what finds them by number must read no calls."""

Index(
    "ix_event_log_callbacks",
    event_log.c.tenant_id,
    event_log.c.at,
    event_log.c.sequence,
    sqlite_where=text(CALLBACK_EVENTS),
    postgresql_where=text(CALLBACK_EVENTS),
)

MESSAGE_NOTES = "kind = 'voicemail.ended'"
"""What people wrote about messages."""

Index(
    "ix_event_log_message_notes",
    event_log.c.tenant_id,
    event_log.c.at,
    event_log.c.sequence,
    sqlite_where=text(MESSAGE_NOTES),
    postgresql_where=text(MESSAGE_NOTES),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", SequenceNumber, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    sqlite_autoincrement=True,  # never gives an id again: the relay reads on from the last one it saw
)

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("id", SequenceNumber, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("subject", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("consumer", Text, nullable=False),  # the subscription that failed, or "relay"
    Column("reason", Text, nullable=False),
    sqlite_autoincrement=True,
)

leases = Table(  # on SQLite one process is all there is, and nobody asks
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", UtcDateTime, nullable=False),
)
