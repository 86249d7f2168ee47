"""A message's way as one literal table, and the timers of its phases; what is not in it is refused or changes nothing.

A message is nobody's until it is taken, and never anybody's for ever: offers and work end by themselves.
"""

from enum import StrEnum


class Phase(StrEnum):
    NEW = "new"
    OFFERED = "offered"
    TAKEN = "taken"
    ENDED = "ended"


class Input(StrEnum):
    OFFER = "offer"
    REJECT = "reject"
    OFFER_OVER = "offer_over"
    TAKE = "take"
    RING_BACK = "ring_back"
    FINISH = "finish"
    GIVE_BACK = "give_back"
    WORK_OVER = "work_over"
    AGENT_GONE = "agent_gone"
    ASSIGN = "assign"  # by staff, to another queue or agent
    OVERDUE = "overdue"
    ERASE = "erase"


class TimerName(StrEnum):
    DEADLINE = "deadline"
    OFFER = "offer"
    WORK = "work"


P, In = Phase, Input
TABLE: dict[tuple[Phase, Input], Phase] = {
    (P.NEW, In.OFFER): P.OFFERED,
    (P.NEW, In.TAKE): P.TAKEN,
    (P.NEW, In.ASSIGN): P.NEW,
    (P.NEW, In.OVERDUE): P.NEW,
    (P.NEW, In.ERASE): P.ENDED,
    (P.OFFERED, In.TAKE): P.TAKEN,
    (P.OFFERED, In.REJECT): P.NEW,
    (P.OFFERED, In.OFFER_OVER): P.NEW,
    (P.OFFERED, In.AGENT_GONE): P.NEW,
    (P.OFFERED, In.ASSIGN): P.NEW,  # whoever is asked is let go
    (P.OFFERED, In.OVERDUE): P.OFFERED,
    (P.OFFERED, In.ERASE): P.ENDED,
    (P.TAKEN, In.TAKE): P.TAKEN,  # more time, for who has it
    (P.TAKEN, In.RING_BACK): P.TAKEN,
    (P.TAKEN, In.FINISH): P.ENDED,
    (P.TAKEN, In.GIVE_BACK): P.NEW,
    (P.TAKEN, In.WORK_OVER): P.NEW,
    (P.TAKEN, In.AGENT_GONE): P.NEW,
    (P.TAKEN, In.OVERDUE): P.TAKEN,
    (P.TAKEN, In.ERASE): P.ENDED,
}

TIMERS: dict[Phase, dict[TimerName, Input]] = {
    P.NEW: {TimerName.DEADLINE: In.OVERDUE},
    P.OFFERED: {TimerName.OFFER: In.OFFER_OVER, TimerName.DEADLINE: In.OVERDUE},
    P.TAKEN: {TimerName.WORK: In.WORK_OVER, TimerName.DEADLINE: In.OVERDUE},
}


def step(phase: Phase, word: Input) -> Phase | None:
    """The row of the table; None: there is none."""
    return TABLE.get((phase, word))
