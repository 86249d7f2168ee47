"""The audit tells as whom somebody acted and is chained by hashes; recordings are sealed with keys of tenants."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from kernel.ports.rows import UtcDateTime
from kernel.primitives.ids import TenantId, UserId
from tenants.audit.chain import NO_HASH, Head, link
from tenants.audit.model import AuditEntry, Origin

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

READ_AT_ONCE = 1_000

ENTRIES = sa.table(
    "audit_entries",
    sa.column("id", sa.Uuid()),
    sa.column("tenant_id", sa.Uuid()),
    sa.column("at", UtcDateTime()),
    sa.column("user_id", sa.Uuid()),
    sa.column("action", sa.String()),
    sa.column("subject_kind", sa.String()),
    sa.column("subject_id", sa.Uuid()),
    sa.column("address", sa.String()),
    sa.column("agent", sa.String()),
    sa.column("detail", sa.JSON()),
    sa.column("sequence", sa.BigInteger()),
    sa.column("previous_hash", sa.LargeBinary()),
    sa.column("hash", sa.LargeBinary()),
)
HEADS = sa.table(
    "audit_heads",
    sa.column("tenant_id", sa.Uuid()),
    sa.column("sequence", sa.BigInteger()),
    sa.column("hash", sa.LargeBinary()),
)
LET_CHANGE = {
    "sqlite": ("DROP TRIGGER audit_entries_no_update", "DROP TRIGGER audit_entries_no_delete"),
    "postgresql": ("DROP TRIGGER audit_entries_append_only ON audit_entries",),
}
APPEND_ONLY = {
    "sqlite": (
        "CREATE TRIGGER audit_entries_no_update BEFORE UPDATE ON audit_entries "
        "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END",
        "CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries "
        "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END",
    ),
    "postgresql": (
        "CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE ON audit_entries "
        "FOR EACH ROW EXECUTE FUNCTION audit_entries_refuse()",
    ),
}


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    for statement in LET_CHANGE[dialect]:
        op.execute(statement)
    op.create_table(
        "audit_heads",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id"),
    )
    with op.batch_alter_table("audit_entries") as batch:
        batch.add_column(sa.Column("grant_id", sa.Uuid(), nullable=True))
        batch.add_column(sa.Column("actor", sa.String(length=16), nullable=False, server_default="user"))
        batch.add_column(sa.Column("sequence", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("previous_hash", sa.LargeBinary(), nullable=True))
        batch.add_column(sa.Column("hash", sa.LargeBinary(), nullable=True))
    _chain()
    _privacy()
    with op.batch_alter_table("audit_entries") as batch:
        batch.alter_column("actor", existing_type=sa.String(length=16), existing_nullable=False, server_default=None)
        batch.alter_column("sequence", existing_type=sa.BigInteger(), nullable=False)
        batch.alter_column("previous_hash", existing_type=sa.LargeBinary(), nullable=False)
        batch.alter_column("hash", existing_type=sa.LargeBinary(), nullable=False)
        batch.create_unique_constraint("uq_audit_entries_sequence", ["tenant_id", "sequence"])
    for statement in APPEND_ONLY[dialect]:
        op.execute(statement)
    _seal()


def _privacy() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "retention_policies",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("days", sa.JSON(), nullable=False),
        sa.Column("queues", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id"),
    )
    op.create_table(
        "retention_marks",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("swept_until", moment, nullable=False),
        sa.Column("swept_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "kind"),
    )
    op.create_table(
        "legal_holds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("value", sa.String(length=300), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("set_at", moment, nullable=False),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.Column("lifted_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_legal_holds_tenant_id", "legal_holds", ["tenant_id"])
    _privacy_jobs(moment)


def _privacy_jobs(moment: sa.DateTime) -> None:
    op.create_table(
        "privacy_jobs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("person", sa.LargeBinary(), nullable=True),
        sa.Column("fingerprint", sa.String(length=32), nullable=False),
        sa.Column("origin", sa.LargeBinary(), nullable=False),
        sa.Column("requested_at", moment, nullable=False),
        sa.Column("alive_at", moment, nullable=True),
        sa.Column("finished_at", moment, nullable=True),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("certificate", sa.JSON(), nullable=True),
        sa.Column("blob", sa.String(), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_privacy_jobs_state", "privacy_jobs", ["state"])
    op.create_index("ix_privacy_jobs_tenant_id", "privacy_jobs", ["tenant_id"])


def _seal() -> None:
    op.create_table(
        "tenant_keys",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("server_key", sa.String(length=16), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "version"),
    )
    op.add_column("recordings", sa.Column("key_version", sa.Integer(), nullable=True))
    op.create_index(
        "ix_event_log_personal",
        "event_log",
        ["tenant_id", "at"],
        sqlite_where=sa.text("kind IN ('call.offered', 'call.disposed')"),
        postgresql_where=sa.text("kind IN ('call.offered', 'call.disposed')"),
    )


def _chain() -> None:
    """Every entry that is there, in the order of the ids, which are UUIDv7."""
    bind = op.get_bind()
    for tenant in bind.scalars(sa.select(ENTRIES.c.tenant_id).distinct()).all():
        head = Head(0, NO_HASH)
        for row in _entries(bind, tenant):
            put = link(TenantId(tenant), head, _entry(row))
            head = put.head
            change = sa.update(ENTRIES).where(ENTRIES.c.id == row.id)
            bind.execute(change.values(sequence=put.sequence, previous_hash=put.previous, hash=put.hash))
        bind.execute(sa.insert(HEADS).values(tenant_id=tenant, sequence=head.sequence, hash=head.hash))


def _entries(bind: sa.Connection, tenant: Any) -> Iterator[Any]:
    query = sa.select(ENTRIES).where(ENTRIES.c.tenant_id == tenant).order_by(ENTRIES.c.id).limit(READ_AT_ONCE)
    rows = bind.execute(query).all()
    while rows:
        yield from rows
        rows = bind.execute(query.where(ENTRIES.c.id > rows[-1].id)).all()


def _entry(row: Any) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        at=row.at,
        origin=Origin(None if row.user_id is None else UserId(row.user_id), row.address, row.agent),
        action=row.action,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        detail=row.detail,
    )
