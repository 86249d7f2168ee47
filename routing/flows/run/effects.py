"""What the machine asks to be done, in this order; what carries a `turn` is reported on with the same turn."""

from typing import Literal

import msgspec

from kernel.contracts.calls import EndCause
from kernel.contracts.telephony import PhoneParty, TrunkParty
from kernel.primitives.ids import QueueId, UserId
from kernel.primitives.phone import PhoneNumber
from routing.flows.document.nodes import SkillNeed
from routing.flows.document.speech import Utterance
from routing.flows.run.words import QueueExit


class Effect(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    pass


class Speak(Effect, frozen=True, tag="speak"):
    """Play `said` in order, texts filled in and each with its language; SpeechEnded reports."""

    turn: int
    said: tuple[Utterance, ...]

    def __repr__(self) -> str:
        return f"Speak(turn={self.turn}, {len(self.said)} pieces)"


class StopSpeaking(Effect, frozen=True, tag="stop_speaking"):
    """What plays is cut off: a key was pressed."""


class LookUpHours(Effect, frozen=True, tag="look_up_hours"):
    turn: int
    calendar: str


class StartLookup(Effect, frozen=True, tag="start_lookup"):
    """Ask once, within `seconds`, where `kernel.primitives.web_guard` lets it; `body`: a JSON object, None: no body."""

    turn: int
    method: Literal["GET", "POST"]
    url: str
    headers: dict[str, str]
    body: bytes | None
    credential: str | None
    seconds: float

    def __repr__(self) -> str:
        return f"StartLookup(turn={self.turn}, {self.method}, credential={self.credential!r})"


class EnterQueue(Effect, frozen=True, tag="enter_queue"):
    """`leave_on` are the cases in which the caller is sent back here; in others the caller waits on.

    `context` goes with the call to the agent's screen.
    """

    turn: int
    queue: QueueId
    skills: tuple[SkillNeed, ...] = ()
    priority: int | None = None
    agent: str = ""
    agent_seconds: float = 0.0
    limit_seconds: float | None = None
    leave_on: tuple[QueueExit, ...] = ()
    context: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"EnterQueue(turn={self.turn}, {self.queue})"


class LeaveQueue(Effect, frozen=True, tag="leave_queue"):
    """The caller asked for a callback while waiting; the place is kept for it."""


class BookCallback(Effect, frozen=True, tag="book_callback"):
    turn: int
    queue: QueueId
    number: PhoneNumber
    skills: tuple[SkillNeed, ...] = ()


class RecordMessage(Effect, frozen=True, tag="record_message"):
    """Beep, then record; what is recorded is work of `queue`, also when the caller hangs up."""

    turn: int
    queue: QueueId
    seconds: float


class FinishMessage(Effect, frozen=True, tag="finish_message"):
    """Stop recording and keep it; MessageRecorded reports."""


class AgentParty(msgspec.Struct, frozen=True, tag="agent"):
    agent: UserId


class ConnectTo(Effect, frozen=True, tag="connect_to"):
    turn: int
    to: TrunkParty | PhoneParty | AgentParty
    ring_seconds: float


class StopConnecting(Effect, frozen=True, tag="stop_connecting"):
    """Who was called rings no more."""


class ConnectRobot(Effect, frozen=True, tag="connect_robot"):
    turn: int
    robot: str
    send: dict[str, str]
    seconds: float

    def __repr__(self) -> str:
        return f"ConnectRobot(turn={self.turn}, {self.robot})"


class DisconnectRobot(Effect, frozen=True, tag="disconnect_robot"):
    pass


class EnterFlow(Effect, frozen=True, tag="enter_flow"):
    """Answered by `enter` with the flow's live version, or by FlowMissing."""

    turn: int
    flow: str


class EndCall(Effect, frozen=True, tag="end_call"):
    cause: EndCause


AnyEffect = (
    Speak
    | StopSpeaking
    | LookUpHours
    | StartLookup
    | EnterQueue
    | LeaveQueue
    | BookCallback
    | RecordMessage
    | FinishMessage
    | ConnectTo
    | StopConnecting
    | ConnectRobot
    | DisconnectRobot
    | EnterFlow
    | EndCall
)
