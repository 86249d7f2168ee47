"""Reading a rate deck as carriers send it: CSV (RFC 4180) with a head line."""

import csv
import io
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from kernel.primitives.errors import InvalidInput
from tenants.billing.currency import to_minor
from tenants.billing.rates import PER_SECOND, PREFIX_DIGITS, Rate

MAX_RATES = 200_000  # four times the largest carrier's A-Z deck
MAX_ERRORS = 50  # more are not read; the first ones show what is wrong with the rest
MAX_SECONDS = 3_600  # a step or a minimum above an hour is a slip of the column
PRICE_DIGITS = 6  # digits after the point of a minor unit that are kept
MAX_MINOR = Decimal(10**9)
LABEL_LENGTH = 100

REQUIRED = ("prefix", "destination", "price_per_minute")
OPTIONAL = ("setup_fee", "minimum_seconds", "increment_seconds")

_FORMULA = "=+-@"  # a spreadsheet would run what begins with one of them
_PREFIX = re.compile(rf"\+?(\d{{0,{PREFIX_DIGITS}}})")
_PRICE = re.compile(r"\d{1,12}(?:\.\d{1,12})?")


class _Lines:
    """Collects what is wrong by line."""

    def __init__(self) -> None:
        self.errors: list[dict[str, str]] = []

    def wrong(self, line: int, code: str, detail: str) -> None:
        self.errors.append({"field": f"line {line}", "code": code, "detail": detail})

    def done(self) -> None:
        if self.errors:
            told = "; ".join(f"{error['field']}: {error['detail']}" for error in self.errors[:3])
            raise InvalidInput(f"The deck was not taken. {told}", errors=self.errors[:MAX_ERRORS])


def read_deck(content: bytes, currency: str) -> tuple[Rate, ...]:
    """Prices are in whole units of the currency (0.0085 is 0.85 cent); InvalidInput names each wrong line."""
    lines = _Lines()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        lines.wrong(content.count(b"\n", 0, error.start) + 1, "bad_text", "text in UTF-8")
        lines.done()
        raise AssertionError("a wrong line was told") from error
    reader = csv.DictReader(io.StringIO(text), strict=True)
    names = tuple(reader.fieldnames or ())
    missing = [name for name in REQUIRED if name not in names]
    unknown = [name for name in names if name not in REQUIRED + OPTIONAL]
    if missing or unknown or len(set(names)) != len(names):
        wanted = ", ".join((*REQUIRED, *(f"[{name}]" for name in OPTIONAL)))
        lines.wrong(1, "bad_head", f"the columns are {wanted}")
        lines.done()
    rates: dict[str, Rate] = {}
    try:
        for row in reader:
            _take(row, reader.line_num, currency, rates, lines)
            if len(lines.errors) >= MAX_ERRORS or len(rates) > MAX_RATES:
                break
    except csv.Error as error:
        lines.wrong(reader.line_num, "bad_csv", str(error))
    if len(rates) > MAX_RATES:
        lines.wrong(reader.line_num, "too_long", f"a deck has at most {MAX_RATES} prefixes")
    if not rates and not lines.errors:
        lines.wrong(1, "empty", "there is no rate in it")
    lines.done()
    return tuple(rates.values())


def _take(row: Mapping[str, str | None], line: int, currency: str, rates: dict[str, Rate], lines: _Lines) -> None:
    try:
        rate = _rate(row, currency)
    except ValueError as error:
        code, _, detail = str(error).partition(": ")
        lines.wrong(line, code, detail)
        return
    if rate.prefix in rates:
        lines.wrong(line, "twice", f"the prefix {rate.prefix!r} is there already")
        return
    rates[rate.prefix] = rate


def _rate(row: Mapping[str, str | None], currency: str) -> Rate:
    """ValueError with "code: detail"."""
    if None in row or None in row.values():
        raise ValueError("bad_columns: as many values as the head has names")
    cells = {name: (value or "").strip() for name, value in row.items()}
    prefix = _PREFIX.fullmatch(cells["prefix"])
    if prefix is None:
        raise ValueError(f"bad_prefix: up to {PREFIX_DIGITS} digits of an international number, with or without +")
    label = cells["destination"]
    if not 0 < len(label) <= LABEL_LENGTH or not label.isprintable() or label[0] in _FORMULA:
        raise ValueError(f"bad_destination: 1 to {LABEL_LENGTH} characters, none of {_FORMULA} first")
    return Rate(
        prefix=prefix.group(1),
        label=label,
        price=_price(cells["price_per_minute"], "price_per_minute", currency),
        setup_fee=_price(cells.get("setup_fee") or "0", "setup_fee", currency),
        minimum_seconds=_seconds(cells.get("minimum_seconds") or "0", "minimum_seconds", 0),
        increment_seconds=_seconds(cells.get("increment_seconds") or str(PER_SECOND), "increment_seconds", 1),
    )


def _price(text: str, name: str, currency: str) -> Decimal:
    if _PRICE.fullmatch(text) is None:
        raise ValueError(f"bad_price: {name} is a number such as 0.0085")
    minor = to_minor(Decimal(text), currency)
    return checked_price(minor, name)


def checked_price(minor: Decimal, name: str) -> Decimal:
    """ValueError with "code: detail" unless it can be kept: not negative, with few digits, not beyond all measure."""
    try:
        kept = minor.quantize(Decimal(1).scaleb(-PRICE_DIGITS))
    except InvalidOperation:
        kept = Decimal("NaN")
    if not minor.is_finite() or kept != minor or not 0 <= minor <= MAX_MINOR:
        raise ValueError(
            f"bad_price: {name} is 0 or more, with {PRICE_DIGITS} digits after the point of a minor unit at most"
        )
    return minor


def _seconds(text: str, name: str, least: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MAX_SECONDS))):
        raise ValueError(f"bad_seconds: {name} is a whole number of seconds")
    if not least <= int(text) <= MAX_SECONDS:
        raise ValueError(f"bad_seconds: {name} is between {least} and {MAX_SECONDS}")
    return int(text)
