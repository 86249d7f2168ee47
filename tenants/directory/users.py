"""Use cases: the people of a tenant."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from kernel.primitives.errors import Conflict, InvalidInput
from kernel.primitives.ids import UserId
from kernel.primitives.secret import Secret
from tenants.billing import SeatRepository
from tenants.directory.changes import changed, get_or_not_found, require_revision
from tenants.directory.checks import Checks
from tenants.directory.custom_roles import CustomRoleRepository, custom_permissions
from tenants.directory.departments import DepartmentRepository, below, require_department
from tenants.directory.errors import LastOwner, OwnersOnly
from tenants.directory.escalation import require_held
from tenants.directory.invitations import Invitation, InvitationRepository
from tenants.directory.model import User
from tenants.directory.permissions import Permission, permissions_of
from tenants.directory.phones import PhoneRepository
from tenants.directory.repository import EVERYBODY, UserFilter, UserRepository
from tenants.directory.roles import Role
from tenants.directory.telephones import AgentTelephoneRepository
from tenants.unit import TenantUnit

CREDENTIALS = frozenset({"email", "password"})
"""Who changes these could log in as that person."""


def check_user(user: User) -> None:
    """InvalidInput naming every wrong field."""
    checks = Checks()
    checks.email("email", user.email)
    checks.name("name", user.name)
    checks.require(bool(user.roles or user.custom_roles), "roles", "no_role", "at least one role")
    checks.distinct("roles", user.roles)
    checks.distinct("custom_roles", user.custom_roles)
    checks.done()


def check_password(password: Secret) -> None:
    """InvalidInput when it is too short or too long; asked before the costly hashing."""
    checks = Checks()
    checks.password("password", password.reveal())
    checks.done()


class UserService:
    """`acting` are the permissions of who asks: nobody gives others more than that, and only owners make owners.

    Making people and changing addresses needs a unit that is not bound to the tenant's rows: addresses are unique.
    """

    def __init__(self, unit: TenantUnit, acting: frozenset[Permission]) -> None:
        self._unit = unit
        self._acting = acting
        self._users = UserRepository(unit.session, unit.scope)
        self._seats = SeatRepository(unit.session, unit.scope)
        self._departments = DepartmentRepository(unit.session, unit.scope)

    async def page(self, after: UUID | None, limit: int, wanted: UserFilter = EVERYBODY) -> Sequence[User]:
        return await self._users.page(wanted, after, limit)

    async def departments_below(self, department: UUID) -> frozenset[UUID]:
        """The department and all below it; none when there is no such department."""
        return below(department, await self._departments.parents())

    async def get(self, user: UserId) -> User:
        return await get_or_not_found(self._users.rows, user, "user")

    async def create(self, user: User, password_hash: str) -> User:
        """InvalidInput, EmailTaken, OwnersOnly, EscalationRefused."""
        check_user(user)
        self._require_right(user)
        await self._require_known(user)
        require_held(await self._may(user), self._acting)
        await self._users.add(user, password_hash)
        await self._unit.changed("user.created", user.id, **_told(user))
        return user

    async def change(
        self, key: UserId, changes: Mapping[str, Any], password_hash: str | None, expected: int | None
    ) -> User:
        """NotFound, RevisionMismatch, InvalidInput, EmailTaken, OwnersOnly, EscalationRefused, LastOwner."""
        old = await self.get(key)
        require_revision(old, expected)
        new = changed(old, changes)
        check_user(new)
        self._require_right(old)
        self._require_right(new)
        await self._require_known(new, old)
        fields = sorted(changes) + (["password"] if password_hash is not None else [])
        await self._require_no_escalation(old, new, fields)
        if old.active and not (new.active and Role.OWNER in new.roles):
            await self._require_another_owner(old)
        await self._users.change(new, old.revision, password_hash)
        if not new.active:
            await self._seats.release(key, self._unit.now)
        await self._unit.changed("user.changed", key, fields=fields, **_told(new))
        return new

    async def invite(self, key: UserId) -> Invitation:
        """For the person to set the password with. NotFound, Conflict, OwnersOnly, EscalationRefused."""
        user = await self.get(key)
        if not user.active:
            raise Conflict("Make the person active first.")
        self._require_right(user)
        if key != self._unit.origin.user:
            require_held(await self._may(user), self._acting)
        invitation = await InvitationRepository(self._unit.session, self._unit.scope).replace(key, self._unit.now)
        await self._unit.audit("user.invited", key)
        return invitation

    async def join(self, key: UserId, password_hash: str) -> None:
        """An invited person sets the password; the invitation is used up."""
        user = await self.get(key)
        await self._users.change(changed(user, {}), user.revision, password_hash)
        await InvitationRepository(self._unit.session, self._unit.scope).remove(key)
        await self._unit.audit("user.joined", key)

    async def remove(self, key: UserId, expected: int | None) -> None:
        """Seat and address are free again, call records keep the name. NotFound, LastOwner, OwnersOnly."""
        user = await self.get(key)
        require_revision(user, expected)
        if key == self._unit.origin.user:
            raise InvalidInput("Nobody removes themselves: ask another owner or admin.")
        self._require_right(user)
        await self._require_another_owner(user)
        await self._seats.release(key, self._unit.now)
        await InvitationRepository(self._unit.session, self._unit.scope).remove(key)
        await PhoneRepository(self._unit.session, self._unit.scope).remove_of(key)
        await AgentTelephoneRepository(self._unit.session, self._unit.scope).remove(key)
        await self._users.remove(user, self._unit.now)
        await self._unit.changed("user.removed", key)

    async def _may(self, user: User) -> frozenset[Permission]:
        own = [str(role) for role in user.custom_roles]
        tenant = self._unit.scope.tenant
        return permissions_of(user.roles) | await custom_permissions(self._unit.session, tenant, own)

    async def _require_no_escalation(self, old: User, new: User, fields: Sequence[str]) -> None:
        """What the change gives, and whom it lets one log in as."""
        before, after = await self._may(old), await self._may(new)
        require_held(after - before, self._acting)
        if CREDENTIALS & set(fields) and old.id != self._unit.origin.user:
            require_held(before, self._acting)

    async def _require_known(self, new: User, old: User | None = None) -> None:
        """The department and the custom roles that are new must be the tenant's."""
        if new.department is not None and (old is None or old.department != new.department):
            require_department("department_id", new.department, await self._departments.parents())
        roles = CustomRoleRepository(self._unit.session, self._unit.scope)
        for role in set(new.custom_roles) - set(() if old is None else old.custom_roles):
            if await roles.rows.get(role) is None:
                problem = {"field": "custom_roles", "code": "no_such_role", "detail": str(role)}
                raise InvalidInput("There is no such role.", errors=[problem])

    def _require_right(self, user: User) -> None:
        if Role.OWNER in user.roles and Permission.OWNERS_WRITE not in self._acting:
            raise OwnersOnly("Ask an owner to do this.")

    async def _require_another_owner(self, user: User) -> None:
        if Role.OWNER in user.roles and await self._users.active_owners() == [user.id]:
            raise LastOwner("Make somebody else an owner first.")


def _told(user: User) -> dict[str, Any]:
    told: dict[str, Any] = {"roles": [str(role) for role in user.roles]}
    return told | ({"custom_roles": [str(role) for role in user.custom_roles]} if user.custom_roles else {})
