"""A year's worth of calls of many tenants, written straight into the tables of a PostgreSQL database."""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, cast
from uuid import UUID

import asyncpg  # pyright: ignore[reportMissingTypeStubs]
import msgspec

from insight.kpi.counters import MAPS, SUMS, Counters, IntervalKey
from insight.kpi.intervals import from_ms, to_ms
from insight.kpi.records import CallRecord, Quality, Segment, SegmentKind
from insight.repository import CallRecordRepository
from insight.sums import DAILY, HOURLY, summed
from kernel.adapters import PostgresDatabase, SystemClock, SystemIds
from kernel.contracts.base import TenantScope
from kernel.contracts.calls import Direction, EndCause, EndReason, EndResult
from kernel.contracts.codec import pack
from kernel.primitives.ids import CallId, QueueId, RecordingId, TrunkId, UserId
from kernel.primitives.phone import PhoneNumber
from kernel.primitives.secret import Secret
from tenants.audit import Origin
from tenants.directory import EVERY_PERMISSION, PasswordHasher, Queue, QueueService, Role, User, UserService
from tenants.directory.operator import NewTenant, OperatorTenants
from tenants.unit import TenantUnit

MONTH = datetime(2026, 3, 1, tzinfo=UTC)
WORKDAYS = [day for day in range(31) if (MONTH + timedelta(days=day)).weekday() < 5]
OPEN_FROM, OPEN_FOR = timedelta(hours=7), timedelta(hours=10)
AGENTS, QUEUES = 40, 4
PASSWORD = "correct horse battery staple"
BATCH = 10_000  # rows of one COPY that are held at once: some 15 MB

_ORIGIN = Origin(None, "", "benchmark")
_LEG = Quality(packets_received=9000, packets_sent=9000, lost=3, jitter_ms=1.2, round_trip_ms=24.0, mos=4.3)
_CAUSE = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_CALLER, 200, 16)
_TRUNK = TrunkId(UUID(int=1))


class Crowd(NamedTuple):
    """One tenant's people and queues."""

    scope: TenantScope
    owner: str
    agents: Sequence[UserId]
    queues: Sequence[QueueId]


async def found(database: PostgresDatabase, tenants: int) -> list[Crowd]:
    """Tenants with an owner, agents and queues."""
    passwords, ids, clock = PasswordHasher(), SystemIds(), SystemClock()
    operator = OperatorTenants(database, clock, ids, passwords)
    hashed = await passwords.hash(Secret(PASSWORD))
    crowds: list[Crowd] = []
    for number in range(tenants):
        provider = await operator.add_provider(f"Provider {number}")
        owner = f"owner{number}@example.org"
        new = NewTenant(
            name=f"Tenant {number}",
            owner_email=owner,
            owner_name="Olive",
            owner_password=Secret(PASSWORD),
            seats=AGENTS,
        )
        scope = TenantScope((await operator.found(provider, new, _ORIGIN)).tenant)
        async with database.write(scope) as uow:
            unit = TenantUnit(uow, scope, _ORIGIN, clock, ids)
            people, rules = UserService(unit, EVERY_PERMISSION), QueueService(unit)
            agents = [UserId(ids.new()) for _ in range(AGENTS)]
            for place, agent in enumerate(agents):
                email = f"agent{number}.{place}@example.org"
                await people.create(User(id=agent, email=email, name=f"Agent {place}", roles=(Role.AGENT,)), hashed)
            queues = [QueueId(ids.new()) for _ in range(QUEUES)]
            for place, queue in enumerate(queues):
                await rules.create(Queue(id=queue, name=f"Queue {place}", agents=tuple(agents)))
        crowds.append(Crowd(scope, owner, agents, queues))
    return crowds


