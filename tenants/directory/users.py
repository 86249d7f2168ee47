"""Use cases: the people of a tenant."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from kernel.primitives.errors import InvalidInput
from kernel.primitives.ids import UserId
from kernel.primitives.secret import Secret
from tenants.billing import SeatRepository
from tenants.directory.changes import changed, get_or_not_found, require_revision
from tenants.directory.checks import Checks
from tenants.directory.errors import EmailTaken, LastOwner, OwnersOnly
from tenants.directory.model import User
from tenants.directory.permissions import Permission
from tenants.directory.repository import UserRepository
from tenants.directory.roles import Role
from tenants.unit import TenantUnit


def check_user(user: User) -> None:
    """InvalidInput naming every wrong field."""
    checks = Checks()
    checks.email("email", user.email)
    checks.name("name", user.name)
    checks.require(bool(user.roles), "roles", "no_role", "at least one role")
    checks.distinct("roles", user.roles)
    checks.done()


def check_password(password: Secret) -> None:
    """InvalidInput when it is too short or too long; asked before the costly hashing."""
    checks = Checks()
    checks.password("password", password.reveal())
    checks.done()


class UserService:
    """`acting` are the permissions of who asks: only owners make, change or remove owners."""

    def __init__(self, unit: TenantUnit, acting: frozenset[Permission]) -> None:
        self._unit = unit
        self._acting = acting
        self._users = UserRepository(unit.session, unit.scope)
        self._seats = SeatRepository(unit.session, unit.scope)

    async def page(self, after: UUID | None, limit: int) -> Sequence[User]:
        return await self._users.rows.page(after, limit)

    async def get(self, user: UserId) -> User:
        return await get_or_not_found(self._users.rows, user, "user")

    async def create(self, user: User, password_hash: str) -> User:
        """InvalidInput, EmailTaken, OwnersOnly."""
        check_user(user)
        self._require_right(user)
        await self._require_free_address(user)
        await self._users.add(user, password_hash)
        await self._unit.changed("user.created", user.id, roles=[str(role) for role in user.roles])
        return user

    async def change(
        self, key: UserId, changes: Mapping[str, Any], password_hash: str | None, expected: int | None
    ) -> User:
        """NotFound, RevisionMismatch, InvalidInput, EmailTaken, OwnersOnly, LastOwner."""
        old = await self.get(key)
        require_revision(old, expected)
        new = changed(old, changes)
        check_user(new)
        self._require_right(old)
        self._require_right(new)
        await self._require_free_address(new)
        if old.active and not (new.active and Role.OWNER in new.roles):
            await self._require_another_owner(old)
        await self._users.change(new, old.revision, password_hash)
        if not new.active:
            await self._seats.release(key, self._unit.now)
        fields = sorted(changes) + (["password"] if password_hash is not None else [])
        await self._unit.changed("user.changed", key, fields=fields, roles=[str(role) for role in new.roles])
        return new

    async def remove(self, key: UserId, expected: int | None) -> None:
        """Seat and address are free again, call records keep the name. NotFound, LastOwner, OwnersOnly."""
        user = await self.get(key)
        require_revision(user, expected)
        if key == self._unit.origin.user:
            raise InvalidInput("Nobody removes themselves: ask another owner or admin.")
        self._require_right(user)
        await self._require_another_owner(user)
        await self._seats.release(key, self._unit.now)
        await self._users.remove(user, self._unit.now)
        await self._unit.changed("user.removed", key)

    def _require_right(self, user: User) -> None:
        if Role.OWNER in user.roles and Permission.OWNERS_WRITE not in self._acting:
            raise OwnersOnly("Ask an owner to do this.")

    async def _require_another_owner(self, user: User) -> None:
        if Role.OWNER in user.roles and await self._users.active_owners() == [user.id]:
            raise LastOwner("Make somebody else an owner first.")

    async def _require_free_address(self, user: User) -> None:
        if await self._users.is_taken(user.email, user.id):
            raise EmailTaken("Use another e-mail address, or remove the other user first.")
