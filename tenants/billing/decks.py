"""The prices that rating needs; rate decks stay in memory, for their versions never change."""

from collections import OrderedDict
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.base import TenantScope
from tenants.billing.meter import Used
from tenants.billing.plans import RateDeckVersion, Side
from tenants.billing.price_rows import prices_of, rates_of, versions_of
from tenants.billing.rates import Deck
from tenants.billing.rating import DeckAt, PriceBook
from tenants.billing.repository import SeatRepository

VERSIONS_KEPT = 16  # some 15 MB each at 50,000 prefixes


class DeckCache:
    """`load` makes ready what a batch of calls needs; what it gives answers without waiting."""

    def __init__(self) -> None:
        self._decks: OrderedDict[UUID, Deck] = OrderedDict()

    async def load(self, session: AsyncSession, decks: Collection[UUID], earliest: datetime) -> DeckAt:
        """For moments from `earliest` on."""
        versions: dict[UUID, list[RateDeckVersion]] = {}
        for one in sorted(await versions_of(session, decks), key=lambda one: (one.since, one.id)):
            former = versions.setdefault(one.deck, [])
            if one.since <= earliest:
                former.clear()
            former.append(one)
        ready: dict[UUID, Deck] = {}
        for one in (one for of_deck in versions.values() for one in of_deck):
            ready[one.id] = await self._deck(session, one)

        def deck_at(deck: UUID, moment: datetime) -> Deck | None:
            begun = [one for one in versions.get(deck, ()) if one.since <= moment]
            return ready[begun[-1].id] if begun else None

        return deck_at

    async def _deck(self, session: AsyncSession, version: RateDeckVersion) -> Deck:
        known = self._decks.get(version.id)
        if known is None:
            known = self._decks[version.id] = Deck(version.currency, await rates_of(session, version.id))
            if len(self._decks) > VERSIONS_KEPT:
                self._decks.popitem(last=False)
        self._decks.move_to_end(version.id)
        return known


async def load_price_book(
    session: AsyncSession, scope: TenantScope, used: Sequence[Used], decks: DeckCache
) -> PriceBook:
    """All that rating `used` needs."""
    subscriptions = tuple(await SeatRepository(session, scope).subscriptions())
    plans = {one.plan for one in subscriptions}
    prices = {side: await prices_of(session, plans, side) for side in Side}
    wanted = {
        deck
        for history in prices.values()
        for one in history
        for deck in (one.decks.outbound, one.decks.inbound)
        if deck is not None
    }
    answered = [one.trip.answered_at for one in used if one.trip is not None]
    deck = await decks.load(session, wanted, min(answered)) if answered else _no_deck
    return PriceBook(subscriptions=subscriptions, prices=prices, deck=deck)


def _no_deck(deck: UUID, moment: datetime) -> None:
    """For what needs no rate."""
