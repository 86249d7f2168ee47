"""Telephone numbers in E.164, redacted by type: `str`, `repr` and log lines show the last two digits only."""

from typing import Self

import phonenumbers

NO_COUNTRY = "001"  # UN M.49 "World", as the library names numbers of no country


class PhoneNumber:
    """An E.164 number; `e164` is the one deliberate way to its digits."""

    __slots__ = ("e164",)
    e164: str

    def __init__(self, e164: str) -> None:
        object.__setattr__(self, "e164", e164)

    @classmethod
    def parse(cls, text: str, region: str | None = None) -> Self:
        """Accept an international number, or a national one of `region` (ISO 3166-1 alpha-2); ValueError otherwise."""
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException as error:
            raise ValueError("not a telephone number: write it internationally, such as +442071838750") from error
        if not phonenumbers.is_possible_number(number):
            raise ValueError("not a possible telephone number: too short or too long for its country")
        return cls(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))

    @property
    def region(self) -> str | None:
        """The country it belongs to (ISO 3166-1 alpha-2); None for numbers of no country, such as satellite phones."""
        found = phonenumbers.region_code_for_number(phonenumbers.parse(self.e164))
        return None if found in {None, NO_COUNTRY} else found

    @property
    def is_premium(self) -> bool:
        """Whether its owner earns by being called."""
        return phonenumbers.number_type(phonenumbers.parse(self.e164)) == phonenumbers.PhoneNumberType.PREMIUM_RATE

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a PhoneNumber never changes")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PhoneNumber) and other.e164 == self.e164

    def __hash__(self) -> int:
        return hash(self.e164)

    def __repr__(self) -> str:
        return f"PhoneNumber(…{self.e164[-2:]})"

    __str__ = __repr__


ERASED = PhoneNumber("")
"""Stands where somebody's number was until it was erased."""