async def fill(url: str, crowds: Sequence[Crowd], calls: int) -> None:
    """As the database's administrator: so much is no business of the walls between tenants."""
    connection = cast(Any, await asyncpg.connect(url))  # pyright: ignore[reportUnknownMemberType]
    try:
        chance = random.Random(7)
        for crowd in crowds:
            await _copy(connection, "call_records", _call_rows(crowd, calls // len(crowds), chance))
            cells = dict(_cells(crowd, chance))
            await _copy(connection, "kpi_intervals", _cell_rows(crowd, cells))
            await _copy(connection, "kpi_sums", _sum_rows(crowd, cells))
        for table in ("call_records", "kpi_intervals", "kpi_sums"):
            await connection.execute(f"VACUUM ANALYZE {table}")
    finally:
        await connection.close()


async def _copy(connection: Any, table: str, rows: Iterator[dict[str, Any]]) -> None:
    first = next(rows)
    batch = [tuple(first.values())]
    for row in rows:
        batch.append(tuple(row.values()))
        if len(batch) == BATCH:
            await connection.copy_records_to_table(table, records=batch, columns=list(first))
            batch.clear()
    await connection.copy_records_to_table(table, records=batch, columns=list(first))


def _call_rows(crowd: Crowd, count: int, chance: random.Random) -> Iterator[dict[str, Any]]:
    for _ in range(count):
        start = MONTH + timedelta(days=chance.choice(WORKDAYS)) + OPEN_FROM + OPEN_FOR * chance.random()
        yield {"tenant_id": crowd.scope.tenant, **CallRecordRepository.values(_record(crowd, start, chance))}


def _record(crowd: Crowd, start: datetime, chance: random.Random) -> CallRecord:
    def after(seconds: float) -> datetime:
        return start + timedelta(seconds=seconds)

    agent, queue = chance.choice(crowd.agents), chance.choice(crowd.queues)
    wait, talk = chance.random() * 40, chance.random() * 300
    return CallRecord(
        call=CallId(_id(start, chance)),
        direction=Direction.INBOUND,
        trunk=_TRUNK,
        called=PhoneNumber("+442071838750"),
        caller=PhoneNumber(f"+4420794{chance.randrange(100_000):05}"),
        offered_at=start,
        agent=agent,
        queue=queue,
        answered_at=after(1),
        queued_at=after(2),
        first_offer_at=after(2 + wait),
        connected_at=after(6 + wait),
        ended_at=after(6 + wait + talk),
        cause=_CAUSE,
        disposition="resolved",
        recordings=[RecordingId(_id(start, chance))],
        handled_by=[agent],
        quality={"caller": _LEG, "agent": _LEG},
        segments=[
            Segment(kind=SegmentKind.GREETING, start=after(1), end=after(2)),
            Segment(kind=SegmentKind.QUEUE, start=after(2), end=after(2 + wait), queue=queue),
            Segment(kind=SegmentKind.RINGING, start=after(2 + wait), end=after(6 + wait), agent=agent, queue=queue),
            Segment(kind=SegmentKind.TALK, start=after(6 + wait), end=after(6 + wait + talk), agent=agent, queue=queue),
            Segment(kind=SegmentKind.WRAP_UP, start=after(6 + wait + talk), end=after(30 + wait + talk), agent=agent),
        ],
    )


def _id(at: datetime, chance: random.Random) -> UUID:
    """RFC 9562 5.7."""
    return UUID(int=to_ms(at) << 80 | 7 << 76 | chance.getrandbits(12) << 64 | 2 << 62 | chance.getrandbits(62))


def _cells(crowd: Crowd, chance: random.Random) -> Iterator[tuple[IntervalKey, Counters]]:
    """Each agent's states and calls, and each queue's abandons, in every quarter hour that is open."""
    for day in WORKDAYS:
        for quarter in range(OPEN_FOR // timedelta(minutes=15)):
            start = to_ms(MONTH + timedelta(days=day, minutes=15 * quarter) + OPEN_FROM)
            for agent in crowd.agents:
                yield IntervalKey(start, None, agent), Counters(state_ms={"available": 600_000, "connected": 300_000})
                wait, queue = chance.randrange(40), chance.choice(crowd.queues)
                yield (
                    IntervalKey(start, queue, agent),
                    Counters(
                        answered=1, answer_wait_ms=wait * 1000, handled=1, talk_ms=150_000, answer_waits={wait: 1}
                    ),
                )
            for queue in crowd.queues:
                yield IntervalKey(start, queue, None), Counters(abandoned=1, abandon_waits={chance.randrange(90): 1})


def _cell_rows(crowd: Crowd, cells: dict[IntervalKey, Counters]) -> Iterator[dict[str, Any]]:
    nobody = UUID(int=0)
    for key, counters in cells.items():
        place = {"start": from_ms(key.start), "queue_id": key.queue or nobody, "agent_id": key.agent or nobody}
        sums = {name: getattr(counters, name) for name in SUMS}
        maps = {name: msgspec.json.encode(getattr(counters, name)).decode() for name in MAPS}
        yield {"tenant_id": crowd.scope.tenant, **place, **sums, **maps}


def _sum_rows(crowd: Crowd, cells: dict[IntervalKey, Counters]) -> Iterator[dict[str, Any]]:
    for hours in (HOURLY, DAILY):
        for (start, queue), counters in summed(cells, hours).items():
            place = {"hours": hours, "start": from_ms(start), "queue_id": queue or UUID(int=0)}
            yield {"tenant_id": crowd.scope.tenant, **place, "body": pack(counters)}
