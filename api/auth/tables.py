"""Rows of authentication: they are read before a tenant is known."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from kernel.ports.rows import Row, UtcDateTime


class SessionRow(Row, table=True):
    """`token_hash` is SHA-256 of the cookie's value, which is stored nowhere."""

    __tablename__ = "sessions"

    token_hash: bytes = Field(primary_key=True, max_length=32)
    tenant_id: UUID = Field(index=True)
    user_id: UUID = Field(index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    address: str = Field(max_length=64)
    agent: str = Field(max_length=200)


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
