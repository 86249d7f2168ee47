"""How trunks are chosen, written to, limited and watched; and what the gateway found of them.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("trunks") as batch:
        batch.add_column(sa.Column("srtp", sa.String(length=8), nullable=False, server_default="optional"))
        batch.add_column(sa.Column("options", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("trunks") as batch:  # what was there got the usual; new rows say what they want
        batch.alter_column("srtp", server_default=None)
        batch.alter_column("options", server_default=None)
    op.create_table(
        "gateway_trunks",
        sa.Column("trunk_id", sa.Uuid(), nullable=False),
        sa.Column("gateway", sa.String(length=100), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("health", sa.String(length=10), nullable=False),
        sa.Column("registration", sa.String(length=20), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("trunk_id", "gateway"),
    )
    with op.batch_alter_table("gateway_trunks") as batch:
        batch.create_index(batch.f("ix_gateway_trunks_tenant_id"), ["tenant_id"], unique=False)
