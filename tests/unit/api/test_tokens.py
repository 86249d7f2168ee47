"""Keys and tokens of machines: their shape and their checksum."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.auth.credentials import bearer_of
from api.auth.tokens import ACCESS_PREFIX, CHECK, KEY_PREFIX, is_whole, new_token, token_hash

ALPHABET = string.digits + string.ascii_letters


def test_a_new_key_is_whole_and_like_no_other() -> None:
    keys = {new_token(KEY_PREFIX).reveal() for _ in range(100)}
    assert len(keys) == 100
    assert all(is_whole(key, KEY_PREFIX) and key.startswith("cb_live_") for key in keys)


@given(st.data())
def test_a_slip_in_any_place_is_seen_without_a_look_into_the_database(data: st.DataObject) -> None:
    key = new_token(KEY_PREFIX).reveal()
    place = data.draw(st.integers(len(KEY_PREFIX), len(key) - 1))
    other = data.draw(st.sampled_from([letter for letter in ALPHABET if letter != key[place]]))
    assert not is_whole(key[:place] + other + key[place + 1 :], KEY_PREFIX)


@given(st.text(max_size=60))
def test_what_is_no_key_is_none(text: str) -> None:
    assert not is_whole(text, KEY_PREFIX)
    assert not is_whole(KEY_PREFIX + text, KEY_PREFIX)


def test_a_key_is_no_access_token() -> None:
    assert not is_whole(new_token(KEY_PREFIX).reveal(), ACCESS_PREFIX)


def test_a_shortened_or_lengthened_key_is_not_whole() -> None:
    key = new_token(KEY_PREFIX).reveal()
    assert not is_whole(key[:-1], KEY_PREFIX)
    assert not is_whole(key + "0", KEY_PREFIX)
    assert not is_whole(key[:-CHECK], KEY_PREFIX)


def test_the_hash_tells_keys_apart() -> None:
    one, other = (new_token(KEY_PREFIX).reveal() for _ in range(2))
    assert token_hash(one) == token_hash(one) != token_hash(other)


@pytest.mark.parametrize(
    ("header", "token"),
    [("Bearer x", "x"), ("bearer  x ", "x"), ("BEARER x", "x"), ("Basic x", None), ("Bearerx", None), (None, None)],
)
def test_the_scheme_is_found_in_any_case(header: str | None, token: str | None) -> None:
    assert bearer_of(header) == token
