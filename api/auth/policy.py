"""What a tenant asks of its people when they log in."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import CursorResult, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.errors import NoSignOn
from api.auth.tables import IdentityProviderRow, LoginPolicyRow
from kernel.contracts.base import TenantScope
from kernel.primitives.errors import RevisionMismatch
from tenants.directory import Role
from tenants.directory.checks import Checks
from tenants.unit import TenantUnit

FIRST_REVISION = 1  # a tenant that never chose has revision 0
READ_AGAIN = "Read it again, then repeat your change."

_policies = LoginPolicyRow.table()
_providers = IdentityProviderRow.table()


class SecondFactorRule(StrEnum):
    OPTIONAL = "optional"  # whoever wants one has one
    ROLES = "roles"  # people of some roles need one
    REQUIRED = "required"  # everybody needs one


class LoginPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """`sign_on_only`: passwords are good for owners alone, who must be able to repair a broken sign-on."""

    second_factor: SecondFactorRule = SecondFactorRule.OPTIONAL
    second_factor_roles: tuple[Role, ...] = ()
    sign_on_only: bool = False
    revision: int = 0

    def needs_second_factor(self, roles: Iterable[Role]) -> bool:
        match self.second_factor:
            case SecondFactorRule.OPTIONAL:
                return False
            case SecondFactorRule.ROLES:
                return not frozenset(roles).isdisjoint(self.second_factor_roles)
            case SecondFactorRule.REQUIRED:
                return True

    def takes_password(self, roles: Iterable[Role]) -> bool:
        return not self.sign_on_only or Role.OWNER in roles


class LoginPolicyRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def get(self) -> LoginPolicy:
        query = select(_policies).where(_policies.c.tenant_id == self._tenant)
        row = (await self._session.execute(query)).one_or_none()
        if row is None:
            return LoginPolicy()
        return LoginPolicy(
            second_factor=SecondFactorRule(row.second_factor),
            second_factor_roles=tuple(Role(role) for role in row.second_factor_roles),
            sign_on_only=row.sign_on_only,
            revision=row.revision,
        )

    async def has_sign_on(self) -> bool:
        query = select(_providers.c.id).where(_providers.c.tenant_id == self._tenant).limit(1)
        return (await self._session.execute(query)).first() is not None

    async def put(self, policy: LoginPolicy) -> None:
        """`policy` has the revision that follows the stored one; RevisionMismatch when somebody was faster."""
        values = {
            "second_factor": str(policy.second_factor),
            "second_factor_roles": [str(role) for role in policy.second_factor_roles],
            "sign_on_only": policy.sign_on_only,
            "revision": policy.revision,
        }
        if policy.revision == FIRST_REVISION:
            try:
                await self._session.execute(insert(_policies).values(tenant_id=self._tenant, **values))
            except IntegrityError as error:
                raise RevisionMismatch(READ_AGAIN) from error
            return
        mine = _policies.c.tenant_id == self._tenant
        change = update(_policies).where(mine, _policies.c.revision == policy.revision - 1).values(**values)
        outcome = await self._session.execute(change)
        if isinstance(outcome, CursorResult) and outcome.rowcount != 1:
            raise RevisionMismatch(READ_AGAIN)


class LoginPolicyService:
    def __init__(self, unit: TenantUnit) -> None:
        self._unit = unit
        self._policies = LoginPolicyRepository(unit.session, unit.scope)

    async def get(self) -> LoginPolicy:
        return await self._policies.get()

    async def change(self, changes: Mapping[str, Any], expected: int | None) -> LoginPolicy:
        """InvalidInput, RevisionMismatch, NoSignOn."""
        old = await self._policies.get()
        if expected is not None and expected != old.revision:
            raise RevisionMismatch(READ_AGAIN)
        new = msgspec.structs.replace(old, revision=old.revision + 1, **changes)
        checks = Checks()
        checks.distinct("second_factor_roles", new.second_factor_roles)
        needed = new.second_factor is SecondFactorRule.ROLES
        named = bool(new.second_factor_roles) or not needed
        checks.require(named, "second_factor_roles", "no_role", "at least one role")
        checks.done()
        if new.sign_on_only and not old.sign_on_only and not await self._policies.has_sign_on():
            raise NoSignOn("Add an identity provider, and try it, before passwords stop working.")
        await self._policies.put(new)
        await self._unit.audit("login_policy.changed", self._unit.scope.tenant, fields=sorted(changes))
        return new
