"""The provider's price list: plans, their prices from when on, and rate decks."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from msgspec import UNSET

from api.paging import LARGEST_PAGE, PAGE, Paging
from api.routes.responses import created, shown
from api.schemas.common import Page
from api.schemas.price_lists import (
    PlanPricesBody,
    PlanPricesInput,
    ProviderPlanBody,
    ProviderPlanChange,
    ProviderPlanInput,
    RateBody,
    RateDeckBody,
    RateDeckInput,
    RateDeckVersionBody,
)
from api.work import Unit, Work
from kernel.primitives.errors import InvalidInput
from tenants.billing import (
    Decks,
    Plan,
    PlanPrices,
    PriceListService,
    Rate,
    RateDeck,
    RateDeckVersion,
    Side,
    provider_of,
)
from tenants.billing.rates import PREFIX_DIGITS

PLANS = "/v1/provider/plans"
DECKS = "/v1/provider/rate-decks"
CSV = "text/csv"
DECK_BYTES = 16 << 20  # 200,000 lines of 80 characters
DECK_REVISION = 1  # decks never change, they get versions

Since = Annotated[datetime | None, QueryParameter(description="When it takes effect; now if absent.")]
At = Annotated[datetime | None, QueryParameter(description="In force at this moment; now if absent.")]
WantedSide = Annotated[Side, QueryParameter(description="What clients pay, or what the provider pays.")]


async def _price_list(unit: Unit) -> PriceListService:
    """The permission is one of the provider's home tenant, so its provider is the one asked for."""
    return PriceListService(unit.tenant_unit, await provider_of(unit.uow.session, unit.tenant_unit.scope))


def _plan(plan: Plan) -> ProviderPlanBody:
    return ProviderPlanBody(
        id=plan.id,
        name=plan.name,
        metric=plan.metric,
        period=plan.interval,
        currency=plan.currency,
        offered=plan.offered,
    )


def _prices(prices: PlanPrices, side: Side) -> PlanPricesBody:
    return PlanPricesBody(
        id=prices.id,
        side=side,
        since=prices.since,
        items={code: f"{price:f}" for code, price in prices.items.items()},
        outbound_deck_id=prices.decks.outbound,
        inbound_deck_id=prices.decks.inbound,
        peak_seconds=prices.peak_seconds,
    )


def _deck(deck: RateDeck) -> RateDeckBody:
    return RateDeckBody(id=deck.id, name=deck.name, currency=deck.currency)


def _version(version: RateDeckVersion) -> RateDeckVersionBody:
    return RateDeckVersionBody(id=version.id, since=version.since, rates=version.count)


def _rate(rate: Rate) -> RateBody:
    return RateBody(
        prefix=rate.prefix,
        destination=rate.label,
        price=f"{rate.price:f}",
        setup_fee=f"{rate.setup_fee:f}",
        minimum_seconds=rate.minimum_seconds,
        increment_seconds=rate.increment_seconds,
    )


def _moment(given: datetime | None, now: datetime, field: str) -> datetime:
    if given is not None and given.tzinfo is None:
        problem = {"field": field, "code": "no_time_zone", "detail": "such as 2026-03-01T00:00:00Z"}
        raise InvalidInput("Name times with their zone.", errors=[problem])
    return given or now


