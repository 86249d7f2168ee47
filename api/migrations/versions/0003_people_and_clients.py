"""Providers' home tenants, closed clients, departments, teams, custom roles, invitations and grants."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    _extend_providers()
    with op.batch_alter_table("tenants") as batch:
        batch.add_column(sa.Column("closed_at", TIME, nullable=True))
        batch.add_column(sa.Column("closed_reason", sa.String(length=500), nullable=True))
    _create_departments()
    _create_custom_roles()
    _extend_users()
    _create_invitations()
    _create_teams()
    _create_grants()


def _extend_providers() -> None:
    """Who has one tenant is its own client; of several, the oldest is taken for the provider's own."""
    with op.batch_alter_table("providers") as batch:
        batch.add_column(sa.Column("home_tenant_id", sa.Uuid(), nullable=True))
        batch.add_column(sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
    providers = sa.table("providers", sa.column("id", sa.Uuid()), sa.column("home_tenant_id", sa.Uuid()))
    tenants = sa.table("tenants", sa.column("id", sa.Uuid()), sa.column("provider_id", sa.Uuid()))
    connection = op.get_bind()
    for (provider,) in connection.execute(sa.select(providers.c.id)).all():
        of_provider = sa.select(tenants.c.id).where(tenants.c.provider_id == provider).order_by(tenants.c.id).limit(1)
        home = connection.execute(of_provider).scalar()
        connection.execute(providers.update().where(providers.c.id == provider).values(home_tenant_id=home))
    with op.batch_alter_table("providers") as batch:
        batch.alter_column("revision", existing_type=sa.Integer(), server_default=None)
        batch.create_unique_constraint("uq_providers_home_tenant_id", ["home_tenant_id"])


def _index(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(f"ix_{table}_{column}", table, [column], unique=False)


def _create_departments() -> None:
    op.create_table(
        "departments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.ForeignKeyConstraint(["parent_id"], ["departments.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    _index("departments", "tenant_id", "parent_id")


def _create_custom_roles() -> None:
    op.create_table(
        "custom_roles",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.Column("permissions", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("tenant_id", "name"),
    )
    _index("custom_roles", "tenant_id")


def _extend_users() -> None:
    with op.batch_alter_table("users") as batch:
        batch.add_column(sa.Column("custom_roles", sa.JSON(), nullable=False, server_default="[]"))
        batch.add_column(sa.Column("department_id", sa.Uuid(), nullable=True))
    _index("users", "department_id")


def _create_invitations() -> None:
    op.create_table(
        "invitations",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("founding", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("user_id"),
        sa.UniqueConstraint("token_hash"),
    )
    _index("invitations", "tenant_id")


def _create_teams() -> None:
    op.create_table(
        "teams",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("tenant_id", "name"),
    )
    _index("teams", "tenant_id", "department_id")
    op.create_table(
        "team_members",
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("lead", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("team_id", "user_id"),
    )
    _index("team_members", "tenant_id", "user_id")


def _create_grants() -> None:
    op.create_table(
        "grants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("provider_role", sa.String(length=20), nullable=True),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("permissions", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("until", TIME, nullable=False),
        sa.Column("asked_at", TIME, nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("given_at", TIME, nullable=True),
        sa.Column("given_by", sa.Uuid(), nullable=True),
        sa.Column("closed_at", TIME, nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("closing", sa.String(length=20), nullable=True),
        sa.Column("last_used_at", TIME, nullable=True),
        sa.Column("last_used_by", sa.Uuid(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    _index("grants", "tenant_id", "provider_id", "user_id")
