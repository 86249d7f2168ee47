"""Transfers in the log: their events tell of people outside too.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

INDEX = "ix_event_log_personal"
PERSONAL = sa.text("kind IN ('call.offered', 'call.disposed', 'transfer.begun', 'party.left')")


def upgrade() -> None:
    op.drop_index(INDEX, "event_log")
    op.create_index(INDEX, "event_log", ["tenant_id", "at"], sqlite_where=PERSONAL, postgresql_where=PERSONAL)
