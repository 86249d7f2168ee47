"""Telephone numbers in E.164, redacted by type: `str`, `repr` and log lines show the last two digits only."""

from functools import lru_cache
from typing import Self

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

EMERGENCY_LENGTH = 9  # plus sign, up to three digits of a country, up to five of an emergency number
NO_COUNTRY = "001"  # UN M.49 "World", as the library names numbers of no country
KNOWN = (
    4_096  # numbers whose reading is kept, some 1 MB: the library takes 50 us, and the same are called again and again
)


class PhoneNumber:
    """An E.164 number; `e164` is the one deliberate way to its digits."""

    __slots__ = ("e164",)
    e164: str

    def __init__(self, e164: str) -> None:
        object.__setattr__(self, "e164", e164)

    @classmethod
    def parse(cls, text: str, region: str | None = None) -> Self:
        """Accept an international number, or a national one of `region` (ISO 3166-1 alpha-2); ValueError otherwise.

        An emergency number of `region` is kept behind its country's code: `+49112`.
        """
        return cls(_read(text, region))

    @property
    def region(self) -> str | None:
        """The country it belongs to (ISO 3166-1 alpha-2); None for numbers of no country, such as satellite phones."""
        return _region(self.e164)

    @property
    def is_premium(self) -> bool:
        """Whether its owner earns by being called."""
        return _is_premium(self.e164)

    @property
    def emergency(self) -> str:
        """The digits that are dialled in its country, such as `112`, where it is an emergency number, else ''."""
        return _emergency_digits(self.e164)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a PhoneNumber never changes")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PhoneNumber) and other.e164 == self.e164

    def __hash__(self) -> int:
        return hash(self.e164)

    def __repr__(self) -> str:
        return f"PhoneNumber(…{self.e164[-2:]})"

    __str__ = __repr__


@lru_cache(KNOWN)
def _read(text: str, region: str | None) -> str:
    emergency = _emergency(text, region)
    if emergency:
        return emergency
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        raise ValueError("not a telephone number: write it internationally, such as +442071838750") from error
    if not phonenumbers.is_possible_number(number):
        raise ValueError("not a possible telephone number: too short or too long for its country")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(KNOWN)
def _region(e164: str) -> str | None:
    if _emergency_digits(e164):
        return phonenumbers.region_code_for_country_code(int(_country_code(e164)))
    found = phonenumbers.region_code_for_number(phonenumbers.parse(e164))
    return None if found in {None, NO_COUNTRY} else found


@lru_cache(KNOWN)
def _is_premium(e164: str) -> bool:
    return phonenumbers.number_type(phonenumbers.parse(e164)) == phonenumbers.PhoneNumberType.PREMIUM_RATE


@lru_cache(KNOWN)
def _emergency_digits(e164: str) -> str:
    return e164[len(_country_code(e164)) + 1 :] if _emergency(e164, None) else ""


def _country_code(international: str) -> str:
    codes = (international[1 : 1 + length] for length in (1, 2, 3))
    return next((code for code in codes if code.isdigit() and int(code) in COUNTRY_CODE_TO_REGION_CODE), "")


def _emergency(text: str, region: str | None) -> str:
    """`text` as the number of an emergency service behind its country's code; '' where it is none."""
    if len(text) > EMERGENCY_LENGTH or not text.isascii():
        return ""
    if text.startswith("+"):
        code = _country_code(text)
        digits = text[1 + len(code) :]
        regions = COUNTRY_CODE_TO_REGION_CODE[int(code)] if code and digits.isdigit() else ()
        return text if any(phonenumbers.is_emergency_number(digits, one) for one in regions) else ""
    if region is None or not text.isdigit() or not phonenumbers.is_emergency_number(text, region):
        return ""
    return f"+{phonenumbers.country_code_for_region(region)}{text}"


ERASED = PhoneNumber("")
"""Stands where somebody's number was until it was erased."""

NO_NUMBER = ERASED
"""What a telephone dials that calls another one by its user name: there is no number to keep, either."""
