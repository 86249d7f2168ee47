"""Second factors, sessions that can be told apart, single sign-on, keys and clients of machines."""

import sqlalchemy as sa
from alembic import op
from uuid_utils.compat import uuid7

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.execute("DELETE FROM idempotency_keys")  # answers are sealed from now on
    _extend_sessions()
    _create_second_factor()
    _create_login_policies()
    _create_sign_on()
    _create_api_keys()
    _create_oauth_clients()


def _extend_sessions() -> None:
    """Who is logged in stays so."""
    with op.batch_alter_table("sessions") as batch:
        batch.add_column(sa.Column("id", sa.Uuid(), nullable=True))
        batch.add_column(sa.Column("last_seen_at", TIME, nullable=True))
        batch.add_column(sa.Column("method", sa.String(length=20), nullable=False, server_default="password"))
    sessions = sa.table(
        "sessions",
        sa.column("token_hash", sa.LargeBinary()),
        sa.column("id", sa.Uuid()),
        sa.column("created_at", TIME),
        sa.column("last_seen_at", TIME),
    )
    connection = op.get_bind()
    connection.execute(sessions.update().values(last_seen_at=sessions.c.created_at))
    for (key,) in connection.execute(sa.select(sessions.c.token_hash)).all():
        connection.execute(sessions.update().where(sessions.c.token_hash == key).values(id=uuid7()))
    with op.batch_alter_table("sessions") as batch:
        batch.alter_column("id", existing_type=sa.Uuid(), nullable=False)
        batch.alter_column("last_seen_at", existing_type=TIME, nullable=False)
        batch.alter_column("method", existing_type=sa.String(length=20), server_default=None)
        batch.create_unique_constraint("uq_sessions_id", ["id"])


def _index(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(f"ix_{table}_{column}", table, [column], unique=False)


def _create_second_factor() -> None:
    op.create_table(
        "login_tickets",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    _index("login_tickets", "tenant_id", "user_id", "expires_at")
    op.create_table(
        "second_factors",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("confirmed_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("user_id"),
    )
    _index("second_factors", "tenant_id")
    op.create_table(
        "recovery_codes",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "code_hash"),
    )
    _index("recovery_codes", "tenant_id")


def _create_login_policies() -> None:
    op.create_table(
        "login_policies",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("second_factor", sa.String(length=20), nullable=False),
        sa.Column("second_factor_roles", sa.JSON(), nullable=False),
        sa.Column("sign_on_only", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id"),
    )


def _create_sign_on() -> None:
    op.create_table(
        "identity_providers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("issuer", sa.String(length=500), nullable=False),
        sa.Column("client_id", sa.String(length=255), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=True),
        sa.Column("default_role", sa.String(length=20), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    _index("identity_providers", "tenant_id")
    op.create_table(
        "email_domains",
        sa.Column("domain", sa.String(length=253), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("identity_provider_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["identity_provider_id"], ["identity_providers.id"]),
        sa.PrimaryKeyConstraint("domain"),
    )
    _index("email_domains", "tenant_id", "identity_provider_id")
    op.create_table(
        "external_identities",
        sa.Column("identity_provider_id", sa.Uuid(), nullable=False),
        sa.Column("subject_hash", sa.LargeBinary(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("linked_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["identity_provider_id"], ["identity_providers.id"]),
        sa.PrimaryKeyConstraint("identity_provider_id", "subject_hash"),
    )
    _index("external_identities", "tenant_id", "user_id")
    op.create_table(
        "sign_on_attempts",
        sa.Column("state_hash", sa.LargeBinary(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("identity_provider_id", sa.Uuid(), nullable=False),
        sa.Column("browser_hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("state_hash"),
    )
    _index("sign_on_attempts", "tenant_id", "expires_at")


def _create_api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("hint", sa.String(length=20), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("permissions", sa.JSON(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("last_used_at", TIME, nullable=True),
        sa.Column("last_used_address", sa.String(length=64), nullable=True),
        sa.Column("revoked_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key_hash"),
    )
    _index("api_keys", "tenant_id", "user_id")


def _create_oauth_clients() -> None:
    op.create_table(
        "oauth_clients",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("permissions", sa.JSON(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("last_used_at", TIME, nullable=True),
        sa.Column("last_used_address", sa.String(length=64), nullable=True),
        sa.Column("removed_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    _index("oauth_clients", "tenant_id")
    op.create_table(
        "access_tokens",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("permissions", sa.JSON(), nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["oauth_clients.id"]),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    _index("access_tokens", "tenant_id", "client_id", "expires_at")
