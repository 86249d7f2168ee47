"""Rates of calls: longest prefix, rounding, decks as carriers send them."""

from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.contracts.calls import Direction
from kernel.primitives.errors import InvalidInput
from kernel.primitives.phone import PhoneNumber
from tenants.billing import Decks, EntryKind, Rate, Side, Subscription
from tenants.billing.currency import minor_digits, to_major, to_minor
from tenants.billing.deck_csv import MAX_ERRORS, read_deck
from tenants.billing.meter import Trip, Used
from tenants.billing.rates import Deck
from tenants.billing.rating import PriceBook, entries_of, entry_id
from tests.unit.tenants.billing.histories import BEFORE, JUNE, KEYS, bought, priced

HEAD = "prefix,destination,price_per_minute,setup_fee,minimum_seconds,increment_seconds\n"
DECK_ID = UUID(int=0xD1)


def rate(prefix: str, price: str = "1", fee: str = "0", minimum: int = 0, increment: int = 1) -> Rate:
    return Rate(
        prefix=prefix,
        label=f"to {prefix}",
        price=Decimal(price),
        setup_fee=Decimal(fee),
        minimum_seconds=minimum,
        increment_seconds=increment,
    )


class TestDeck:
    @given(st.lists(st.text("0123", max_size=6), unique=True), st.text("0123", min_size=1, max_size=15))
    def test_the_longest_prefix_names_the_rate(self, prefixes: list[str], digits: str) -> None:
        found = Deck("EUR", [rate(prefix) for prefix in prefixes]).find(f"+{digits}")
        fitting = [prefix for prefix in prefixes if digits.startswith(prefix)]
        assert (None if found is None else found.prefix) == max(fitting, key=len, default=None)

    @pytest.mark.parametrize(
        ("seconds", "minimum", "increment", "billed"),
        [
            (0, 0, 1, 0),
            (61, 0, 1, 61),
            (61, 0, 60, 120),
            (60, 0, 60, 60),
            (1, 0, 60, 60),
            (5, 30, 1, 30),
            (31, 30, 6, 36),
            (0, 30, 6, 30),
            (31, 30, 60, 60),
        ],
    )
    def test_begun_steps_count_and_the_minimum_is_paid(
        self, seconds: int, minimum: int, increment: int, billed: int
    ) -> None:
        assert rate("49", minimum=minimum, increment=increment).billed_seconds(seconds) == billed

    @given(st.integers(0, 20_000), st.integers(0, 3600), st.integers(1, 3600))
    def test_what_is_billed_is_the_smallest_whole_number_of_steps_above(
        self, seconds: int, minimum: int, increment: int
    ) -> None:
        billed = rate("49", minimum=minimum, increment=increment).billed_seconds(seconds)
        steps = next(count for count in range(seconds + 2) if count * increment >= seconds)
        assert billed == max(minimum, steps * increment)


