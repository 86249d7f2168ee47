"""Promised callbacks: what routing has open now."""

from typing import Annotated
from uuid import UUID

from litestar import Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from api.paging import Paging
from api.schemas.callbacks import CallbackBody, CallbackInput, CallbackInsteadInput
from api.schemas.common import Page
from api.telephone_numbers import read_number
from api.times import aware
from api.work import Unit, Work
from kernel.contracts.callbacks import CallbackInstead, CancelCallback, RequestCallback
from kernel.primitives.errors import NotFound
from kernel.primitives.ids import CallbackId, CallId, QueueId, UserId
from routing.callbacks.model import Callback

COLLECTION = "/v1/callbacks"
QueueFilter = Annotated[UUID | None, QueryParameter(description="Those of one queue.")]


def _body(callback: Callback) -> CallbackBody:
    return CallbackBody(
        id=callback.callback,
        queue_id=callback.queue,
        number=callback.number.e164,
        state=callback.phase,
        since=callback.since,
        due=callback.due,
        expires=callback.expires,
        agent_id=callback.agent,
        taker_id=callback.taker,
        call_id=callback.call,
        attempts=callback.attempts,
        last=callback.last,
    )


async def _find(work: Work, key: UUID) -> Callback:
    for callback in await work.services.routing.callbacks(work.principal.tenant):
        if callback.callback == key:
            return callback
    raise NotFound("There is no such callback, or it is done.")


def _id(callback: Callback) -> UUID:
    return callback.callback


@get(COLLECTION, operation_id="list_callbacks", tags=["Callbacks"])
async def list_callbacks(
    work: NamedDependency[Work], paging: NamedDependency[Paging], queue_id: QueueFilter = None
) -> Page[CallbackBody]:
    """Those that are not done, in the order in which they were asked for; `since` sorts them as they are served."""
    found = await work.services.routing.callbacks(work.principal.tenant)
    return paging.page_in_memory([one for one in found if queue_id in (None, one.queue)], _id, _body)


@post(COLLECTION, operation_id="request_callback", status_code=201, tags=["Callbacks"])
async def request_callback(data: JSONBody[CallbackInput], work: NamedDependency[Work]) -> Response[CallbackBody]:
    """Promise one; a number that has one in this queue already keeps it, with the better place and the later wish."""
    number = read_number(data.number)
    act = RequestCallback(
        queue=QueueId(data.queue_id),
        number=number,
        due=None if data.due is None else aware("due", data.due),
        agent=None if data.agent_id is None else UserId(data.agent_id),
    )
    tenant = work.principal.tenant
    await work.services.routing.callback(tenant, work.principal.person, act)
    open_ones = await work.services.routing.callbacks(tenant)
    made = next((one for one in open_ones if (one.queue, one.number) == (act.queue, number)), None)
    if made is None:
        raise NotFound("It was promised, and is done already.")
    await _audit(work, "callback.requested", made.callback)
    return Response(_body(made), status_code=201, headers={"Location": f"{COLLECTION}/{made.callback}"})


async def _audit(work: Work, action: str, key: UUID) -> None:
    """Without the number: the audit cannot forget."""
    unit: Unit
    async with work.write() as unit:
        await unit.tenant_unit.audit(action, key)


@get(f"{COLLECTION}/{{id:uuid}}", operation_id="get_callback", tags=["Callbacks"])
async def get_callback(key: NamedDependency[UUID], work: NamedDependency[Work]) -> CallbackBody:
    """One that is not done."""
    return _body(await _find(work, key))


@delete(f"{COLLECTION}/{{id:uuid}}", operation_id="cancel_callback", status_code=204, tags=["Callbacks"])
async def cancel_callback(key: NamedDependency[UUID], work: NamedDependency[Work]) -> None:
    """Take the promise back; not any more when the customer is on the line."""
    act = CancelCallback(callback=CallbackId(key))
    await work.services.routing.callback(work.principal.tenant, work.principal.person, act)
    await _audit(work, "callback.cancelled", key)


@post("/v1/calls/{id:uuid}/callback", operation_id="callback_instead", status_code=204, tags=["Callbacks"])
async def callback_instead(
    key: NamedDependency[UUID], data: JSONBody[CallbackInsteadInput], work: NamedDependency[Work]
) -> None:
    """Ring a caller who waits back in their turn, with the place in line kept, and let them go."""
    if await work.services.insight.get_call(work.principal.scope, CallId(key)) is None:
        raise NotFound("There is no such call.")
    act = CallbackInstead(call=CallId(key), number=None if data.number is None else read_number(data.number))
    await work.services.routing.callback(work.principal.tenant, work.principal.person, act)


HANDLERS = [list_callbacks, request_callback, get_callback, cancel_callback, callback_instead]
