"""Money adds up exactly and never mixes currencies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.contracts.codec import from_json, pack, to_json, unpack
from kernel.primitives.money import Money

currencies = st.sampled_from(["CNY", "EUR", "GBP", "JPY", "KRW", "USD"])
amounts = st.integers(-(10**12), 10**12)


@given(amounts, amounts, amounts, currencies)
def test_addition_is_exact_commutative_and_associative(a: int, b: int, c: int, currency: str) -> None:
    x, y, z = Money(a, currency), Money(b, currency), Money(c, currency)
    assert x + y == y + x == Money(a + b, currency)
    assert (x + y) + z == x + (y + z)


@given(amounts, st.integers(0, 200), currencies)
def test_multiplying_is_repeated_addition(minor: int, factor: int, currency: str) -> None:
    total = Money(0, currency)
    for _ in range(factor):
        total = total + Money(minor, currency)
    assert Money(minor, currency) * factor == total


@given(amounts, currencies, currencies)
def test_currencies_never_mix(minor: int, one: str, other: str) -> None:
    if one != other:
        with pytest.raises(ValueError, match="cannot add"):
            _ = Money(minor, one) + Money(minor, other)


@given(amounts, currencies)
def test_it_survives_the_wire(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert unpack(pack(money), Money) == money
    assert from_json(to_json(money), Money) == money


@pytest.mark.parametrize("currency", ["", "eur", "EU", "EURO", "€€€", "E1 "])
def test_a_currency_is_three_capital_letters(currency: str) -> None:
    with pytest.raises(ValueError, match="ISO 4217"):
        Money(1, currency)
