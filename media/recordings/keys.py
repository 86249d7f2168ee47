"""A key per tenant, wrapped by the server's key; the server's key lies outside of database and blob store."""

import hashlib
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import LargeBinary, String, Uuid, bindparam, func, select, text, update

from kernel.contracts.base import TenantScope
from kernel.ports.rows import UtcDateTime
from kernel.ports.unit_of_work import Database, UnitOfWork
from kernel.primitives.clock import Clock
from kernel.primitives.errors import CordboardError
from kernel.primitives.ids import TenantId
from media.recordings.sealing import KEY_BYTES, NONCE_BYTES, TenantKey
from media.recordings.tables import TenantKeyRow

NEWEST_SECONDS = 1.0  # how long another process's new key may go unseen, against a question for every call
FINGERPRINT_BYTES = 8  # tells the server's keys apart and helps nobody to find one

_keys = TenantKeyRow.table()
# The same words on every database: of two first recordings at once, one takes the other's key.
_ADD = text(
    "INSERT INTO tenant_keys (tenant_id, version, created_at, server_key, wrapped) "
    "VALUES (:tenant, :version, :at, :server_key, :wrapped) ON CONFLICT DO NOTHING"
).bindparams(
    bindparam("tenant", type_=Uuid()),
    bindparam("at", type_=UtcDateTime()),
    bindparam("server_key", type_=String()),
    bindparam("wrapped", type_=LargeBinary()),
)


class WrongServerKey(CordboardError):
    """A tenant's key was wrapped by a server key that is not here."""

    code = "wrong_server_key"
    status = 500
    title = "The server key is not the one that recordings were sealed with"


class ServerKeys:
    """Wraps tenants' keys with the newest of the server's keys, and unwraps with whichever did it."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """`keys` of 32 bytes, the newest first."""
        self._ciphers = {_fingerprint(key): AESGCM(_derived(key, b"wrap")) for key in keys}
        self.newest = _fingerprint(keys[0])

    def wrap(self, key: TenantKey, tenant: TenantId) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._ciphers[self.newest].encrypt(nonce, key.secret, _purpose(tenant, key.version))

    def unwrap(self, wrapped: bytes, by: str, tenant: TenantId, version: int) -> TenantKey:
        cipher = self._ciphers.get(by)
        if cipher is None:
            raise WrongServerKey(f"Put the server key with the fingerprint {by} back.")
        try:
            secret = cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _purpose(tenant, version))
        except InvalidTag as error:
            raise WrongServerKey("The tenant's key was changed. Restore the database from a backup.") from error
        return TenantKey(version, secret)


def _derived(key: bytes, purpose: bytes) -> bytes:
    """The server's key has other uses: each has a key of its own (RFC 5869)."""
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"cordboard tenant keys: " + purpose).derive(key)


def _fingerprint(key: bytes) -> str:
    return hashlib.sha256(_derived(key, b"fingerprint")).digest()[:FINGERPRINT_BYTES].hex()


def _purpose(tenant: TenantId, version: int) -> bytes:
    return b"tenant key\x00" + tenant.bytes + version.to_bytes(4, "big")


class TenantKeys:
    """Every version of every tenant's key; the first is made with the first recording."""

    def __init__(self, database: Database, server: ServerKeys, clock: Clock) -> None:
        self._database = database
        self._server = server
        self._clock = clock
        self._known: dict[tuple[TenantId, int], TenantKey] = {}
        self._versions: dict[TenantId, tuple[int, float]] = {}

    async def current(self, scope: TenantScope) -> TenantKey:
        """The newest; one that another process made a moment ago may be missed."""
        version, until = self._versions.get(scope.tenant, (0, 0.0))
        if self._clock.monotonic() < until:
            return await self.get(scope, version)
        async with self._database.read(scope) as unit:
            version = await self._newest(unit, scope)
        if not version:
            async with self._database.write(scope) as unit:
                await self._add(unit, scope, 1)
        self._versions[scope.tenant] = (version or 1, self._clock.monotonic() + NEWEST_SECONDS)
        return await self.get(scope, version or 1)

    async def get(self, scope: TenantScope, version: int) -> TenantKey:
        """WrongServerKey when it is not there or does not unwrap."""
        known = self._known.get((scope.tenant, version))
        if known is not None:
            return known
        query = select(_keys).where(_keys.c.tenant_id == scope.tenant, _keys.c.version == version)
        async with self._database.read(scope) as unit:
            row = (await unit.session.execute(query)).one_or_none()
        if row is None:
            raise WrongServerKey(f"The tenant's key of version {version} is gone. Restore the database from a backup.")
        key = self._known[scope.tenant, version] = self._server.unwrap(
            row.wrapped, row.server_key, scope.tenant, version
        )
        return key

    async def rotate(self, scope: TenantScope) -> TenantKey:
        """A new version, with which everything is sealed from now on."""
        async with self._database.write(scope) as unit:
            version = await self._newest(unit, scope) + 1
            await self._add(unit, scope, version)
        self._versions.pop(scope.tenant, None)
        return await self.get(scope, version)

    async def rewrap(self, scope: TenantScope) -> int:
        """Wrap all versions with the server's newest key; returns how many were wrapped with another one."""
        stale = _keys.c.tenant_id == scope.tenant, _keys.c.server_key != self._server.newest
        async with self._database.write(scope) as unit:
            rows = (await unit.session.execute(select(_keys).where(*stale).with_for_update())).all()
            for row in rows:
                key = self._server.unwrap(row.wrapped, row.server_key, scope.tenant, row.version)
                change = update(_keys).where(_keys.c.tenant_id == scope.tenant, _keys.c.version == row.version)
                wrapped = self._server.wrap(key, scope.tenant)
                await unit.session.execute(change.values(wrapped=wrapped, server_key=self._server.newest))
        return len(rows)

    async def _newest(self, unit: UnitOfWork, scope: TenantScope) -> int:
        query = select(func.max(_keys.c.version)).where(_keys.c.tenant_id == scope.tenant)
        return await unit.session.scalar(query) or 0

    async def _add(self, unit: UnitOfWork, scope: TenantScope, version: int) -> None:
        key = TenantKey(version, os.urandom(KEY_BYTES))
        values = {
            "tenant": scope.tenant,
            "version": version,
            "at": self._clock.now(),
            "server_key": self._server.newest,
            "wrapped": self._server.wrap(key, scope.tenant),
        }
        await unit.session.execute(_ADD, values)
