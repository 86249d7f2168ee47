"""The line of an agent's telephone as one literal table.

Choices of this table:
- Whoever does not answer, refuses, or hangs up has said so: the line is called again when they ask to be available.
- What broke by no act of a person is called again after a pause, RETRIES times in a row; then it waits for the agent.
- Nobody is counted on before a key was pressed: a mailbox answers too.
"""

from enum import Enum, StrEnum

from kernel.contracts.lines import LineState

RING_SECONDS = 45.0  # a mobile telephone in a bag; longer than most mailboxes take
CONFIRM_SECONDS = 30.0  # to hear the words twice
RETRY_SECONDS = (3.0, 10.0, 20.0)  # the first within the half minute in which who was lost comes back by themselves


class LineInput(StrEnum):
    CALL = "call"  # at the log-in, or by the wish to be available
    ANSWERED = "answered"
    CONFIRMED = "confirmed"
    GONE = "gone"  # refused, not answered, or hung up
    BROKEN = "broken"  # by no act of a person
    TIME_OUT = "time_out"
    SHUT = "shut"  # logged out, or at work in the browser


class Next(Enum):
    AGAIN = "again"  # paused, or down when nothing is left to try


S, In = LineState, LineInput
TABLE: dict[tuple[LineState, LineInput], LineState | Next] = {
    (S.DOWN, In.CALL): S.RINGING,
    (S.RINGING, In.ANSWERED): S.CONFIRMING,
    (S.RINGING, In.GONE): S.DOWN,
    (S.RINGING, In.BROKEN): Next.AGAIN,
    (S.RINGING, In.TIME_OUT): S.DOWN,
    (S.RINGING, In.SHUT): S.DOWN,
    (S.CONFIRMING, In.CONFIRMED): S.UP,
    (S.CONFIRMING, In.GONE): S.DOWN,
    (S.CONFIRMING, In.BROKEN): Next.AGAIN,
    (S.CONFIRMING, In.TIME_OUT): S.DOWN,
    (S.CONFIRMING, In.SHUT): S.DOWN,
    (S.UP, In.GONE): S.DOWN,
    (S.UP, In.BROKEN): Next.AGAIN,
    (S.UP, In.SHUT): S.DOWN,
    (S.PAUSED, In.CALL): S.RINGING,
    (S.PAUSED, In.TIME_OUT): S.RINGING,
    (S.PAUSED, In.SHUT): S.DOWN,
}
"""What is not in it changes nothing."""


def step(state: LineState, word: LineInput, tries: int = 0) -> LineState | None:
    """`tries`: how often it broke in a row before. None: nothing changes."""
    following = TABLE.get((state, word))
    if following is Next.AGAIN:
        return S.PAUSED if tries < len(RETRY_SECONDS) else S.DOWN
    return following
