"""Skills of agents, marked callers, and what there is to expect in the queues."""

from uuid import UUID

from litestar import Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api.paging import Paging
from api.routes.responses import created
from api.schemas.common import Page
from api.schemas.queue_rules import (
    AgentSkillsBody,
    AgentSkillsInput,
    AgentSkillsList,
    MarkedCallerBody,
    MarkedCallerInput,
    OutlookBody,
    QueueOutlookBody,
    WaitingCallerBody,
)
from api.work import Unit, Work
from kernel.contracts.outlook import QueueOutlook, WaitingCaller
from kernel.primitives.ids import UserId
from tenants.directory import AgentSkills, MarkedCaller

SKILLS = "/v1/skills"
CALLERS = "/v1/marked-callers"


def _skills(found: AgentSkills) -> AgentSkillsBody:
    return AgentSkillsBody(user_id=found.agent, skills=found.skills, weight=found.weight)


@get(SKILLS, operation_id="list_skills", tags=["Queues"])
async def list_skills(work: NamedDependency[Work]) -> AgentSkillsList:
    """Who can what, and how well."""
    async with work.read() as unit:
        return AgentSkillsList(agents=tuple(_skills(one) for one in await unit.skills.all()))


@get(f"{SKILLS}/{{id:uuid}}", operation_id="get_agent_skills", tags=["Queues"])
async def get_agent_skills(key: NamedDependency[UUID], work: NamedDependency[Work]) -> AgentSkillsBody:
    """What one agent can; the id is the user's."""
    async with work.write_across() as unit:  # agents may be people of the provider
        return _skills(await unit.skills.get(UserId(key)))


@put(f"{SKILLS}/{{id:uuid}}", operation_id="set_agent_skills", tags=["Queues"])
async def set_agent_skills(
    key: NamedDependency[UUID], data: JSONBody[AgentSkillsInput], work: NamedDependency[Work]
) -> AgentSkillsBody:
    """Say what an agent can, in place of what was said before; it counts at the next call."""
    async with work.write_across() as unit:
        wanted = AgentSkills(agent=UserId(key), skills=data.skills, weight=data.weight)
        return _skills(await unit.skills.put(wanted))


def _caller(caller: MarkedCaller) -> MarkedCallerBody:
    return MarkedCallerBody(id=caller.id, number=caller.number.e164, mark=caller.mark, note=caller.note)


@get(CALLERS, operation_id="list_marked_callers", tags=["Queues"])
async def list_marked_callers(work: NamedDependency[Work], paging: NamedDependency[Paging]) -> Page[MarkedCallerBody]:
    """Callers who are served first, or turned away, in the order in which they were marked."""
    async with work.read() as unit:
        found = await unit.marked_callers.page(paging.after, paging.one_more)
    return paging.page(found, _caller)


@post(CALLERS, operation_id="mark_caller", status_code=201, tags=["Queues"])
async def mark_caller(data: JSONBody[MarkedCallerInput], work: NamedDependency[Work]) -> Response[MarkedCallerBody]:
    """Mark a caller as VIP, or block them."""

    async def add(unit: Unit) -> Response[MarkedCallerBody]:
        caller = await unit.marked_callers.create(unit.new_id(), data.number, data.mark, data.note)
        return created(_caller(caller), caller.revision, CALLERS, caller.id)

    return await work.create(add)


@delete(f"{CALLERS}/{{id:uuid}}", operation_id="unmark_caller", status_code=204, tags=["Queues"])
async def unmark_caller(key: NamedDependency[UUID], work: NamedDependency[Work]) -> None:
    """Take the mark away."""
    async with work.write() as unit:
        await unit.marked_callers.remove(key)


@get("/v1/outlook", operation_id="get_outlook", tags=["Queues"])
async def get_outlook(work: NamedDependency[Work]) -> OutlookBody:
    """Position and expected wait of everybody who waits, and of who would come now."""
    outlook = await work.services.routing.outlook(work.principal.tenant)
    return OutlookBody(
        queues=tuple(_queue(queue) for queue in outlook.queues),
        callers=tuple(_waiting(caller) for caller in outlook.callers),
    )


def _queue(queue: QueueOutlook) -> QueueOutlookBody:
    return QueueOutlookBody(
        queue_id=queue.queue, waiting=queue.waiting, agents=queue.agents, expected_seconds=queue.expected_seconds
    )


def _waiting(caller: WaitingCaller) -> WaitingCallerBody:
    return WaitingCallerBody(
        call_id=caller.call,
        queue_id=caller.queue,
        since=caller.since,
        priority=caller.priority,
        position=caller.position,
        expected_seconds=caller.expected_seconds,
    )


HANDLERS = [
    list_skills,
    get_agent_skills,
    set_agent_skills,
    list_marked_callers,
    mark_caller,
    unmark_caller,
    get_outlook,
]
