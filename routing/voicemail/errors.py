"""Why a message cannot be worked on; each can be shown to the agent by its code."""

from kernel.primitives.errors import CordboardError


class VoicemailTakenByOther(CordboardError):
    """`extra`: agent."""

    code = "voicemail_taken"
    status = 409
    title = "Somebody else takes care of this message"


class VoicemailInHand(CordboardError):
    """`extra`: voicemail."""

    code = "voicemail_in_hand"
    status = 409
    title = "You work on another message"


class VoicemailNotTaken(CordboardError):
    code = "voicemail_not_taken"
    status = 409
    title = "Take the message first"
