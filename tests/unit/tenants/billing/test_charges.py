"""What a period costs."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.primitives.money import Money
from tenants.billing import (
    BillingBook,
    BillingEntry,
    EntryKind,
    Interval,
    Metric,
    NumberHolding,
    Opening,
    Period,
    Rated,
    Subscription,
    charges,
    month_of,
    period_at,
    totals,
    year_of,
)
from tenants.billing.charges import round_half_up
from tests.unit.tenants.billing.histories import (
    BEFORE,
    DAY,
    JUNE,
    KEYS,
    OTHER_PLAN,
    PLAN,
    books,
    bought,
    called,
    cost_of_seats,
    entry,
    priced,
    seat,
)

BERLIN = "Europe/Berlin"


def lines(book: BillingBook, period: Period = JUNE) -> list[tuple[str, str, int]]:
    return [(one.code, f"{one.quantity:f}", one.amount.minor) for one in charges(book, period)]


def seats(*subscriptions: Subscription) -> BillingBook:
    return BillingBook(subscriptions=subscriptions, prices=(priced(),))


class TestSeats:
    @pytest.mark.parametrize(
        ("history", "expected"),
        [
            pytest.param([], [], id="nothing bought"),
            pytest.param([bought(BEFORE, 30)], [("30", 147_000)], id="a whole month"),
            pytest.param([bought(BEFORE, 0)], [], id="no seats, no line"),
            pytest.param([bought(JUNE.end, 30)], [], id="bought after the month"),
            pytest.param([bought(JUNE.start + 15 * DAY, 10)], [("5", 24_500)], id="bought in the middle"),
            pytest.param(
                [bought(BEFORE, 10), bought(JUNE.start + 10 * DAY, 20)],
                [("3.333333", 16_333), ("13.333333", 65_334)],
                id="more seats on the eleventh: the lines add up to the rounded whole",
            ),
            pytest.param([bought(BEFORE, 10), bought(JUNE.start + 15 * DAY, 0)], [("5", 24_500)], id="given back"),
            pytest.param(
                [bought(BEFORE, 10), bought(JUNE.start + 5 * DAY, 10), bought(JUNE.start + 9 * DAY, 10)],
                [("10", 49_000)],
                id="equal ones are one line",
            ),
            pytest.param(
                [bought(JUNE.start, 10), bought(JUNE.start, 12)],
                [("12", 58_800)],
                id="of two in one second the later one holds",
            ),
            pytest.param([bought(JUNE.end - timedelta(seconds=1), 1)], [("0", 0)], id="one second costs nothing"),
            pytest.param([bought(JUNE.start + timedelta(microseconds=9), 1)], [("1", 4_900)], id="parts of a second"),
        ],
    )
    def test_what_a_month_costs(self, history: Sequence[Subscription], expected: Sequence[tuple[str, int]]) -> None:
        assert lines(seats(*history)) == [("seats.named", *line) for line in expected]

    def test_of_two_in_one_second_the_later_one_holds_in_whatever_order_they_are_given(self) -> None:
        first, second = bought(JUNE.start, 10), bought(JUNE.start + timedelta(milliseconds=1), 12)
        cheap, dear = priced(JUNE.start), priced(JUNE.start, {"seats.named": 5900})
        for prices in ((cheap, dear), (dear, cheap)):
            book = BillingBook(subscriptions=(second, first), prices=prices)
            assert lines(book) == [("seats.named", "12", 70_800)]

    def test_each_kind_has_its_price(self) -> None:
        prices = priced(items={"seats.named": 4900, "seats.supervisor": 6900, "seats.light": 900})
        book = BillingBook(subscriptions=(bought(BEFORE, 10, 2, 5),), prices=(prices,))
        assert lines(book) == [
            ("seats.named", "10", 49_000),
            ("seats.supervisor", "2", 13_800),
            ("seats.light", "5", 4_500),
        ]

    def test_a_new_price_holds_from_its_moment_on(self) -> None:
        prices = (priced(), priced(JUNE.start + 15 * DAY, {"seats.named": 5900}))
        book = BillingBook(subscriptions=(bought(BEFORE, 10),), prices=prices)
        assert [(line.unit_price, line.amount.minor) for line in charges(book, JUNE)] == [
            (Decimal(4900), 24_500),
            (Decimal(5900), 29_500),
        ]

    def test_what_has_no_price_is_not_charged(self) -> None:
        assert lines(BillingBook(subscriptions=(bought(BEFORE, 10),), prices=(priced(JUNE.end),))) == []
        assert lines(BillingBook(subscriptions=(bought(BEFORE, 10),), prices=(priced(items={}),))) == []

    def test_another_plan_in_the_middle(self) -> None:
        prices = (priced(), priced(items={"seats.named": 100}, plan=OTHER_PLAN, currency="USD"))
        history = (bought(BEFORE, 10), bought(JUNE.start + 15 * DAY, 10, plan=OTHER_PLAN))
        found = charges(BillingBook(subscriptions=history, prices=prices), JUNE)
        assert totals(found) == (Money(24_500, "EUR"), Money(500, "USD"))

    @pytest.mark.parametrize(("currency", "price"), [("JPY", 5_000), ("BHD", 15_500)])
    def test_currencies_without_minor_units_and_with_three(self, currency: str, price: int) -> None:
        prices = priced(items={"seats.named": price}, currency=currency)
        history = (bought(JUNE.start + 20 * DAY, 7),)
        (line,) = charges(BillingBook(subscriptions=history, prices=(prices,)), JUNE)
        assert line.amount == Money(round_half_up(Fraction(price * 7, 3)), currency)


class TestCalendar:
    def test_a_month_with_a_change_of_clocks_costs_the_same(self) -> None:
        march = month_of(2026, 3, BERLIN)
        assert march.seconds == 31 * 86_400 - 3_600
        assert march.start == datetime(2026, 2, 28, 23, tzinfo=UTC)
        book = BillingBook(subscriptions=(bought(march.start - DAY, 7),), prices=(priced(march.start - DAY),))
        assert lines(book, march) == [("seats.named", "7", 34_300)]

    def test_the_day_of_the_change_is_an_hour_shorter(self) -> None:
        march, day = month_of(2026, 3, BERLIN), datetime(2026, 3, 28, 23, tzinfo=UTC)
        history = (bought(day, 1), bought(day + timedelta(hours=23), 0))
        book = BillingBook(subscriptions=history, prices=(priced(march.start, {"seats.named": 1_000_000}),))
        (line,) = charges(book, march)
        assert line.amount.minor == round_half_up(Fraction(1_000_000 * 23, 31 * 24 - 1))

    @pytest.mark.parametrize(("year", "days"), [(2028, 366), (2026, 365), (2100, 365)])
    def test_a_year_has_its_own_days(self, year: int, days: int) -> None:
        whole = year_of(year, "Asia/Shanghai")
        assert whole.seconds == days * 86_400
        february = month_of(year, 2, "Asia/Shanghai")
        book = BillingBook(
            subscriptions=(bought(whole.start, 10),),
            prices=(priced(whole.start, {"seats.named": 36_600}, interval=Interval.YEAR),),
        )
        assert lines(book, whole) == [("seats.named", "10", 366_000)]
        (line,) = charges(book, february)
        assert line.unit == "seat-year"
        assert line.amount.minor == round_half_up(Fraction(366_000 * (days - 337), days))

    def test_a_monthly_price_over_a_year_is_twelve_months(self) -> None:
        book = BillingBook(subscriptions=(bought(BEFORE - 365 * DAY, 3),), prices=(priced(BEFORE - 365 * DAY),))
        assert lines(book, year_of(2026, BERLIN)) == [("seats.named", "36", 36 * 4_900)]

    def test_december_ends_with_the_year(self) -> None:
        assert month_of(2026, 12, "UTC").end == datetime(2027, 1, 1, tzinfo=UTC)

    def test_a_month_begins_after_the_midnight_that_is_skipped(self) -> None:
        """Asunción put its clocks forward at midnight, on the first of October 2017."""
        before, after = month_of(2017, 9, "America/Asuncion"), month_of(2017, 10, "America/Asuncion")
        assert before.end == after.start == datetime(2017, 10, 1, 4, tzinfo=UTC)
        assert period_at(after.start, Interval.MONTH, "America/Asuncion") == after


class TestConcurrent:
    PRICES = priced(items={"seats.concurrent": 1000}, metric=Metric.CONCURRENT)

    def book(self, *entries: BillingEntry, opening: int = 0) -> BillingBook:
        return BillingBook(
            subscriptions=(bought(BEFORE, 100),),
            prices=(self.PRICES,),
            entries=entries,
            opening=Opening(log_ins=opening),
        )

    def present(self, start: datetime, minutes: int) -> tuple[BillingEntry, BillingEntry]:
        end = start + timedelta(minutes=minutes)
        return entry(EntryKind.LOG_IN, start, 1), entry(EntryKind.LOG_IN, end, -1)

    def test_the_highest_number_that_lasted_half_an_hour(self) -> None:
        nine = JUNE.start + timedelta(hours=9)
        at_work = [change for _ in range(5) for change in self.present(nine, 480)]
        handover = [change for _ in range(3) for change in self.present(nine + timedelta(hours=4), 29)]
        (line,) = charges(self.book(*at_work, *handover), JUNE)
        assert (line.code, line.quantity, line.amount.minor) == ("seats.concurrent", 5, 5_000)
        assert line.text == "Seats logged in at once, standard: 5 from 2026-06-01 09:00"
        longer = [change for _ in range(3) for change in self.present(nine + timedelta(hours=4), 30)]
        (line,) = charges(self.book(*at_work, *longer), JUNE)
        assert line.quantity == 8

    def test_others_may_take_over(self) -> None:
        nine = JUNE.start + timedelta(hours=9)
        relay = [*self.present(nine, 20), *self.present(nine + timedelta(minutes=20), 20)]
        assert [line.quantity for line in charges(self.book(*relay), JUNE)] == [1]

    def test_who_logged_in_before_the_month_counts(self) -> None:
        out = entry(EntryKind.LOG_IN, JUNE.start + timedelta(minutes=30), -1)
        assert [line.quantity for line in charges(self.book(out, opening=1), JUNE)] == [1]
        early = entry(EntryKind.LOG_IN, JUNE.start + timedelta(minutes=29), -1)
        assert lines(self.book(early, opening=1)) == []

    def test_each_month_has_its_own_peak(self) -> None:
        july = month_of(2026, 7, "UTC")
        both = Period("2026-06/07", JUNE.start, july.end, "UTC")
        june = [change for _ in range(4) for change in self.present(JUNE.start, 60)]
        later = [change for _ in range(2) for change in self.present(july.start + DAY, 60)]
        assert [line.quantity for line in charges(self.book(*june, *later), both)] == [4, 2]

    def test_a_plan_for_half_a_month_costs_half_of_its_peak(self) -> None:
        middle = JUNE.start + 15 * DAY
        book = BillingBook(
            subscriptions=(bought(middle, 100),), prices=(self.PRICES,), entries=self.present(middle + DAY, 60)
        )
        assert lines(book) == [("seats.concurrent", "0.5", 500)]


class TestLevels:
    def test_addons_cost_while_a_seat_has_them(self) -> None:
        book = BillingBook(
            subscriptions=(bought(BEFORE, 2),),
            prices=(priced(items={"addon.recording": 500, "addon.quality": 300}),),
            assignments=(
                seat(BEFORE, JUNE.start + 15 * DAY, "recording"),
                seat(JUNE.start + 15 * DAY, None, "recording", "quality"),
                seat(BEFORE, None),
                seat(JUNE.end, None, "quality"),
            ),
        )
        assert lines(book) == [("addon.quality", "0.5", 150), ("addon.recording", "1", 500)]

    def test_numbers_cost_from_their_first_second_to_their_last(self) -> None:
        held = (
            NumberHolding(id=KEYS.new(), number=PLAN, since=BEFORE),
            NumberHolding(id=KEYS.new(), number=PLAN, since=JUNE.start + 24 * DAY),
            NumberHolding(id=KEYS.new(), number=PLAN, since=BEFORE, until=JUNE.start + 3 * DAY),
        )
        book = BillingBook(subscriptions=(bought(BEFORE, 0),), prices=(priced(items={"numbers": 200}),), numbers=held)
        assert lines(book) == [("numbers", "1.3", 260)]

    def test_storage_is_bytes_over_time(self) -> None:
        stored = (
            entry(EntryKind.RECORDING_STORAGE, JUNE.start + 15 * DAY, 4 * 10**9),
            entry(EntryKind.RECORDING_STORAGE, JUNE.start + 21 * DAY, -2 * 10**9),
        )
        book = BillingBook(
            subscriptions=(bought(BEFORE, 0),),
            prices=(priced(items={"recording_storage": "2.5"}),),
            entries=stored,
            opening=Opening(recording_bytes=10**9),
        )
        (line,) = charges(book, JUNE)
        assert (line.quantity, line.unit, line.amount.minor) == (Decimal("2.4"), "GB-month", 6)
        assert set(line.sources) == {one.id for one in stored}


class TestEntries:
    def test_calls_are_summed_by_destination_and_price(self) -> None:
        nine = JUNE.start + timedelta(hours=9)
        fee = Rated(quantity=1, price=Decimal("1.5"), currency="EUR", label="Germany")
        entries = (
            called(nine, 60),
            called(nine, 30),
            called(nine, 60, "2", "France"),
            called(nine, 60, "0.9"),
            entry(EntryKind.SETUP_FEE, nine, 1, fee),
            entry(
                EntryKind.ROBOT_MINUTES, nine, 90, Rated(quantity=90, price=Decimal(3), currency="EUR", label="robot")
            ),
            entry(EntryKind.MINUTES, nine, 60),
        )
        found = charges(BillingBook(entries=entries), JUNE)
        assert [(line.text, f"{line.quantity:f}", line.unit_price, line.unit) for line in found] == [
            ("Minutes: France", "1", Decimal(2), "minute"),
            ("Minutes: Germany", "1.5", Decimal("0.85"), "minute"),
            ("Minutes: Germany", "1", Decimal("0.9"), "minute"),
            ("Robot minutes: robot", "1.5", Decimal(3), "minute"),
            ("Set-up fees: Germany", "1", Decimal("1.5"), "call"),
        ]
        exact = Fraction("2") + Fraction("1.275") + Fraction("0.9") + Fraction("4.5") + Fraction("1.5")
        assert sum(line.amount.minor for line in found) == round_half_up(exact)

    def test_the_line_names_its_entries(self) -> None:
        entries = (called(JUNE.start, 60), called(JUNE.start + DAY, 60))
        (line,) = charges(BillingBook(entries=entries), JUNE)
        assert set(line.sources) == {one.id for one in entries}

    def test_an_entry_belongs_to_the_period_that_holds_its_moment(self) -> None:
        entries = (called(JUNE.start, 60), called(JUNE.end, 60), called(JUNE.start - timedelta(seconds=1), 60))
        (line,) = charges(BillingBook(entries=entries), JUNE)
        assert line.quantity == 1


class TestProperties:
    @given(books())
    def test_a_history_of_seats_costs_the_integral_of_seats_over_time_times_price(self, book: BillingBook) -> None:
        found = charges(book, JUNE)
        assert sum(line.amount.minor for line in found) == round_half_up(cost_of_seats(book, JUNE))

    @given(books())
    def test_each_line_is_within_one_minor_unit_of_its_own_sum(self, book: BillingBook) -> None:
        for line in charges(book, JUNE):
            printed = Fraction(line.quantity) * Fraction(line.unit_price)
            slack = Fraction(line.unit_price) / 1_000_000  # of the printed quantity
            assert abs(line.amount.minor - printed) <= 1 + slack
            assert line.start < line.end

    @given(books(), st.lists(st.integers(1, 30 * 86_400 - 1), max_size=5, unique=True))
    def test_no_second_is_billed_twice_or_lost_however_the_time_is_split(
        self, book: BillingBook, at: list[int]
    ) -> None:
        moments = [JUNE.start, *(JUNE.start + timedelta(seconds=second) for second in sorted(at)), JUNE.end]
        parts = [Period("part", *pair, "UTC") for pair in pairwise(moments)]
        whole = sum(line.amount.minor for line in charges(book, JUNE))
        split = [sum(line.amount.minor for line in charges(book, part)) for part in parts]
        assert abs(sum(split) - whole) <= Fraction(len(parts) + 1, 2)

    @given(books(), st.randoms(use_true_random=False))
    def test_the_order_in_which_the_history_is_given_does_not_matter(self, book: BillingBook, chance: Random) -> None:
        def mixed(given: tuple[Any, ...]) -> tuple[Any, ...]:
            return tuple(chance.sample(given, len(given)))

        other = BillingBook(
            subscriptions=mixed(book.subscriptions), prices=mixed(book.prices), assignments=mixed(book.assignments)
        )
        assert charges(other, JUNE) == charges(book, JUNE)
