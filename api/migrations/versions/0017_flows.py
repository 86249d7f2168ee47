"""Call flows, business hours, prompts, credentials of lookups, where calls are in their flows.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_flows()
    _create_named("calendars", sa.Column("document", sa.LargeBinary(), nullable=False))
    _create_named(
        "prompts",
        sa.Column("text", sa.String(2000), nullable=False),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
    )
    _create_named("flow_credentials", sa.Column("sealed", sa.LargeBinary(), nullable=False))
    op.create_table(
        "flow_positions",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("call_id"),
    )
    op.create_index("ix_flow_positions_tenant_id", "flow_positions", ["tenant_id"])
    with op.batch_alter_table("numbers") as batch:
        batch.add_column(sa.Column("flow_id", sa.Uuid(), nullable=True))


def _create_flows() -> None:
    op.create_table(
        "flows",
        *_named(),
        sa.Column("draft", sa.LargeBinary(), nullable=True),
        sa.Column("draft_revision", sa.Integer(), nullable=False),
        sa.Column("live", sa.Integer(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
    )
    op.create_index("ix_flows_tenant_id", "flows", ["tenant_id"])
    present = sa.text("removed_at IS NULL")
    op.create_index(
        "uq_flows_name", "flows", ["tenant_id", "name"], unique=True, sqlite_where=present, postgresql_where=present
    )
    for table, key, *columns in (
        (
            "flow_versions",
            "number",
            sa.Column("document", sa.LargeBinary(), nullable=False),
            sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
            sa.Column("published_by", sa.Uuid(), nullable=False),
            sa.Column("note", sa.String(500), nullable=False),
        ),
        (
            "flow_history",
            "place",
            sa.Column("number", sa.Integer(), nullable=False),
            sa.Column("at", sa.DateTime(timezone=True), nullable=False),
            sa.Column("by", sa.Uuid(), nullable=False),
            sa.Column("rolled_back", sa.Boolean(), nullable=False),
        ),
    ):
        op.create_table(
            table,
            sa.Column("flow_id", sa.Uuid(), nullable=False),
            sa.Column(key, sa.Integer(), nullable=False, autoincrement=False),
            sa.Column("tenant_id", sa.Uuid(), nullable=False),
            *columns,
            sa.PrimaryKeyConstraint("flow_id", key),
            sa.ForeignKeyConstraint(["flow_id"], ["flows.id"]),
            sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        )
        op.create_index(f"ix_{table}_tenant_id", table, ["tenant_id"])


def _named() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
    )


def _create_named(table: str, *columns: "sa.Column[object]") -> None:
    op.create_table(
        table,
        *_named(),
        *columns,
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.UniqueConstraint("tenant_id", "name", name=f"uq_{table}_name"),
    )
    op.create_index(f"ix_{table}_tenant_id", table, ["tenant_id"])
