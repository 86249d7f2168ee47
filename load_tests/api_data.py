"""A year's worth of calls of many tenants, written straight into the tables of a PostgreSQL database."""

import itertools
import random
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, cast
from uuid import UUID

import asyncpg  # pyright: ignore[reportMissingTypeStubs]
import msgspec

from insight.kpi.counters import MAPS, SUMS, Counters, IntervalKey
from insight.kpi.intervals import from_ms, to_ms
from insight.kpi.records import CallRecord, Quality, Segment, SegmentKind
from insight.saving import call_row
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
BATCH = 10_000  # rows of one COPY that are held at once: some 25 MB

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


@asynccontextmanager
async def connected(url: str) -> AsyncGenerator[Any]:
    """The driver's own connection."""
    connection = cast(Any, await asyncpg.connect(url))  # pyright: ignore[reportUnknownMemberType]
    try:
        yield connection
    finally:
        await connection.close()


async def fill(url: str, crowds: Sequence[Crowd], calls: int, workdays: int) -> None:
    """As the database's administrator: so much is no business of the walls between tenants.

    The first tenant's month is made up, the others have the same one with people and queues of their own.
    """
    chance, days = random.Random(7), WORKDAYS[:workdays]
    model, *others = crowds
    rows = [_call_row(model, days, chance) for _ in range(calls // len(crowds))]
    cells = dict(_cells(model, days, chance))
    async with connected(url) as connection:
        indexes = await _without_indexes(connection, "call_records")
        for crowd in crowds:
            await copy(connection, "call_records", (_taken_over(row, model, crowd) for row in rows))
        await copy(connection, "kpi_intervals", _cell_rows(model, cells))
        await copy(connection, "kpi_sums", _sum_rows(model, cells))
        for crowd in others:
            for table in ("kpi_intervals", "kpi_sums"):
                await _repeat(connection, table, model, crowd)
        for index in indexes:
            await connection.execute(index)
        for table in ("call_records", "kpi_intervals", "kpi_sums"):
            await connection.execute(f"VACUUM ANALYZE {table}")


async def _without_indexes(connection: Any, table: str) -> list[str]:
    """Drop those that are not the key's; the statements that make them again, which is quicker than keeping them up."""
    kept = await connection.fetch(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = $1 AND indexdef NOT LIKE 'CREATE UNIQUE%'", table
    )
    for index in kept:
        await connection.execute(f"DROP INDEX {index['indexname']}")
    return [index["indexdef"] for index in kept]


async def copy(connection: Any, table: str, rows: Iterable[dict[str, Any]]) -> None:
    """Rows of the same columns in the same order."""
    left = iter(rows)
    while batch := list(itertools.islice(left, BATCH)):
        records = [tuple(row.values()) for row in batch]
        await connection.copy_records_to_table(table, records=records, columns=list(batch[0]))


async def _repeat(connection: Any, table: str, model: Crowd, crowd: Crowd) -> None:
    """The model's rows of a table, as another tenant's."""
    found = await connection.fetch(
        "SELECT column_name FROM information_schema.columns WHERE table_name = $1 ORDER BY ordinal_position", table
    )
    columns = [str(column["column_name"]) for column in found]
    translated = ("queue_id", "agent_id")
    values = {name: f"coalesce({name}s.new, row.{name})" for name in translated} | {"tenant_id": "$1::uuid"}
    joins = [
        f"LEFT JOIN unnest(${place}::uuid[], ${place + 1}::uuid[]) AS {name}s(old, new) ON {name}s.old = row.{name}"
        for place, name in zip((3, 5), translated, strict=True)
        if name in columns
    ]
    await connection.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) "
        f"SELECT {', '.join(values.get(name, f'row.{name}') for name in columns)} "
        f"FROM {table} AS row {' '.join(joins)} WHERE row.tenant_id = $2",
        *(crowd.scope.tenant, model.scope.tenant),
        *(model.queues, crowd.queues, model.agents, crowd.agents)[: 2 * len(joins)],
    )


def _call_row(crowd: Crowd, days: Sequence[int], chance: random.Random) -> dict[str, Any]:
    start = MONTH + timedelta(days=chance.choice(days)) + OPEN_FROM + OPEN_FOR * chance.random()
    return {"tenant_id": crowd.scope.tenant, **call_row(_record(crowd, start, chance))}


def _taken_over(row: dict[str, Any], model: Crowd, crowd: Crowd) -> dict[str, Any]:
    """The model's call with the crowd's agent and queue in their places, also inside what is packed."""
    agent = crowd.agents[model.agents.index(row["agent_id"])]
    queue = crowd.queues[model.queues.index(row["queue_id"])]
    names = [(str(row["agent_id"]).encode(), str(agent).encode()), (str(row["queue_id"]).encode(), str(queue).encode())]
    packed = {"body": row["body"], "shown": row["shown"]}
    for old, new in names:
        packed = {name: data.replace(old, new) for name, data in packed.items()}
    return row | {"tenant_id": crowd.scope.tenant, "agent_id": agent, "queue_id": queue} | packed


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


def _cells(crowd: Crowd, days: Sequence[int], chance: random.Random) -> Iterator[tuple[IntervalKey, Counters]]:
    """Each agent's states and calls, and each queue's abandons, in every quarter hour that is open."""
    for day in days:
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
