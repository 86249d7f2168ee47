"""What the commands about records do: verify, renew keys, back up, restore."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from api.backup import work
from api.backup.archive import KEYS, Manifest, peek
from api.backup.work import Told
from api.composition import Storage, backup_parts
from api.settings import Settings
from kernel.contracts.base import TenantScope
from kernel.primitives.errors import InvalidInput
from kernel.primitives.ids import TenantId
from kernel.primitives.secret import Secret
from media.recordings.renewal import KeyRenewal
from routing.library.credentials import CredentialRepository
from routing.library.robots import RobotRepository
from tenants.audit import AuditEntry, AuditRepository, Break, Head, Origin


class Verified(NamedTuple):
    tenant: TenantId
    head: Head
    broken: Break | None


async def verify_audit(settings: Settings, tenant: TenantId | None, head: str | None) -> Sequence[Verified]:
    """InvalidInput for a head that cannot be read."""
    try:
        kept = None if head is None else Head.parse(head)
    except ValueError as error:
        raise InvalidInput(str(error)) from error
    found: list[Verified] = []
    async with Storage(settings) as storage:
        for each in await _tenants(storage, tenant):
            scope = TenantScope(each)
            async with storage.database.read(scope) as unit:
                found.append(Verified(each, *await AuditRepository(unit.session, scope).verify(kept)))
    return found


async def _tenants(storage: Storage, tenant: TenantId | None) -> Sequence[TenantId]:
    return await storage.operator().all() if tenant is None else [tenant]


async def rotate_tenant_keys(settings: Settings, tenant: TenantId | None, told: Told) -> int:
    """How many recordings are under new keys."""
    count = 0
    async with Storage(settings) as storage:
        renewal = KeyRenewal(storage.database, storage.vault, storage.keys, storage.layout.work)
        for each in await _tenants(storage, tenant):
            async for _ in renewal.renew(TenantScope(each)):
                count += 1
                told("recordings", count, 0)
            await _write_down(storage, each, "keys.renewed")
    return count


async def rotate_server_key(settings: Settings) -> int:
    """How many keys of tenants were wrapped, and credentials and robots of their call flows sealed, anew."""
    async with Storage(settings) as storage:
        storage.layout.new_server_key()
    count = 0
    async with Storage(settings) as storage:
        for each in await storage.operator().all():
            count += await storage.keys.rewrap(TenantScope(each))
            count += await _reseal(storage, TenantScope(each))
            await _write_down(storage, each, "keys.rewrapped")
    return count


async def _reseal(storage: Storage, scope: TenantScope) -> int:
    async with storage.database.write(scope) as unit:
        credentials = await CredentialRepository(unit.session, scope).reseal(storage.secrets)
        return credentials + await RobotRepository(unit.session, scope).reseal(storage.secrets)


async def _write_down(storage: Storage, tenant: TenantId, action: str) -> None:
    entry = AuditEntry(
        id=storage.ids.new(),
        at=storage.clock.now(),
        origin=Origin(user=None, address="", agent="cordboard keys rotate", actor="operator"),
        action=action,
        subject_kind="keys",
        subject_id=None,
        detail={},
    )
    scope = TenantScope(tenant)
    async with storage.database.write(scope) as unit:
        await AuditRepository(unit.session, scope).add(entry)


async def make_backup(settings: Settings, target: Path, passphrase: Secret | None, told: Told) -> Manifest:
    parts, clock = backup_parts(settings)
    return await work.make(parts, target, passphrase, clock.now(), told)


async def restore_backup(settings: Settings, source: Path, passphrase: Secret | None, told: Told) -> Manifest:
    parts, _ = backup_parts(settings)
    return await work.restore(parts, source, passphrase, told)


def needs_passphrase(source: Path) -> bool:
    """BadBackup for what is none."""
    return "plain" not in msgspec.json.decode(peek(source, KEYS), type=dict[str, object])
