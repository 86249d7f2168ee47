"""Rows of authentication: they are read before a tenant is known."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON
from sqlmodel import Field

from kernel.ports.rows import Row, UtcDateTime


class SessionRow(Row, table=True):
    """`token_hash` is SHA-256 of the cookie's value, which is stored nowhere; `id` is what people see of a session."""

    __tablename__ = "sessions"

    token_hash: bytes = Field(primary_key=True, max_length=32)
    id: UUID = Field(unique=True)
    tenant_id: UUID = Field(index=True)
    user_id: UUID = Field(index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    last_seen_at: datetime = Field(sa_type=UtcDateTime)
    method: str = Field(max_length=20)
    address: str = Field(max_length=64)
    agent: str = Field(max_length=200)


class LoginTicketRow(Row, table=True):
    """A log-in whose password was right and whose second factor is still to come; `purpose` is what it is good for."""

    __tablename__ = "login_tickets"

    token_hash: bytes = Field(primary_key=True, max_length=32)
    tenant_id: UUID = Field(index=True)
    user_id: UUID = Field(index=True)
    purpose: str = Field(max_length=20)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)


class SecondFactorRow(Row, table=True):
    """`last_step` is the time step of the last code that was used; `confirmed_at` is None until the first one."""

    __tablename__ = "second_factors"

    user_id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(index=True)
    sealed_secret: bytes
    last_step: int
    created_at: datetime = Field(sa_type=UtcDateTime)
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class RecoveryCodeRow(Row, table=True):
    """Deleted when it is used."""

    __tablename__ = "recovery_codes"

    user_id: UUID = Field(primary_key=True)
    code_hash: bytes = Field(primary_key=True, max_length=32)
    tenant_id: UUID = Field(index=True)


class LoginPolicyRow(Row, table=True):
    """What a tenant asks of its people; a tenant without a row has the defaults."""

    __tablename__ = "login_policies"

    tenant_id: UUID = Field(primary_key=True)
    second_factor: str = Field(max_length=20)
    second_factor_roles: list[str] = Field(sa_type=JSON)
    sign_on_only: bool
    revision: int


class IdentityProviderRow(Row, table=True):
    """`default_role` is what somebody unknown becomes; None: only known people come in."""

    __tablename__ = "identity_providers"

    id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(index=True)
    name: str = Field(max_length=100)
    issuer: str = Field(max_length=500)
    client_id: str = Field(max_length=255)
    sealed_secret: bytes | None = None
    default_role: str | None = Field(default=None, max_length=20)
    revision: int


class EmailDomainRow(Row, table=True):
    """Whose people have addresses in this domain: one tenant only."""

    __tablename__ = "email_domains"

    domain: str = Field(primary_key=True, max_length=253)
    tenant_id: UUID = Field(index=True)
    identity_provider_id: UUID = Field(foreign_key="identity_providers.id", index=True)


class ExternalIdentityRow(Row, table=True):
    """Whom an identity provider means by a `subject`."""

    __tablename__ = "external_identities"

    identity_provider_id: UUID = Field(foreign_key="identity_providers.id", primary_key=True)
    subject_hash: bytes = Field(primary_key=True, max_length=32)
    tenant_id: UUID = Field(index=True)
    user_id: UUID = Field(index=True)
    linked_at: datetime = Field(sa_type=UtcDateTime)


class SignOnAttemptRow(Row, table=True):
    """Somebody who was sent to an identity provider and has not come back; `browser_hash` is of a cookie."""

    __tablename__ = "sign_on_attempts"

    state_hash: bytes = Field(primary_key=True, max_length=32)
    tenant_id: UUID = Field(index=True)
    identity_provider_id: UUID
    browser_hash: bytes = Field(max_length=32)
    sealed: bytes
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)


class ApiKeyRow(Row, table=True):
    """`user_id` made it: it never may more than that person; `hint` is its beginning, to tell keys apart."""

    __tablename__ = "api_keys"

    id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(index=True)
    user_id: UUID = Field(index=True)
    name: str = Field(max_length=100)
    hint: str = Field(max_length=20)
    key_hash: bytes = Field(unique=True, max_length=32)
    permissions: list[str] = Field(sa_type=JSON)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_used_address: str | None = Field(default=None, max_length=64)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class OAuthClientRow(Row, table=True):
    """A machine of the tenant; it stays when the person who made it goes."""

    __tablename__ = "oauth_clients"

    id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(index=True)
    name: str = Field(max_length=100)
    secret_hash: bytes = Field(max_length=32)
    permissions: list[str] = Field(sa_type=JSON)
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: UUID
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_used_address: str | None = Field(default=None, max_length=64)
    removed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AccessTokenRow(Row, table=True):
    """What an OAuth client was given for its secret, for a short time."""

    __tablename__ = "access_tokens"

    token_hash: bytes = Field(primary_key=True, max_length=32)
    tenant_id: UUID = Field(index=True)
    client_id: UUID = Field(foreign_key="oauth_clients.id", index=True)
    permissions: list[str] = Field(sa_type=JSON)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)


class LoginFailureRow(Row, table=True):
    """operator-wide: `key` is a hash of an e-mail address, with or without where it was tried from."""

    # operator-wide: nobody is known yet when a password is wrong
    __tablename__ = "login_failures"

    key: bytes = Field(primary_key=True, max_length=32)
    failures: int
    first_at: datetime = Field(sa_type=UtcDateTime)
    last_at: datetime = Field(sa_type=UtcDateTime)


class IdempotencyRow(Row, table=True):
    """The answer to a POST, kept to be given again to a repeated one."""

    __tablename__ = "idempotency_keys"

    tenant_id: UUID = Field(primary_key=True)
    user_id: UUID = Field(primary_key=True)
    key: str = Field(primary_key=True, max_length=128)
    fingerprint: bytes = Field(max_length=32)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    status: int
    headers: bytes
    body: bytes
