"""How a supervisor takes part, as one literal table; what is not in it changes nothing."""

from enum import StrEnum

from kernel.contracts.supervision import Manner


class Part(StrEnum):
    NONE = "none"
    LISTEN = "listen"
    WHISPER = "whisper"
    BARGE = "barge"


class Input(StrEnum):
    LISTEN = "listen"
    WHISPER = "whisper"
    BARGE = "barge"
    STOP = "stop"
    AGENT_LEFT = "agent_left"  # back to the queue, or another agent's: nobody is there to whisper to
    CALL_OVER = "call_over"
    SUPERVISOR_AWAY = "supervisor_away"  # the softphone was lost, or the supervisor became engaged or logged out


TABLE: dict[tuple[Part, Input], Part] = {
    (Part.NONE, Input.LISTEN): Part.LISTEN,
    (Part.NONE, Input.WHISPER): Part.WHISPER,
    (Part.NONE, Input.BARGE): Part.BARGE,
    (Part.LISTEN, Input.WHISPER): Part.WHISPER,
    (Part.LISTEN, Input.BARGE): Part.BARGE,
    (Part.LISTEN, Input.STOP): Part.NONE,
    (Part.LISTEN, Input.CALL_OVER): Part.NONE,
    (Part.LISTEN, Input.SUPERVISOR_AWAY): Part.NONE,
    (Part.WHISPER, Input.LISTEN): Part.LISTEN,
    (Part.WHISPER, Input.BARGE): Part.BARGE,
    (Part.WHISPER, Input.STOP): Part.NONE,
    (Part.WHISPER, Input.AGENT_LEFT): Part.LISTEN,
    (Part.WHISPER, Input.CALL_OVER): Part.NONE,
    (Part.WHISPER, Input.SUPERVISOR_AWAY): Part.NONE,
    (Part.BARGE, Input.LISTEN): Part.LISTEN,
    (Part.BARGE, Input.WHISPER): Part.WHISPER,
    (Part.BARGE, Input.STOP): Part.NONE,
    (Part.BARGE, Input.AGENT_LEFT): Part.LISTEN,  # else the caller would talk with who hears by accident
    (Part.BARGE, Input.CALL_OVER): Part.NONE,
    (Part.BARGE, Input.SUPERVISOR_AWAY): Part.NONE,
}

ASKED = {Manner.LISTEN: Input.LISTEN, Manner.WHISPER: Input.WHISPER, Manner.BARGE: Input.BARGE}
MANNERS = {Part.LISTEN: Manner.LISTEN, Part.WHISPER: Manner.WHISPER, Part.BARGE: Manner.BARGE}


def step(part: Part, word: Input) -> Part:
    return TABLE.get((part, word), part)
