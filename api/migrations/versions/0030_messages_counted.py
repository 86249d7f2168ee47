"""Calls in which a message was left, or a callback promised, are counted apart; agents' work on messages is counted.

Where a log tells of any, everything is folded anew.

Revision ID: 0030
Revises: 0027
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

COUNTS = ("messages", "callbacks", "messages_done")
FOLDED = ("call_records", "kpi_intervals", "kpi_sums", "agent_states", "fold_progress")
TOLD = "SELECT tenant_id FROM event_log WHERE kind IN ('voicemail.left', 'callback.requested')"


def upgrade() -> None:
    with op.batch_alter_table("kpi_intervals") as batch:
        for name in COUNTS:
            batch.add_column(sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("kpi_intervals") as batch:
        for name in COUNTS:
            batch.alter_column(name, existing_type=sa.Integer(), server_default=None)
    for table in FOLDED:
        op.execute(sa.text(f"DELETE FROM {table} WHERE tenant_id IN ({TOLD})"))  # noqa: S608 - names of our own
