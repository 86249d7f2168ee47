"""The state of a trunk says why it does not work, and since when.

Revision ID: 0035
Revises: 0034
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("gateway_trunks") as batch:
        batch.add_column(sa.Column("reason", sa.String(length=40), nullable=True))
        batch.add_column(sa.Column("reason_since", sa.DateTime(timezone=True), nullable=True))
