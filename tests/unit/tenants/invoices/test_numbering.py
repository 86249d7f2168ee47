"""The formats of invoice numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.billing.invoices.numbering import CREDIT_FORMAT, NUMBER_FORMAT, NumberFormat


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (NUMBER_FORMAT, "2026-00042"),
        (CREDIT_FORMAT, "C2026-00042"),
        ("{number}/{year}", "42/2026"),
        ("RE {year}.{number:03}", "RE 2026.042"),
    ],
)
def test_a_number_is_written_in_the_issuers_format(text: str, number: str) -> None:
    assert NumberFormat(text).number(2026, 42) == number


@pytest.mark.parametrize(
    "text",
    [
        "{number}",
        "{year}",
        "{year}{number}",
        "{number}{year}",
        "{year}-{number}-{number}",
        "<{year}-{number}>",
        "",
        "{year}-{number}" + "x" * 40,
        "{year}-{number!r}",
        "{year}7{number}",
    ],
)
def test_a_format_in_which_numbers_could_repeat_or_that_cannot_be_printed(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        NumberFormat(text)


@given(
    st.sets(st.tuples(st.integers(2000, 2999), st.integers(1, 10**6)), min_size=2, max_size=2),
    st.sampled_from([NUMBER_FORMAT, "{number}/{year}", "{number:02}_{year}"]),
)
def test_two_invoices_never_have_one_number(pair: set[tuple[int, int]], text: str) -> None:
    assert len({NumberFormat(text).number(*one) for one in pair}) == 2
