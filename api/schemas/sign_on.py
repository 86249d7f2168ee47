"""Single sign-on."""

from uuid import UUID

from msgspec import UNSET, UnsetType

from api.schemas.common import Body, Input
from tenants.directory import Role


class IdentityProviderBody(Body, frozen=True):
    """`default_role` is what somebody unknown becomes; null: only known people come in."""

    id: UUID
    name: str
    issuer: str
    client_id: str
    has_secret: bool
    domains: tuple[str, ...]
    default_role: Role | None


class IdentityProviderInput(Input, frozen=True):
    """`client_secret` null: a public client, which PKCE protects."""

    name: str
    issuer: str
    client_id: str
    domains: tuple[str, ...]
    client_secret: str | None = None
    default_role: Role | None = None


class IdentityProviderChange(Input, frozen=True):
    """Only what is present changes; another issuer forgets who was linked."""

    name: str | UnsetType = UNSET
    issuer: str | UnsetType = UNSET
    client_id: str | UnsetType = UNSET
    domains: tuple[str, ...] | UnsetType = UNSET
    client_secret: str | UnsetType | None = UNSET
    default_role: Role | UnsetType | None = UNSET


class SignOnChoice(Body, frozen=True):
    """`start` is where the browser goes."""

    id: UUID
    name: str
    start: str


class SignOnChoices(Body, frozen=True):
    providers: tuple[SignOnChoice, ...]
