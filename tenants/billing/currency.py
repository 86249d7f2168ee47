"""Minor units of currencies (ISO 4217, list one of 2024-06): two digits but for the few that are named here."""

from decimal import Decimal
from typing import Final

USUAL_DIGITS = 2
_NONE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE = "BHD IQD JOD KWD LYD OMR TND"
_FOUR = "CLF UYW"
_UNUSUAL: Final = {
    currency: digits for digits, names in ((0, _NONE), (3, _THREE), (4, _FOUR)) for currency in names.split()
}


def minor_digits(currency: str) -> int:
    """Decimal places of the currency: 2 for EUR, 0 for JPY, 3 for BHD."""
    return _UNUSUAL.get(currency, USUAL_DIGITS)


def to_minor(major: Decimal, currency: str) -> Decimal:
    """1.5 EUR are 150 minor units; exact, parts of a minor unit stay."""
    return major.scaleb(minor_digits(currency))


def to_major(minor: Decimal | int, currency: str) -> Decimal:
    return Decimal(minor).scaleb(-minor_digits(currency))
