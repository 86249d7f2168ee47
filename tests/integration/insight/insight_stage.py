"""Insight over a real database and bus, told stories as the product tells them."""

from insight.kpi.state import Changes
from insight.service import InsightService
from kernel.adapters import InProcessBus, Relay
from kernel.contracts.directory import AgentProfile, QueueRules, TenantDirectory
from kernel.primitives.ids import TenantId
from tests.databases import StoringDatabase
from tests.fakes import FakeClock
from tests.unit.insight.story import ALICE, BOB, SALES, SERVICE, Story


class FixedDirectory:
    """insight.questions.Directory with two queues and two agents, the same for every tenant."""

    def __init__(self) -> None:
        self.time_zone = "UTC"

    async def directory(self, tenant: TenantId) -> TenantDirectory:
        return TenantDirectory(
            tenant=tenant,
            name="Example",
            time_zone=self.time_zone,
            currency="EUR",
            queues=(
                QueueRules(queue=SALES, name="Sales", short_abandon_seconds=5, service_level_seconds=10),
                QueueRules(queue=SERVICE, name="Service"),
            ),
            agents=(
                AgentProfile(agent=ALICE, name="Alice", queues=(SALES, SERVICE), has_seat=True),
                AgentProfile(agent=BOB, name="Bob", queues=(SALES,), has_seat=True),
            ),
            numbers=(),
            outbound_trunk=None,
            outbound_caller=None,
        )


class Stage:
    """Tells stories to a service through the database's outbox, as the product does."""

    def __init__(self, database: StoringDatabase, bus: InProcessBus, relay: Relay, clock: FakeClock) -> None:
        self.database, self.bus, self.relay, self.clock = database, bus, relay, clock
        self.directory = FixedDirectory()
        self.told: dict[TenantId, int] = {}
        self.heard: list[tuple[TenantId, Changes]] = []
        self.services: list[InsightService] = []

    async def open(self) -> InsightService:
        service = InsightService(database=self.database, bus=self.bus, directory=self.directory, clock=self.clock)
        service.on_change(lambda tenant, changes: self.heard.append((tenant, changes)))
        await service.start()
        self.services.append(service)
        return service

    async def tell(self, story: Story) -> None:
        told = self.told.get(story.tenant, 0)
        async with self.database.write() as unit:
            await unit.append(*(logged.event for logged in story.log[told:]))
        self.told[story.tenant] = len(story.log)
        self.clock.advance((story.now - self.clock.now()).total_seconds())
