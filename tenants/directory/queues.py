"""Use cases: queues, who works in them, and the numbers that lead to them."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from msgspec.structs import replace

from kernel.primitives.errors import InvalidInput
from kernel.primitives.ids import NumberId, QueueId, UserId
from tenants.billing import NumberHolding, NumberHoldingRepository
from tenants.directory.changes import changed, get_or_not_found, require_revision
from tenants.directory.checks import MEMBERS, PRIORITY, Checks
from tenants.directory.errors import NameTaken, StillInUse
from tenants.directory.grants import GrantBook, shared_staff
from tenants.directory.model import Number, Queue
from tenants.directory.queue_settings import check_settings
from tenants.directory.repository import NumberRepository, QueueRepository, TenantRepository, UserRepository
from tenants.unit import TenantUnit

RING_SECONDS = (5.0, 120.0)  # below, nobody can react; above, the caller would rather have another agent
WRAP_UP_SECONDS = (0.0, 3600.0)
THRESHOLD_SECONDS = (0.0, 600.0)


def check_queue(queue: Queue, known: frozenset[QueueId] = frozenset()) -> None:
    """InvalidInput naming every wrong field; `known` are the tenant's queues."""
    checks = Checks()
    checks.name("name", queue.name)
    checks.between("priority", queue.priority, -PRIORITY, PRIORITY)
    checks.between("ring_seconds", queue.ring_seconds, *RING_SECONDS)
    checks.between("wrap_up_seconds", queue.wrap_up_seconds, *WRAP_UP_SECONDS)
    checks.between("service_level_seconds", queue.service_level_seconds, *THRESHOLD_SECONDS)
    checks.between("short_abandon_seconds", queue.short_abandon_seconds, *THRESHOLD_SECONDS)
    checks.prompts("greeting", queue.greeting)
    checks.prompts("music", (queue.music,))
    checks.labels("dispositions", queue.dispositions)
    checks.require(len(queue.agents) <= MEMBERS, "agents", "too_many", f"at most {MEMBERS}")
    checks.distinct("agents", queue.agents)
    check_settings(checks, queue, known)
    checks.done()


PHONE_NAME_LENGTH = 64  # what the directory keeps of a telephone's user name


class QueueService:
    """Agents may be guests, people of the provider: a unit that is not bound to the tenant's rows finds them."""

    def __init__(self, unit: TenantUnit) -> None:
        self._unit = unit
        self._queues = QueueRepository(unit.session, unit.scope)
        self._users = UserRepository(unit.session, unit.scope)
        self._numbers = NumberRepository(unit.session, unit.scope)

    async def page(self, after: UUID | None, limit: int) -> Sequence[Queue]:
        return await self._queues.with_agents(await self._queues.rows.page(after, limit))

    async def get(self, key: QueueId) -> Queue:
        queue = await get_or_not_found(self._queues.rows, key, "queue")
        return (await self._queues.with_agents([queue]))[0]

    async def create(self, queue: Queue) -> Queue:
        """InvalidInput, NameTaken."""
        await self._check(queue, frozenset(queue.agents))
        await self._queues.add(queue)
        await self._unit.changed("queue.created", queue.id, name=queue.name)
        return queue

    async def change(self, key: QueueId, changes: Mapping[str, Any], expected: int | None) -> Queue:
        """NotFound, RevisionMismatch, InvalidInput, NameTaken."""
        old = await self.get(key)
        require_revision(old, expected)
        new = changed(old, changes)
        await self._check(new, frozenset(new.agents) - frozenset(old.agents))
        await self._queues.change(new, old.revision)
        await self._unit.changed("queue.changed", key, fields=sorted(changes))
        return new

    async def remove(self, key: QueueId, expected: int | None) -> None:
        """NotFound, StillInUse while a number leads to it."""
        queue = await self.get(key)
        require_revision(queue, expected)
        numbers = await self._numbers.leading_to(key)
        if numbers:
            used_by = [{"kind": "number", "id": str(number.id)} for number in numbers]
            raise StillInUse("Lead its numbers to another queue first.", used_by=used_by)
        await self._queues.remove(queue, self._unit.now)
        await self._unit.changed("queue.removed", key)

    async def _check(self, queue: Queue, added: frozenset[UserId]) -> None:
        """Only who is added must be known: a guest whose time is over stays listed until somebody takes them out."""
        check_queue(queue, frozenset(one.id for one in await self._queues.rows.find()))
        unknown = added - await self._users.known(added)
        if unknown:
            unknown -= await self._guests()
        if unknown:
            problem = {"field": "agents", "code": "no_such_user", "detail": ", ".join(sorted(map(str, unknown)))}
            raise InvalidInput("Some of the agents are no users of this tenant.", errors=[problem])
        if await self._queues.is_taken(queue.name, queue.id):
            raise NameTaken("Give the queue another name.")

    async def _guests(self) -> set[UserId]:
        """The provider's people who may take calls here."""
        tenant = self._unit.scope.tenant
        provider = await GrantBook(self._unit.session).provider_of(tenant)
        if provider is None:
            return set()
        agents = await shared_staff(self._unit.session, provider, self._unit.now, client=tenant)
        return {agent.agent for agent in agents}