class TestRating:
    def book(self, deck: Deck | None, prices: str = "retail") -> PriceBook:
        decks = Decks(outbound=DECK_ID)
        plan = priced(items={"seats.named": 0, "robot_minutes": "2.5"})
        with_deck = msgspec.structs.replace(plan, decks=decks)
        return PriceBook(
            subscriptions=(bought(BEFORE, 1),),
            prices={Side(prices): (with_deck,)},
            deck=lambda key, _: deck if key == DECK_ID else None,
        )

    def used(self, seconds: int, called: str = "+4930123456", direction: Direction = Direction.OUTBOUND) -> Used:
        trip = Trip(direction=direction, called=PhoneNumber(called), answered_at=JUNE.start)
        return Used(
            event=KEYS.new(),
            kind=EntryKind.MINUTES,
            at=JUNE.start,
            quantity=seconds,
            subject=KEYS.new(),
            trip=trip,
        )

    def test_minutes_and_set_up_fee_are_two_entries_of_one_event(self) -> None:
        deck = Deck("EUR", [rate("49", "1.8", "2.5", increment=60)])
        used = self.used(61)
        minutes, fee = entries_of(used, self.book(deck))
        assert (minutes.kind, minutes.quantity, minutes.event) == (EntryKind.MINUTES, 61, used.event)
        assert minutes.retail is not None
        assert (minutes.retail.quantity, minutes.retail.prefix) == (120, "49")
        assert minutes.amount(Side.RETAIL) == Fraction("3.6")
        assert (fee.kind, fee.amount(Side.RETAIL), fee.event) == (EntryKind.SETUP_FEE, Fraction("2.5"), used.event)
        assert minutes.wholesale is None
        assert minutes.amount(Side.WHOLESALE) == 0

    def test_both_sides_round_as_their_own_deck_says(self) -> None:
        wholesale = self.book(Deck("EUR", [rate("49", "1", increment=1)]), "wholesale")
        (minutes,) = entries_of(self.used(61), wholesale)
        assert minutes.retail is None
        assert minutes.wholesale is not None
        assert minutes.wholesale.quantity == 61

    @pytest.mark.parametrize("deck", [None, Deck("EUR", [rate("33")])])
    def test_what_no_rate_is_found_for_is_an_entry_without_a_price(self, deck: Deck | None) -> None:
        (minutes,) = entries_of(self.used(61), self.book(deck))
        assert (minutes.quantity, minutes.retail, minutes.wholesale) == (61, None, None)

    def test_incoming_calls_have_a_deck_of_their_own(self) -> None:
        (minutes,) = entries_of(self.used(61, direction=Direction.INBOUND), self.book(Deck("EUR", [rate("49")])))
        assert minutes.retail is None

    def test_robot_minutes_have_one_price(self) -> None:
        used = Used(
            event=KEYS.new(), kind=EntryKind.ROBOT_MINUTES, at=JUNE.start, quantity=90, subject=KEYS.new(), trip=None
        )
        (entry,) = entries_of(used, self.book(None))
        assert entry.amount(Side.RETAIL) == Fraction("3.75")

    def test_before_the_first_plan_nothing_is_charged(self) -> None:
        book = self.book(Deck("EUR", [rate("49")]))
        later = PriceBook(
            subscriptions=(Subscription(id=KEYS.new(), since=JUNE.end, plan=UUID(int=0x100), agent=1),),
            prices=book.prices,
            deck=book.deck,
        )
        (minutes,) = entries_of(self.used(61), later)
        assert minutes.retail is None

    @given(st.uuids(), st.sampled_from(EntryKind))
    def test_ids_of_entries_are_version_7_and_keep_the_time_of_their_event(self, event: UUID, kind: EntryKind) -> None:
        key = entry_id(event, kind)
        assert key == entry_id(event, kind)
        assert (key.version, key.int >> 80) == (7, event.int >> 80)
        assert key.variant == "specified in RFC 4122"

    @given(
        st.dictionaries(st.text("0123", max_size=4), st.tuples(st.integers(0, 10**7), st.integers(1, 90)), min_size=1),
        st.lists(st.tuples(st.text("0123", min_size=5, max_size=9), st.integers(0, 5_000)), max_size=8),
    )
    def test_rating_against_doing_it_by_hand(
        self, rates: dict[str, tuple[int, int]], calls: list[tuple[str, int]]
    ) -> None:
        deck = Deck(
            "EUR",
            [
                rate(prefix, str(Decimal(micros).scaleb(-6)), increment=increment)
                for prefix, (micros, increment) in rates.items()
            ],
        )
        total = expected = Fraction(0)
        for digits, seconds in calls:
            (entry,) = entries_of(self.used(seconds, f"+{digits}"), self.book(deck))
            total += entry.amount(Side.RETAIL)
            for length in range(len(digits), -1, -1):
                if digits[:length] in rates:
                    micros, increment = rates[digits[:length]]
                    whole = seconds
                    while whole % increment:
                        whole += 1
                    expected += Fraction(micros * whole, 60 * 10**6)
                    break
        assert total == expected


