"""What other modules are told of one tenant."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.base import TenantScope
from kernel.contracts.codec import unpack
from kernel.contracts.directory import AgentProfile, DirectoryChanged, NumberRoute, QueueRules, TenantDirectory
from kernel.contracts.telephony import PartyAddress, PhoneParty, TrunkParty
from kernel.ports.bus import Bus, Subscription
from kernel.ports.unit_of_work import Database
from kernel.primitives.clock import Clock
from kernel.primitives.ids import EventId, QueueId, TenantId, UserId
from kernel.primitives.phone import PhoneNumber
from tenants.billing import Seats, load_seats
from tenants.billing.invoices.standings import StandingRepository
from tenants.billing.standing import Standing
from tenants.directory.callers import Mark, MarkedCaller, MarkedCallerRepository
from tenants.directory.grants import GrantBook, SharedAgent, shared_staff
from tenants.directory.model import Number, Queue, User
from tenants.directory.repository import (
    NumberRepository,
    QueueRepository,
    TenantRepository,
    UserRepository,
)
from tenants.directory.roles import Role
from tenants.directory.skills import AgentSkills, SkillRepository
from tenants.directory.telephones import AgentTelephone, AgentTelephoneRepository, TelephoneMode
from tenants.limits.repository import LimitsRepository


async def load_tenant_directory(database: Database, scope: TenantScope, now: datetime) -> TenantDirectory:
    """All that routing needs of the tenant, as of one moment; guests are those whose grants are live `now`."""
    async with database.read() as unit:
        guests, clients = await _shared(unit.session, scope.tenant, now)
    async with database.read(scope) as unit:
        tenant = await TenantRepository(unit.session, scope).get()
        queues = QueueRepository(unit.session, scope)
        with_agents = await queues.with_agents(await queues.rows.find())
        people = UserRepository(unit.session, scope)
        users = await people.rows.find()
        seats = await load_seats(unit.session, scope, await people.contacts())
        numbers = await NumberRepository(unit.session, scope).rows.find()
        limits = await LimitsRepository(unit.session, scope).get()
        skills = await SkillRepository(unit.session, scope).all()
        telephones = await AgentTelephoneRepository(unit.session, scope).all()
        marked = await MarkedCallerRepository(unit.session, scope).rows.find()
        standing, _ = await StandingRepository(unit.session, scope).get()
    members: dict[UserId, list[QueueId]] = {}
    for queue in with_agents:
        for agent in queue.agents:
            members.setdefault(agent, []).append(queue.id)
    outbound = next((number.called for number in numbers if number.id == tenant.outbound_number), None)
    return TenantDirectory(
        tenant=tenant.id,
        name=tenant.name,
        time_zone=tenant.time_zone,
        currency=tenant.currency,
        language=tenant.locale,
        queues=tuple(queue_rules(queue) for queue in with_agents),
        agents=(
            *(
                _own(user, members, seats, (_skills_of(skills, user.id), telephones.get(user.id)))
                for user in users
                if user.active and (_works_calls(user, seats) or user.id in seats.holders or user.id in members)
            ),
            *(_guest(guest, _skills_of(skills, guest.agent)) for guest in guests),
        ),
        numbers=tuple(_route(number) for number in numbers),
        outbound_trunk=tenant.outbound_trunk,
        outbound_caller=outbound,
        not_ready_reasons=tenant.not_ready_reasons,
        clients=clients,
        seats=seats.policy,
        limits=limits.told,
        vips=_numbers_marked(marked, Mark.VIP),
        blocked=_numbers_marked(marked, Mark.BLOCKED),
        suspended=standing is Standing.SUSPENDED or tenant.closed_at is not None,
    )


def _numbers_marked(callers: Sequence[MarkedCaller], mark: Mark) -> frozenset[PhoneNumber]:
    return frozenset(caller.number for caller in callers if caller.mark is mark)


def _route(number: Number) -> NumberRoute:
    forward: PartyAddress | None = None
    if number.forward_number is not None:
        forward = TrunkParty(called=number.forward_number)
    elif number.forward_phone is not None:
        forward = PhoneParty(user=number.forward_phone)
    return NumberRoute(number=number.id, called=number.called, queue=number.queue, forward=forward, flow=number.flow)


def _works_calls(user: User, seats: Seats) -> bool:
    """Agents always; supervisors without a seat of their own where everybody logs in without one."""
    return Role.AGENT in user.roles or (seats.shared and Role.SUPERVISOR in user.roles)


async def _shared(
    session: AsyncSession, tenant: TenantId, now: datetime
) -> tuple[Sequence[SharedAgent], tuple[TenantId, ...]]:
    """Who works here as a guest, and in which clients the tenant's own people are guests."""
    book = GrantBook(session)
    own = await book.provider_at(tenant)
    if own is not None:
        agents = await shared_staff(session, own, now)
        return (), tuple(dict.fromkeys(agent.client for agent in agents))
    provider = await book.provider_of(tenant)
    return (() if provider is None else await shared_staff(session, provider, now, client=tenant)), ()


