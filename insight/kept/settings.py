"""What a tenant chose about its indicators: how formulas are read, and its targets."""

from uuid import UUID

import msgspec
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from insight.given.contracts import REPEAT_DAYS, RESOLVED, ResolutionRule
from insight.judgement.targets import TargetBook, TargetEntry
from insight.kpi.figures import Choices, ServiceLevelVariant
from insight.kpi.indicators import BY_KEY, Level
from insight.kpi.targets import Target
from insight.tables import IndicatorSettingsRow
from kernel.contracts.base import TenantScope
from kernel.contracts.codec import from_json, to_json

_rows = IndicatorSettingsRow.table()


class KeptTarget(msgspec.Struct, frozen=True, kw_only=True):
    """Of one queue, team or agent (`scope`), of a level, or (`level` None) of all. Without limits: no target."""

    key: str
    low: float | None = None
    high: float | None = None
    level: Level | None = None
    scope: UUID | None = None


class IndicatorSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`revision` 0: nobody chose anything yet, and the usual holds."""

    revision: int = 0
    service_level_variant: ServiceLevelVariant = ServiceLevelVariant.OFFERED
    wrap_up_is_occupied: bool = False
    repeat_days: int = REPEAT_DAYS
    resolving_codes: tuple[str, ...] = RESOLVED
    targets: tuple[KeptTarget, ...] = ()

    @property
    def choices(self) -> Choices:
        return Choices(service_level=self.service_level_variant, wrap_up_is_occupied=self.wrap_up_is_occupied)

    @property
    def rule(self) -> ResolutionRule:
        return ResolutionRule(codes=self.resolving_codes, days=self.repeat_days)

    def book(self, currency: str) -> TargetBook:
        """`currency` is the tenant's, in which targets of costs are set."""
        return TargetBook([_entry(target, currency) for target in self.targets], currency)


def _entry(kept: KeptTarget, currency: str) -> TargetEntry:
    usual = BY_KEY[kept.key].range
    target = Target(
        low=kept.low,
        high=kept.high,
        per_year=usual is not None and usual.per_year,
        currency=currency if BY_KEY[kept.key].unit == "minor" else "",
    )
    return TargetEntry(key=kept.key, target=target, level=kept.level, scope=kept.scope)


class SettingsRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def get(self, lock: bool = False) -> IndicatorSettings:
        query = select(_rows.c.revision, _rows.c.body).where(_rows.c.tenant_id == self._tenant)
        row = (await self._session.execute(query.with_for_update() if lock else query)).one_or_none()
        if row is None:
            return IndicatorSettings()
        return msgspec.structs.replace(from_json(row.body, IndicatorSettings), revision=row.revision)

    async def put(self, settings: IndicatorSettings) -> IndicatorSettings:
        """With the next revision."""
        new = msgspec.structs.replace(settings, revision=settings.revision + 1)
        values = {"revision": new.revision, "body": to_json(new)}
        if settings.revision:
            await self._session.execute(update(_rows).where(_rows.c.tenant_id == self._tenant).values(**values))
        else:
            await self._session.execute(insert(_rows).values(tenant_id=self._tenant, **values))
        return new
