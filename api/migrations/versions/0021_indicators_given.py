"""What people give and choose for the indicators, rules of alerts, and agents' states as they were.

Where a log tells of states or codes already, everything is folded anew.

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FOLDED = ("call_records", "kpi_intervals", "kpi_sums", "fold_progress")
TOLD = "SELECT tenant_id FROM event_log WHERE kind IN ('agent.state_changed', 'call.disposed')"


def upgrade() -> None:
    with op.batch_alter_table("call_records") as batch:
        batch.add_column(sa.Column("disposition", sa.String(length=60), nullable=False, server_default=""))
    with op.batch_alter_table("call_records") as batch:
        batch.alter_column("disposition", existing_type=sa.String(length=60), server_default=None)
    op.create_table(
        "agent_states",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("start", COUNT, nullable=False),
        sa.Column("end", COUNT, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "agent_id", "start"),
    )
    op.create_index("ix_agent_states_start", "agent_states", ["tenant_id", "start"])
    op.create_table(
        "kpi_given",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "kind", "entry_id"),
    )
    op.create_index("ix_kpi_given_since", "kpi_given", ["tenant_id", "kind", "since"])
    op.create_table(
        "kpi_settings",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id"),
    )
    op.create_table(
        "alert_rules",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "rule_id"),
    )
    for table in FOLDED:
        op.execute(sa.text(f"DELETE FROM {table} WHERE tenant_id IN ({TOLD})"))  # noqa: S608 - names of our own
