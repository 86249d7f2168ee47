"""Numbers on the wire and back, by a trunk's rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.trunks.writing import read_arriving, rewrite, write_number
from kernel.contracts.trunks import NumberFormat, NumberRules, PrefixRule
from kernel.primitives.phone import PhoneNumber

LONDON, BERLIN = PhoneNumber("+442071838750"), PhoneNumber("+493012345678")
digits = st.text("0123456789", min_size=1, max_size=12)
prefix_rules = st.lists(st.builds(PrefixRule, prefix=digits, replacement=digits), max_size=5)


@pytest.mark.parametrize(
    ("written", "number", "rules"),
    [
        ("+442071838750", LONDON, NumberRules()),
        ("442071838750", LONDON, NumberRules(format="plain")),
        ("02071838750", LONDON, NumberRules(format="national")),
        ("00493012345678", BERLIN, NumberRules(format="national")),
        ("00442071838750", LONDON, NumberRules(format="international")),
        ("99#442071838750", LONDON, NumberRules(format="plain", tech_prefix="99#")),
        ("011442071838750", LONDON, NumberRules(format="international", out=(PrefixRule("00", "011"),))),
    ],
)
def test_a_number_is_written_as_the_carrier_wants_it(written: str, number: PhoneNumber, rules: NumberRules) -> None:
    assert write_number(number, "GB", rules) == written


def test_an_emergency_number_is_written_as_it_is_dialled() -> None:
    number = PhoneNumber.parse("999", "GB")
    assert write_number(number, "GB", NumberRules(format="plain")) == "999"
    assert number.e164 == "+44999"
    assert PhoneNumber.parse(number.e164) == number
    assert LONDON.emergency == ""


def test_the_first_rule_that_fits_is_used_and_no_other() -> None:
    rules = (PrefixRule("00", "+"), PrefixRule("0", "+44"), PrefixRule("", "+1"))
    assert [rewrite(text, rules) for text in ("0049", "020", "7", "+")] == ["+49", "+4420", "+17", "+1+"]


@given(text=digits, rules=prefix_rules)
def test_a_rewritten_number_is_the_old_one_behind_another_prefix(text: str, rules: list[PrefixRule]) -> None:
    fitting = [rule for rule in rules if text.startswith(rule.prefix)]
    expected = fitting[0].replacement + text[len(fitting[0].prefix) :] if fitting else text
    assert rewrite(text, rules) == expected


@given(
    number=st.sampled_from([LONDON, BERLIN, PhoneNumber("+12125550123"), PhoneNumber("+390612345678")]),
    form=st.sampled_from(NumberFormat.__args__),
    tech=st.text("0123456789#", max_size=4),
)
def test_what_is_written_is_read_as_the_same_number(number: PhoneNumber, form: NumberFormat, tech: str) -> None:
    rules = NumberRules(format=form, tech_prefix=tech)
    assert read_arriving(write_number(number, "GB", rules), "GB", rules) == number


def test_arriving_numbers_are_rewritten_before_they_are_read() -> None:
    rules = NumberRules(arriving=(PrefixRule("8810", "+44"),), tech_prefix="7#")
    assert read_arriving("7#88102071838750", None, rules) == LONDON
    assert read_arriving("anonymous", None, rules) is None
