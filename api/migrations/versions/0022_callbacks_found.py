"""Promised callbacks and callers of messages are found in the log, and marked callers by their age.

Whoever is marked already counts as marked now: when it was is not known.

Revision ID: 0022
Revises: 0021
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

INDEX = "ix_event_log_personal"
PERSONAL = sa.text("kind IN ('call.offered', 'call.disposed', 'transfer.begun', 'party.left', 'voicemail.left')")
CALLBACKS = sa.text("kind IN ('callback.requested', 'callback.ended')")
MOMENT = sa.DateTime(timezone=True)
MARKED = sa.table("marked_callers", sa.column("marked_at", MOMENT))


def upgrade() -> None:
    op.drop_index(INDEX, "event_log")
    op.create_index(INDEX, "event_log", ["tenant_id", "at"], sqlite_where=PERSONAL, postgresql_where=PERSONAL)
    op.create_index(
        "ix_event_log_callbacks",
        "event_log",
        ["tenant_id", "at", "sequence"],
        sqlite_where=CALLBACKS,
        postgresql_where=CALLBACKS,
    )
    with op.batch_alter_table("marked_callers") as batch:
        batch.add_column(sa.Column("marked_at", MOMENT, nullable=True))
    op.execute(MARKED.update().values(marked_at=datetime.now(UTC)))
    with op.batch_alter_table("marked_callers") as batch:
        batch.alter_column("marked_at", existing_type=MOMENT, nullable=False)
