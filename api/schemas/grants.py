"""Grants: what a provider's people may do in a client."""

from datetime import datetime
from uuid import UUID

from msgspec import UNSET, UnsetType

from api.schemas.common import Body, Input
from tenants.directory import Permission, Role
from tenants.directory.grants import GrantState


class GrantBody(Body, frozen=True):
    """Either `user_id` or `provider_role` says who; `permissions` is what all of it allows together."""

    id: UUID
    state: GrantState
    client_id: UUID
    client_name: str | None
    user_id: UUID | None
    user_name: str | None
    provider_role: Role | None
    roles: tuple[Role, ...]
    extra_permissions: tuple[Permission, ...]
    permissions: tuple[Permission, ...]
    until: datetime
    reason: str
    asked_at: datetime
    asked_by: UUID
    given_at: datetime | None
    given_by: UUID | None
    closed_at: datetime | None
    closed_by: UUID | None
    last_used_at: datetime | None
    last_used_by: UUID | None
    last_used_by_name: str | None


class GrantInput(Input, frozen=True):
    """`email` of one person of the provider, or `provider_role` for all who have it there. At most a year."""

    until: datetime
    reason: str
    email: str | None = None
    provider_role: Role | None = None
    roles: tuple[Role, ...] = ()
    permissions: tuple[Permission, ...] = ()


class GrantAcceptance(Input, frozen=True):
    """`until` may shorten what was asked for."""

    until: datetime | UnsetType = UNSET


class GrantRequest(Input, frozen=True):
    """`user_id` of an own person, or `provider_role` for all who have it. At most a year."""

    client_id: UUID
    until: datetime
    reason: str
    user_id: UUID | None = None
    provider_role: Role | None = None
    roles: tuple[Role, ...] = ()
    permissions: tuple[Permission, ...] = ()


class MyGrantBody(Body, frozen=True):
    """A client that one may act in now: send `client_id` as the header `Cordboard-Client`."""

    id: UUID
    client_id: UUID
    client_name: str
    roles: tuple[Role, ...]
    permissions: tuple[Permission, ...]
    until: datetime


class MyGrantsBody(Body, frozen=True):
    items: tuple[MyGrantBody, ...]
