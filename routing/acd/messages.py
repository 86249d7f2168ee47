"""The messages of a floor as work: what people do with them, what is heard of their sound, and their time."""

from msgspec import UNSET

from kernel.contracts.calls import AgentState
from kernel.contracts.heard import HeardEvent
from kernel.contracts.log import AgentStateChanged, CallErased, RecordingDeleted, RecordingStored
from kernel.contracts.voicemail import (
    AssignVoicemail,
    FinishVoicemail,
    GiveBackVoicemail,
    RejectVoicemail,
    TakeVoicemail,
    VoicemailAct,
    VoicemailLinked,
)
from kernel.primitives.errors import InvalidInput, NotFound
from kernel.primitives.ids import TenantId, UserId, VoicemailId
from routing.acd.draft import Draft
from routing.acd.fold import fold
from routing.acd.keeping import message_rules
from routing.acd.moves import at_message, engage, move, stand_after
from routing.agents.machine import AgentInput
from routing.agents.machine import step as agent_step
from routing.agents.model import Agent
from routing.errors import OfferGone, UnknownDisposition
from routing.voicemail.decide import (
    Assign,
    Erased,
    Finish,
    GiveBack,
    Gone,
    Moment,
    Reject,
    Stored,
    Take,
    TimerDue,
    Word,
    decide,
)
from routing.voicemail.errors import VoicemailInHand
from routing.voicemail.machine import Phase, TimerName
from routing.voicemail.model import Voicemail


def tell(draft: Draft, message: Voicemail, word: Word) -> None:
    """Who had it and has it no more goes on. VoicemailTakenByOther, VoicemailNotTaken."""
    queue = word.queue if isinstance(word, Assign) else message.queue
    moment = Moment(draft.now, draft.ids, message_rules(draft, queue))
    for event in decide(message, word, moment):
        draft.record(event)
    left = draft.state.messages.get(message.voicemail)
    if message.agent is not None and (left is None or left.agent != message.agent):
        _let_go(draft, message.agent, late=isinstance(word, TimerDue))


def _let_go(draft: Draft, name: UserId, *, late: bool) -> None:
    """What they do with a call of their own, or did before, is not touched."""
    agent = draft.state.agent(name)
    if agent.call is not None:
        return
    if agent.state is AgentState.OFFERED:
        move(draft, name, AgentInput.CALLER_GONE)
    elif agent.state is AgentState.CONNECTED:
        move(draft, name, AgentInput.WORK_TIME_OUT if late else AgentInput.CALL_VOID)


# --- people ---


def on_voicemail_act(draft: Draft, who: tuple[TenantId, UserId], act: VoicemailAct) -> None:
    """By people who may act in the tenant, guests too.

    NotFound, AlreadyOnCall, VoicemailInHand, VoicemailTakenByOther, VoicemailNotTaken, UnknownDisposition,
    InvalidInput, RevisionMismatch.
    """
    tenant, person = who
    message = draft.state.messages.get(act.voicemail)
    if message is None or message.tenant != tenant:
        raise NotFound("There is no such message, or it is done.")
    match act:
        case TakeVoicemail():
            _take(draft, message, draft.state.agent(person, tenant))
        case RejectVoicemail():
            _reject(draft, message, person)
        case GiveBackVoicemail():
            tell(draft, message, GiveBack(person))
        case FinishVoicemail():
            _require_disposition(draft, message, act.disposition)
            tell(draft, message, Finish(person, act.disposition, act.note, act.call))
        case AssignVoicemail():
            _assign(draft, message, act, person)


def _take(draft: Draft, message: Voicemail, agent: Agent) -> None:
    """Who was asked accepts; who has it has more time; who is logged in works on what they pick from the list."""
    name = agent.agent
    if message.agent == name and message.phase is Phase.TAKEN:
        tell(draft, message, Take(name))
        return
    other = next((one for one in draft.state.messages.of_agent(name) if one.voicemail != message.voicemail), None)
    if other is not None:
        raise VoicemailInHand("Finish it, or give it back.", voicemail=str(other.voicemail))
    stand = at_message(message)
    if message.agent == name:
        tell(draft, message, Take(name))
        engage(draft, name, AgentInput.ACCEPT, stand)
        return
    away = agent.state is AgentState.LOGGED_OUT
    if not away:
        agent_step(agent.state, AgentInput.WORK)
    tell(draft, message, Take(name))
    if not away:
        engage(draft, name, AgentInput.WORK, stand_after(agent, stand))


