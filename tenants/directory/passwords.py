"""Passwords of people: argon2id (RFC 9106) in worker threads, a few at a time."""

import asyncio

import argon2
import msgspec
from argon2.exceptions import InvalidHashError, VerificationError

from kernel.primitives.secret import Secret

AT_ONCE = 2  # each takes 64 MiB and 4 lanes for about 50 ms; more at once would starve calls of processors


class PasswordCost(msgspec.Struct, frozen=True):
    """The second recommended set of RFC 9106 4; `memory` in KiB."""

    time: int = 3
    memory: int = 65_536
    lanes: int = 4


class Verdict(msgspec.Struct, frozen=True):
    """`rehashed` is to be stored instead when the cost has been raised since."""

    right: bool
    rehashed: str | None = None


DEFAULT_COST = PasswordCost()


class PasswordHasher:
    def __init__(self, cost: PasswordCost = DEFAULT_COST) -> None:
        self._argon2 = argon2.PasswordHasher(cost.time, cost.memory, cost.lanes)
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._nobody: str | None = None

    async def hash(self, password: Secret) -> str:
        async with self._turn:
            return await asyncio.to_thread(self._argon2.hash, password.reveal())

    async def verify(self, password: Secret, stored: str | None) -> Verdict:
        """`stored` None (no such user) is wrong, and takes as long to find out as a wrong password."""
        if self._nobody is None:
            self._nobody = await self.hash(Secret("a password that nobody has"))
        async with self._turn:
            verdict = await asyncio.to_thread(self._compare, password.reveal(), stored or self._nobody)
        return verdict if stored is not None else Verdict(right=False)

    def _compare(self, password: str, stored: str) -> Verdict:
        try:
            self._argon2.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return Verdict(right=False)
        rehash = self._argon2.check_needs_rehash(stored)
        return Verdict(right=True, rehashed=self._argon2.hash(password) if rehash else None)
