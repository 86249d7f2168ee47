"""Promised callbacks: what routing has open now, and what became of the others by the log."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from litestar import Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from api.paging import Paging
from api.routes.responses import created, given, shown
from api.schemas.callbacks import (
    CallbackBody,
    CallbackChange,
    CallbackInput,
    CallbackInsteadInput,
    EndedCallbackBody,
)
from api.schemas.common import Page
from api.telephone_numbers import read_number
from api.times import aware
from api.work import Unit, Work
from kernel.contracts.callbacks import (
    CallbackInstead,
    CallbackOutcome,
    CancelCallback,
    CancelReason,
    MoveCallback,
    RequestCallback,
)
from kernel.ports.promises import KeptPromise
from kernel.primitives.errors import NotFound
from kernel.primitives.ids import CallbackId, CallId, QueueId, UserId
from routing.callbacks.machine import Phase
from routing.callbacks.model import Callback

COLLECTION = "/v1/callbacks"
QueueFilter = Annotated[UUID | None, QueryParameter(description="Those of one queue.")]
StateFilter = Annotated[Phase | None, QueryParameter(name="state", description="Those in one state.")]
AgentFilter = Annotated[UUID | None, QueryParameter(description="Those that this agent is to call, or has now.")]
OutcomeFilter = Annotated[CallbackOutcome | None, QueryParameter(description="Those that ended so.")]
DaysFilter = Annotated[int, QueryParameter(description="Those asked for in so many days.", ge=1, le=90)]
ReasonFilter = Annotated[CancelReason | None, QueryParameter(description="Why it is taken back.")]
FORTNIGHT = 14  # who was not called back by then does not expect it any more


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
    work: NamedDependency[Work],
    paging: NamedDependency[Paging],
    queue_id: QueueFilter = None,
    phase: StateFilter = None,
    agent_id: AgentFilter = None,
) -> Page[CallbackBody]:
    """Those that are not done, in the order in which they were asked for; `since` sorts them as they are served."""
    found = [
        one
        for one in await work.services.routing.callbacks(work.principal.tenant)
        if queue_id in (None, one.queue) and phase in (None, one.phase) and agent_id in (None, one.agent, one.taker)
    ]
    return paging.page_in_memory(found, _id, _body)


@get(f"{COLLECTION}/ended", operation_id="list_ended_callbacks", tags=["Callbacks"])
async def list_ended_callbacks(
    work: NamedDependency[Work],
    paging: NamedDependency[Paging],
    queue_id: QueueFilter = None,
    outcome: OutcomeFilter = None,
    days: DaysFilter = FORTNIGHT,
) -> Page[EndedCallbackBody]:
    """What became of those that are done, newest first."""
    services = work.services
    kept = await services.promises.ended(work.principal.scope, services.clock.now() - timedelta(days=days))
    found = [one for one in kept if queue_id in (None, one.requested.queue) and outcome in (None, one.ended.outcome)]
    return paging.page_in_memory(found, _id_of_kept, _ended_body, newest_first=True)


def _id_of_kept(kept: KeptPromise) -> UUID:
    return kept.requested.callback


def _ended_body(kept: KeptPromise) -> EndedCallbackBody:
    requested, ended = kept
    return EndedCallbackBody(
        id=requested.callback,
        queue_id=requested.queue,
        number=requested.number.e164 or None,
        requested_at=requested.at,
        due=requested.due,
        agent_id=requested.agent,
        ended_at=ended.at,
        outcome=ended.outcome,
        call_id=ended.call,
        last=ended.last,
        by_id=ended.by,
        reason=ended.reason,
    )


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
    return created(_body(made), made.revision, COLLECTION, made.callback)


async def _audit(work: Work, action: str, key: UUID) -> None:
    """Without the number: the audit cannot forget."""
    unit: Unit
    async with work.write() as unit:
        await unit.tenant_unit.audit(action, key)


@get(f"{COLLECTION}/{{id:uuid}}", operation_id="get_callback", tags=["Callbacks"])
async def get_callback(key: NamedDependency[UUID], work: NamedDependency[Work]) -> Response[CallbackBody]:
    """One that is not done."""
    found = await _find(work, key)
    return shown(_body(found), found.revision)


@patch(f"{COLLECTION}/{{id:uuid}}", operation_id="update_callback", tags=["Callbacks"])
async def update_callback(
    key: NamedDependency[UUID],
    data: JSONBody[CallbackChange],
    work: NamedDependency[Work],
    expected: NamedDependency[int | None],
) -> Response[CallbackBody]:
    """Move it to another queue, agent or time; not while the customer is rung, or on the line."""
    changes = given(data)
    if changes.get("due") is not None:
        changes["due"] = aware("due", changes["due"])
    told = {name.removesuffix("_id"): value for name, value in changes.items()}
    act = MoveCallback(callback=CallbackId(key), revision=expected, **told)
    await work.services.routing.callback(work.principal.tenant, work.principal.person, act)
    await _audit(work, "callback.moved", key)
    moved = await _find(work, key)
    return shown(_body(moved), moved.revision)


@delete(f"{COLLECTION}/{{id:uuid}}", operation_id="cancel_callback", status_code=204, tags=["Callbacks"])
async def cancel_callback(key: NamedDependency[UUID], work: NamedDependency[Work], reason: ReasonFilter = None) -> None:
    """Take the promise back; not any more when the customer is on the line."""
    act = CancelCallback(callback=CallbackId(key), reason=reason)
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


HANDLERS = [
    list_callbacks,
    list_ended_callbacks,
    request_callback,
    get_callback,
    update_callback,
    cancel_callback,
    callback_instead,
]
