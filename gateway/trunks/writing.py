"""Numbers as a carrier writes them: E.164 to the wire and back, by the trunk's rules."""

from collections.abc import Sequence
from typing import assert_never

import phonenumbers

from gateway.trunks.numbers import read_number
from kernel.contracts.trunks import NumberRules, PrefixRule
from kernel.primitives.phone import PhoneNumber

INTERNATIONAL_PREFIX = "00"  # ITU-T E.164 annex; carriers of regions with another one get it by a prefix rule


def rewrite(text: str, rules: Sequence[PrefixRule]) -> str:
    """`text` by the first rule that fits it, unchanged where none does."""
    for rule in rules:
        if text.startswith(rule.prefix):
            return rule.replacement + text.removeprefix(rule.prefix)
    return text


def write_number(number: PhoneNumber, region: str | None, rules: NumberRules) -> str:
    """The user part of a URI; an emergency number is written as it is dialled, whatever the format."""
    digits = number.emergency or _formatted(number, region, rules)
    return rules.tech_prefix + rewrite(digits, rules.out)


def read_arriving(text: str, region: str | None, rules: NumberRules) -> PhoneNumber | None:
    """The number that a carrier wrote; None where it is none."""
    digits = text.removeprefix(rules.tech_prefix) if rules.tech_prefix else text
    return read_number(rewrite(digits, rules.arriving), region)


def _formatted(number: PhoneNumber, region: str | None, rules: NumberRules) -> str:
    plain = number.e164.removeprefix("+")
    match rules.format:
        case "e164":
            return number.e164
        case "plain":
            return plain
        case "international":
            return INTERNATIONAL_PREFIX + plain
        case "national":
            return _national(number, region) or INTERNATIONAL_PREFIX + plain
        case _:
            assert_never(rules.format)


def _national(number: PhoneNumber, region: str | None) -> str:
    """As dialled inside `region`; empty for numbers of other countries."""
    parsed = phonenumbers.parse(number.e164)
    if region is None or parsed.country_code != phonenumbers.country_code_for_region(region):
        return ""
    written = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    return phonenumbers.normalize_digits_only(written)
