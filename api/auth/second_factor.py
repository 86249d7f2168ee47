"""Second factors: a person's authenticator, and recovery codes for the day it is lost."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import pyotp
from sqlalchemy import CursorResult, delete, func, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.errors import NoEnrolment, SecondFactorOff, SecondFactorOn, WrongCode
from api.auth.tables import RecoveryCodeRow, SecondFactorRow
from api.auth.totp import (
    NEVER,
    SECRET_CHARACTERS,
    enrolment_uri,
    matching_step,
    new_recovery_codes,
    qr_svg,
    recovery_hashes,
)
from kernel.contracts.base import TenantScope
from kernel.primitives.ids import UserId
from kernel.primitives.secret import Secret
from tenants.directory import SecretBox

CODE_LENGTH = 64  # longer is no code of ours

_factors = SecondFactorRow.table()
_codes = RecoveryCodeRow.table()


class Enrolment(msgspec.Struct, frozen=True):
    """What a person's authenticator has to learn, as text and as a picture; shown once."""

    secret: Secret
    uri: str
    qr_svg: str


class FactorState(msgspec.Struct, frozen=True):
    """`since` None: there is no second factor."""

    since: datetime | None
    recovery_codes_left: int


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """One of both."""

    code: str | None = None
    recovery_code: str | None = None


def purpose(user: UserId) -> str:
    return f"second factor {user}"


class SecondFactorRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope, box: SecretBox) -> None:
        self._session = session
        self._tenant = scope.tenant
        self._box = box

    async def state(self, user: UserId) -> FactorState:
        row = await self._row(user)
        if row is None or row.confirmed_at is None:
            return FactorState(None, 0)
        query = select(func.count()).select_from(_codes).where(*self._codes_of(user))
        return FactorState(row.confirmed_at, (await self._session.execute(query)).scalar_one())

    async def begin(self, user: UserId, email: str, now: datetime) -> Enrolment:
        """A new secret, good once its first code was shown; SecondFactorOn."""
        row = await self._row(user)
        if row is not None and row.confirmed_at is not None:
            raise SecondFactorOn("Switch it off first, or use another authenticator with it.")
        secret = Secret(pyotp.random_base32(SECRET_CHARACTERS))
        await self._session.execute(delete(_factors).where(*self._factor_of(user)))
        sealed = self._box.seal(secret, purpose(user))
        values = {"sealed_secret": sealed, "last_step": NEVER, "created_at": now}
        await self._session.execute(insert(_factors).values(user_id=user, tenant_id=self._tenant, **values))
        uri = enrolment_uri(secret, email)
        return Enrolment(secret, uri, qr_svg(uri))

    async def confirm(self, user: UserId, code: str, now: datetime) -> tuple[str, ...]:
        """The recovery codes; NoEnrolment, WrongCode."""
        row = await self._row(user)
        if row is None or row.confirmed_at is not None:
            raise NoEnrolment("Begin setting it up first.")
        if not await self._use_code(row, code, now):
            raise WrongCode("Type the code that the authenticator shows now; look whether its clock is right.")
        await self._session.execute(update(_factors).where(*self._factor_of(user)).values(confirmed_at=now))
        return await self.renew_codes(user)

    async def renew_codes(self, user: UserId) -> tuple[str, ...]:
        """New recovery codes; the former ones are good for nothing any more."""
        await self._session.execute(delete(_codes).where(*self._codes_of(user)))
        codes = new_recovery_codes(secrets.choice)
        rows = [{"user_id": user, "tenant_id": self._tenant, "code_hash": one} for one in recovery_hashes(codes)]
        await self._session.execute(insert(_codes), rows)
        return codes

    async def use(self, user: UserId, proof: Proof, now: datetime) -> bool:
        """Whether it proves who it is: each code does so once, however many ask at the same time. SecondFactorOff."""
        row = await self._row(user)
        if row is None or row.confirmed_at is None:
            raise SecondFactorOff("Set one up first.")
        if proof.code is not None:
            return await self._use_code(row, proof.code, now)
        return proof.recovery_code is not None and await self._use_recovery(user, proof.recovery_code)

    async def remove(self, user: UserId) -> None:
        await self._session.execute(delete(_codes).where(*self._codes_of(user)))
        await self._session.execute(delete(_factors).where(*self._factor_of(user)))

    async def _use_code(self, row: Row[Any], code: str, now: datetime) -> bool:
        if len(code) > CODE_LENGTH:
            return False
        user = UserId(row.user_id)
        secret = self._box.open(row.sealed_secret, purpose(user))
        step = matching_step(secret, code, now, row.last_step)
        if step is None:
            return False
        unused = update(_factors).where(*self._factor_of(user), _factors.c.last_step < step)
        return await self._changed_one(unused.values(last_step=step))

    async def _use_recovery(self, user: UserId, code: str) -> bool:
        if len(code) > CODE_LENGTH:
            return False
        (hashed,) = recovery_hashes([code])
        return await self._changed_one(delete(_codes).where(*self._codes_of(user), _codes.c.code_hash == hashed))

    async def _changed_one(self, change: Any) -> bool:
        outcome = await self._session.execute(change)
        return isinstance(outcome, CursorResult) and outcome.rowcount == 1

    async def _row(self, user: UserId) -> Row[Any] | None:
        return (await self._session.execute(select(_factors).where(*self._factor_of(user)))).one_or_none()

    def _factor_of(self, user: UserId) -> Sequence[Any]:
        return (_factors.c.tenant_id == self._tenant, _factors.c.user_id == user)

    def _codes_of(self, user: UserId) -> Sequence[Any]:
        return (_codes.c.tenant_id == self._tenant, _codes.c.user_id == user)