class Forward(NamedTuple):
    """Where a number leads past its queue, as it was asked for; at most one of both."""

    number: str | None = None
    phone: str | None = None


NO_FORWARD = Forward()
FORWARDS = frozenset({"forward_number", "forward_phone"})


def _without_forward(changes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in changes.items() if name not in FORWARDS}


def _forward_after(old: Number, changes: Mapping[str, Any]) -> Forward:
    number = None if old.forward_number is None else old.forward_number.e164
    return Forward(changes.get("forward_number", number), changes.get("forward_phone", old.forward_phone))


def _forwarded(number: Number, forward: Forward) -> Number:
    """InvalidInput: both at once, no number, or the number itself."""
    checks = Checks()
    called = None if forward.number is None else checks.phone("forward_number", forward.number)
    checks.require(called != number.called, "forward_number", "leads_to_itself", "another number than this one")
    checks.require(None in forward, "forward_phone", "one_too_many", "a number or a telephone, not both")
    if forward.phone is not None:
        checks.name("forward_phone", forward.phone, PHONE_NAME_LENGTH)
    checks.done()
    return replace(number, forward_number=called, forward_phone=forward.phone)


class NumberService:
    def __init__(self, unit: TenantUnit) -> None:
        self._unit = unit
        self._numbers = NumberRepository(unit.session, unit.scope)
        self._holdings = NumberHoldingRepository(unit.session, unit.scope)
        self._queues = QueueRepository(unit.session, unit.scope)
        self._tenants = TenantRepository(unit.session, unit.scope)

    async def page(self, after: UUID | None, limit: int) -> Sequence[Number]:
        return await self._numbers.rows.page(after, limit)

    async def get(self, key: NumberId) -> Number:
        return await get_or_not_found(self._numbers.rows, key, "number")

    async def through(self, flow: UUID) -> list[dict[str, str]]:
        """The numbers that lead to the call flow, as problems tell them."""
        return [{"kind": "number", "id": str(number.id)} for number in await self._numbers.through(flow)]

    async def create(
        self, key: NumberId, e164: str, queue: QueueId, forward: Forward = NO_FORWARD, flow: UUID | None = None
    ) -> Number:
        """InvalidInput, NumberTaken."""
        checks = Checks()
        called = checks.phone("e164", e164)
        checks.done()
        assert called is not None
        await self._require_queue(queue)
        number = _forwarded(Number(id=key, called=called, queue=queue, flow=flow), forward)
        await self._numbers.add(number)
        await self._holdings.begin(NumberHolding(id=self._unit.new_id(), number=key, since=self._unit.now))
        await self._unit.changed("number.created", key)
        return number

    async def change(self, key: NumberId, changes: Mapping[str, Any], expected: int | None) -> Number:
        """NotFound, RevisionMismatch, InvalidInput."""
        old = await self.get(key)
        require_revision(old, expected)
        new = _forwarded(changed(old, _without_forward(changes)), _forward_after(old, changes))
        await self._require_queue(new.queue)
        await self._numbers.change(new, old.revision)
        await self._unit.changed("number.changed", key, fields=sorted(changes))
        return new

    async def remove(self, key: NumberId, expected: int | None) -> None:
        """NotFound, StillInUse while agents' own calls show it."""
        number = await self.get(key)
        require_revision(number, expected)
        tenant = await self._tenants.get()
        if tenant.outbound_number == key:
            used_by = [{"kind": "tenant", "id": str(tenant.id)}]
            raise StillInUse("Outgoing calls show this number: choose another one first.", used_by=used_by)
        await self._numbers.rows.remove(key)
        await self._holdings.end(key, self._unit.now)
        await self._unit.changed("number.removed", key)

    async def _require_queue(self, queue: QueueId) -> None:
        if await self._queues.rows.get(queue) is None:
            problem = {"field": "queue_id", "code": "no_such_queue", "detail": str(queue)}
            raise InvalidInput("There is no such queue.", errors=[problem])
