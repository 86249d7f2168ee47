"""The rows of price lists. They belong to providers, above the tenants, so nothing here is built with a scope."""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, column, insert, select, table, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import Uuid

from kernel.contracts.base import TenantScope
from kernel.primitives.ids import ProviderId
from tenants.billing import tables
from tenants.billing.periods import Interval
from tenants.billing.plans import Decks, Metric, Plan, PlanPrices, RateDeck, RateDeckVersion, Side
from tenants.billing.rates import Rate
from tenants.rows import RevisionMismatch

_plans = tables.PlanRow.table()
_prices = tables.PlanPricesRow.table()
_decks = tables.RateDeckRow.table()
_versions = tables.RateDeckVersionRow.table()
_tenants = table("tenants", column("id", Uuid), column("provider_id", Uuid))

_RATES = msgspec.msgpack.Decoder(tuple[Rate, ...])


async def provider_of(session: AsyncSession, scope: TenantScope) -> ProviderId:
    return ProviderId(
        (await session.execute(select(_tenants.c.provider_id).where(_tenants.c.id == scope.tenant))).scalar_one()
    )


async def prices_of(session: AsyncSession, plans: Collection[UUID], side: Side) -> tuple[PlanPrices, ...]:
    """The whole history of these plans' prices."""
    query = (
        select(_prices, _plans.c.name, _plans.c.metric, _plans.c.interval, _plans.c.currency)
        .join(_plans, _plans.c.id == _prices.c.plan_id)
        .where(_prices.c.plan_id.in_(list(plans)), _prices.c.side == side.value)
        .order_by(_prices.c.id)
    )
    return tuple(_plan_prices(row) for row in await session.execute(query))


async def plan_of(session: AsyncSession, plan: UUID) -> Plan:
    """One that is known to exist, such as that of a subscription."""
    return _plan((await session.execute(select(_plans).where(_plans.c.id == plan))).one())


async def versions_of(session: AsyncSession, decks: Collection[UUID]) -> Sequence[RateDeckVersion]:
    query = select(_versions.c.id, _versions.c.deck_id, _versions.c.since, _versions.c.size, _decks.c.currency).join(
        _decks, _decks.c.id == _versions.c.deck_id
    )
    rows = await session.execute(query.where(_versions.c.deck_id.in_(list(decks))).order_by(_versions.c.id))
    return [_version(row) for row in rows.all()]


async def rates_of(session: AsyncSession, version: UUID) -> tuple[Rate, ...]:
    packed = await session.scalar(select(_versions.c.rates).where(_versions.c.id == version))
    return () if packed is None else _RATES.decode(packed)


class PriceList:
    """Plans and decks of one provider."""

    def __init__(self, session: AsyncSession, provider: ProviderId) -> None:
        self._session = session
        self._provider = provider

    async def plans(self, after: UUID | None = None, limit: int | None = None, *, offered: bool = False) -> list[Plan]:
        query = select(_plans).where(_plans.c.provider_id == self._provider).order_by(_plans.c.id).limit(limit)
        if offered:
            query = query.where(_plans.c.offered.is_(True))
        if after is not None:
            query = query.where(_plans.c.id > after)
        return [_plan(row) for row in await self._session.execute(query)]

    async def plan(self, key: UUID) -> Plan | None:
        mine = select(_plans).where(_plans.c.provider_id == self._provider, _plans.c.id == key)
        row = (await self._session.execute(mine)).one_or_none()
        return None if row is None else _plan(row)

    async def has_plan(self, name: str, but: UUID | None = None) -> bool:
        named = select(_plans.c.id).where(_plans.c.provider_id == self._provider, _plans.c.name == name)
        found = await self._session.scalar(named)
        return found is not None and found != but

    async def add_plan(self, plan: Plan) -> None:
        values = {"metric": plan.metric.value, "interval": plan.interval.value, "currency": plan.currency}
        await self._session.execute(
            insert(_plans).values(
                id=plan.id,
                provider_id=self._provider,
                name=plan.name,
                offered=plan.offered,
                revision=plan.revision,
                **values,
            )
        )

    async def change_plan(self, plan: Plan, revision: int) -> None:
        """RevisionMismatch unless the plan still has `revision`."""
        mine = (_plans.c.provider_id == self._provider, _plans.c.id == plan.id, _plans.c.revision == revision)
        if await self._session.scalar(select(_plans.c.id).where(*mine)) is None:
            raise RevisionMismatch("Read it again, then repeat your change.")
        change = {"name": plan.name, "offered": plan.offered, "revision": revision + 1}
        await self._session.execute(update(_plans).where(*mine).values(**change))

    async def add_prices(self, prices: PlanPrices, side: Side) -> None:
        await self._session.execute(
            insert(_prices).values(
                id=prices.id,
                plan_id=prices.plan,
                side=side.value,
                since=prices.since,
                prices={code: f"{price:f}" for code, price in prices.items.items()},
                outbound_deck_id=prices.decks.outbound,
                inbound_deck_id=prices.decks.inbound,
                peak_seconds=prices.peak_seconds,
            )
        )

    # --- decks ---

    def _of_side(self, side: Side) -> tuple[Any, ...]:
        return _decks.c.provider_id == self._provider, _decks.c.side == side.value

    async def decks(self, side: Side, after: UUID | None = None, limit: int | None = None) -> list[RateDeck]:
        query = select(_decks).where(*self._of_side(side)).order_by(_decks.c.id).limit(limit)
        if after is not None:
            query = query.where(_decks.c.id > after)
        return [_deck(row) for row in await self._session.execute(query)]

    async def deck(self, key: UUID, side: Side) -> RateDeck | None:
        mine = select(_decks).where(*self._of_side(side), _decks.c.id == key)
        row = (await self._session.execute(mine)).one_or_none()
        return None if row is None else _deck(row)

    async def has_deck(self, name: str, side: Side) -> bool:
        named = select(_decks.c.id).where(*self._of_side(side), _decks.c.name == name)
        return await self._session.scalar(named) is not None

    async def add_deck(self, deck: RateDeck, side: Side) -> None:
        values = {"id": deck.id, "name": deck.name, "currency": deck.currency, "side": side.value}
        await self._session.execute(insert(_decks).values(provider_id=self._provider, **values))

    async def add_version(self, key: UUID, deck: UUID, since: datetime, rates: Sequence[Rate]) -> None:
        packed = msgspec.msgpack.encode(rates)
        values = {"id": key, "deck_id": deck, "since": since, "size": len(rates), "rates": packed}
        await self._session.execute(insert(_versions).values(**values))


def _plan(row: Row[Any]) -> Plan:
    return Plan(
        id=row.id,
        name=row.name,
        metric=Metric(row.metric),
        interval=Interval(row.interval),
        currency=row.currency,
        offered=row.offered,
        revision=row.revision,
    )


def _plan_prices(row: Row[Any]) -> PlanPrices:
    return PlanPrices(
        id=row.id,
        plan=row.plan_id,
        name=row.name,
        since=row.since,
        metric=Metric(row.metric),
        interval=Interval(row.interval),
        currency=row.currency,
        items={code: Decimal(price) for code, price in row.prices.items()},
        decks=Decks(row.outbound_deck_id, row.inbound_deck_id),
        peak_seconds=row.peak_seconds,
    )


def _deck(row: Row[Any]) -> RateDeck:
    return RateDeck(id=row.id, name=row.name, currency=row.currency)


def _version(row: Row[*tuple[Any, ...]]) -> RateDeckVersion:
    return RateDeckVersion(id=row.id, deck=row.deck_id, since=row.since, count=row.size, currency=row.currency)
