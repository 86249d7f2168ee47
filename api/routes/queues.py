"""Queues."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api.callback_hours import require_calendar
from api.paging import Paging
from api.routes.responses import created, given, shown
from api.schemas.common import Page
from api.schemas.queue_rules import waiting_rules, waiting_shown
from api.schemas.queues import QueueBody, QueueChange, QueueInput
from api.work import Unit, Work
from kernel.primitives.ids import QueueId
from tenants.directory import Queue

COLLECTION = "/v1/queues"


def _body(queue: Queue) -> QueueBody:
    told: dict[str, Any] = {name: getattr(queue, name) for name in QueueBody.__struct_fields__}
    told["waiting"] = waiting_shown(queue.waiting)
    return QueueBody(**told)


def _told(values: dict[str, Any]) -> dict[str, Any]:
    """InvalidInput; what the directory keeps of what was sent."""
    waiting = values.get("waiting")
    return values if waiting is None else values | {"waiting": waiting_rules(waiting)}


@get(COLLECTION, operation_id="list_queues", tags=["Queues"])
async def list_queues(work: NamedDependency[Work], paging: NamedDependency[Paging]) -> Page[QueueBody]:
    """Queues in the order in which they were made."""
    async with work.read() as unit:
        found = await unit.queues.page(paging.after, paging.one_more)
    return paging.page(found, _body)


@post(COLLECTION, operation_id="create_queue", status_code=201, tags=["Queues"])
async def create_queue(data: JSONBody[QueueInput], work: NamedDependency[Work]) -> Response[QueueBody]:
    """Make a queue."""

    async def add(unit: Unit) -> Response[QueueBody]:
        queue = Queue(id=QueueId(unit.new_id()), **_told(msgspec.structs.asdict(data)))
        await require_calendar(unit, queue.waiting)
        queue = await unit.queues.create(queue)
        return created(_body(queue), queue.revision, COLLECTION, queue.id)

    return await work.create(add, across=True)  # agents may be people of the provider


@get(f"{COLLECTION}/{{id:uuid}}", operation_id="get_queue", tags=["Queues"])
async def get_queue(key: NamedDependency[UUID], work: NamedDependency[Work]) -> Response[QueueBody]:
    """One queue."""
    async with work.read() as unit:
        queue = await unit.queues.get(QueueId(key))
    return shown(_body(queue), queue.revision)


@patch(f"{COLLECTION}/{{id:uuid}}", operation_id="update_queue", tags=["Queues"])
async def update_queue(
    key: NamedDependency[UUID],
    data: JSONBody[QueueChange],
    work: NamedDependency[Work],
    expected: NamedDependency[int | None],
) -> Response[QueueBody]:
    """Change a queue; calls that wait in it follow at once."""
    async with work.write_across() as unit:  # agents may be people of the provider
        changes = _told(given(data))
        await require_calendar(unit, changes.get("waiting"))
        queue = await unit.queues.change(QueueId(key), changes, expected)
    return shown(_body(queue), queue.revision)


@delete(f"{COLLECTION}/{{id:uuid}}", operation_id="delete_queue", status_code=204, tags=["Queues"])
async def delete_queue(
    key: NamedDependency[UUID], work: NamedDependency[Work], expected: NamedDependency[int | None]
) -> None:
    """Remove a queue to which no number leads any more; call records keep its name."""
    async with work.write() as unit:
        await unit.queues.remove(QueueId(key), expected)


HANDLERS = [list_queues, create_queue, get_queue, update_queue, delete_queue]
