"""What agents write about a call that they pass on is found in the log.

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

INDEX = "ix_event_log_personal"
PERSONAL = sa.text(
    "kind IN ('call.offered', 'call.disposed', 'call.passed_on', 'transfer.begun', 'party.left', 'voicemail.left')"
)


def upgrade() -> None:
    op.drop_index(INDEX, "event_log")
    op.create_index(INDEX, "event_log", ["tenant_id", "at"], sqlite_where=PERSONAL, postgresql_where=PERSONAL)
