"""Alerts in use: looks at the live figures of every tenant that has rules, and writes what it finds to their logs."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import structlog

from insight.alerts.machine import Alert, AlertRule, AlertState
from insight.alerts.measures import live_values
from insight.alerts.watch import Notice, Watch
from insight.kept.rules import AlertRuleRepository, watched_tenants
from insight.kept.settings import SettingsRepository
from insight.kpi.figures import Choices
from insight.kpi.state import LiveAlert
from insight.questions import Directory
from insight.service import InsightService
from kernel.contracts.base import TenantScope
from kernel.contracts.log import AlertCleared, AlertRaised, LogEvent
from kernel.ports.bus import Bus, Subscription
from kernel.ports.lease import Lease
from kernel.ports.unit_of_work import Database
from kernel.primitives.clock import Clock
from kernel.primitives.ids import EventId, Ids, TenantId

LOOK_SECONDS = 1.0  # people are told within a second; figures of waiting grow by the second
LEASE = "alerts"
LEASE_SECONDS = 15.0  # when the process that looks is gone, another one does after so long

log = structlog.get_logger(__name__)


class AlertPorts(NamedTuple):
    database: Database
    bus: Bus
    insight: InsightService
    directory: Directory
    lease: Lease
    clock: Clock
    ids: Ids


class AlertService:
    """# operator-wide: one process at a time; what it raised is in the logs, and the next one goes on from there."""

    def __init__(self, ports: AlertPorts) -> None:
        self._ports = ports
        self._holder = str(ports.ids.new())
        self._watches: dict[TenantId, tuple[Watch, Choices]] = {}
        self._stale: set[TenantId] = set()
        self._known = False
        self._task: asyncio.Task[None] | None = None
        self._subscription: Subscription | None = None

    async def start(self) -> None:
        self._subscription = await self._ports.bus.subscribe("directory.*", self.directory_changed)
        self._task = asyncio.create_task(self._go())

    async def close(self) -> None:
        if self._subscription is not None:
            await self._subscription.close()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._ports.lease.release(LEASE, self._holder)

    async def _go(self) -> None:
        while True:
            try:
                await self.look_if_mine()
            except Exception:
                log.exception("alerts_not_looked_at")
            await asyncio.sleep(LOOK_SECONDS)

    async def look_if_mine(self) -> bool:
        """Whether this process is the one that looks."""
        mine = await self._ports.lease.acquire(LEASE, self._holder, LEASE_SECONDS)
        if mine:
            await self.look()
        else:
            self._known = False  # another one looks: begin anew, should that end
        return mine

    async def directory_changed(self, subject: str, _payload: bytes) -> None:
        """Its rules may be others by now."""
        self._stale.add(TenantId(UUID(subject.rpartition(".")[2])))

    async def look(self) -> None:
        """At all tenants; what fails for one does not keep the others."""
        await self._renew()
        for tenant in list(self._watches):
            try:
                await self._look_at(tenant)
            except Exception:
                log.exception("alerts_failed", tenant=str(tenant))
                self._watches.pop(tenant, None)
                self._stale.add(tenant)  # what was raised is read from its log again

    async def _renew(self) -> None:
        """Rules as they are now, of those whose rules may have changed."""
        if not self._known:
            async with self._ports.database.read() as unit:
                self._stale |= {*await watched_tenants(unit.session), *self._watches}
            self._watches.clear()
            self._known = True
        stale, self._stale = self._stale, set()
        for tenant in sorted(stale):
            await self._load(tenant)

    async def _load(self, tenant: TenantId) -> None:
        """Rules that are as they were go on; what was raised for others is cleared."""
        scope, now = TenantScope(tenant), self._ports.clock.now()
        async with self._ports.database.read(scope) as unit:
            rules = [kept.rule for kept in await AlertRuleRepository(unit.session, scope).all()]
            choices = (await SettingsRepository(unit.session, scope).get()).choices
        before = self._watches.get(tenant)
        await self._ports.insight.settle(scope)  # what was raised a moment ago counts
        raised = (await self._ports.insight.open(tenant)).alerts
        watch = Watch(rules, _going_on(raised, rules)) if before is None else before[0].replace(rules, now)
        gone = [alert for key, alert in raised.items() if key not in watch.alerts or not watch.alerts[key].shown]
        await self._write(tenant, [self._cleared(tenant, alert, now) for alert in gone])
        if rules:
            self._watches[tenant] = watch, choices
        else:
            self._watches.pop(tenant, None)

    async def _look_at(self, tenant: TenantId) -> None:
        watch, choices = self._watches[tenant]
        state = await self._ports.insight.open(tenant)
        directory = await self._ports.directory.directory(tenant)
        now = self._ports.clock.now()
        notices = watch.judge(live_values(state, directory, choices, now), now)
        await self._write(tenant, [self._event(tenant, notice) for notice in notices])

    async def _write(self, tenant: TenantId, events: Sequence[LogEvent]) -> None:
        if events:
            async with self._ports.database.write(TenantScope(tenant)) as unit:
                await unit.append(*events)

    def _event(self, tenant: TenantId, notice: Notice) -> LogEvent:
        rule, event = notice.rule, EventId(self._ports.ids.new())
        if notice.what == "cleared":
            return AlertCleared(
                id=event,
                tenant=tenant,
                at=notice.at,
                rule=rule.id,
                name=rule.name,
                measure=rule.measure.value,
                queue=rule.queue,
                value=notice.value,
                worst=notice.alert.worst,
            )
        return AlertRaised(
            id=event,
            tenant=tenant,
            at=notice.at,
            rule=rule.id,
            name=rule.name,
            measure=rule.measure.value,
            queue=rule.queue,
            side=rule.side.value,
            limit=rule.limit,
            value=notice.value,
            begun=notice.alert.begun or notice.at,
        )

    def _cleared(self, tenant: TenantId, alert: LiveAlert, now: datetime) -> AlertCleared:
        return AlertCleared(
            id=EventId(self._ports.ids.new()),
            tenant=tenant,
            at=now,
            rule=alert.rule,
            name=alert.name,
            measure=alert.measure,
            queue=alert.queue,
            value=None,
            worst=alert.value,
        )


def _going_on(raised: Mapping[UUID, LiveAlert], rules: Sequence[AlertRule]) -> dict[UUID, Alert]:
    """What an earlier process raised for rules that are as they were then."""
    same = {rule.id for rule in rules if rule.id in raised and _is_of(raised[rule.id], rule)}
    return {
        key: Alert(
            state=AlertState.RAISED,
            since=alert.raised,
            begun=alert.begun,
            raised=alert.raised,
            value=alert.value,
            worst=alert.value,
        )
        for key, alert in raised.items()
        if key in same
    }


def _is_of(alert: LiveAlert, rule: AlertRule) -> bool:
    told = (alert.measure, alert.queue, alert.side, alert.limit)
    return told == (rule.measure.value, rule.queue, rule.side.value, rule.limit)
