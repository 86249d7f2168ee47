"""The messages of a floor as work: what people do with them, what is heard of their sound, and their time."""

from kernel.contracts.calls import AgentState
from kernel.contracts.heard import HeardEvent
from kernel.contracts.log import AgentStateChanged, CallErased, RecordingDeleted, RecordingStored
from kernel.contracts.voicemail import (
    FinishVoicemail,
    GiveBackVoicemail,
    TakeVoicemail,
    VoicemailAct,
    VoicemailLinked,
)
from kernel.primitives.errors import NotFound
from kernel.primitives.ids import TenantId, UserId, VoicemailId
from routing.acd.draft import Draft
from routing.acd.fold import fold
from routing.acd.keeping import message_rules
from routing.errors import UnknownDisposition
from routing.voicemail.decide import Erased, Finish, GiveBack, Gone, Moment, Stored, Take, TimerDue, Word, decide
from routing.voicemail.model import Voicemail


def tell(draft: Draft, message: Voicemail, word: Word) -> None:
    """VoicemailTakenByOther, VoicemailNotTaken."""
    moment = Moment(draft.now, draft.ids, message_rules(draft, message.queue))
    for event in decide(message, word, moment):
        draft.record(event)


# --- people ---


def on_voicemail_act(draft: Draft, who: tuple[TenantId, UserId], act: VoicemailAct) -> None:
    """By people of the tenant who may. NotFound, VoicemailTakenByOther, VoicemailNotTaken, UnknownDisposition."""
    tenant, person = who
    message = draft.state.messages.get(act.voicemail)
    if message is None or message.tenant != tenant:
        raise NotFound("There is no such message, or it is done.")
    match act:
        case TakeVoicemail():
            tell(draft, message, Take(person))
        case GiveBackVoicemail():
            tell(draft, message, GiveBack(person))
        case FinishVoicemail():
            _require_disposition(draft, message, act.disposition)
            tell(draft, message, Finish(person, act.disposition, act.note, act.call))


def _require_disposition(draft: Draft, message: Voicemail, disposition: str) -> None:
    """One of the queue's, or none: a call that follows has its own."""
    dispositions = draft.state.rules.dispositions(message.queue)
    if disposition and disposition not in dispositions:
        raise UnknownDisposition("Choose one of the queue's dispositions.", dispositions=list(dispositions))


def follow_messages(draft: Draft) -> None:
    """After each decision: who has logged out takes care of nothing any more."""
    if not draft.state.messages:
        return
    for event in draft.since(0):
        if isinstance(event, AgentStateChanged) and event.state is AgentState.LOGGED_OUT:
            for message in draft.state.messages.of_agent(event.agent):
                tell(draft, message, Gone(event.agent))


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
            tell(draft, message, TimerDue(timer.name))
        if draft.told == told:
            raise AssertionError(f"the timer {timer} of a message changes nothing")
