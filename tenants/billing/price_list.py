"""A provider's price list: plans, their prices from when on, and rate decks. Nothing in it changes backward."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from kernel.primitives.errors import InvalidInput, NotFound
from kernel.primitives.ids import ProviderId
from kernel.primitives.money import Money
from tenants.billing.deck_csv import read_deck
from tenants.billing.errors import PlanNameTaken, PriceInThePast
from tenants.billing.periods import Interval, whole_second
from tenants.billing.plans import (
    NAMED,
    PEAK_SECONDS,
    Decks,
    Metric,
    Plan,
    PlanPrices,
    RateDeck,
    RateDeckVersion,
    Side,
    in_force,
)
from tenants.billing.price_checks import check_named, check_prices
from tenants.billing.price_rows import PriceList, prices_of, rates_of, versions_of
from tenants.billing.rates import Deck, Rate
from tenants.rows import RevisionMismatch
from tenants.unit import TenantUnit

NAMES_TRIED = 100  # plans of one name at different prices

_NO_DECKS = Decks()


class PriceListService:
    """Works in the provider's home tenant, whose audit tells the changes.

    The provider sets what its clients pay; `side` is WHOLESALE for the operator, who sets what the provider pays.
    """

    def __init__(self, unit: TenantUnit, provider: ProviderId, side: Side = Side.RETAIL) -> None:
        self._unit = unit
        self._side = side
        self._rows = PriceList(unit.session, provider)

    # --- plans ---

    async def plans(self, after: UUID | None, limit: int) -> Sequence[Plan]:
        return await self._rows.plans(after, limit)

    async def plan(self, key: UUID) -> Plan:
        """NotFound."""
        plan = await self._rows.plan(key)
        if plan is None:
            raise NotFound("There is no such plan.")
        return plan

    async def prices(self, key: UUID, side: Side) -> Sequence[PlanPrices]:
        """The whole history, oldest first. NotFound."""
        await self.plan(key)
        history = await prices_of(self._unit.session, [key], side)
        return sorted(history, key=lambda one: (one.since, one.id))

    async def add_plan(self, plan: Plan) -> Plan:
        """Without prices yet. InvalidInput, PlanNameTaken."""
        check_named(plan.name, plan.currency)
        await self._require_free_name(plan)
        await self._rows.add_plan(plan)
        await self._unit.audit("plan.created", plan.id, name=plan.name, metric=plan.metric.value)
        return plan

    async def change_plan(self, key: UUID, name: str | None, offered: bool | None, expected: int | None) -> Plan:
        """NotFound, RevisionMismatch, InvalidInput, PlanNameTaken."""
        old = await self.plan(key)
        if expected is not None and expected != old.revision:
            raise RevisionMismatch("Read it again, then repeat your change.")
        new = msgspec.structs.replace(
            old,
            name=old.name if name is None else name,
            offered=old.offered if offered is None else offered,
            revision=old.revision + 1,
        )
        check_named(new.name, new.currency)
        await self._require_free_name(new)
        await self._rows.change_plan(new, old.revision)
        await self._unit.audit("plan.renamed" if new.name != old.name else "plan.offered", key, offered=new.offered)
        return new

    async def set_prices(
        self,
        key: UUID,
        items: Mapping[str, Decimal],
        *,
        since: datetime,
        decks: Decks = _NO_DECKS,
        peak_seconds: int = PEAK_SECONDS,
    ) -> PlanPrices:
        """From `since` on. NotFound, InvalidInput, PriceInThePast."""
        plan = await self.plan(key)
        prices = PlanPrices(
            id=self._unit.new_id(),
            plan=key,
            name=plan.name,
            since=self._from_now_on(since),
            metric=plan.metric,
            interval=plan.interval,
            currency=plan.currency,
            items=items,
            decks=decks,
            peak_seconds=peak_seconds,
        )
        check_prices(prices)
        await self._require_decks(prices)
        await self._rows.add_prices(prices, self._side)
        shown = {code: f"{price:f}" for code, price in items.items()}
        await self._unit.audit("plan.priced", key, side=self._side.value, since=prices.since.isoformat(), items=shown)
        return prices

    async def _require_decks(self, prices: PlanPrices) -> None:
        for key in (prices.decks.outbound, prices.decks.inbound):
            if key is not None and (deck := await self.deck(key)).currency != prices.currency:
                problem = {"field": "decks", "code": "other_currency", "detail": f"a deck in {prices.currency}"}
                raise InvalidInput(f"The deck {deck.name!r} is in {deck.currency}.", errors=[problem])

    async def simple_plan(self, name: str, price: Money) -> Plan:
        """The monthly plan with this name and price of a named seat; made if there is none."""
        wanted = Plan(
            id=self._unit.new_id(),
            name=name,
            metric=Metric.NAMED,
            interval=Interval.MONTH,
            currency=price.currency,
        )
        for count in range(1, NAMES_TRIED):
            tried = name if count == 1 else f"{name} {count}"
            known = next((plan for plan in await self._rows.plans() if plan.name == tried), None)
            if known is None:
                plan = await self.add_plan(msgspec.structs.replace(wanted, name=tried))
                await self.set_prices(plan.id, {NAMED: Decimal(price.minor)}, since=self._unit.now)
                return plan
            history = await prices_of(self._unit.session, [known.id], Side.RETAIL)
            prices = in_force(history, known.id, self._unit.now)
            same = known.offered and (known.metric, known.currency) == (Metric.NAMED, price.currency)
            if same and prices is not None and prices.items.get(NAMED) == price.minor:
                return known
        raise PlanNameTaken("Give the plan another name.")

    async def _require_free_name(self, plan: Plan) -> None:
        if await self._rows.has_plan(plan.name, plan.id):
            raise PlanNameTaken("Give the plan another name.")

    def _from_now_on(self, since: datetime) -> datetime:
        """Not a moment earlier, for calls may have been rated already; the present second is meant as now."""
        if since < whole_second(self._unit.now):
            raise PriceInThePast("Let it begin now or later.")
        return max(since, self._unit.now)

    # --- decks ---

    async def decks(self, after: UUID | None, limit: int) -> Sequence[RateDeck]:
        return await self._rows.decks(self._side, after, limit)

    async def deck(self, key: UUID) -> RateDeck:
        """NotFound."""
        deck = await self._rows.deck(key, self._side)
        if deck is None:
            raise NotFound("There is no such rate deck.")
        return deck

    async def add_deck(self, deck: RateDeck) -> RateDeck:
        """Without rates yet. InvalidInput, PlanNameTaken."""
        check_named(deck.name, deck.currency)
        if await self._rows.has_deck(deck.name, self._side):
            raise PlanNameTaken("Give the deck another name.")
        await self._rows.add_deck(deck, self._side)
        await self._unit.audit("rate_deck.created", deck.id, name=deck.name, currency=deck.currency)
        return deck

    async def versions(self, key: UUID) -> Sequence[RateDeckVersion]:
        """Oldest first. NotFound."""
        await self.deck(key)
        return sorted(await versions_of(self._unit.session, [key]), key=lambda one: (one.since, one.id))

    async def replace_rates(self, key: UUID, since: datetime, content: bytes) -> RateDeckVersion:
        """The whole deck from `since` on, read from CSV. NotFound, InvalidInput by line, PriceInThePast."""
        deck = await self.deck(key)
        since = self._from_now_on(since)
        rates = await asyncio.to_thread(read_deck, content, deck.currency)
        version = RateDeckVersion(
            id=self._unit.new_id(), deck=key, since=since, count=len(rates), currency=deck.currency
        )
        await self._rows.add_version(version.id, key, since, rates)
        await self._unit.audit("rate_deck.replaced", key, since=since.isoformat(), rates=len(rates))
        return version

    async def rates(self, key: UUID, moment: datetime, after: str | None, limit: int) -> Sequence[Rate]:
        """In force at that moment, in the order of prefixes, those behind `after`. NotFound."""
        found = sorted((await self._in_force(key, moment))[1], key=lambda rate: rate.prefix)
        return [rate for rate in found if after is None or rate.prefix > after][:limit]

    async def rate_of(self, key: UUID, moment: datetime, number: str) -> Sequence[Rate]:
        """The one that a call to this number has, if there is one. NotFound."""
        rate = Deck(*await self._in_force(key, moment)).find(number)
        return [] if rate is None else [rate]

    async def _in_force(self, key: UUID, moment: datetime) -> tuple[str, Sequence[Rate]]:
        deck = await self.deck(key)
        begun = [one for one in await self.versions(key) if one.since <= moment]
        return deck.currency, (await rates_of(self._unit.session, begun[-1].id) if begun else ())
