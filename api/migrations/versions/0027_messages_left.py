"""Calls in which a message was left are told apart, and what people wrote about messages is found in the log.

Revision ID: 0027
Revises: 0026
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

NOTES = sa.text("kind = 'voicemail.ended'")


def upgrade() -> None:
    op.create_index(
        "ix_event_log_message_notes",
        "event_log",
        ["tenant_id", "at", "sequence"],
        sqlite_where=NOTES,
        postgresql_where=NOTES,
    )
    op.add_column("call_records", sa.Column("left_message", sa.Boolean(), nullable=False, server_default=sa.false()))
