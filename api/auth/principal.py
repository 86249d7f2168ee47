"""Who a request comes from."""

from datetime import datetime

import msgspec

from kernel.contracts.base import TenantScope
from kernel.primitives.ids import TenantId, UserId
from tenants.directory import Role

SESSION_COOKIE = "cordboard_session"


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """An authenticated user; `session` is the hash of the token, `expires_at` when it ends by itself."""

    user: UserId
    tenant: TenantId
    email: str
    name: str
    roles: frozenset[Role]
    session: bytes
    expires_at: datetime

    @property
    def scope(self) -> TenantScope:
        return TenantScope(self.tenant)