class TestCsv:
    def test_prices_are_in_whole_units_of_the_currency(self) -> None:
        text = HEAD + '44,United Kingdom,0.0085,0.01,0,60\n+447,"UK, mobile",0.02,,,\n'
        assert read_deck(text.encode(), "EUR") == (
            Rate(
                prefix="44",
                label="United Kingdom",
                price=Decimal("0.85"),
                setup_fee=Decimal(1),
                minimum_seconds=0,
                increment_seconds=60,
            ),
            Rate(prefix="447", label="UK, mobile", price=Decimal(2)),
        )
        (yen,) = read_deck(b"prefix,destination,price_per_minute\n81,Japan,1.5\n", "JPY")
        assert yen.price == Decimal("1.5")

    def test_every_wrong_line_is_named(self) -> None:
        rows = (
            "44,United Kingdom,0.0085,0,0,1",
            "4x,Nowhere,0.1,0,0,1",
            "45,,0.1,0,0,1",
            "46,Sweden,cheap,0,0,1",
            "47,Norway,0.1,-1,0,1",
            "48,Poland,0.1,0,0,0",
            "49,Germany,0.1,0,ten,1",
            "44,Twice,0.1,0,0,1",
            "33,France,0.1",
            "34,Spain,0.1,0,0,1,more",
            "351,Portugal,0.0000000000001,0,0,1",
            "39,=Italy,0.1,0,0,1",
        )
        with pytest.raises(InvalidInput) as refused:
            read_deck((HEAD + "\n".join(rows)).encode(), "EUR")
        errors = refused.value.extra["errors"]
        assert isinstance(errors, list)
        told = [(error["field"], error["code"]) for error in errors]  # pyright: ignore[reportUnknownVariableType]
        assert told == [
            ("line 3", "bad_prefix"),
            ("line 4", "bad_destination"),
            ("line 5", "bad_price"),
            ("line 6", "bad_price"),
            ("line 7", "bad_seconds"),
            ("line 8", "bad_seconds"),
            ("line 9", "twice"),
            ("line 10", "bad_columns"),
            ("line 11", "bad_columns"),
            ("line 12", "bad_price"),
            ("line 13", "bad_destination"),
        ]

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"", "bad_head"),
            (b"prefix,price_per_minute\n44,1\n", "bad_head"),
            (b"prefix,destination,price_per_minute,prefix\n44,UK,1,44\n", "bad_head"),
            (HEAD.encode(), "empty"),
            (HEAD.encode() + b'44,"UK,1,0,0,1\n', "bad_csv"),
            (HEAD.encode() + b"44,\xff,1,0,0,1\n", "bad_text"),
        ],
    )
    def test_a_file_that_is_none(self, content: bytes, code: str) -> None:
        with pytest.raises(InvalidInput) as refused:
            read_deck(content, "EUR")
        errors = refused.value.extra["errors"]
        assert isinstance(errors, list)
        assert [error["code"] for error in errors] == [code]  # pyright: ignore[reportUnknownVariableType]

    def test_not_all_of_too_many_errors_are_told(self) -> None:
        with pytest.raises(InvalidInput) as refused:
            read_deck((HEAD + "x,y,z,0,0,1\n" * 1_000).encode(), "EUR")
        errors = refused.value.extra["errors"]
        assert isinstance(errors, list)
        assert len(errors) == MAX_ERRORS  # pyright: ignore[reportUnknownArgumentType]


@pytest.mark.parametrize(("currency", "digits"), [("EUR", 2), ("JPY", 0), ("BHD", 3), ("CLF", 4)])
def test_minor_units_of_currencies(currency: str, digits: int) -> None:
    assert minor_digits(currency) == digits
    assert to_minor(Decimal("1.5"), currency) == Decimal("1.5") * 10**digits
    assert to_major(15, currency) == Decimal(15) / 10**digits
