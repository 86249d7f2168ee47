"""People of a tenant."""

from uuid import UUID

from msgspec import UNSET, UnsetType

from api.schemas.common import Body, Input
from tenants.directory import Role


class UserBody(Body, frozen=True):
    id: UUID
    email: str
    name: str
    roles: tuple[Role, ...]
    active: bool


class UserInput(Input, frozen=True):
    email: str
    name: str
    password: str
    roles: tuple[Role, ...]


class UserChange(Input, frozen=True):
    """Only what is present changes; a new password or `active: false` ends the user's sessions."""

    email: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    password: str | UnsetType = UNSET
    roles: tuple[Role, ...] | UnsetType = UNSET
    active: bool | UnsetType = UNSET
