"""The events of a message, from asking a caller for it to its one end as a piece of work; and what is done with it.

A message's sound is the recording with the message's own id.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

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


class MissedCause(StrEnum):
    """Why a caller who was asked for a message left none."""

    TOO_SHORT = "too_short"
    NOT_RECORDED = "not_recorded"


class VoicemailAsked(Message, frozen=True, tag="voicemail.asked"):
    """The caller is asked for a message of at most `longest` seconds, which will be work of `queue`."""

    voicemail: VoicemailId
    call: CallId
    queue: QueueId
    longest: float


class VoicemailBegun(Message, frozen=True, tag="voicemail.begun"):
    """The tone is over, what the caller says is recorded."""

    voicemail: VoicemailId
    call: CallId


class VoicemailMissed(Message, frozen=True, tag="voicemail.missed"):
    """There is no message."""

    voicemail: VoicemailId
    call: CallId
    cause: MissedCause


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
    """Its sound is stored, and can be played; `origin` is the call in which it is left."""

    voicemail: VoicemailId
    recording: RecordingId
    origin: CallId | None = None


class VoicemailOffered(Message, frozen=True, tag="voicemail.offered"):
    voicemail: VoicemailId
    agent: UserId
    until: datetime


class VoicemailTaken(Message, frozen=True, tag="voicemail.taken"):
    """Nobody else is asked before `until`."""

    voicemail: VoicemailId
    agent: UserId
    until: datetime


class VoicemailRungBack(Message, frozen=True, tag="voicemail.rung_back"):
    """Who has taken it has dialled from it."""

    voicemail: VoicemailId
    agent: UserId
    call: CallId


class VoicemailReturned(Message, frozen=True, tag="voicemail.returned"):
    voicemail: VoicemailId
    agent: UserId
    cause: ReturnCause


class VoicemailAssigned(Message, frozen=True, tag="voicemail.assigned"):
    """By staff: work of `queue`, for `agent` until `due` and then for everybody of it; None: for all of them at once.

    Whoever was asked to take it is asked no more.
    """

    voicemail: VoicemailId
    queue: QueueId
    due: datetime
    agent: UserId | None = None
    by: UserId | None = None


class VoicemailOverdue(Message, frozen=True, tag="voicemail.overdue"):
    """An alarm: nobody has taken care of it in time. It comes before all that are not overdue."""

    voicemail: VoicemailId


class VoicemailEnded(Message, frozen=True, tag="voicemail.ended"):
    """Done by `agent`: `disposition` says how; `call` is the one that they rang the caller with, if
    they did.

    `origin` is the call in which it was left; None in events from before it was told.
    """

    voicemail: VoicemailId
    end: VoicemailEnd
    agent: UserId | None = None
    disposition: str = ""
    note: str = ""
    call: CallId | None = None
    origin: CallId | None = None


class VoicemailErased(Message, frozen=True, tag="voicemail.erased"):
    """The note was taken out of its end; `reason` is "retention" or "erasure"."""

    voicemail: VoicemailId
    reason: str


VoicemailEvent = (
    VoicemailLeft
    | VoicemailLinked
    | VoicemailOffered
    | VoicemailTaken
    | VoicemailRungBack
    | VoicemailReturned
    | VoicemailAssigned
    | VoicemailOverdue
    | VoicemailEnded
)
"""Of a message as a piece of work."""

AskedEvent = VoicemailAsked | VoicemailBegun | VoicemailMissed
"""Of the call in which it is left."""

# --- what people do with it -------------------------------------------------------------------------------------------


class TakeVoicemail(msgspec.Struct, frozen=True, tag="take_voicemail"):
    """Nobody else does then, for a time; once more by who has it, for more time."""

    voicemail: VoicemailId


class RejectVoicemail(msgspec.Struct, frozen=True, tag="reject_voicemail"):
    """By who was asked to take it."""

    voicemail: VoicemailId


class GiveBackVoicemail(msgspec.Struct, frozen=True, tag="give_back_voicemail"):
    voicemail: VoicemailId


class FinishVoicemail(msgspec.Struct, frozen=True, tag="finish_voicemail"):
    """By who has taken it; `call` as in VoicemailEnded."""

    voicemail: VoicemailId
    disposition: str = ""
    note: str = ""
    call: CallId | None = None


class AssignVoicemail(msgspec.Struct, frozen=True, tag="assign_voicemail"):
    """To another queue, or to an agent of it (None: to nobody in particular); what is UNSET stays as it is.

    `revision` is the one that was read; None: whatever it is now.
    """

    voicemail: VoicemailId
    queue: QueueId | msgspec.UnsetType = msgspec.UNSET
    agent: UserId | msgspec.UnsetType | None = msgspec.UNSET
    revision: int | None = None


VoicemailAct = TakeVoicemail | RejectVoicemail | GiveBackVoicemail | FinishVoicemail | AssignVoicemail
