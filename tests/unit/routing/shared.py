"""A provider's home tenant and two clients on one floor: Ann and Ben are shared, Ron is one client's own agent."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from kernel.contracts.calls import AgentState
from kernel.contracts.directory import AgentProfile, NumberRoute, QueueRules, TenantDirectory
from kernel.contracts.log import GuestStateChanged, LogEvent
from kernel.primitives.ids import NumberId, QueueId, TenantId, TrunkId, UserId
from kernel.primitives.phone import PhoneNumber
from routing.acd.decide import Decision
from tests.unit.routing.floor import ANN, BEN, RING, WRAP_UP, Floor

HOME, RED, BLUE = (TenantId(UUID(int=0x100 + place)) for place in range(1, 4))
REDS, BLUES = QueueId(UUID(int=0x5011)), QueueId(UUID(int=0x5012))
RED_NUMBER, BLUE_NUMBER = PhoneNumber("+442071838711"), PhoneNumber("+442071838712")
RED_TRUNK = TrunkId(UUID(int=0x7011))
RON = UserId(UUID(int=0xA011))


def client(tenant: TenantId, name: str, queue: QueueId, number: PhoneNumber) -> TenantDirectory:
    rules = QueueRules(queue=queue, name=name, ring_seconds=RING, wrap_up_seconds=WRAP_UP, dispositions=(name, "other"))
    return TenantDirectory(
        tenant=tenant,
        name=name,
        time_zone="Europe/Paris",
        currency="EUR",
        queues=(rules,),
        agents=(),
        numbers=(NumberRoute(number=NumberId(UUID(int=queue.int)), called=number, queue=queue),),
        outbound_trunk=None,
        outbound_caller=None,
        not_ready_reasons=("of the client",),
    )


class SharedFloor(Floor):
    def __init__(self) -> None:
        super().__init__(HOME.int)
        self.directories[RED] = client(RED, "Red", REDS, RED_NUMBER)
        self.directories[BLUE] = client(BLUE, "Blue", BLUES, BLUE_NUMBER)
        self.own(RED, RON)
        self.lend(RED, ANN, BEN)
        self.lend(BLUE, ANN)

    def own(self, tenant: TenantId, *agents: UserId) -> None:
        queues = tuple(rules.queue for rules in self.directories[tenant].queues)
        own = tuple(AgentProfile(agent=agent, name="Own", queues=queues, has_seat=True) for agent in agents)
        self._profiles(tenant, own)

    def lend(self, tenant: TenantId, *agents: UserId, until: datetime | None = None) -> Decision:
        """These are the tenant's guests from now on, and no others."""
        queues = tuple(rules.queue for rules in self.directories[tenant].queues)
        own = tuple(profile for profile in self.directories[tenant].agents if profile.home is None)
        guests = (
            AgentProfile(agent=agent, name="Guest", queues=queues, has_seat=False, home=HOME, until=until)
            for agent in agents
        )
        self._profiles(tenant, (*own, *guests))
        return self.adopt_all()

    def _profiles(self, tenant: TenantId, profiles: Sequence[AgentProfile]) -> None:
        self.directories[tenant] = replace(self.directories[tenant], agents=tuple(profiles))

    def change(self, tenant: TenantId, **changes: object) -> Decision:
        self.directories[tenant] = replace(self.directories[tenant], **changes)
        return self.adopt_all()

    # --- looking ---

    def log_of(self, tenant: TenantId) -> list[LogEvent]:
        return [event for event in self.log if event.tenant == tenant]

    def guest_states(self, tenant: TenantId, agent: UserId) -> list[AgentState | None]:
        events = [event for event in self.log_of(tenant) if isinstance(event, GuestStateChanged)]
        return [event.state for event in events if event.agent == agent]
