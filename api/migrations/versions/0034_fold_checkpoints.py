"""The fold's checkpoint in a table of its own: it has megabytes, and how far it is folded changes all the time.

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
