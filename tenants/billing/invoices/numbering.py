"""Invoice numbers: a format of the issuer's own over a counter without gaps."""

import re
from enum import StrEnum

import msgspec

NUMBER_FORMAT = "{year}-{number:05}"
CREDIT_FORMAT = "C{year}-{number:05}"
MAX_NUMBER_LENGTH = 40  # what a bank's reference line carries
_FIELDS = re.compile(r"\{(year|number)(?::0?(\d{1,2}))?\}")
_LITERAL = re.compile(r"[A-Za-z0-9 ./_-]*")


class Series(StrEnum):
    """Each has a counter of its own, per issuer and year."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class NumberFormat(msgspec.Struct, frozen=True):
    """Text with `{number}` (or `{number:05}`) and `{year}`; ValueError where two numbers could look the same.

    The counter begins anew each year, which is why the year cannot be left out.
    """

    text: str

    def __post_init__(self) -> None:
        fields = [match.group(1) for match in _FIELDS.finditer(self.text)]
        if sorted(fields) != ["number", "year"]:
            raise ValueError("a number format has {year} once and {number} once")
        if not _LITERAL.fullmatch(_FIELDS.sub("", self.text)):
            raise ValueError("beside its fields a number format has letters, digits, spaces and . / _ - only")
        if len(self.number(9999, 999_999)) > MAX_NUMBER_LENGTH:
            raise ValueError(f"a number has at most {MAX_NUMBER_LENGTH} characters")
        if _FIELDS.search(self.text) and re.search(r"\}[0-9]*\{", self.text):
            raise ValueError("put a character between {year} and {number}")

    def number(self, year: int, count: int) -> str:
        values = {"year": year, "number": count}
        return _FIELDS.sub(lambda match: f"{values[match.group(1)]:0{match.group(2) or 1}d}", self.text)
