"""The invoice of a month: seats times price, to the second."""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.primitives.money import Money
from tenants.billing import Month, SeatTerms, month_of, preview
from tenants.billing.invoice import round_half_up, seconds_between

JUNE = month_of(2026, 6, UTC)  # 30 days: 2,592,000 s
DAY = timedelta(days=1)


def terms(since: datetime, seats: int, price: int = 4900, plan: str = "standard") -> SeatTerms:
    return SeatTerms(since=since, plan=plan, price=Money(price, "EUR"), seats=seats)


BEFORE = JUNE.start - 40 * DAY


@pytest.mark.parametrize(
    ("history", "lines"),
    [
        pytest.param([], [], id="nothing bought"),
        pytest.param([terms(BEFORE, 30)], [("seats", 30, "30", 147_000)], id="a whole month"),
        pytest.param([terms(BEFORE, 0)], [], id="no seats, no line"),
        pytest.param([terms(JUNE.end, 30)], [], id="bought after the month"),
        pytest.param(
            [terms(JUNE.start + 15 * DAY, 10)], [("seats_prorated", 10, "5", 24_500)], id="bought in the middle"
        ),
        pytest.param(
            [terms(BEFORE, 10), terms(JUNE.start + 10 * DAY, 20)],
            [("seats_prorated", 10, "3.333333", 16_333), ("seats_prorated", 20, "13.333333", 65_334)],
            id="more seats on the eleventh: the lines add up to the rounded whole",
        ),
        pytest.param(
            [terms(BEFORE, 10), terms(JUNE.start + 15 * DAY, 0)],
            [("seats_prorated", 10, "5", 24_500)],
            id="given back in the middle",
        ),
        pytest.param(
            [terms(BEFORE, 10), terms(JUNE.start + 15 * DAY, 10, 5900)],
            [("seats_prorated", 10, "5", 24_500), ("seats_prorated", 10, "5", 29_500)],
            id="a new price in the middle",
        ),
        pytest.param(
            [terms(BEFORE, 10), terms(JUNE.start + 5 * DAY, 10), terms(JUNE.start + 9 * DAY, 10)],
            [("seats", 10, "10", 49_000)],
            id="equal terms are one line",
        ),
        pytest.param(
            [terms(BEFORE, 10), terms(JUNE.start, 10)], [("seats", 10, "10", 49_000)], id="renewed at the start"
        ),
        pytest.param(
            [terms(JUNE.start, 10), terms(JUNE.start, 12)],
            [("seats", 12, "12", 58_800)],
            id="of two in one second the later one holds",
        ),
        pytest.param(
            [terms(JUNE.end - timedelta(seconds=1), 1)], [("seats_prorated", 1, "0", 0)], id="one second costs nothing"
        ),
        pytest.param(
            [terms(JUNE.start + timedelta(microseconds=999_999), 1)], [("seats", 1, "1", 4_900)], id="parts of a second"
        ),
    ],
)
def test_what_a_month_costs(history: Sequence[SeatTerms], lines: Sequence[tuple[str, int, str, int]]) -> None:
    invoice = preview(history, JUNE, "EUR")
    assert [(line.code, line.seats, f"{line.quantity:f}", line.amount.minor) for line in invoice.lines] == list(lines)
    assert invoice.total == Money(sum(amount for *_, amount in lines), "EUR")


def test_a_month_with_a_change_of_clocks_costs_the_same() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    march = month_of(2026, 3, berlin)
    assert march.seconds == 31 * 86_400 - 3_600
    assert march.start == datetime(2026, 2, 28, 23, tzinfo=UTC)
    (line,) = preview([terms(BEFORE - 300 * DAY, 7)], march, "EUR").lines
    assert (line.quantity, line.amount) == (Decimal(7), Money(34_300, "EUR"))


def test_december_ends_with_the_year() -> None:
    assert month_of(2026, 12, UTC).end == datetime(2027, 1, 1, tzinfo=UTC)


moments = st.integers(-40 * 86_400, 40 * 86_400).map(lambda seconds: JUNE.start + timedelta(seconds=seconds))
histories = st.lists(st.builds(terms, moments, st.integers(0, 2_014), st.integers(0, 20_000)), max_size=8)


def seats_at(history: Sequence[SeatTerms], moment: datetime) -> SeatTerms | None:
    begun = [one for one in sorted(history, key=lambda one: one.since) if one.since <= moment]
    return begun[-1] if begun else None


def integral(history: Sequence[SeatTerms], month: Month) -> Fraction:
    """Independently: the sum over the cuts of the month."""
    cuts = sorted({month.start, month.end, *(one.since for one in history if month.start < one.since < month.end)})
    exact = Fraction(0)
    for start, end in itertools.pairwise(cuts):
        one = seats_at(history, start)
        if one is not None:
            exact += Fraction(one.seats * one.price.minor * seconds_between(start, end), month.seconds)
    return exact


@given(histories)
def test_the_total_is_the_rounded_integral_and_the_lines_add_up_to_it(history: list[SeatTerms]) -> None:
    invoice = preview(history, JUNE, "EUR")
    assert invoice.total.minor == round_half_up(integral(history, JUNE))
    assert sum(line.amount.minor for line in invoice.lines) == invoice.total.minor
    assert all(line.start < line.end for line in invoice.lines)
    assert all(one.end <= two.start for one, two in zip(invoice.lines, invoice.lines[1:], strict=False))


@given(histories, st.permutations(range(8)))
def test_the_order_in_which_terms_are_given_does_not_matter(history: list[SeatTerms], order: list[int]) -> None:
    distinct = list({one.since: one for one in history}.values())
    shuffled = [distinct[place] for place in order if place < len(distinct)]
    assert preview(shuffled, JUNE, "EUR") == preview(distinct, JUNE, "EUR")


@pytest.mark.parametrize(
    ("exact", "rounded"), [("0", 0), ("1/2", 1), ("49/100", 0), ("3/2", 2), ("5/2", 3), ("7/3", 2)]
)
def test_halves_are_rounded_up(exact: str, rounded: int) -> None:
    assert round_half_up(Fraction(exact)) == rounded
