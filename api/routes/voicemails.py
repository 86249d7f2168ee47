"""Messages that callers left, as routing has them now; listening is audited. And who called in vain."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from api.paging import Paging
from api.routes.responses import given, shown
from api.schemas.common import Page
from api.schemas.voicemails import MissedCallsBody, MissedCallsList, VoicemailBody, VoicemailChange, VoicemailFinish
from api.sound import MEDIA_TYPES, sound_of
from api.work import Work
from insight.missed_calls import MissedCalls
from kernel.contracts.personal import DataKind, Erasure, Person, PersonalRecord
from kernel.contracts.voicemail import (
    AssignVoicemail,
    FinishVoicemail,
    GiveBackVoicemail,
    RejectVoicemail,
    TakeVoicemail,
)
from kernel.primitives.errors import NotFound
from kernel.primitives.ids import CallId, VoicemailId
from routing.voicemail.machine import Phase
from routing.voicemail.model import Voicemail

COLLECTION = "/v1/voicemails"
QueueFilter = Annotated[UUID | None, QueryParameter(description="Those of one queue.")]
StateFilter = Annotated[Phase | None, QueryParameter(name="state", description="Those in one state.")]
AgentFilter = Annotated[UUID | None, QueryParameter(description="Those that are this agent's, or that they have now.")]


def _body(message: Voicemail) -> VoicemailBody:
    return VoicemailBody(
        id=message.voicemail,
        queue_id=message.queue,
        call_id=message.call,
        number=None if message.caller is None else message.caller.e164,
        seconds=message.seconds,
        left_at=message.left_at,
        due=message.due,
        overdue=message.overdue,
        state=message.phase,
        agent_id=message.agent,
        until=message.until,
        owner_id=message.owner,
        playable=message.recording is not None,
        rung_call_id=message.rung,
    )


async def _seen(work: Work) -> list[Voicemail]:
    """Of the queues that one works in, and what is left for oneself; or all."""
    found = await work.services.routing.voicemails(work.principal.tenant)
    queues = await work.own_queues()
    if queues is None:
        return list(found)
    person = work.principal.person
    return [one for one in found if one.queue in queues or person in (one.owner, one.agent)]


async def _find(work: Work, key: UUID) -> Voicemail:
    for message in await _seen(work):
        if message.voicemail == key:
            return message
    raise NotFound("There is no such message, or it is done.")


def _id(message: Voicemail) -> UUID:
    return message.voicemail


@get(COLLECTION, operation_id="list_voicemails", tags=["Voicemail"])
async def list_voicemails(
    work: NamedDependency[Work],
    paging: NamedDependency[Paging],
    queue_id: QueueFilter = None,
    phase: StateFilter = None,
    agent_id: AgentFilter = None,
) -> Page[VoicemailBody]:
    """Those that are not done, in the order of their ids; overdue ones are served first, then by `left_at`."""
    found = [
        one
        for one in await _seen(work)
        if queue_id in (None, one.queue) and phase in (None, one.phase) and agent_id in (None, one.owner, one.agent)
    ]
    return paging.page_in_memory(found, _id, _body)


@get(f"{COLLECTION}/{{id:uuid}}", operation_id="get_voicemail", tags=["Voicemail"])
async def get_voicemail(key: NamedDependency[UUID], work: NamedDependency[Work]) -> Response[VoicemailBody]:
    """One that is not done."""
    found = await _find(work, key)
    return shown(_body(found), found.revision)


@patch(f"{COLLECTION}/{{id:uuid}}", operation_id="assign_voicemail", tags=["Voicemail"])
async def assign_voicemail(
    key: NamedDependency[UUID],
    data: JSONBody[VoicemailChange],
    work: NamedDependency[Work],
    expected: NamedDependency[int | None],
) -> Response[VoicemailBody]:
    """Make it another queue's, an agent's or everybody's; not while somebody works on it."""
    routing, principal = work.services.routing, work.principal
    message = await _find(work, key)
    told = {{"owner_id": "agent", "queue_id": "queue"}[name]: value for name, value in given(data).items()}
    act = AssignVoicemail(message.voicemail, revision=expected, **told)
    await routing.voicemail(principal.tenant, principal.person, act)
    async with work.write() as unit:
        await unit.tenant_unit.audit("voicemail.assigned", key)
    for assigned in await routing.voicemails(principal.tenant):
        if assigned.voicemail == key:
            return shown(_body(assigned), assigned.revision)
    raise NotFound("It was assigned, and is done already.")


