"""Who a request comes from."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from kernel.contracts.base import TenantScope
from kernel.primitives.errors import Forbidden
from kernel.primitives.ids import TenantId, UserId
from tenants.directory import Permission, Role

SESSION_COOKIE = "cordboard_session"

Kind = Literal["session", "api_key", "client"]


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """Who acts, where, and what they may do there.

    `tenant` is the tenant acted in, `home` the one that the user belongs to; they differ under a `grant` only.
    `session` is the hash of the token, `expires_at` when it ends by itself. `user` is None for an OAuth client.
    """

    user: UserId | None
    tenant: TenantId
    home: TenantId
    email: str
    name: str
    roles: frozenset[Role]
    permissions: frozenset[Permission]
    session: bytes
    expires_at: datetime
    kind: Kind = "session"
    client: UUID | None = None  # the OAuth client
    limit: frozenset[Permission] | None = None  # to which an API key narrows its owner; None: not at all
    grant: UUID | None = None
    credential: UUID | None = None  # the API key or OAuth client

    @property
    def scope(self) -> TenantScope:
        return TenantScope(self.tenant)

    @property
    def actor(self) -> str:
        """What kind of credential acts, in the audit's words."""
        return "user" if self.kind == "session" else self.kind

    @property
    def subject(self) -> UUID:
        """The user, or the OAuth client where no person acts."""
        found = self.user or self.client
        assert found is not None
        return found

    @property
    def person(self) -> UserId:
        """Forbidden for an OAuth client."""
        if self.user is None:
            raise Forbidden("This is for people: log in, or use a person's API key.")
        return self.user
