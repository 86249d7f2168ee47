"""The events of a recorded message as a piece of work, from its recording to its one end."""

from datetime import datetime
from enum import StrEnum

from kernel.contracts.base import Message
from kernel.primitives.ids import CallId, QueueId, RecordingId, UserId, VoicemailId
from kernel.primitives.phone import PhoneNumber


class ReturnCause(StrEnum):
    """Why a message that somebody was asked to hear, or had taken, is everybody's again."""

    REJECTED = "rejected"
    NO_ANSWER = "no_answer"
    GIVEN_BACK = "given_back"
    TAKEN_TOO_LONG = "taken_too_long"
    AGENT_GONE = "agent_gone"  # logged out, or lost the seat


class VoicemailEnd(StrEnum):
    DONE = "done"
    ERASED = "erased"  # with its recording, by retention or a person's wish


class VoicemailLeft(Message, frozen=True, tag="voicemail.left"):
    """`agent` is for whom it was left, None: for the queue's people; `due` is until when it should have been heard."""

    voicemail: VoicemailId
    call: CallId
    queue: QueueId
    caller: PhoneNumber | None
    seconds: float
    due: datetime
    agent: UserId | None = None


class VoicemailLinked(Message, frozen=True, tag="voicemail.linked"):
    """Its sound is stored, and can be played."""

    voicemail: VoicemailId
    recording: RecordingId


class VoicemailOffered(Message, frozen=True, tag="voicemail.offered"):
    voicemail: VoicemailId
    agent: UserId
    until: datetime


class VoicemailTaken(Message, frozen=True, tag="voicemail.taken"):
    """Nobody else is asked before `until`."""

    voicemail: VoicemailId
    agent: UserId
    until: datetime


class VoicemailReturned(Message, frozen=True, tag="voicemail.returned"):
    voicemail: VoicemailId
    agent: UserId
    cause: ReturnCause


class VoicemailOverdue(Message, frozen=True, tag="voicemail.overdue"):
    """An alarm: nobody has taken care of it in time. It comes before all that are not overdue."""

    voicemail: VoicemailId


class VoicemailEnded(Message, frozen=True, tag="voicemail.ended"):
    """Done by `agent`: `disposition` says how; `call` is the one that they rang the caller with, if they did."""

    voicemail: VoicemailId
    end: VoicemailEnd
    agent: UserId | None = None
    disposition: str = ""
    note: str = ""
    call: CallId | None = None


VoicemailEvent = (
    VoicemailLeft
    | VoicemailLinked
    | VoicemailOffered
    | VoicemailTaken
    | VoicemailReturned
    | VoicemailOverdue
    | VoicemailEnded
)