def _assign(draft: Draft, message: Voicemail, act: AssignVoicemail, by: UserId) -> None:
    rules = draft.state.rules
    queue = message.queue if act.queue is UNSET else act.queue
    owner = message.owner if act.agent is UNSET else act.agent
    if queue not in {one.queue for one in rules.directory(message.tenant).queues}:
        raise NotFound("There is no such queue.")
    if owner is not None and queue not in rules.queues_of(owner):
        problem = {"field": "agent_id", "code": "not_of_the_queue", "detail": "an agent who works in this queue"}
        raise InvalidInput("Choose an agent who works in this queue, or nobody.", errors=[problem])
    tell(draft, message, Assign(queue, owner, by, act.revision))


def _reject(draft: Draft, message: Voicemail, person: UserId) -> None:
    if message.phase is not Phase.OFFERED or message.agent != person:
        raise OfferGone("You are not asked to take it any more.")
    move(draft, person, AgentInput.REJECT)
    tell(draft, message, Reject(person))


def _require_disposition(draft: Draft, message: Voicemail, disposition: str) -> None:
    """One of the queue's, or none: a call that follows has its own."""
    dispositions = draft.state.rules.dispositions(message.queue)
    if disposition and disposition not in dispositions:
        raise UnknownDisposition("Choose one of the queue's dispositions.", dispositions=list(dispositions))


def follow_messages(draft: Draft) -> None:
    """After each decision: what agents do not work on any more is for others."""
    if not draft.state.messages:
        return
    for event in draft.since(0):
        if isinstance(event, AgentStateChanged) and event.state is AgentState.LOGGED_OUT:
            for message in draft.state.messages.of_agent(event.agent):
                tell(draft, message, Gone(event.agent))
    for message in draft.state.messages.held:
        if message.agent is not None and not _is_at(draft, draft.state.agent(message.agent), message):
            tell(draft, message, Gone(message.agent))


def _is_at(draft: Draft, agent: Agent, message: Voicemail) -> bool:
    """People who are not logged in may have one too; a call that was begun from it, and its wrap-up, belong to it.

    Whose grant has ended is asked no more, but finishes what they have.
    """
    if message.phase is Phase.OFFERED:
        may = draft.state.rules.may_serve(agent.agent, message.tenant)
        return may and agent.state is AgentState.OFFERED and agent.call is None
    return agent.state in (AgentState.LOGGED_OUT, AgentState.CONNECTED, AgentState.WRAP_UP)


# --- heard of others ---


def on_heard(draft: Draft, event: HeardEvent) -> None:
    match event:
        case RecordingStored():
            _stored(draft, event)
        case RecordingDeleted():
            message = draft.state.messages.get(VoicemailId(event.recording))
            if message is not None and message.tenant == event.tenant:
                tell(draft, message, Erased())
        case CallErased():
            fold(draft.state, event)  # as whoever reads the log: it is told there already


def _stored(draft: Draft, event: RecordingStored) -> None:
    """Maybe before the caller's end is reported: the call keeps it for the message until then."""
    name = VoicemailId(event.recording)
    message, call = draft.state.messages.get(name), draft.state.call(event.call)
    asked = None if call is None or call.tenant != event.tenant else call.message
    if message is not None and message.tenant == event.tenant:
        tell(draft, message, Stored(event.recording))
    elif asked is not None and asked.voicemail == name and not asked.stored:
        stamp = draft.stamp(event.tenant)
        draft.record(VoicemailLinked(**stamp, voicemail=name, recording=event.recording, origin=event.call))


# --- time ---


def messages_due(draft: Draft) -> None:
    while (message := draft.state.messages.first_due(draft.now)) is not None:
        timer = message.next_timer
        told = draft.told
        if timer is not None:
            tell(draft, message, _meaning(draft, message, timer.name))
        if draft.told == told:
            raise AssertionError(f"the timer {timer} of a message changes nothing")


def _meaning(draft: Draft, message: Voicemail, timer: TimerName) -> Word:
    """Who still talks about it, or writes up that call, has more time."""
    holder = message.agent
    if timer is TimerName.WORK and holder is not None and draft.state.agent(holder).call is not None:
        return Take(holder)
    return TimerDue(timer)
