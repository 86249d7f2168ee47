"""From a used quantity to billing entries: rated for both sides by the prices of that moment."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import msgspec

from kernel.contracts.calls import Direction
from tenants.billing.book import Subscription
from tenants.billing.entries import BillingEntry, EntryKind, Rated
from tenants.billing.meter import Trip, Used
from tenants.billing.plans import ROBOT_MINUTES, Decks, PlanPrices, Side, in_force
from tenants.billing.rates import Deck, Rate

ROBOT = "robot"

DeckAt = Callable[[UUID, datetime], Deck | None]
"""The rates of a deck at a moment."""


class PriceBook(msgspec.Struct, frozen=True, kw_only=True):
    """All that rating needs of one tenant."""

    subscriptions: tuple[Subscription, ...]
    prices: Mapping[Side, tuple[PlanPrices, ...]]
    deck: DeckAt

    def in_force(self, side: Side, moment: datetime) -> PlanPrices | None:
        begun = [one for one in self.subscriptions if one.since <= moment]
        if not begun:
            return None
        subscription = max(begun, key=lambda one: (one.since, one.id))
        return in_force(self.prices.get(side, ()), subscription.plan, moment)


def entries_of(used: Used, book: PriceBook) -> Iterator[BillingEntry]:
    """One for the quantity itself and, if the rate of either side has one, one for the set-up fee.

    A call is rated by what was in force when it was answered. Without a deck or a prefix that matches it is not
    charged, and its entry says so by having no rating.
    """
    if used.trip is None:
        yield _entry(used, used.kind, used.quantity, {side: _plain(used, book, side) for side in Side})
        return
    found = {side: _rate(used.trip, book, side) for side in Side}
    minutes = {side: deck.minutes(rate, used.quantity) for side, (deck, rate) in _known(found)}
    fees = {side: deck.fee(rate) for side, (deck, rate) in _known(found) if rate.setup_fee}
    yield _entry(used, EntryKind.MINUTES, used.quantity, minutes)
    if fees:
        yield _entry(used, EntryKind.SETUP_FEE, 1, fees)


def entry_id(event: UUID, kind: EntryKind) -> UUID:
    """The same for the same event: a UUIDv7 with its event's time, so that entries sort as the log does."""
    digest = sha256(event.bytes + kind.encode()).digest()
    time = event.int >> 80
    low = int.from_bytes(digest[:10]) & ((1 << 80) - 1)
    value = (time << 80) | (0x7 << 76) | (low & ~(0xF << 76))
    return UUID(int=(value & ~(0b11 << 62)) | (0b10 << 62))


def _known(
    found: Mapping[Side, tuple[Deck, Rate] | None],
) -> Iterator[tuple[Side, tuple[Deck, Rate]]]:
    for side, pair in found.items():
        if pair is not None:
            yield side, pair


def _rate(trip: Trip, book: PriceBook, side: Side) -> tuple[Deck, Rate] | None:
    prices = book.in_force(side, trip.answered_at)
    key = None if prices is None else _deck_of(prices.decks, trip.direction)
    deck = None if key is None else book.deck(key, trip.answered_at)
    rate = None if deck is None else deck.find(trip.called.e164)
    return None if deck is None or rate is None else (deck, rate)


def _deck_of(decks: Decks, direction: Direction) -> UUID | None:
    return decks.outbound if direction is Direction.OUTBOUND else decks.inbound


def _plain(used: Used, book: PriceBook, side: Side) -> Rated | None:
    """Robot minutes have one price; levels are priced when their time is over."""
    prices = book.in_force(side, used.at)
    if used.kind is not EntryKind.ROBOT_MINUTES or prices is None or ROBOT_MINUTES not in prices.items:
        return None
    price = prices.items[ROBOT_MINUTES]
    return Rated(quantity=used.quantity, price=price, currency=prices.currency, label=ROBOT)


def _entry(used: Used, kind: EntryKind, quantity: int, rated: Mapping[Side, Rated | None]) -> BillingEntry:
    return BillingEntry(
        id=entry_id(used.event, kind),
        event=used.event,
        kind=kind,
        at=used.at,
        quantity=quantity,
        subject=used.subject,
        retail=rated.get(Side.RETAIL),
        wholesale=rated.get(Side.WHOLESALE),
    )
