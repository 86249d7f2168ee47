"""What the machine is told. All of it may come twice or late."""

from enum import StrEnum

import msgspec

from routing.flows.calendars.status import HoursStatus
from routing.flows.document.names import Digit


class Word(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    pass


class Report(Word, frozen=True):
    """Of something that was asked for in `turn`."""

    turn: int


class KeyPressed(Word, frozen=True, tag="key_pressed"):
    key: Digit


class TimeOut(Word, frozen=True, tag="time_out"):
    """The position's deadline has come; before it, this means nothing."""


class CallerHungUp(Word, frozen=True, tag="caller_hung_up"):
    pass


class SpeechEnded(Report, frozen=True, tag="speech_ended"):
    """All of it was played, or could not be."""


class HoursTold(Report, frozen=True, tag="hours_told"):
    status: HoursStatus


class LookupAnswered(Report, frozen=True, tag="lookup_answered"):
    """An HTTP answer: `body` up to LOOKUP_ANSWER_BYTES, whatever is in it."""

    status: int
    body: bytes

    def __repr__(self) -> str:
        return f"LookupAnswered(turn={self.turn}, status={self.status}, {len(self.body)} bytes)"


class LookupFailed(Report, frozen=True, tag="lookup_failed"):
    """No answer; `why` is a short word for the transcript, such as `address` or `connect`."""

    why: str = ""


class QueueExit(StrEnum):
    AGENT = "agent"  # somebody has the call: the flow is over
    FULL = "full"
    NO_AGENTS = "no_agents"
    LIMIT = "limit"
    GONE = "gone"  # there is no such queue any more


class QueueLeft(Report, frozen=True, tag="queue_left"):
    exit: QueueExit


class CallbackBooked(Report, frozen=True, tag="callback_booked"):
    pass


class CallbackRefused(Report, frozen=True, tag="callback_refused"):
    why: str = ""


class MessageRecorded(Report, frozen=True, tag="message_recorded"):
    seconds: float


class MessageFailed(Report, frozen=True, tag="message_failed"):
    why: str = ""


class TransferAnswered(Report, frozen=True, tag="transfer_answered"):
    pass


class TransferFailed(Report, frozen=True, tag="transfer_failed"):
    why: str = ""


class RobotReturned(Report, frozen=True, tag="robot_returned"):
    outcome: str
    results: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"RobotReturned(turn={self.turn}, outcome={self.outcome!r})"


class RobotFailed(Report, frozen=True, tag="robot_failed"):
    why: str = ""


class FlowMissing(Report, frozen=True, tag="flow_missing"):
    """The flow to go to is not live; where it is, `enter` answers instead."""


AnyWord = (
    KeyPressed
    | TimeOut
    | CallerHungUp
    | SpeechEnded
    | HoursTold
    | LookupAnswered
    | LookupFailed
    | QueueLeft
    | CallbackBooked
    | CallbackRefused
    | MessageRecorded
    | MessageFailed
    | TransferAnswered
    | TransferFailed
    | RobotReturned
    | RobotFailed
    | FlowMissing
)
WORD_KINDS: tuple[type[Word], ...] = (
    KeyPressed,
    TimeOut,
    CallerHungUp,
    SpeechEnded,
    HoursTold,
    LookupAnswered,
    LookupFailed,
    QueueLeft,
    CallbackBooked,
    CallbackRefused,
    MessageRecorded,
    MessageFailed,
    TransferAnswered,
    TransferFailed,
    RobotReturned,
    RobotFailed,
    FlowMissing,
)
