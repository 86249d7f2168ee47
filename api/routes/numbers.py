"""Public numbers and the queues they lead to."""

from uuid import UUID

from litestar import Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api.paging import Paging
from api.routes.responses import created, given, shown
from api.schemas.common import Page
from api.schemas.queues import NumberBody, NumberChange, NumberInput
from api.work import Unit, Work
from kernel.primitives.errors import InvalidInput, NotFound
from kernel.primitives.ids import NumberId, QueueId
from tenants.directory import Forward, Number

COLLECTION = "/v1/numbers"
_FIELDS = {"queue_id": "queue", "flow_id": "flow"}


def _body(number: Number) -> NumberBody:
    return NumberBody(
        id=number.id,
        e164=number.called.e164,
        queue_id=number.queue,
        forward_number=None if number.forward_number is None else number.forward_number.e164,
        forward_phone=number.forward_phone,
        flow_id=number.flow,
    )


async def _require_flow(unit: Unit, flow: UUID | None) -> None:
    """InvalidInput."""
    if flow is None:
        return
    try:
        await unit.flows.get(flow)
    except NotFound as error:
        problem = {"field": "flow_id", "code": "no_such_flow", "detail": str(flow)}
        raise InvalidInput("There is no such call flow.", errors=[problem]) from error


@get(COLLECTION, operation_id="list_numbers", tags=["Numbers"])
async def list_numbers(work: NamedDependency[Work], paging: NamedDependency[Paging]) -> Page[NumberBody]:
    """Numbers in the order in which they were added."""
    async with work.read() as unit:
        found = await unit.numbers.page(paging.after, paging.one_more)
    return paging.page(found, _body)


@post(COLLECTION, operation_id="create_number", status_code=201, tags=["Numbers"])
async def create_number(data: JSONBody[NumberInput], work: NamedDependency[Work]) -> Response[NumberBody]:
    """Add a number and lead it to a queue or a call flow, or past both to a number outside or to a telephone."""

    async def add(unit: Unit) -> Response[NumberBody]:
        forward = Forward(data.forward_number, data.forward_phone)
        await _require_flow(unit, data.flow_id)
        key, queue = NumberId(unit.new_id()), QueueId(data.queue_id)
        number = await unit.numbers.create(key, data.e164, queue, forward, data.flow_id)
        return created(_body(number), number.revision, COLLECTION, number.id)

    return await work.create(add)


@get(f"{COLLECTION}/{{id:uuid}}", operation_id="get_number", tags=["Numbers"])
async def get_number(key: NamedDependency[UUID], work: NamedDependency[Work]) -> Response[NumberBody]:
    """One number."""
    async with work.read() as unit:
        number = await unit.numbers.get(NumberId(key))
    return shown(_body(number), number.revision)


@patch(f"{COLLECTION}/{{id:uuid}}", operation_id="update_number", tags=["Numbers"])
async def update_number(
    key: NamedDependency[UUID],
    data: JSONBody[NumberChange],
    work: NamedDependency[Work],
    expected: NamedDependency[int | None],
) -> Response[NumberBody]:
    """Lead a number to another queue or call flow, outside or to a telephone."""
    changes = {_FIELDS.get(name, name): value for name, value in given(data).items()}
    async with work.write() as unit:
        await _require_flow(unit, changes.get("flow"))
        number = await unit.numbers.change(NumberId(key), changes, expected)
    return shown(_body(number), number.revision)


@delete(f"{COLLECTION}/{{id:uuid}}", operation_id="delete_number", status_code=204, tags=["Numbers"])
async def delete_number(
    key: NamedDependency[UUID], work: NamedDependency[Work], expected: NamedDependency[int | None]
) -> None:
    """Remove a number; calls to it are refused from now on."""
    async with work.write() as unit:
        await unit.numbers.remove(NumberId(key), expected)


HANDLERS = [list_numbers, create_number, get_number, update_number, delete_number]
