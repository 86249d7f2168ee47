"""Leases between processes, and numbers that count up for ever get 64 bits."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

COUNTING_UP = (
    ("outbox", "id"),
    ("dead_letters", "id"),
    ("event_log", "sequence"),
    ("fold_progress", "sequence"),
    ("routing_snapshots", "sequence"),
)


def upgrade() -> None:
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    if op.get_bind().dialect.name == "postgresql":  # SQLite's INTEGER has 64 bits
        for table, column in COUNTING_UP:
            op.alter_column(table, column, type_=sa.BigInteger(), existing_type=sa.Integer(), existing_nullable=False)
        for table in ("outbox", "dead_letters"):
            op.execute(f"ALTER SEQUENCE {table}_id_seq AS bigint")


def downgrade() -> None:
    raise NotImplementedError("a newer database is not made an older one")
