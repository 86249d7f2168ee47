"""The callback machine as one literal table, and the timers of its phases.

Choices of this table:
- Nobody's place is lost by what others do: an agent who does not take it, a lost report, a failed attempt.
- While a telephone rings, expiry waits: whoever is being rung is not cut off by a clock.
- A customer who is on the line cannot cancel or be cancelled: the conversation is the outcome.
- What is not in the table changes nothing: it is late, or means another attempt.
"""

from enum import Enum, StrEnum


class Phase(StrEnum):
    SCHEDULED = "scheduled"  # not before its time: agreed on, after a failed attempt, or until it opens
    WAITING = "waiting"  # in line, at the place of who asked
    RESERVED = "reserved"  # an agent is asked to take it
    DIALLING = "dialling"
    ANSWERED = "answered"  # the customer is there, the agent not yet
    CONNECTED = "connected"
    ENDED = "ended"


class Input(StrEnum):
    DUE = "due"
    POOL = "pool"
    EXPIRE = "expire"
    POSTPONE = "postpone"  # it is closed now, or another time was agreed on
    HASTEN = "hasten"  # asked for again, or moved by staff: at once
    RESERVE = "reserve"
    AGENT_LOST = "agent_lost"  # rejected it, did not answer, logged out
    RESERVATION_OVER = "reservation_over"
    DIAL = "dial"
    REFUSE = "refuse"  # the number may not be dialled
    ANSWER = "answer"
    FAIL = "fail"
    RING_OVER = "ring_over"
    JOIN = "join"  # agent and customer hear each other
    MACHINE = "machine"  # detected, or heard by the agent
    HANG_UP = "hang_up"  # the customer, before an agent was there
    DESK_RINGS = "desk_rings"  # the patience is over, and an agent is being offered the customer
    PATIENCE_OVER = "patience_over"
    OVER = "over"  # the conversation
    LOST = "lost"  # a restart took the call
    CANCEL = "cancel"
    RETURN = "return"  # the customer rang by themselves


class Next(Enum):
    """Where to when the table cannot name the phase."""

    AGAIN = "again"  # scheduled, or ended when nothing is left to try


class TimerName(StrEnum):
    EXPIRY = "expiry"
    DUE = "due"
    POOL = "pool"
    RESERVATION = "reservation"
    RING = "ring"
    PATIENCE = "patience"


P, In = Phase, Input
TABLE: dict[tuple[Phase, Input], Phase | Next] = {
    (P.SCHEDULED, In.DUE): P.WAITING,
    (P.SCHEDULED, In.POSTPONE): P.SCHEDULED,
    (P.SCHEDULED, In.HASTEN): P.WAITING,
    (P.SCHEDULED, In.EXPIRE): P.ENDED,
    (P.SCHEDULED, In.CANCEL): P.ENDED,
    (P.SCHEDULED, In.RETURN): P.ENDED,
    (P.WAITING, In.POOL): P.WAITING,
    (P.WAITING, In.POSTPONE): P.SCHEDULED,
    (P.WAITING, In.HASTEN): P.WAITING,
    (P.WAITING, In.RESERVE): P.RESERVED,
    (P.WAITING, In.DIAL): P.DIALLING,
    (P.WAITING, In.REFUSE): P.ENDED,
    (P.WAITING, In.EXPIRE): P.ENDED,
    (P.WAITING, In.CANCEL): P.ENDED,
    (P.WAITING, In.RETURN): P.ENDED,
    (P.RESERVED, In.AGENT_LOST): P.WAITING,
    (P.RESERVED, In.RESERVATION_OVER): P.WAITING,
    (P.RESERVED, In.POSTPONE): P.SCHEDULED,
    (P.RESERVED, In.HASTEN): P.WAITING,  # whoever is asked is let go
    (P.RESERVED, In.DIAL): P.DIALLING,
    (P.RESERVED, In.REFUSE): P.ENDED,
    (P.RESERVED, In.CANCEL): P.ENDED,
    (P.RESERVED, In.RETURN): P.ENDED,
    (P.DIALLING, In.ANSWER): P.ANSWERED,
    (P.DIALLING, In.JOIN): P.CONNECTED,
    (P.DIALLING, In.MACHINE): Next.AGAIN,
    (P.DIALLING, In.FAIL): Next.AGAIN,
    (P.DIALLING, In.RING_OVER): Next.AGAIN,
    (P.DIALLING, In.AGENT_LOST): Next.AGAIN,
    (P.DIALLING, In.LOST): Next.AGAIN,
    (P.DIALLING, In.REFUSE): P.ENDED,
    (P.DIALLING, In.CANCEL): P.ENDED,
    (P.DIALLING, In.RETURN): P.ENDED,
    (P.ANSWERED, In.JOIN): P.CONNECTED,
    (P.ANSWERED, In.MACHINE): Next.AGAIN,
    (P.ANSWERED, In.HANG_UP): Next.AGAIN,
    (P.ANSWERED, In.DESK_RINGS): P.ANSWERED,
    (P.ANSWERED, In.PATIENCE_OVER): Next.AGAIN,
    (P.ANSWERED, In.LOST): Next.AGAIN,
    (P.CONNECTED, In.MACHINE): Next.AGAIN,
    (P.CONNECTED, In.OVER): P.ENDED,
    (P.CONNECTED, In.LOST): P.ENDED,
}

TIMERS: dict[Phase, dict[TimerName, Input]] = {
    P.SCHEDULED: {TimerName.EXPIRY: In.EXPIRE, TimerName.DUE: In.DUE},
    P.WAITING: {TimerName.EXPIRY: In.EXPIRE, TimerName.POOL: In.POOL},
    P.RESERVED: {TimerName.RESERVATION: In.RESERVATION_OVER},
    P.DIALLING: {TimerName.RING: In.RING_OVER},
    P.ANSWERED: {TimerName.PATIENCE: In.PATIENCE_OVER},
}
"""What ends each phase by itself. A conversation has no timer: its call ends, and the call's own machine sees to it."""


def step(phase: Phase, word: Input) -> Phase | Next | None:
    """The row of the table; None: nothing changes."""
    return TABLE.get((phase, word))
