"""What supervisors do to calls and agents as they are now."""

from uuid import UUID

from litestar import delete, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api.schemas.supervision import AgentStateInput, MoveInput, PickInput, SupervisionInput
from api.work import Work
from kernel.contracts.calls import AgentState
from kernel.contracts.supervision import (
    ForceState,
    MoveWaiting,
    PickWaiting,
    StopSupervising,
    Supervise,
    SupervisorAct,
    TakeOver,
)
from kernel.primitives.errors import NotFound
from kernel.primitives.ids import CallId, QueueId, UserId

CALL = "/v1/calls/{id:uuid}"


async def _do(work: Work, act: SupervisorAct) -> None:
    await work.services.routing.supervise(work.principal.tenant, work.principal.person, act)


async def supervised_call(work: Work, key: UUID) -> CallId:
    """NotFound, also of calls of who is in none of the teams that one leads."""
    found = await work.services.insight.get_call(work.principal.scope, CallId(key))
    led = await work.led()
    agent = None if found is None else found.record.agent
    if found is None or (led is not None and agent is not None and agent not in led):
        raise NotFound("There is no such call.")
    return CallId(key)


async def _agent(work: Work, key: UUID) -> UserId:
    """NotFound, also of who is in none of the teams that one leads."""
    led = await work.led()
    async with work.read() as unit:
        await unit.users.get(UserId(key))
    if led is not None and key not in led:
        raise NotFound("There is no such agent.")
    return UserId(key)


@put(f"{CALL}/supervision", operation_id="supervise_call", status_code=204, tags=["Supervision"])
async def supervise_call(
    key: NamedDependency[UUID], data: JSONBody[SupervisionInput], work: NamedDependency[Work]
) -> None:
    """Listen, whisper or barge with the own softphone; be not ready meanwhile. Repeated, it changes the manner."""
    await _do(work, Supervise(call=await supervised_call(work, key), manner=data.manner))


@delete(f"{CALL}/supervision", operation_id="leave_call", status_code=204, tags=["Supervision"])
async def leave_call(key: NamedDependency[UUID], work: NamedDependency[Work]) -> None:
    """Take part no more."""
    await supervised_call(work, key)
    await _do(work, StopSupervising())


@post(f"{CALL}/take-over", operation_id="take_over_call", status_code=204, tags=["Supervision"])
async def take_over_call(key: NamedDependency[UUID], work: NamedDependency[Work]) -> None:
    """Talk on in the agent's place, who wraps up."""
    await _do(work, TakeOver(call=await supervised_call(work, key)))


@post(f"{CALL}/move", operation_id="move_waiting_call", status_code=204, tags=["Supervision"])
async def move_waiting_call(key: NamedDependency[UUID], data: JSONBody[MoveInput], work: NamedDependency[Work]) -> None:
    """Into another queue, with the time waited so far."""
    await _do(work, MoveWaiting(call=await supervised_call(work, key), queue=QueueId(data.queue_id)))


@post(f"{CALL}/pick", operation_id="pick_waiting_call", status_code=204, tags=["Supervision"])
async def pick_waiting_call(key: NamedDependency[UUID], data: JSONBody[PickInput], work: NamedDependency[Work]) -> None:
    """Out of turn: talk with the caller at once, or have the call offered to an agent who is available."""
    chosen = None if data.agent_id is None else await _agent(work, data.agent_id)
    await _do(work, PickWaiting(call=await supervised_call(work, key), agent=chosen))


@put("/v1/users/{id:uuid}/agent-state", operation_id="force_agent_state", status_code=204, tags=["Supervision"])
async def force_agent_state(
    key: NamedDependency[UUID], data: JSONBody[AgentStateInput], work: NamedDependency[Work]
) -> None:
    """Say for an agent what they are: at once, and after the call where they talk."""
    await _do(work, ForceState(agent=await _agent(work, key), state=AgentState(data.state), reason=data.reason))


HANDLERS = [supervise_call, leave_call, take_over_call, move_waiting_call, pick_waiting_call, force_agent_state]
