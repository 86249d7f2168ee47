"""Contacts, and the keys by which they are found."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0001"
branch_labels = None
depends_on = None

SORTED_BY_CODE_POINT = sa.String(600).with_variant(sa.String(600, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "contacts",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("name_key", SORTED_BY_CODE_POINT, nullable=False),
        sa.Column("company", sa.String(200), nullable=False),
        sa.Column("language", sa.String(20), nullable=True),
        sa.Column("external_id", sa.String(100), nullable=True),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column("numbers", sa.JSON(), nullable=False),
        sa.Column("emails", sa.JSON(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("custom_fields", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )
    op.create_index("ix_contacts_name", "contacts", ["tenant_id", "name_key", "id"])
    op.create_index("uq_contacts_external_id", "contacts", ["tenant_id", "external_id"], unique=True)
    op.create_table(
        "contact_keys",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(1), nullable=False),
        sa.Column("value", sa.String(300), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "kind", "value", "contact_id"),
    )
    op.create_index("ix_contact_keys_contact", "contact_keys", ["tenant_id", "contact_id"])


def downgrade() -> None:
    op.drop_table("contact_keys")
    op.drop_table("contacts")
