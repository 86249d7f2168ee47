"""What calls write is less: the fold's checkpoint, megabytes, leaves the row that changes all the time, and indexes
that nobody reads go.

Revision ID: 0034
Revises: 0033
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fold_checkpoints",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id"),
    )
    op.execute("INSERT INTO fold_checkpoints (tenant_id, body) SELECT tenant_id, checkpoint FROM fold_progress")
    with op.batch_alter_table("fold_progress") as batch:
        batch.drop_column("checkpoint")
    op.drop_index("ix_gateway_calls_tenant_id", "gateway_calls")
    op.drop_index("ix_gateway_calls_gateway", "gateway_calls")
    op.drop_index("ix_call_traces_tenant_id", "call_traces")
    captured = sa.text("packets IS NOT NULL")
    op.create_index(
        "ix_call_traces_captured", "call_traces", ["ended_at"], sqlite_where=captured, postgresql_where=captured
    )
