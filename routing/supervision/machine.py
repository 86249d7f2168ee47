"""How a supervisor takes part, as one literal table; what is not in it changes nothing."""

from enum import StrEnum

from kernel.contracts.supervision import Manner


class Part(StrEnum):
    NONE = "none"
    RINGING = "ringing"  # their telephone is called for it
    LISTEN = "listen"
    WHISPER = "whisper"
    BARGE = "barge"


class Input(StrEnum):
    RING = "ring"
    LISTEN = "listen"
    WHISPER = "whisper"
    BARGE = "barge"
    STOP = "stop"
    AGENT_LEFT = "agent_left"  # back to the queue, or another agent's: nobody is there to whisper to
    CALL_OVER = "call_over"
    TELEPHONE_GONE = "telephone_gone"  # not answered in time, refused, hung up or broken
    SUPERVISOR_AWAY = "supervisor_away"  # the softphone was lost, or the supervisor became engaged or logged out


TABLE: dict[tuple[Part, Input], Part] = {
    (Part.NONE, Input.RING): Part.RINGING,
    (Part.RINGING, Input.LISTEN): Part.LISTEN,  # what was asked for, when it is answered
    (Part.RINGING, Input.WHISPER): Part.WHISPER,
    (Part.RINGING, Input.BARGE): Part.BARGE,
    (Part.RINGING, Input.STOP): Part.NONE,
    (Part.RINGING, Input.AGENT_LEFT): Part.NONE,  # what was asked for was about that agent
    (Part.RINGING, Input.CALL_OVER): Part.NONE,
    (Part.RINGING, Input.TELEPHONE_GONE): Part.NONE,
    (Part.RINGING, Input.SUPERVISOR_AWAY): Part.NONE,
    (Part.NONE, Input.LISTEN): Part.LISTEN,
    (Part.NONE, Input.WHISPER): Part.WHISPER,
    (Part.NONE, Input.BARGE): Part.BARGE,
    (Part.LISTEN, Input.WHISPER): Part.WHISPER,
    (Part.LISTEN, Input.BARGE): Part.BARGE,
    (Part.LISTEN, Input.STOP): Part.NONE,
    (Part.LISTEN, Input.CALL_OVER): Part.NONE,
    (Part.LISTEN, Input.TELEPHONE_GONE): Part.NONE,
    (Part.LISTEN, Input.SUPERVISOR_AWAY): Part.NONE,
    (Part.WHISPER, Input.LISTEN): Part.LISTEN,
    (Part.WHISPER, Input.BARGE): Part.BARGE,
    (Part.WHISPER, Input.STOP): Part.NONE,
    (Part.WHISPER, Input.AGENT_LEFT): Part.LISTEN,
    (Part.WHISPER, Input.CALL_OVER): Part.NONE,
    (Part.WHISPER, Input.TELEPHONE_GONE): Part.NONE,
    (Part.WHISPER, Input.SUPERVISOR_AWAY): Part.NONE,
    (Part.BARGE, Input.LISTEN): Part.LISTEN,
    (Part.BARGE, Input.WHISPER): Part.WHISPER,
    (Part.BARGE, Input.STOP): Part.NONE,
    (Part.BARGE, Input.AGENT_LEFT): Part.LISTEN,  # else the caller would talk with who hears by accident
    (Part.BARGE, Input.CALL_OVER): Part.NONE,
    (Part.BARGE, Input.TELEPHONE_GONE): Part.NONE,
    (Part.BARGE, Input.SUPERVISOR_AWAY): Part.NONE,
}

ASKED = {Manner.LISTEN: Input.LISTEN, Manner.WHISPER: Input.WHISPER, Manner.BARGE: Input.BARGE}
PARTS = {Manner.LISTEN: Part.LISTEN, Manner.WHISPER: Part.WHISPER, Manner.BARGE: Part.BARGE}
MANNERS = {Part.LISTEN: Manner.LISTEN, Part.WHISPER: Manner.WHISPER, Part.BARGE: Manner.BARGE}


def step(part: Part, word: Input) -> Part:
    return TABLE.get((part, word), part)
