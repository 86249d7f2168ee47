"""Numbers that lead outside or to a telephone.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("numbers") as batch:
        batch.add_column(sa.Column("forward_number", sa.String(length=16), nullable=True))
        batch.add_column(sa.Column("forward_phone", sa.String(length=64), nullable=True))
