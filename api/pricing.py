"""`cordboard billing`: what the operator does with price lists, and proving that the entries agree with the log."""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from uuid import UUID

from sqlalchemy import select

from api.composition import Storage
from api.settings import Settings
from kernel.contracts.base import TenantScope
from kernel.ports.unit_of_work import UnitOfWork
from kernel.primitives.errors import InvalidInput, NotFound
from kernel.primitives.ids import ProviderId, TenantId
from tenants.audit import Origin
from tenants.billing import Decks, PlanPrices, PriceListService, RateDeck, Side
from tenants.billing.plans import in_force
from tenants.billing.price_rows import prices_of
from tenants.billing.recount import EntryDifference
from tenants.billing.recount import recount as recount_entries
from tenants.billing.tables import PlanRow, RateDeckRow
from tenants.directory.tables import Provider
from tenants.unit import TenantUnit

OPERATOR = Origin(user=None, address="", agent="cordboard billing")

_plans = PlanRow.table()
_decks = RateDeckRow.table()
_providers = Provider.table()


def parse_items(items: Iterable[str]) -> Mapping[str, Decimal]:
    """`code=price` in minor units."""
    try:
        pairs = (item.partition("=") for item in items)
        return {code: Decimal(price) for code, _, price in pairs}
    except InvalidOperation as error:
        raise InvalidInput("Write prices as code=number of minor units, such as seats.named=3100.") from error


async def list_plans(settings: Settings) -> list[str]:
    """A line for each plan of each provider."""
    async with Storage(settings) as storage, storage.database.read() as uow:
        rows = await uow.session.execute(select(_plans.c.id, _plans.c.name, _plans.c.provider_id).order_by(_plans.c.id))
        plans = rows.all()
        keys = [plan.id for plan in plans]
        history = {side: await prices_of(uow.session, keys, side) for side in Side}
    lines: list[str] = []
    for plan in plans:
        told = (f"{side}: {_told(in_force(history[side], plan.id, storage.clock.now()))}" for side in Side)
        lines.append(f"provider {plan.provider_id}, plan {plan.id} {plan.name!r}: {'; '.join(told)}")
    return lines


def _told(prices: PlanPrices | None) -> str:
    if prices is None:
        return "no prices"
    return " ".join(f"{code}={price:f}" for code, price in sorted(prices.items.items())) + f" {prices.currency}"


async def set_wholesale(
    settings: Settings, plan: UUID, prices: Iterable[str], decks: tuple[UUID | None, UUID | None]
) -> None:
    """What the plan's provider pays from now on; `decks` are of outgoing and incoming calls."""
    items = parse_items(prices)
    async with Storage(settings) as storage, storage.database.write() as uow:
        provider = await uow.session.scalar(select(_plans.c.provider_id).where(_plans.c.id == plan))
        price_list = await _wholesale(storage, uow, provider)
        await price_list.set_prices(plan, items, since=storage.clock.now(), decks=Decks(*decks))


async def set_wholesale_deck(settings: Settings, provider: UUID, name: str, currency: str, content: bytes) -> UUID:
    """Make the deck if there is none of this name, and replace its rates from now on."""
    async with Storage(settings) as storage, storage.database.write() as uow:
        prices = await _wholesale(storage, uow, provider)
        wanted = (_decks.c.provider_id == provider, _decks.c.side == Side.WHOLESALE.value, _decks.c.name == name)
        key = await uow.session.scalar(select(_decks.c.id).where(*wanted))
        if key is None:
            key = (await prices.add_deck(RateDeck(id=storage.ids.new(), name=name, currency=currency))).id
        await prices.replace_rates(key, storage.clock.now(), content)
        return key


async def _wholesale(storage: Storage, uow: UnitOfWork, provider: UUID | None) -> PriceListService:
    """Its changes are told in the audit of the provider's home tenant. NotFound."""
    home = await uow.session.scalar(select(_providers.c.home_tenant_id).where(_providers.c.id == provider))
    if provider is None or home is None:
        raise NotFound("There is no such plan or provider.")
    unit = TenantUnit(uow, TenantScope(TenantId(home)), OPERATOR, storage.clock, storage.ids)
    return PriceListService(unit, ProviderId(provider), Side.WHOLESALE)


async def recount(settings: Settings) -> Mapping[TenantId, list[EntryDifference]]:
    """Of every tenant: entries that are otherwise than the log tells."""
    async with Storage(settings) as storage:
        tenants = await storage.operator().all()
        return {tenant: list(await recount_entries(storage.database, TenantScope(tenant))) for tenant in tenants}
