"""A grant's life, told the time: asked for, given, ended or expired."""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

from kernel.primitives.ids import ProviderId, TenantId, UserId
from tenants.directory.checks import Checks
from tenants.directory.model import Entity
from tenants.directory.permissions import EVERY_PERMISSION, Permission, of_provider, permissions_of
from tenants.directory.roles import Role

LONGEST = timedelta(days=366)  # a contract year, a leap one too: who is still needed then is asked for again
REASON_LENGTH = 500  # a paragraph

NEVER_GRANTED = frozenset(permission for permission in EVERY_PERMISSION if of_provider(permission)) | {
    Permission.OWNERS_WRITE,
    Permission.GRANTS_WRITE,
    Permission.KEYS_WRITE,
    Permission.SIGN_ON_WRITE,
}
"""A guest makes no owners, lets in nobody and leaves no keys behind; a client has no provider's console to give."""


class GrantState(StrEnum):
    PENDING = "pending"  # asked for by the provider
    LIVE = "live"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"
    EXPIRED = "expired"


class Closing(StrEnum):
    """How a grant ended before its time."""

    REFUSED = "refused"  # by the client, before it was given
    WITHDRAWN = "withdrawn"  # by the provider, before or after
    ENDED = "ended"  # by the client
    PERSON_LEFT = "person_left"  # the provider's person was deactivated or removed


_STATE_OF_CLOSING = {
    Closing.REFUSED: GrantState.REFUSED,
    Closing.WITHDRAWN: GrantState.WITHDRAWN,
    Closing.ENDED: GrantState.ENDED,
    Closing.PERSON_LEFT: GrantState.ENDED,
}


class Holder(msgspec.Struct, frozen=True):
    """Who may act: one person of the provider, or everybody there with a role."""

    person: UserId | None
    role: Role | None


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What may be done, until when, and why. Roles and single permissions add up."""

    roles: tuple[Role, ...]
    permissions: tuple[Permission, ...]
    until: datetime
    reason: str


class Grant(Entity, frozen=True):
    id: UUID
    client: TenantId
    provider: ProviderId
    holder: Holder
    terms: Terms
    asked_at: datetime
    asked_by: UserId
    given_at: datetime | None = None
    given_by: UserId | None = None
    closed_at: datetime | None = None
    closed_by: UserId | None = None
    closing: Closing | None = None
    last_used_at: datetime | None = None
    last_used_by: UserId | None = None


def state_at(grant: Grant, now: datetime) -> GrantState:
    if grant.closing is not None:
        return _STATE_OF_CLOSING[grant.closing]
    if now >= grant.terms.until:
        return GrantState.EXPIRED
    return GrantState.PENDING if grant.given_at is None else GrantState.LIVE


def is_live(grant: Grant, now: datetime) -> bool:
    return state_at(grant, now) is GrantState.LIVE


def covers(holder: Holder, person: UserId, roles: Collection[Role]) -> bool:
    """Whether somebody with these roles at the provider is meant."""
    return holder.person == person or (holder.role is not None and holder.role in roles)


def effective(terms: Terms) -> frozenset[Permission]:
    """What the terms let a guest do."""
    return (permissions_of(terms.roles) | set(terms.permissions)) - NEVER_GRANTED


def check_terms(terms: Terms, now: datetime) -> None:
    """InvalidInput naming every wrong field."""
    checks = Checks()
    given = bool(terms.roles or terms.permissions)
    checks.require(given, "roles", "nothing_granted", "at least one role or permission")
    checks.distinct("roles", terms.roles)
    checks.distinct("permissions", terms.permissions)
    checks.require(Role.OWNER not in terms.roles, "roles", "never_granted", "any role but owner")
    never = sorted(NEVER_GRANTED & set(terms.permissions))
    checks.require(not never, "permissions", "never_granted", f"nobody can be granted {', '.join(never)}")
    checks.require(now < terms.until <= now + LONGEST, "until", "out_of_range", f"within {LONGEST.days} days from now")
    checks.name("reason", terms.reason, REASON_LENGTH)
    checks.done()
