"""Logging in and out."""

from uuid import UUID

from api.schemas.common import Body, Input
from kernel.primitives.ids import TenantId
from tenants.directory import Role


class Credentials(Input, frozen=True):
    email: str
    password: str


class SessionUser(Body, frozen=True):
    id: UUID
    email: str
    name: str
    roles: tuple[Role, ...]


class SessionTenant(Body, frozen=True):
    id: TenantId
    name: str
    time_zone: str
    currency: str
    locale: str


class SessionBody(Body, frozen=True):
    user: SessionUser
    tenant: SessionTenant
