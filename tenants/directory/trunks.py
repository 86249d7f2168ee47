"""Use cases: trunks. Their passwords and keys go in and are never told again."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from kernel.contracts.trunks import TrunkOptions
from kernel.primitives.ids import TrunkId
from kernel.primitives.secret import Secret
from tenants.directory.certificates import check_tls
from tenants.directory.changes import changed, get_or_not_found, require_revision
from tenants.directory.checks import Checks
from tenants.directory.errors import SourceTaken, StillInUse
from tenants.directory.model import Trunk
from tenants.directory.phones import PhoneRepository
from tenants.directory.repository import NumberRepository, TenantRepository, TrunkRepository
from tenants.directory.sealing import SecretBox
from tenants.directory.trunk_checks import check_signing_key, checked, require_own_number
from tenants.unit import TenantUnit

PASSWORD_LENGTH = 128
INBOUND_LENGTH = 16  # of what lets others call at our cost: beyond what is guessed, and no person types it daily
OPTIONS = frozenset(TrunkOptions.__struct_fields__)


def password_purpose(trunk: TrunkId) -> str:
    return f"trunk {trunk}"


def inbound_purpose(trunk: TrunkId) -> str:
    return f"trunk {trunk} inbound"


def signing_purpose(trunk: TrunkId) -> str:
    return f"trunk {trunk} signing"


def tls_purpose(trunk: TrunkId) -> str:
    return f"trunk {trunk} tls"


class TrunkSecrets(msgspec.Struct, frozen=True, kw_only=True):
    """What is told us and never told again; None: there is none. `inbound_password` is the peer's.

    `signing_key` is a private key of P-256 in PEM, `tls_key` that of `TrunkTls.certificate`.
    """

    password: Secret | None = None
    inbound_password: Secret | None = None
    signing_key: Secret | None = None
    tls_key: Secret | None = None


class TrunkService:
    def __init__(self, unit: TenantUnit, secrets: SecretBox) -> None:
        self._unit = unit
        self._secrets = secrets
        self._trunks = TrunkRepository(unit.session, unit.scope)
        self._tenants = TenantRepository(unit.session, unit.scope)

    async def page(self, after: UUID | None, limit: int, transport: str | None = None) -> Sequence[Trunk]:
        return await self._trunks.page(after, limit, transport)

    async def get(self, key: TrunkId) -> Trunk:
        return await get_or_not_found(self._trunks.rows, key, "trunk")

    async def create(self, trunk: Trunk, told: TrunkSecrets) -> Trunk:
        """InvalidInput, SourceTaken."""
        new = await self._checked(msgspec.structs.replace(trunk, **self._sealed(trunk.id, told)), with_dates=True)
        await self._trunks.add(new)
        await self._unit.changed("trunk.created", new.id, name=new.name)
        return new

    async def change(self, key: TrunkId, changes: Mapping[str, Any], expected: int | None) -> Trunk:
        """`changes` may hold fields of the TrunkSecrets and of the options.

        NotFound, RevisionMismatch, InvalidInput, SourceTaken.
        """
        old = await self.get(key)
        require_revision(old, expected)
        fields = dict(changes)
        options = {name: fields.pop(name) for name in OPTIONS.intersection(fields)}
        fields["options"] = msgspec.structs.replace(old.options, **options)
        told = {name: fields.pop(name) for name in TrunkSecrets.__struct_fields__ if name in fields}
        sealed = self._sealed(key, TrunkSecrets(**told))
        fields |= {f"sealed_{name}": sealed[f"sealed_{name}"] for name in told}
        new = await self._checked(changed(old, fields), with_dates="tls" in changes)
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

    async def _checked(self, trunk: Trunk, *, with_dates: bool) -> Trunk:
        """`with_dates`: certificates have to be valid now; what only ran out meanwhile hinders no other change."""
        new = checked(trunk)
        self._check_tls(new, with_dates=with_dates)
        if new.options.caller.fixed is not None:
            numbers = await NumberRepository(self._unit.session, self._unit.scope).rows.find()
            require_own_number(new, frozenset(number.called for number in numbers))
        await self._require_own_account(new)
        other = await self._trunks.sharing_a_source(new)
        if other is not None:
            raise SourceTaken(f"The trunk {other.name!r} has one of these sources.", trunk=str(other.id))
        return new

    async def _require_own_account(self, trunk: Trunk) -> None:
        """An account stands in a domain of the tenant, and nobody else there has its name."""
        inbound = trunk.options.inbound
        if inbound is None:
            return
        checks, phones = Checks(), PhoneRepository(self._unit.session, self._unit.scope)
        domains = {domain.domain: domain.id for domain in await phones.domains.find()}
        own = inbound.domain in domains
        checks.require(own, "inbound", "not_your_domain", "a domain of your telephones (/v1/phone-domains)")
        others = [other.options.inbound for other in await self._trunks.rows.find() if other.id != trunk.id]
        names = {(other.domain, other.username) for other in others if other is not None}
        taken = (inbound.domain, inbound.username) in names or (
            own and await phones.has(domains[inbound.domain], inbound.username)
        )
        checks.require(not taken, "inbound", "taken", "another user name: a telephone or a trunk has this one")
        checks.done()

    def _check_tls(self, trunk: Trunk, *, with_dates: bool) -> None:
        sealed, checks = trunk.sealed_tls_key, Checks()
        key = None if sealed is None else self._secrets.open(sealed, tls_purpose(trunk.id))
        check_tls(checks, trunk, key, self._unit.now if with_dates else None)
        checks.done()

    def _sealed(self, trunk: TrunkId, told: TrunkSecrets) -> dict[str, bytes | None]:
        checks = Checks()
        _check_length(checks, "password", told.password, 1)
        _check_length(checks, "inbound_password", told.inbound_password, INBOUND_LENGTH)
        if told.signing_key is not None:
            check_signing_key(checks, told.signing_key)
        checks.done()
        return {
            "sealed_password": self._seal(told.password, password_purpose(trunk)),
            "sealed_inbound_password": self._seal(told.inbound_password, inbound_purpose(trunk)),
            "sealed_signing_key": self._seal(told.signing_key, signing_purpose(trunk)),
            "sealed_tls_key": self._seal(told.tls_key, tls_purpose(trunk)),
        }

    def _seal(self, secret: Secret | None, purpose: str) -> bytes | None:
        return None if secret is None else self._secrets.seal(secret, purpose)


def _check_length(checks: Checks, field: str, password: Secret | None, least: int) -> None:
    right = password is None or least <= len(password.reveal()) <= PASSWORD_LENGTH
    checks.require(right, field, "bad_password", f"{least} to {PASSWORD_LENGTH} characters")
