"""Two tenants whose calls are metered."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from kernel.contracts.base import TenantScope
from kernel.contracts.calls import Actor, AgentState, Direction, EndCause, EndReason, EndResult
from kernel.contracts.log import (
    AgentStateChanged,
    CallAnswered,
    CallEnded,
    CallOffered,
    LogEvent,
    RecordingStored,
)
from kernel.ports.unit_of_work import Database
from kernel.primitives.ids import CallId, EventId, ProviderId, RecordingId, TenantId, TrunkId, UserId
from kernel.primitives.money import Money
from kernel.primitives.phone import PhoneNumber
from tenants.audit import Origin
from tenants.billing import (
    BillingEntry,
    BillingService,
    Contact,
    Decks,
    EntryFilter,
    PriceListService,
    RateDeck,
)
from tenants.billing.plans import NAMED
from tenants.billing.repository import BillingEntryRepository
from tenants.directory.tables import Provider, Tenant
from tenants.unit import TenantUnit
from tests.fakes import FakeClock, SequentialIds, TwoTenants

CAUSE = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_CALLER)
DECK = b"prefix,destination,price_per_minute,setup_fee,minimum_seconds,increment_seconds\n" + (
    b"49,Germany,0.01,0,0,60\n4915,Germany mobile,0.1,0.02,0,1\n"
)
GERMANY, MOBILE, FRANCE = PhoneNumber("+4930123456"), PhoneNumber("+4915112345678"), PhoneNumber("+33144556677")


class Nobody:
    async def is_active(self, user: UserId) -> bool:
        return True

    async def contacts(self) -> tuple[Contact, ...]:
        return ()


class World:
    """Two tenants of one provider, whose plan has a deck for outgoing calls."""

    def __init__(self, database: Database, clock: FakeClock, ids: SequentialIds, tenants: TwoTenants) -> None:
        self.database, self.clock, self.ids, self.tenants = database, clock, ids, tenants
        self.provider = ProviderId(ids.new())
        self.deck = self.plan = UUID(int=0)

    async def all(self) -> Sequence[TenantId]:
        return list(self.tenants)

    def unit(self, uow: Any, tenant: TenantId) -> TenantUnit:
        return TenantUnit(uow, TenantScope(tenant), Origin(None, "", "test"), self.clock, self.ids)

    async def found(self) -> None:
        async with self.database.write() as uow:
            await uow.session.execute(insert(Provider.table()).values(id=self.provider, name="Provider", revision=1))
            for tenant in self.tenants:
                row = {"id": tenant, "provider_id": self.provider, "name": "Tenant", "time_zone": "Europe/Berlin"}
                more: dict[str, Any] = {"currency": "EUR", "locale": "de", "not_ready_reasons": [], "revision": 1}
                await uow.session.execute(insert(Tenant.table()).values(**row, **more))
            for tenant in self.tenants:
                billing = BillingService(self.unit(uow, tenant), Nobody())
                self.plan = (await billing.begin("standard", Money(4900, "EUR"), 2)).plan.id
            prices = self.price_list(uow)
            self.deck = (await prices.add_deck(RateDeck(id=self.ids.new(), name="A-Z", currency="EUR"))).id
            await prices.replace_rates(self.deck, self.clock.now(), DECK)
            items = {NAMED: Decimal(4900), "recording_storage": Decimal("2.5")}
            await prices.set_prices(self.plan, items, since=self.clock.now(), decks=Decks(outbound=self.deck))

    def price_list(self, uow: Any) -> PriceListService:
        return PriceListService(self.unit(uow, self.tenants.ours), self.provider)

    def stamp(self, tenant: TenantId, seconds: float = 0) -> dict[str, Any]:
        return {"id": EventId(self.ids.new()), "tenant": tenant, "at": self.clock.now() + timedelta(seconds=seconds)}

    def call(self, called: PhoneNumber, seconds: float, tenant: TenantId | None = None) -> list[LogEvent]:
        tenant = tenant or self.tenants.ours
        call, trunk = CallId(self.ids.new()), TrunkId(UUID(int=5))
        return [
            CallOffered(
                **self.stamp(tenant),
                call=call,
                direction=Direction.OUTBOUND,
                trunk=trunk,
                called=called,
                caller=None,
            ),
            CallAnswered(**self.stamp(tenant, 1), call=call),
            CallEnded(**self.stamp(tenant, 1 + seconds), call=call, cause=CAUSE),
        ]

    def log_in(self, seconds: float = 0) -> AgentStateChanged:
        return AgentStateChanged(
            **self.stamp(self.tenants.ours, seconds),
            agent=UserId(UUID(int=9)),
            state=AgentState.NOT_READY,
            previous=AgentState.LOGGED_OUT,
            reason="",
            actor=Actor.AGENT,
        )

    def recording(self, size: int) -> RecordingStored:
        return RecordingStored(
            **self.stamp(self.tenants.ours),
            recording=RecordingId(self.ids.new()),
            call=CallId(UUID(int=1)),
            key="k",
            seconds=1.0,
            channels=2,
            bytes=size,
            sha256="",
            started_at=self.clock.now(),
        )

    async def append(self, *events: LogEvent) -> None:
        async with self.database.write() as uow:
            await uow.append(*events)

    async def entries(self, tenant: TenantId | None = None) -> Sequence[BillingEntry]:
        scope = TenantScope(tenant or self.tenants.ours)
        async with self.database.read(scope) as uow:
            return await BillingEntryRepository(uow.session, scope).page(EntryFilter(), None, None)
