"""The audit tells as whom somebody acted."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("audit_entries", sa.Column("grant_id", sa.Uuid(), nullable=True))
    op.add_column("audit_entries", sa.Column("actor", sa.String(length=16), nullable=False, server_default="user"))