def _own(
    user: User,
    members: Mapping[UserId, list[QueueId]],
    seats: Seats,
    work: tuple[AgentSkills, AgentTelephone | None],
) -> AgentProfile:
    skills, telephone = work
    return AgentProfile(
        agent=user.id,
        name=user.name,
        queues=tuple(members.get(user.id, ())),
        has_seat=seats.of(user.id),
        skills=skills.skills,
        weight=skills.weight,
        telephone=None if telephone is None else telephone.address,
        telephone_only=telephone is not None and telephone.only,
        telephone_kept=telephone is not None and telephone.mode is TelephoneMode.KEPT,
    )


def _skills_of(skills: Mapping[UserId, AgentSkills], agent: UserId) -> AgentSkills:
    return skills.get(agent) or AgentSkills(agent=agent)


def _guest(guest: SharedAgent, skills: AgentSkills) -> AgentProfile:
    return AgentProfile(
        agent=guest.agent,
        name=guest.name,
        queues=guest.queues,
        has_seat=False,
        home=guest.home,
        until=guest.until,
        skills=skills.skills,
        weight=skills.weight,
    )


def queue_rules(queue: Queue) -> QueueRules:
    return QueueRules(
        queue=queue.id,
        name=queue.name,
        priority=queue.priority,
        ring_seconds=queue.ring_seconds,
        wrap_up_seconds=queue.wrap_up_seconds,
        service_level_seconds=queue.service_level_seconds,
        short_abandon_seconds=queue.short_abandon_seconds,
        greeting=queue.greeting,
        music=queue.music,
        record=queue.record,
        dispositions=queue.dispositions,
        distribution=queue.distribution,
        waiting=queue.waiting,
    )


class TenantDirectories:
    """Every tenant's directory as read last; `follow` forgets those that changed."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._read: dict[TenantId, TenantDirectory] = {}
        self._heard: dict[TenantId, EventId] = {}  # the last change
        self._changes = 0

    async def directory(self, tenant: TenantId, told: EventId | None = None) -> TenantDirectory:
        """Never older than the change `told`, of which the reader may have heard before we did."""
        if told is not None:
            self._forget(tenant, told)
        known = self._read.get(tenant)
        if known is not None:
            return known
        before = self._changes
        found = await load_tenant_directory(self._database, TenantScope(tenant), self._clock.now())
        if before == self._changes:  # otherwise it may be old already
            self._read[tenant] = found
        return found

    async def follow(self, bus: Bus) -> Subscription:
        async def forget(_subject: str, payload: bytes) -> None:
            changed: DirectoryChanged = unpack(payload, DirectoryChanged)
            self._forget(changed.tenant, changed.id)

        return await bus.subscribe("directory.*", forget)

    def _forget(self, tenant: TenantId, change: EventId) -> None:
        if self._heard.get(tenant) == change:
            return
        self._heard[tenant] = change
        self._changes += 1
        self._read.pop(tenant, None)
