"""Rate decks: the longest prefix of a number names its rate; seconds are rounded as the rate says."""

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from tenants.billing.entries import Rated

PREFIX_DIGITS = 15  # ITU-T E.164: no number is longer
PER_SECOND, PER_MINUTE = 1, 60


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """`prefix` is digits without "+"; `price` is in minor units per minute, `setup_fee` per answered call.

    A call is billed in steps of `increment_seconds` (begun ones count) and for `minimum_seconds` at least.
    """

    prefix: str
    label: str
    price: Decimal
    setup_fee: Decimal = Decimal(0)
    minimum_seconds: int = 0
    increment_seconds: int = PER_SECOND

    def billed_seconds(self, seconds: int) -> int:
        steps = -(-seconds // self.increment_seconds)
        return max(steps * self.increment_seconds, self.minimum_seconds)


class Deck:
    """Rates by prefix. Looking up tries the digits of one number from long to short: 15 probes whatever the size."""

    def __init__(self, currency: str, rates: Iterable[Rate]) -> None:
        self.currency = currency
        self._rates = {rate.prefix: rate for rate in rates}
        self._lengths = sorted({len(prefix) for prefix in self._rates}, reverse=True)

    def __len__(self) -> int:
        return len(self._rates)

    def find(self, e164: str) -> Rate | None:
        """The rate of the longest prefix; an empty prefix is the rate of all other numbers."""
        digits = e164.removeprefix("+")
        for length in self._lengths:
            if length <= len(digits) and (rate := self._rates.get(digits[:length])) is not None:
                return rate
        return None

    def minutes(self, rate: Rate, seconds: int) -> Rated:
        return Rated(
            quantity=rate.billed_seconds(seconds),
            price=rate.price,
            currency=self.currency,
            label=rate.label,
            prefix=rate.prefix,
        )

    def fee(self, rate: Rate) -> Rated:
        return Rated(quantity=1, price=rate.setup_fee, currency=self.currency, label=rate.label, prefix=rate.prefix)
