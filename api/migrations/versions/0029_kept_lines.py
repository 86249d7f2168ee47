"""Which telephones outside are called once, and kept up between calls.

Revision ID: 0029
Revises: 0027
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("agent_telephones") as batch:
        batch.add_column(sa.Column("mode", sa.String(length=16), nullable=False, server_default="each_call"))