@delete(f"{COLLECTION}/{{id:uuid}}", operation_id="erase_voicemail", status_code=204, tags=["Voicemail"])
async def erase_voicemail(key: NamedDependency[UUID], work: NamedDependency[Work]) -> None:
    """The sound is gone for good, and the message with it; not while a legal hold is on it, its call or its caller."""
    message = await _find(work, key)
    if message.recording is None:
        raise NotFound("Its sound is not stored yet: try again in a moment.")
    keeper, scope = work.services.keeper, work.principal.scope
    sound = PersonalRecord(
        kind=DataKind.RECORDINGS, id=message.recording, at=message.left_at, person=Person(), call=message.call
    )
    (record,) = await keeper.with_facts(scope, [sound])
    async with work.write() as unit:
        await unit.privacy.let_erase(record, "voicemail.erased")
    await keeper.erase(scope, [record], Erasure.PERSON)


@get(
    f"{COLLECTION}/{{id:uuid}}/audio",
    operation_id="get_voicemail_audio",
    media_type=MEDIA_TYPES["wav"],
    tags=["Voicemail"],
)
async def get_voicemail_audio(
    key: NamedDependency[UUID], work: NamedDependency[Work], request: Request[Any, Any, Any]
) -> Response[Any]:
    """The sound as WAV or Ogg, of which the first channel is the caller. Who listens is written down."""
    message = await _find(work, key)
    name = message.recording
    recording = None if name is None else await work.services.recordings.get(work.principal.scope, name)
    if recording is None:
        raise NotFound("Its sound is not stored yet, or gone.")
    return await sound_of(work, request, recording, "voicemail.listened")


@post(f"{COLLECTION}/{{id:uuid}}/take", operation_id="take_voicemail", status_code=204, tags=["Voicemail"])
async def take_voicemail(key: NamedDependency[UUID], work: NamedDependency[Work]) -> None:
    """Take care of it, asked or from the list: nobody else does then, and no call is offered meanwhile.

    Once more by who has it: for more time.
    """
    message = await _find(work, key)
    act = TakeVoicemail(message.voicemail)
    await work.services.routing.voicemail(work.principal.tenant, work.principal.person, act)


@post(f"{COLLECTION}/{{id:uuid}}/reject", operation_id="reject_voicemail", status_code=204, tags=["Voicemail"])
async def reject_voicemail(key: NamedDependency[UUID], work: NamedDependency[Work]) -> None:
    """By who was asked to take it, and does not: they become not ready, and others are asked."""
    message = await _find(work, key)
    act = RejectVoicemail(message.voicemail)
    await work.services.routing.voicemail(work.principal.tenant, work.principal.person, act)


@post(f"{COLLECTION}/{{id:uuid}}/give-back", operation_id="give_back_voicemail", status_code=204, tags=["Voicemail"])
async def give_back_voicemail(key: NamedDependency[UUID], work: NamedDependency[Work]) -> None:
    """Leave it to others."""
    message = await _find(work, key)
    act = GiveBackVoicemail(message.voicemail)
    await work.services.routing.voicemail(work.principal.tenant, work.principal.person, act)


@post(f"{COLLECTION}/{{id:uuid}}/finish", operation_id="finish_voicemail", status_code=204, tags=["Voicemail"])
async def finish_voicemail(
    key: NamedDependency[UUID], data: JSONBody[VoicemailFinish], work: NamedDependency[Work]
) -> None:
    """By who has taken it: it is done, and in the list no more."""
    call = None if data.call_id is None else CallId(data.call_id)
    if call is not None and await work.services.insight.get_call(work.principal.scope, call) is None:
        raise NotFound("There is no such call.")
    act = FinishVoicemail(VoicemailId(key), data.disposition, data.note, call)
    await work.services.routing.voicemail(work.principal.tenant, work.principal.person, act)


@get("/v1/missed-calls", operation_id="list_missed_calls", tags=["Voicemail"])
async def list_missed_calls(work: NamedDependency[Work], queue_id: QueueFilter = None) -> MissedCallsList:
    """Who called in vain and was not spoken with since; a call that came to no queue is everybody's."""
    found = await work.services.insight.missed_calls(work.principal.scope)
    queues = await work.own_queues()
    seen = [one for one in found if queues is None or one.queue is None or one.queue in queues]
    return MissedCallsList(items=tuple(_missed(one) for one in seen if queue_id in (None, one.queue)))


def _missed(line: MissedCalls) -> MissedCallsBody:
    return MissedCallsBody(
        number=line.number,
        times=line.times,
        first_at=line.first_at,
        last_at=line.last_at,
        call_id=line.call,
        queue_id=line.queue,
        longest_wait_seconds=line.longest_wait,
        tried=line.tried,
        last_tried_at=line.last_tried_at,
    )


HANDLERS = [
    list_voicemails,
    get_voicemail,
    assign_voicemail,
    erase_voicemail,
    get_voicemail_audio,
    take_voicemail,
    reject_voicemail,
    give_back_voicemail,
    finish_voicemail,
    list_missed_calls,
]
