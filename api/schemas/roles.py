"""Permissions and roles."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from api.schemas.common import Body, Input
from tenants.directory import Permission


class PermissionBody(Body, frozen=True):
    """`held`: by who asks, who can therefore give it to others."""

    code: Permission
    meaning: str
    held: bool


class PermissionsBody(Body, frozen=True):
    items: tuple[PermissionBody, ...]


class RoleBody(Body, frozen=True):
    """`id` is None for a built-in role, whose `name` is its code."""

    id: UUID | None
    name: str
    description: str
    permissions: tuple[Permission, ...]


class RoleInput(Input, frozen=True):
    name: str
    permissions: tuple[Permission, ...]
    description: Annotated[str, msgspec.Meta(max_length=500)] = ""


class RoleChange(Input, frozen=True):
    """Only what is present changes."""

    name: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    permissions: tuple[Permission, ...] | UnsetType = UNSET
