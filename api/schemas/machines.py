"""API keys and OAuth clients."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType

from api.schemas.common import Body, Input
from tenants.directory import Permission


class ApiKeyBody(Body, frozen=True):
    """`hint` is the key's beginning; it may what `permissions` says, and never more than its maker may."""

    id: UUID
    user_id: UUID
    name: str
    hint: str
    permissions: tuple[Permission, ...]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    last_used_address: str | None
    revoked_at: datetime | None


class NewApiKeyBody(ApiKeyBody, frozen=True):
    """`key` is shown this once."""

    key: str


class ApiKeyInput(Input, frozen=True):
    """`expires_at` is within the next 366 days; 90 days if absent."""

    name: str
    permissions: tuple[Permission, ...]
    expires_at: Annotated[datetime, Meta(tz=True)] | UnsetType = UNSET


class RotationInput(Input, frozen=True):
    """For how long the old key is good still; at once it is not, if absent."""

    overlap_seconds: int = 0


class OAuthClientBody(Body, frozen=True):
    """`id` is the client_id; `permissions` are the scopes that it may ask for."""

    id: UUID
    name: str
    permissions: tuple[Permission, ...]
    created_at: datetime
    created_by: UUID
    last_used_at: datetime | None
    last_used_address: str | None


class NewOAuthClientBody(OAuthClientBody, frozen=True):
    """`client_secret` is shown this once."""

    client_secret: str


class OAuthClientInput(Input, frozen=True):
    name: str
    permissions: tuple[Permission, ...]


class AccessTokenBody(Body, frozen=True):
    """RFC 6749 5.1."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    scope: str


class OAuthError(Body, frozen=True):
    """RFC 6749 5.2."""

    error: str
    error_description: str


class OAuthMetadata(Body, frozen=True):
    """RFC 8414 2."""

    issuer: str
    token_endpoint: str
    token_endpoint_auth_methods_supported: tuple[str, ...]
    grant_types_supported: tuple[str, ...]
    response_types_supported: tuple[str, ...]
    scopes_supported: tuple[str, ...]
    service_documentation: str
