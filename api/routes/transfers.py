"""Passing calls on: to whom, as things are now, and the acts of the desk for who has the call or supervises it."""

from uuid import UUID

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import convert

from api.realtime.hub import DeskHub
from api.realtime.projection import Centre
from api.routes.supervision import CALL, supervised_call
from api.schemas.transfers import (
    CallPartiesBody,
    CallPartyBody,
    ColleaguePlace,
    ColleagueTarget,
    ConsultationInput,
    OutsidePlace,
    QueuePlace,
    QueueTarget,
    TransferInput,
    TransferTargets,
)
from api.telephone_numbers import read_number
from api.work import Work
from kernel.contracts.calls import AgentState
from kernel.contracts.desk import (
    Confer,
    Consult,
    ConsultColleague,
    DropParty,
    HandOver,
    PassingIntent,
    Retrieve,
    Transfer,
    TransferToColleague,
    TransferToQueue,
)
from kernel.contracts.directory import QueueRules
from kernel.contracts.supervision import PassOn
from kernel.primitives.errors import NotFound
from kernel.primitives.ids import CallId, QueueId, UserId


@get("/v1/transfer-targets", operation_id="list_transfer_targets", tags=["Live"])
async def list_transfer_targets(work: NamedDependency[Work], hub: NamedDependency[DeskHub]) -> TransferTargets:
    """Queues with the skills of their agents, and the colleagues who are logged in; not the one who asks."""
    centre = await hub.centre(work.principal.tenant)
    return TransferTargets(
        queues=tuple(sorted((_queue(centre, rules) for rules in centre.queues.values()), key=lambda one: one.name)),
        colleagues=_colleagues(centre, work.principal.person),
    )


def _queue(centre: Centre, rules: QueueRules) -> QueueTarget:
    profiles = [centre.agents[agent] for agent in centre.members_of(rules.queue)]
    return QueueTarget(
        id=rules.queue,
        name=rules.name,
        free=centre.queue(rules.queue).agents_available,
        skills=tuple(sorted({one.skill for profile in profiles for one in profile.skills})),
    )


def _colleagues(centre: Centre, but: UserId) -> tuple[ColleagueTarget, ...]:
    found = (
        ColleagueTarget(
            id=member.id,
            name=member.name,
            state=member.state,
            free=member.state is AgentState.AVAILABLE and member.reachable,
        )
        for member in centre.team()
        if member.id != but and member.state is not AgentState.LOGGED_OUT
    )
    return tuple(sorted(found, key=lambda one: (not one.free, one.name)))


# --- acts ---


async def _own_call(work: Work, hub: DeskHub, key: UUID) -> CallId:
    """The one at the own desk, which may be a client's, or a former one. NotFound."""
    person = work.principal.person
    present = (await hub.centre(work.principal.tenant)).call(person)
    if present is None or present.id != key:
        found = await work.services.insight.get_call(work.principal.scope, CallId(key))
        if found is None or person not in {found.record.agent, *found.record.handled_by}:
            raise NotFound("There is no such call.")
    return CallId(key)


async def _call(work: Work, hub: DeskHub, key: UUID) -> CallId:
    """Of the own desk, or, for who supervises, of those whom they may. NotFound."""
    return await (_own_call(work, hub, key) if work.only_own else supervised_call(work, key))


async def _do(work: Work, intent: PassingIntent) -> None:
    """As the agent that one is, or for the agent who has the call."""
    routing, principal = work.services.routing, work.principal
    if work.only_own:
        await routing.perform(principal.tenant, principal.person, intent)
    else:
        await routing.supervise(principal.tenant, UserId(principal.subject), PassOn(intent=intent))


def _transfer(call: CallId, to: OutsidePlace | QueuePlace | ColleaguePlace) -> PassingIntent:
    match to:
        case OutsidePlace():
            return Transfer(call=call, called=read_number(to.number))
        case QueuePlace():
            return TransferToQueue(call=call, queue=QueueId(to.queue_id), note=to.note, skills=to.skills)
        case ColleaguePlace():
            return TransferToColleague(call=call, agent=UserId(to.agent_id), note=to.note)


def _consult(call: CallId, to: OutsidePlace | ColleaguePlace) -> PassingIntent:
    if isinstance(to, OutsidePlace):
        return Consult(call=call, called=read_number(to.number))
    return ConsultColleague(call=call, agent=UserId(to.agent_id), note=to.note)


@post(f"{CALL}/transfer", operation_id="transfer_call", status_code=204, tags=["Transfers"])
async def transfer_call(
    key: NamedDependency[UUID],
    data: JSONBody[TransferInput],
    work: NamedDependency[Work],
    hub: NamedDependency[DeskHub],
) -> None:
    """Without asking first: outside, to a queue, to a colleague. The agent wraps up; who is not reached waits again."""
    await _do(work, _transfer(await _call(work, hub, key), data.to))


@post(f"{CALL}/consultation", operation_id="begin_consultation", status_code=204, tags=["Transfers"])
async def begin_consultation(
    key: NamedDependency[UUID],
    data: JSONBody[ConsultationInput],
    work: NamedDependency[Work],
    hub: NamedDependency[DeskHub],
) -> None:
    """Call somebody in, to talk with the agent alone; `list_call_parties` tells when they have answered."""
    await _do(work, _consult(await _call(work, hub, key), data.to))


@delete(f"{CALL}/consultation", operation_id="end_consultation", status_code=204, tags=["Transfers"])
async def end_consultation(
    key: NamedDependency[UUID], work: NamedDependency[Work], hub: NamedDependency[DeskHub]
) -> None:
    """Let who was asked go: the agent talks with the caller again."""
    await _do(work, Retrieve(call=await _call(work, hub, key)))


@post(f"{CALL}/hand-over", operation_id="hand_over_call", status_code=204, tags=["Transfers"])
async def hand_over_call(
    key: NamedDependency[UUID], work: NamedDependency[Work], hub: NamedDependency[DeskHub]
) -> None:
    """After a consultation or out of a conference: the others talk on, the agent wraps up."""
    await _do(work, HandOver(call=await _call(work, hub, key)))


@post(f"{CALL}/conference", operation_id="confer_call", status_code=204, tags=["Transfers"])
async def confer_call(key: NamedDependency[UUID], work: NamedDependency[Work], hub: NamedDependency[DeskHub]) -> None:
    """Who is consulted and has answered, the caller and the agent hear each other."""
    await _do(work, Confer(call=await _call(work, hub, key)))


@get(f"{CALL}/parties", operation_id="list_call_parties", tags=["Transfers"])
async def list_call_parties(
    key: NamedDependency[UUID], work: NamedDependency[Work], hub: NamedDependency[DeskHub]
) -> CallPartiesBody:
    """Who talks on a call now, and who was called into it."""
    call = await _call(work, hub, key)
    centre = await hub.centre(work.principal.tenant)
    agent, parties = centre.others_in(call)
    return CallPartiesBody(agent_id=agent, parties=convert(parties, tuple[CallPartyBody, ...], from_attributes=True))


@delete(f"{CALL}/parties/{{party:str}}", operation_id="drop_call_party", status_code=204, tags=["Transfers"])
async def drop_call_party(
    key: NamedDependency[UUID], party: FromPath[str], work: NamedDependency[Work], hub: NamedDependency[DeskHub]
) -> None:
    """Whoever was called in leaves; who is left talks on."""
    await _do(work, DropParty(call=await _call(work, hub, key), party=party))


HANDLERS = [
    list_transfer_targets,
    transfer_call,
    begin_consultation,
    end_consultation,
    hand_over_call,
    confer_call,
    list_call_parties,
    drop_call_party,
]
