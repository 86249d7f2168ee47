"""Certificates that tenants show at their telephone domains, and the keys of them.

Revision ID: 0033
Revises: 0032
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("phone_domains") as batch:
        batch.add_column(sa.Column("certificate", sa.String(), nullable=True))
        batch.add_column(sa.Column("sealed_tls_key", sa.LargeBinary(), nullable=True))
