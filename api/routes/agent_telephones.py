"""By which telephone agents may work in place of the browser."""

from uuid import UUID

from litestar import delete, get, put
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api.schemas.agent_telephones import AgentTelephoneBody, AgentTelephoneInput, AgentTelephoneList
from api.work import Work
from kernel.primitives.ids import UserId
from tenants.directory import AgentTelephone

COLLECTION = "/v1/agent-telephones"


def _body(found: AgentTelephone) -> AgentTelephoneBody:
    number = None if found.number is None else found.number.e164
    return AgentTelephoneBody(user_id=found.agent, phone=found.phone, number=number, only=found.only, mode=found.mode)


@get(COLLECTION, operation_id="list_agent_telephones", tags=["Phones"])
async def list_agent_telephones(work: NamedDependency[Work]) -> AgentTelephoneList:
    """Who may work by a telephone, and by which."""
    async with work.read() as unit:
        return AgentTelephoneList(agents=tuple(_body(one) for one in await unit.agent_telephones.all()))


@get(f"{COLLECTION}/{{id:uuid}}", operation_id="get_agent_telephone", tags=["Phones"])
async def get_agent_telephone(key: NamedDependency[UUID], work: NamedDependency[Work]) -> AgentTelephoneBody:
    """By which telephone one agent may work; the id is the user's."""
    async with work.read() as unit:
        return _body(await unit.agent_telephones.get(UserId(key)))


@put(f"{COLLECTION}/{{id:uuid}}", operation_id="set_agent_telephone", tags=["Phones"])
async def set_agent_telephone(
    key: NamedDependency[UUID], data: JSONBody[AgentTelephoneInput], work: NamedDependency[Work]
) -> AgentTelephoneBody:
    """Let an agent work by a telephone; the agent chooses at the log-in unless it is the only way."""
    async with work.write() as unit:
        found = await unit.agent_telephones.put(UserId(key), data.phone, data.number, only=data.only, mode=data.mode)
        return _body(found)


@delete(f"{COLLECTION}/{{id:uuid}}", operation_id="remove_agent_telephone", status_code=204, tags=["Phones"])
async def remove_agent_telephone(key: NamedDependency[UUID], work: NamedDependency[Work]) -> None:
    """From the next log-in on the agent works in the browser."""
    async with work.write() as unit:
        await unit.agent_telephones.remove(UserId(key))


HANDLERS = (list_agent_telephones, get_agent_telephone, set_agent_telephone, remove_agent_telephone)
