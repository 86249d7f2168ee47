"""Tax rules and tax lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.billing.invoices.taxes import TaxKind, TaxPolicy, TaxRule, tax_lines, tax_of

STANDARD = TaxRule(code="standard", name="VAT", rate=1900)
REDUCED = TaxRule(code="reduced", name="VAT", rate=700)
REVERSE = TaxRule(code="reverse", name="Reverse charge", kind=TaxKind.REVERSE_CHARGE)


def test_tax_is_taken_on_the_sum_of_each_rate_and_not_line_by_line() -> None:
    lines = tax_lines([(STANDARD, 3), (REDUCED, 100), (STANDARD, 3), (STANDARD, 3)])
    assert [(line.code, line.base_minor, line.tax_minor) for line in lines] == [("reduced", 100, 7), ("standard", 9, 2)]


@pytest.mark.parametrize(
    ("base", "rate", "tax"), [(50, 100, 1), (49, 100, 0), (-50, 100, -1), (0, 1900, 0), (1, 10_000, 1)]
)
def test_half_a_minor_unit_is_rounded_away_from_zero(base: int, rate: int, tax: int) -> None:
    assert tax_of(base, rate) == tax


@given(st.integers(-(10**12), 10**12), st.integers(0, 10_000))
def test_a_credit_of_everything_is_the_exact_opposite(base: int, rate: int) -> None:
    assert tax_of(-base, rate) == -tax_of(base, rate)
    assert abs(tax_of(base, rate) * 10_000 - base * rate) <= 5_000


def test_reverse_charge_and_exemptions_are_lines_without_tax() -> None:
    exempt = TaxRule(code="x", name="Exempt", kind=TaxKind.EXEMPT, note="Article 132")
    assert [(line.tax_minor, line.note) for line in tax_lines([(REVERSE, 500), (exempt, 500)])] == [
        (0, ""),
        (0, "Article 132"),
    ]


def test_the_longest_code_that_fits_decides() -> None:
    policy = TaxPolicy(default=STANDARD, by_code={"addon.": REDUCED, "addon.robot": REVERSE, "numbers": REVERSE})
    assert [
        policy.rule(code).code for code in ("minutes", "addon.wallboard", "addon.robot", "numbers", "numbersX")
    ] == [
        "standard",
        "reduced",
        "reverse",
        "reverse",
        "standard",
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate": -1},
        {"rate": 10_001},
        {"kind": TaxKind.EXEMPT},
        {"kind": TaxKind.REVERSE_CHARGE, "rate": 1},
    ],
)
def test_a_rule_that_cannot_be(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        TaxRule(code="x", name="x", **wrong)  # type: ignore[arg-type]


def test_one_code_has_one_meaning() -> None:
    with pytest.raises(ValueError, match="two different"):
        TaxPolicy(default=STANDARD, by_code={"minutes": TaxRule(code="standard", name="Other", rate=100)})
