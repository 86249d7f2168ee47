"""Sealed secrets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.primitives.secret import Secret
from tenants.directory import CannotOpen, SecretBox

BOX = SecretBox(bytes(range(32)))
SEALED = BOX.seal(Secret("word"), "trunk 1")


@given(st.text(), st.text(max_size=40))
def test_what_is_sealed_is_opened_for_the_same_purpose(word: str, purpose: str) -> None:
    assert BOX.open(BOX.seal(Secret(word), purpose), purpose) == Secret(word)


def test_it_is_sealed_otherwise_each_time_and_cannot_be_read() -> None:
    assert BOX.seal(Secret("word"), "trunk 1") != SEALED
    assert b"word" not in SEALED


@pytest.mark.parametrize("place", range(len(SEALED)))
def test_one_changed_byte_is_noticed(place: int) -> None:
    spoilt = bytearray(SEALED)
    spoilt[place] ^= 1
    with pytest.raises(CannotOpen):
        BOX.open(bytes(spoilt), "trunk 1")


@pytest.mark.parametrize("length", range(len(SEALED)))
def test_a_part_of_it_is_noticed(length: int) -> None:
    with pytest.raises(CannotOpen):
        BOX.open(SEALED[:length], "trunk 1")


def test_another_purpose_or_key_does_not_open_it() -> None:
    with pytest.raises(CannotOpen):
        BOX.open(SEALED, "trunk 2")
    with pytest.raises(CannotOpen):
        SecretBox(bytes(32)).open(SEALED, "trunk 1")


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_key_has_its_length(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        SecretBox(bytes(length))


def test_a_digest_depends_on_data_purpose_and_key() -> None:
    digest = BOX.digest(b"data", "one")
    assert digest == BOX.digest(b"data", "one")
    assert (
        len(
            {
                digest,
                BOX.digest(b"datb", "one"),
                BOX.digest(b"data", "two"),
                SecretBox(bytes(32)).digest(b"data", "one"),
            }
        )
        == 4
    )


def test_after_a_new_key_what_former_ones_sealed_still_opens_and_digests_stay() -> None:
    old, new = bytes(range(32)), bytes(range(1, 33))
    before, after = SecretBox(old), SecretBox(new, old)
    assert after.open(before.seal(Secret("s3cret"), "trunk 1"), "trunk 1") == Secret("s3cret")
    with pytest.raises(CannotOpen):
        before.open(after.seal(Secret("s3cret"), "trunk 1"), "trunk 1")
    assert after.digest(b"x", "person") == before.digest(b"x", "person")