def _decimal(code: str, text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        problem = {"field": f"items.{code}", "code": "bad_price", "detail": "a number such as 4900 or 0.85"}
        raise InvalidInput(f"The price of {code} is no number.", errors=[problem]) from error


# --- plans ---


@get(PLANS, operation_id="list_provider_plans", tags=["Price list"])
async def list_provider_plans(work: NamedDependency[Work], paging: NamedDependency[Paging]) -> Page[ProviderPlanBody]:
    """All plans, also those that are no longer offered."""
    async with work.read() as unit:
        found = await (await _price_list(unit)).plans(paging.after, paging.one_more)
    return paging.page(found, _plan)


@post(PLANS, operation_id="create_provider_plan", status_code=201, tags=["Price list"])
async def create_provider_plan(
    data: JSONBody[ProviderPlanInput], work: NamedDependency[Work]
) -> Response[ProviderPlanBody]:
    """Make a plan; it can be chosen once it has prices."""

    async def add(unit: Unit) -> Response[ProviderPlanBody]:
        plan = Plan(
            id=unit.new_id(),
            name=data.name,
            metric=data.metric,
            interval=data.period,
            currency=data.currency,
            offered=data.offered,
        )
        await (await _price_list(unit)).add_plan(plan)
        return created(_plan(plan), plan.revision, PLANS, plan.id)

    return await work.create(add)


@get(f"{PLANS}/{{id:uuid}}", operation_id="get_provider_plan", tags=["Price list"])
async def get_provider_plan(key: NamedDependency[UUID], work: NamedDependency[Work]) -> Response[ProviderPlanBody]:
    """One plan."""
    async with work.read() as unit:
        plan = await (await _price_list(unit)).plan(key)
    return shown(_plan(plan), plan.revision)


@patch(f"{PLANS}/{{id:uuid}}", operation_id="update_provider_plan", tags=["Price list"])
async def update_provider_plan(
    key: NamedDependency[UUID],
    data: JSONBody[ProviderPlanChange],
    work: NamedDependency[Work],
    expected: NamedDependency[int | None],
) -> Response[ProviderPlanBody]:
    """Give a plan another name, or offer it no longer; clients that have it keep it."""
    name = None if data.name is UNSET else data.name
    offered = None if data.offered is UNSET else data.offered
    async with work.write() as unit:
        plan = await (await _price_list(unit)).change_plan(key, name, offered, expected)
    return shown(_plan(plan), plan.revision)


@get(f"{PLANS}/{{id:uuid}}/prices", operation_id="list_plan_prices", tags=["Price list"])
async def list_plan_prices(
    key: NamedDependency[UUID], work: NamedDependency[Work], side: WantedSide = Side.RETAIL
) -> Page[PlanPricesBody]:
    """The prices of a plan over time, oldest first, those to come included."""
    async with work.read() as unit:
        found = await (await _price_list(unit)).prices(key, side)
    return Page(items=[_prices(one, side) for one in found])


@post(f"{PLANS}/{{id:uuid}}/prices", operation_id="set_plan_prices", status_code=201, tags=["Price list"])
async def set_plan_prices(
    key: NamedDependency[UUID], data: JSONBody[PlanPricesInput], work: NamedDependency[Work]
) -> Response[PlanPricesBody]:
    """Set what clients pay from a moment on, never backward; what they pay until then stays."""
    items = {code: _decimal(code, text) for code, text in data.items.items()}

    async def add(unit: Unit) -> Response[PlanPricesBody]:
        prices = await (await _price_list(unit)).set_prices(
            key,
            items,
            since=_moment(data.since, unit.tenant_unit.now, "since"),
            decks=Decks(data.outbound_deck_id, data.inbound_deck_id),
            peak_seconds=data.peak_seconds,
        )
        return Response(_prices(prices, Side.RETAIL), status_code=201)

    return await work.create(add)


# --- decks ---


@get(DECKS, operation_id="list_rate_decks", tags=["Price list"])
async def list_rate_decks(work: NamedDependency[Work], paging: NamedDependency[Paging]) -> Page[RateDeckBody]:
    """All rate decks."""
    async with work.read() as unit:
        found = await (await _price_list(unit)).decks(paging.after, paging.one_more)
    return paging.page(found, _deck)


@post(DECKS, operation_id="create_rate_deck", status_code=201, tags=["Price list"])
async def create_rate_deck(data: JSONBody[RateDeckInput], work: NamedDependency[Work]) -> Response[RateDeckBody]:
    """Make a rate deck; it is filled by `import_rates` and used by the prices of plans."""

    async def add(unit: Unit) -> Response[RateDeckBody]:
        deck = RateDeck(id=unit.new_id(), name=data.name, currency=data.currency)
        await (await _price_list(unit)).add_deck(deck)
        return created(_deck(deck), DECK_REVISION, DECKS, deck.id)

    return await work.create(add)


@get(f"{DECKS}/{{id:uuid}}", operation_id="get_rate_deck", tags=["Price list"])
async def get_rate_deck(key: NamedDependency[UUID], work: NamedDependency[Work]) -> Response[RateDeckBody]:
    """One rate deck."""
    async with work.read() as unit:
        deck = await (await _price_list(unit)).deck(key)
    return shown(_deck(deck), DECK_REVISION)


@get(f"{DECKS}/{{id:uuid}}/versions", operation_id="list_rate_deck_versions", tags=["Price list"])
async def list_rate_deck_versions(key: NamedDependency[UUID], work: NamedDependency[Work]) -> Page[RateDeckVersionBody]:
    """From when on which rates hold, oldest first, those to come included."""
    async with work.read() as unit:
        found = await (await _price_list(unit)).versions(key)
    return Page(items=[_version(one) for one in found])


@post(
    f"{DECKS}/{{id:uuid}}/versions",
    operation_id="import_rates",
    status_code=201,
    request_max_body_size=DECK_BYTES,
    opt={"body": CSV},
    tags=["Price list"],
)
async def import_rates(
    key: NamedDependency[UUID], request: Request[Any, Any, Any], work: NamedDependency[Work], since: Since = None
) -> Response[RateDeckVersionBody]:
    """Replace all rates of the deck from a moment on, never backward; a file with a wrong line is refused whole.

    CSV with a head line: `prefix,destination,price_per_minute`, and if wanted `setup_fee`, `minimum_seconds`,
    `increment_seconds`. Prices are in whole units of the currency, such as 0.0085.
    """
    content = await request.body()

    async def replace(unit: Unit) -> Response[RateDeckVersionBody]:
        begins = _moment(since, unit.tenant_unit.now, "since")
        version = await (await _price_list(unit)).replace_rates(key, begins, content)
        return Response(_version(version), status_code=201)

    return await work.create(replace)


@get(f"{DECKS}/{{id:uuid}}/rates", operation_id="list_rates", tags=["Price list"])
async def list_rates(
    key: NamedDependency[UUID],
    work: NamedDependency[Work],
    at: At = None,
    number: Annotated[
        str | None, QueryParameter(description="Only the rate that a call to this number has.", max_length=20)
    ] = None,
    cursor: Annotated[
        str | None, QueryParameter(description="`next_cursor` of the page before.", max_length=PREFIX_DIGITS)
    ] = None,
    limit: Annotated[int, QueryParameter(description="Items on a page.", ge=1, le=LARGEST_PAGE)] = PAGE,
) -> Page[RateBody]:
    """The rates of a deck by prefix, or the one of a number."""
    async with work.read() as unit:
        moment = _moment(at, unit.tenant_unit.now, "at")
        price_list = await _price_list(unit)
        if number is not None:
            found = await price_list.rate_of(key, moment, number)
        else:
            found = await price_list.rates(key, moment, cursor, limit + 1)
    more = len(found) > limit
    return Page(items=[_rate(rate) for rate in found[:limit]], next_cursor=found[limit - 1].prefix if more else None)


HANDLERS = [
    list_provider_plans,
    create_provider_plan,
    get_provider_plan,
    update_provider_plan,
    list_plan_prices,
    set_plan_prices,
    list_rate_decks,
    create_rate_deck,
    get_rate_deck,
    list_rate_deck_versions,
    import_rates,
    list_rates,
]
