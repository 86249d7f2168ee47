"""People of a tenant."""

from datetime import datetime
from uuid import UUID

from msgspec import UNSET, UnsetType

from api.schemas.common import Body, Input
from tenants.directory import Role


class UserBody(Body, frozen=True):
    id: UUID
    email: str
    name: str
    roles: tuple[Role, ...]
    custom_roles: tuple[UUID, ...]
    department_id: UUID | None
    active: bool


class UserInput(Input, frozen=True):
    """Without a password the person is to be invited. At least one role, of either kind."""

    email: str
    name: str
    password: str | None = None
    roles: tuple[Role, ...] = ()
    custom_roles: tuple[UUID, ...] = ()
    department_id: UUID | None = None


class UserChange(Input, frozen=True):
    """Only what is present changes; a new password or `active: false` ends the user's sessions."""

    email: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    password: str | UnsetType = UNSET
    roles: tuple[Role, ...] | UnsetType = UNSET
    custom_roles: tuple[UUID, ...] | UnsetType = UNSET
    department_id: UUID | UnsetType | None = UNSET
    active: bool | UnsetType = UNSET


class InvitationBody(Body, frozen=True):
    """`token` is told this once: hand it to the person, who sets the password with it until `expires_at`."""

    user_id: UUID
    token: str
    expires_at: datetime


class Acceptance(Input, frozen=True):
    token: str
    password: str
