"""Call records: what happened, with the names of people and queues."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter

from api.names import Names
from api.paging import Paging
from api.schemas.calls import CallBody
from api.schemas.common import Page
from api.telephone_numbers import read_number
from api.times import aware
from api.work import JSON, Work
from insight.questions import CallFilter, ListedCall, ShownOutcome
from kernel.contracts.calls import Direction
from kernel.primitives.errors import NotFound
from kernel.primitives.ids import CallId, QueueId, UserId

_OUTCOMES = {outcome: msgspec.json.encode(outcome) for outcome in (None, *ShownOutcome)}


def _json(call: ListedCall, names: Names) -> bytes:
    """A CallBody: the record's JSON behind what may have changed since it was written."""
    changing = (names.queue(call.queue), names.user(call.agent), _OUTCOMES[call.outcome])
    return b'{"queue_name":%b,"agent_name":%b,"outcome":%b,' % changing + call.shown[1:]


async def _names(work: Work, calls: Sequence[ListedCall]) -> Names:
    book, scope = work.services.names, work.principal.scope
    names = await book.of(scope)
    unknown = not all(names.know(call.agent, call.queue) for call in calls)
    return await book.read(scope) if unknown else names


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


def _id(call: ListedCall) -> UUID:
    return call.call


@get("/v1/calls", operation_id="list_calls", tags=["Calls"])
async def list_calls(
    work: NamedDependency[Work],
    paging: NamedDependency[Paging],
    wanted: NamedDependency[Wanted],
    span: NamedDependency[Span],
    number: Annotated[str | None, QueryParameter(description="Either party's number, E.164.", max_length=32)] = None,
    outcome: FromQuery[ShownOutcome | None] = None,
) -> Response[Page[CallBody]]:
    """Calls, newest first; an agent sees the own ones, who leads teams may see theirs only."""
    found = await work.services.insight.find_calls(
        work.principal.scope,
        CallFilter(
            limit=paging.one_more,
            before=None if paging.after is None else CallId(paging.after),
            queue=wanted.queue,
            agent=work.principal.person if work.only_own else wanted.agent,
            agents=await work.led(),
            direction=wanted.direction,
            since=span.since,
            until=span.until,
            number=None if number is None else read_number(number).e164,
            outcome=outcome,
        ),
    )
    names = await _names(work, found)
    page = paging.page_by(found, _id, lambda call: _json(call, names))
    cursor = msgspec.json.encode(page.next_cursor)
    return Response[Any](b'{"items":[%b],"next_cursor":%b}' % (b",".join(page.items), cursor), media_type=JSON)


@get("/v1/calls/{id:uuid}", operation_id="get_call", tags=["Calls"])
async def get_call(key: NamedDependency[UUID], work: NamedDependency[Work]) -> Response[CallBody]:
    """One call with its segments; an agent sees the own ones."""
    found = await work.services.insight.get_call(work.principal.scope, CallId(key))
    seen_by = {work.principal.person} if work.only_own else await work.led()
    if found is None or (seen_by is not None and seen_by.isdisjoint({found.record.agent, *found.record.handled_by})):
        raise NotFound("There is no such call.")
    names = await _names(work, [found.listed])
    return Response[Any](_json(found.listed, names), media_type=JSON)


HANDLERS = [list_calls, get_call]
