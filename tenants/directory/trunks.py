"""Use cases: trunks. Their passwords go in and are never told again."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from kernel.contracts.trunks import TrunkOptions
from kernel.primitives.ids import TrunkId
from kernel.primitives.secret import Secret
from tenants.directory.changes import changed, get_or_not_found, require_revision
from tenants.directory.checks import Checks
from tenants.directory.errors import SourceTaken, StillInUse
from tenants.directory.model import Trunk
from tenants.directory.repository import NumberRepository, TenantRepository, TrunkRepository
from tenants.directory.sealing import SecretBox
from tenants.directory.trunk_checks import checked, require_own_number
from tenants.unit import TenantUnit

PASSWORD_LENGTH = 128
OPTIONS = frozenset(TrunkOptions.__struct_fields__)


def password_purpose(trunk: TrunkId) -> str:
    return f"trunk {trunk}"


class TrunkService:
    def __init__(self, unit: TenantUnit, secrets: SecretBox) -> None:
        self._unit = unit
        self._secrets = secrets
        self._trunks = TrunkRepository(unit.session, unit.scope)
        self._tenants = TenantRepository(unit.session, unit.scope)

    async def page(self, after: UUID | None, limit: int) -> Sequence[Trunk]:
        return await self._trunks.rows.page(after, limit)

    async def get(self, key: TrunkId) -> Trunk:
        return await get_or_not_found(self._trunks.rows, key, "trunk")

    async def create(self, trunk: Trunk, password: Secret | None) -> Trunk:
        """InvalidInput, SourceTaken."""
        new = await self._checked(msgspec.structs.replace(trunk, sealed_password=self._sealed(trunk.id, password)))
        await self._trunks.add(new)
        await self._unit.changed("trunk.created", new.id, name=new.name)
        return new

    async def change(self, key: TrunkId, changes: Mapping[str, Any], expected: int | None) -> Trunk:
        """`changes` may hold `password`, a Secret or None, and fields of the options.

        NotFound, RevisionMismatch, InvalidInput, SourceTaken.
        """
        old = await self.get(key)
        require_revision(old, expected)
        fields = dict(changes)
        options = {name: fields.pop(name) for name in OPTIONS.intersection(fields)}
        fields["options"] = msgspec.structs.replace(old.options, **options)
        if "password" in fields:
            fields["sealed_password"] = self._sealed(key, fields.pop("password"))
        new = await self._checked(changed(old, fields))
        await self._trunks.change(new, old.revision)
        await self._unit.changed("trunk.changed", key, fields=sorted(changes))
        return new

    async def remove(self, key: TrunkId, expected: int | None) -> None:
        """NotFound, StillInUse while agents' own calls go through it."""
        trunk = await self.get(key)
        require_revision(trunk, expected)
        tenant = await self._tenants.get()
        if tenant.outbound_trunk == key:
            used_by = [{"kind": "tenant", "id": str(tenant.id)}]
            raise StillInUse("Outgoing calls use this trunk: choose another one first.", used_by=used_by)
        await self._trunks.rows.remove(key)
        await self._unit.changed("trunk.removed", key)

    async def _checked(self, trunk: Trunk) -> Trunk:
        new = checked(trunk)
        if new.options.caller.fixed is not None:
            numbers = await NumberRepository(self._unit.session, self._unit.scope).rows.find()
            require_own_number(new, frozenset(number.called for number in numbers))
        other = await self._trunks.sharing_a_source(new)
        if other is not None:
            raise SourceTaken(f"The trunk {other.name!r} has one of these sources.", trunk=str(other.id))
        return new

    def _sealed(self, trunk: TrunkId, password: Secret | None) -> bytes | None:
        if password is None:
            return None
        checks = Checks()
        length = len(password.reveal())
        checks.require(0 < length <= PASSWORD_LENGTH, "password", "bad_password", f"1 to {PASSWORD_LENGTH} characters")
        checks.done()
        return self._secrets.seal(password, password_purpose(trunk))
