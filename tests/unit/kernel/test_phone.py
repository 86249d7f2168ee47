"""Telephone numbers are compared in E.164 and shown only redacted."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.contracts.codec import from_json, pack, to_json, unpack
from kernel.primitives.phone import PhoneNumber

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
EXAMPLES = [
    phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    for region in REGIONS
    if (example := phonenumbers.example_number(region)) is not None
]
numbers = st.sampled_from(EXAMPLES)


@given(numbers)
def test_parsing_what_is_e164_already_changes_nothing(e164: str) -> None:
    assert PhoneNumber.parse(e164).e164 == e164
    assert PhoneNumber.parse(PhoneNumber.parse(e164).e164) == PhoneNumber(e164)


@given(numbers)
def test_no_way_of_printing_shows_more_than_two_digits(e164: str) -> None:
    number = PhoneNumber.parse(e164)
    for shown in (str(number), repr(number), f"{number}", f"{number!r}", f"{[number]}", "%s" % number):  # noqa: UP031
        assert e164 not in shown
        assert e164[1:] not in shown
        assert sum(character.isdigit() for character in shown) <= 2


@given(numbers)
def test_it_survives_the_wire_whole(e164: str) -> None:
    number = PhoneNumber.parse(e164)
    assert unpack(pack(number), PhoneNumber) == number
    assert from_json(to_json(number), PhoneNumber) == number


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_a_value_error(text: str) -> None:
    try:
        number = PhoneNumber.parse(text)
    except ValueError as error:
        assert text == "" or len(text) < 4 or text not in str(error)  # noqa: PT017
    else:
        assert number.e164.startswith("+")


@pytest.mark.parametrize(
    ("text", "region", "e164"),
    [
        ("020 7183 8750", "GB", "+442071838750"),
        ("+44 20 7183 8750", None, "+442071838750"),
        ("010-6552-9988", "CN", "+861065529988"),
        ("02-312-3456", "KR", "+8223123456"),
    ],
)
def test_national_numbers_are_read_in_their_region(text: str, region: str | None, e164: str) -> None:
    assert PhoneNumber.parse(text, region).e164 == e164


@pytest.mark.parametrize("text", ["", "hello", "12", "020 7183 8750", "+1", "+999123456789"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="telephone number"):
        PhoneNumber.parse(text)


def test_it_never_changes() -> None:
    with pytest.raises(AttributeError):
        PhoneNumber("+442071838750").e164 = "+1"


def test_equal_numbers_are_one_key() -> None:
    assert {PhoneNumber.parse("+442071838750"): 1}[PhoneNumber.parse("020 7183 8750", "GB")] == 1
