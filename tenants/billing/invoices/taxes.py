"""Taxes: named rates in basis points, reverse charge, and exemptions with their reason; per rate on the sum."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from fractions import Fraction

import msgspec

BASIS_POINTS = 10_000  # 1900 of these are 19 %
MAX_RATE = 10_000  # no country taxes more than the price


class TaxKind(StrEnum):
    RATE = "rate"
    REVERSE_CHARGE = "reverse_charge"  # the recipient accounts for the tax (such as Directive 2006/112/EC, article 196)
    EXEMPT = "exempt"


class TaxRule(msgspec.Struct, frozen=True, kw_only=True):
    """`note` is printed: for an exemption its reason, which it cannot be without."""

    code: str
    name: str
    kind: TaxKind = TaxKind.RATE
    rate: int = 0  # basis points
    note: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.rate <= MAX_RATE:
            raise ValueError(f"a rate is 0 to {MAX_RATE} basis points")
        if self.kind is not TaxKind.RATE and self.rate:
            raise ValueError("only a rate has basis points")
        if self.kind is TaxKind.EXEMPT and not self.note.strip():
            raise ValueError("an exemption says its reason")


NO_TAX = TaxRule(code="none", name="No tax", kind=TaxKind.EXEMPT, note="Not subject to tax")


class TaxPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """`by_code` names charges that are taxed differently; "addon." stands for every code that begins so."""

    default: TaxRule = NO_TAX
    by_code: Mapping[str, TaxRule] = {}

    def __post_init__(self) -> None:
        known: dict[str, TaxRule] = {}
        for rule in self.rules():
            if known.setdefault(rule.code, rule) != rule:
                raise ValueError(f"two different rules are called {rule.code!r}")

    def rules(self) -> tuple[TaxRule, ...]:
        return (self.default, *(rule for _, rule in sorted(self.by_code.items())))

    def rule(self, charge: str) -> TaxRule:
        """The rule of the longest code that `charge` begins with."""
        fitting = [code for code in self.by_code if charge == code or (code.endswith(".") and charge.startswith(code))]
        return self.by_code[max(fitting, key=len)] if fitting else self.default


class TaxLine(msgspec.Struct, frozen=True, kw_only=True):
    """The tax of all lines of one rule, in minor units."""

    code: str
    name: str
    kind: TaxKind
    rate: int
    base_minor: int
    tax_minor: int
    note: str = ""


def tax_of(base_minor: int, rate: int) -> int:
    """Rounded half away from zero, so that a credit of everything is the exact opposite."""
    exact = Fraction(abs(base_minor) * rate, BASIS_POINTS)
    rounded = (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
    return rounded if base_minor >= 0 else -rounded


def tax_lines(amounts: Iterable[tuple[TaxRule, int]]) -> tuple[TaxLine, ...]:
    """One line per rule, in the order of codes; the tax is taken on the sum, never line by line."""
    bases: dict[str, int] = {}
    rules: dict[str, TaxRule] = {}
    for rule, amount in amounts:
        rules[rule.code] = rule
        bases[rule.code] = bases.get(rule.code, 0) + amount
    return tuple(
        TaxLine(
            code=code,
            name=rules[code].name,
            kind=rules[code].kind,
            rate=rules[code].rate,
            base_minor=base,
            tax_minor=tax_of(base, rules[code].rate),
            note=rules[code].note,
        )
        for code, base in sorted(bases.items())
    )
