"""Passwords."""

from kernel.primitives.secret import Secret
from tenants.directory import PasswordCost, PasswordHasher

CHEAP = PasswordCost(time=1, memory=8, lanes=1)
WORD = Secret("correct horse battery staple")


async def test_the_right_password_is_right_and_no_other() -> None:
    hasher = PasswordHasher(CHEAP)
    stored = await hasher.hash(WORD)
    assert stored.startswith("$argon2id$")
    assert (await hasher.verify(WORD, stored)).right
    assert not (await hasher.verify(Secret("wrong"), stored)).right


async def test_nobody_has_any_password() -> None:
    hasher = PasswordHasher(CHEAP)
    assert not (await hasher.verify(WORD, None)).right
    assert not (await hasher.verify(Secret("a password that nobody has"), None)).right


async def test_a_stored_value_that_is_no_hash_is_wrong() -> None:
    assert not (await PasswordHasher(CHEAP).verify(WORD, "nonsense")).right


async def test_a_password_of_lower_cost_is_hashed_anew_once_it_is_known() -> None:
    stored = await PasswordHasher(CHEAP).hash(WORD)
    dearer = PasswordHasher(PasswordCost(time=2, memory=8, lanes=1))
    verdict = await dearer.verify(WORD, stored)
    assert verdict.right
    assert verdict.rehashed is not None
    assert (await dearer.verify(WORD, verdict.rehashed)).rehashed is None
