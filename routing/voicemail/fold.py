"""How each event changes a message; nothing is decided here, and here alone a phase is set."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from kernel.contracts.voicemail import (
    ReturnCause,
    VoicemailAssigned,
    VoicemailEnded,
    VoicemailEvent,
    VoicemailLeft,
    VoicemailLinked,
    VoicemailOffered,
    VoicemailOverdue,
    VoicemailReturned,
    VoicemailRungBack,
    VoicemailTaken,
)
from routing.voicemail.machine import Phase
from routing.voicemail.model import Voicemail


def apply(message: Voicemail | None, event: VoicemailEvent) -> Voicemail | None:
    """None: it is not known, or has ended. Events of one that is not known change nothing."""
    if isinstance(event, VoicemailLeft):
        return _left(event) if message is None else message
    if message is None or message.voicemail != event.voicemail or isinstance(event, VoicemailEnded):
        return None
    return replace(_FOLDS[type(event)](message, event), revision=message.revision + 1)


def _left(event: VoicemailLeft) -> Voicemail:
    return Voicemail(
        voicemail=event.voicemail,
        tenant=event.tenant,
        call=event.call,
        queue=event.queue,
        caller=event.caller,
        seconds=event.seconds,
        left_at=event.at,
        due=event.due,
        owner=event.agent,
    )


def _linked(message: Voicemail, event: VoicemailLinked) -> Voicemail:
    return replace(message, recording=event.recording)


def _offered(message: Voicemail, event: VoicemailOffered) -> Voicemail:
    return replace(message, phase=Phase.OFFERED, agent=event.agent, until=event.until)


def _taken(message: Voicemail, event: VoicemailTaken) -> Voicemail:
    return replace(message, phase=Phase.TAKEN, agent=event.agent, until=event.until)


def _rung_back(message: Voicemail, event: VoicemailRungBack) -> Voicemail:
    return replace(message, rung=event.call)


def _returned(message: Voicemail, event: VoicemailReturned) -> Voicemail:
    return replace(
        message,
        phase=Phase.NEW,
        agent=None,
        until=None,
        returns=message.returns + 1,
        given_back=event.cause is ReturnCause.GIVEN_BACK,
        rung=None,
    )


def _assigned(message: Voicemail, event: VoicemailAssigned) -> Voicemail:
    overdue = message.overdue and event.due <= event.at
    told = {"queue": event.queue, "owner": event.agent, "due": event.due, "overdue": overdue}
    return replace(message, phase=Phase.NEW, agent=None, until=None, given_back=False, rung=None, **told)


def _overdue(message: Voicemail, event: VoicemailOverdue) -> Voicemail:
    return replace(message, overdue=True, given_back=False)


_FOLDS: dict[type, Callable[[Voicemail, Any], Voicemail]] = {
    VoicemailLinked: _linked,
    VoicemailOffered: _offered,
    VoicemailTaken: _taken,
    VoicemailRungBack: _rung_back,
    VoicemailReturned: _returned,
    VoicemailAssigned: _assigned,
    VoicemailOverdue: _overdue,
}
