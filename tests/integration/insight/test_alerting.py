"""Alerts over a real database: raised and cleared as events of the log, once, whoever looks."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from insight_stage import Stage
from msgspec.structs import replace

from insight import AlertPorts, AlertService
from insight.alerting import LEASE
from insight.alerts.machine import AlertRule
from insight.alerts.measures import Measure
from insight.kept.rules import AlertRuleRepository, KeptRule
from insight.kpi.targets import TargetSide
from kernel.adapters import LocalLease
from kernel.contracts.base import TenantScope
from kernel.contracts.codec import pack
from kernel.contracts.directory import DirectoryChanged
from kernel.contracts.log import AlertCleared, AlertRaised
from kernel.primitives.ids import EventId, TenantId
from tests.fakes import SequentialIds
from tests.unit.insight.story import ABANDONED, OTHER_TENANT, SALES, TENANT, Story

LONG_WAIT = AlertRule(
    id=UUID(int=1), name="Long wait", measure=Measure.LONGEST_WAIT, side=TargetSide.ABOVE, limit=60.0, clear_at=30.0
)
Told = tuple[str, UUID, float | None]


class Guard:
    """Alert services that look when a test says so; their rules as the API keeps them."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.lease = LocalLease(stage.clock)
        self.ids = SequentialIds(10**9)

    async def service(self) -> AlertService:
        stage = self.stage
        insight = await stage.open()
        ports = AlertPorts(stage.database, stage.bus, insight, stage.directory, self.lease, stage.clock, self.ids)
        return AlertService(ports)

    async def rules(self, *rules: AlertRule, tenant: TenantId = TENANT) -> None:
        """These and no others from now on."""
        scope = TenantScope(tenant)
        async with self.stage.database.write(scope) as unit:
            rows = AlertRuleRepository(unit.session, scope)
            known = {kept.rule.id: kept for kept in await rows.all()}
            for key in known.keys() - {rule.id for rule in rules}:
                await rows.remove(key)
            for rule in rules:
                kept = known.get(rule.id)
                await (rows.add(rule) if kept is None else rows.change(KeptRule(rule=rule, revision=kept.revision)))

    async def tell_of_change(self, service: AlertService, tenant: TenantId = TENANT) -> None:
        event = DirectoryChanged(id=EventId(self.ids.new()), tenant=tenant, at=self.stage.clock.now())
        await service.directory_changed(f"directory.{tenant}", pack(event))

    async def told(self, tenant: TenantId = TENANT) -> Sequence[Told]:
        log = [logged.event for logged in await self.stage.database.read_log(tenant)]
        found = [event for event in log if isinstance(event, AlertRaised | AlertCleared)]
        return [("raised" if isinstance(event, AlertRaised) else "cleared", event.rule, event.value) for event in found]


@pytest.fixture
def guard(stage: Stage) -> Guard:
    return Guard(stage)


async def waits(stage: Stage, seconds: float, **more: Any) -> Story:
    """A caller waits for Sales, since so many seconds."""
    story = Story(**more)
    story.at(0).offered(1)
    story.queued(1, SALES)
    await stage.tell(story)
    stage.clock.advance(seconds)
    return story


async def test_a_long_wait_is_raised_once_and_cleared_when_it_is_over(stage: Stage, guard: Guard) -> None:
    await guard.rules(LONG_WAIT)
    service = await guard.service()
    story = await waits(stage, 60)
    await service.look()
    assert await guard.told() == []
    stage.clock.advance(1)
    for _ in range(3):
        await service.look()
    assert await guard.told() == [("raised", LONG_WAIT.id, 61.0)]
    story.at(70).ended(1, ABANDONED)
    await stage.tell(story)
    await stage.services[0].settle(TenantScope(TENANT))
    for _ in range(3):
        await service.look()
    assert await guard.told() == [("raised", LONG_WAIT.id, 61.0), ("cleared", LONG_WAIT.id, 0.0)]


async def test_the_next_process_does_not_raise_what_is_raised(stage: Stage, guard: Guard) -> None:
    await guard.rules(LONG_WAIT)
    await waits(stage, 61)
    await (await guard.service()).look()
    successor = await guard.service()
    await successor.look()
    assert [what for what, _, _ in await guard.told()] == ["raised"]
    assert await stage.services[1].recount(TENANT) == []


async def test_what_was_raised_for_a_rule_that_is_gone_or_otherwise_is_cleared(stage: Stage, guard: Guard) -> None:
    await guard.rules(LONG_WAIT)
    await waits(stage, 61)
    service = await guard.service()
    await service.look()
    await guard.rules(replace(LONG_WAIT, limit=600.0))
    await guard.tell_of_change(service)
    await service.look()
    assert [what for what, _, _ in await guard.told()] == ["raised", "cleared"]
    await guard.rules(LONG_WAIT)
    await guard.tell_of_change(service)
    await service.look()
    await guard.rules()
    successor = await guard.service()
    await successor.look()
    await guard.tell_of_change(service)
    await service.look()
    assert [what for what, _, _ in await guard.told()] == ["raised", "cleared", "raised", "cleared"]


async def test_only_tenants_with_rules_are_told_and_only_of_their_own(stage: Stage, guard: Guard) -> None:
    await guard.rules(LONG_WAIT, tenant=OTHER_TENANT)
    service = await guard.service()
    await waits(stage, 100)
    await service.look()
    assert (await guard.told(), await guard.told(OTHER_TENANT)) == ([], [])


async def test_one_process_looks_at_a_time(guard: Guard) -> None:
    await guard.lease.acquire(LEASE, "another", 60)
    service = await guard.service()
    assert not await service.look_if_mine()
