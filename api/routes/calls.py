"""Call records: what happened, with the names of people and queues."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter

from api.paging import Paging
from api.schemas.calls import CallBody, CallQuality, QualityBody, SegmentBody
from api.schemas.common import Page
from api.times import aware
from api.work import Unit, Work
from insight.kpi.records import CallRecord, Quality, Segment, SegmentKind
from insight.questions import CallFilter, FoundCall, ShownOutcome
from kernel.contracts.calls import Direction
from kernel.primitives.errors import InvalidInput, NotFound
from kernel.primitives.ids import CallId, QueueId, UserId
from kernel.primitives.phone import PhoneNumber
from tenants.directory import QueueRepository


class Names:
    """Of people and queues, removed ones too."""

    def __init__(self, users: Mapping[UserId, str], queues: Mapping[QueueId, str]) -> None:
        self._users = users
        self._queues = queues

    @classmethod
    async def read(cls, unit: Unit, work: Work) -> "Names":
        queues = QueueRepository(unit.uow.session, work.principal.scope)
        return cls(await unit.people.names(), await queues.names())

    def user(self, key: UserId | None) -> str | None:
        return None if key is None else self._users.get(key)

    def queue(self, key: QueueId | None) -> str | None:
        return None if key is None else self._queues.get(key)


def call_body(found: FoundCall, names: Names) -> CallBody:
    record = found.record
    inbound = record.direction is Direction.INBOUND
    ours = record.called if inbound else record.caller
    return CallBody(
        id=record.call,
        direction=record.direction,
        queue_id=record.queue,
        queue_name=names.queue(record.queue),
        number=None if ours is None else ours.e164,
        caller=None if record.caller is None else record.caller.e164,
        called=record.called.e164,
        agent_id=record.agent,
        agent_name=names.user(record.agent),
        offered_at=record.offered_at,
        queued_at=record.queued_at,
        answered_at=record.answered_at,
        connected_at=record.connected_at,
        ended_at=record.ended_at,
        wait_seconds=record.wait_ms / 1000,
        talk_seconds=_spent(record, SegmentKind.TALK),
        hold_seconds=_spent(record, SegmentKind.HOLD),
        wrap_up_seconds=_spent(record, SegmentKind.WRAP_UP),
        connected_seconds=record.connected_ms / 1000,
        outcome=None if found.outcome is None else found.outcome.value,
        end_cause=record.cause,
        disposition=record.disposition or None,
        note=record.note or None,
        recording_ids=tuple(record.recordings),
        quality=CallQuality(caller=_quality(record, "caller"), agent=_quality(record, "agent")),
        segments=tuple(_segment(segment) for segment in record.segments),
    )


def _spent(record: CallRecord, kind: SegmentKind) -> float:
    return record.spent_ms(kind) / 1000


def _quality(record: CallRecord, party: str) -> QualityBody | None:
    measured: Quality | None = record.quality.get(party)
    if measured is None:
        return None
    return QualityBody(
        packets_received=measured.packets_received,
        packets_sent=measured.packets_sent,
        lost=measured.lost,
        jitter_ms=measured.jitter_ms,
        round_trip_ms=measured.round_trip_ms,
        mos=measured.mos,
    )


def _segment(segment: Segment) -> SegmentBody:
    return SegmentBody(
        kind=segment.kind.value,
        start=segment.start,
        end=segment.end,
        agent_id=segment.agent,
        queue_id=segment.queue,
    )


def _e164(number: str | None) -> str | None:
    if number is None:
        return None
    try:
        return PhoneNumber.parse(number).e164
    except ValueError as error:
        problem = {"field": "number", "code": "not_a_number", "detail": str(error)}
        raise InvalidInput("Write the number internationally.", errors=[problem]) from error


class Wanted:
    """The filters of the list, as query parameters."""

    def __init__(self, queue: UUID | None, agent: UUID | None, direction: Direction | None) -> None:
        self.queue = None if queue is None else QueueId(queue)
        self.agent = None if agent is None else UserId(agent)
        self.direction = direction


def provide_wanted(
    queue_id: Annotated[UUID | None, QueryParameter(description="Calls that last waited in this queue.")] = None,
    agent_id: Annotated[UUID | None, QueryParameter(description="Calls that this user took last.")] = None,
    direction: FromQuery[Direction | None] = None,
) -> Wanted:
    return Wanted(queue_id, agent_id, direction)


class Span:
    """From `since` (inclusive) to `until` (exclusive)."""

    def __init__(self, since: datetime | None, until: datetime | None) -> None:
        self.since = None if since is None else aware("since", since)
        self.until = None if until is None else aware("until", until)


def provide_span(
    since: Annotated[datetime | None, QueryParameter(description="Offered at this time or later.")] = None,
    until: Annotated[datetime | None, QueryParameter(description="Offered before this time.")] = None,
) -> Span:
    return Span(since, until)


@get("/v1/calls", operation_id="list_calls", tags=["Calls"])
async def list_calls(
    work: NamedDependency[Work],
    paging: NamedDependency[Paging],
    wanted: NamedDependency[Wanted],
    span: NamedDependency[Span],
    number: Annotated[str | None, QueryParameter(description="Either party's number, E.164.", max_length=32)] = None,
    outcome: FromQuery[ShownOutcome | None] = None,
) -> Page[CallBody]:
    """Calls, newest first; an agent sees the own ones."""
    found = await work.services.insight.find_calls(
        work.principal.scope,
        CallFilter(
            limit=paging.one_more,
            before=None if paging.after is None else CallId(paging.after),
            queue=wanted.queue,
            agent=work.principal.person if work.only_own else wanted.agent,
            direction=wanted.direction,
            since=span.since,
            until=span.until,
            number=_e164(number),
            outcome=outcome,
        ),
    )
    async with work.read() as unit:
        names = await Names.read(unit, work)
    return paging.page(found, lambda one: one.record.call, lambda one: call_body(one, names))


@get("/v1/calls/{id:uuid}", operation_id="get_call", tags=["Calls"])
async def get_call(key: NamedDependency[UUID], work: NamedDependency[Work]) -> CallBody:
    """One call with its segments; an agent sees the own ones."""
    found = await work.services.insight.get_call(work.principal.scope, CallId(key))
    if found is None or (work.only_own and work.principal.person not in {found.record.agent, *found.record.handled_by}):
        raise NotFound("There is no such call.")
    async with work.read() as unit:
        names = await Names.read(unit, work)
    return call_body(found, names)


HANDLERS = [list_calls, get_call]
