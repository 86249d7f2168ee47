"""What can happen to a call beside routing's commands; no SIP word, so that every kind of far leg speaks the same.

`leg` is named within the call: the far party's, or that of a party dialled in.
"""

import msgspec

from gateway.calls.model import FAR
from kernel.contracts.calls import EndCause
from kernel.contracts.robots import RobotCommand
from kernel.contracts.supervision import SupervisionCommand
from kernel.contracts.telephony import (
    AnswerCall,
    AnswerTransfer,
    ConnectAgent,
    ConnectParty,
    Consulted,
    DisconnectAgent,
    DropParty,
    EndCall,
    HoldCall,
    JoinParty,
    PauseRecording,
    PlayToCaller,
    RecordMessage,
    RejectCall,
    RetrieveCall,
    SendCallDigits,
    StopMessage,
    TakePlace,
)
from kernel.primitives.ids import CallId, UserId
from kernel.primitives.phone import PhoneNumber


class FarProgressed(msgspec.Struct, frozen=True):
    """The callee's side is being called: it rings, or its network sends sound before the answer."""

    early_media: bool
    leg: str = FAR


class FarAnswered(msgspec.Struct, frozen=True):
    """The leg is established: our answer left, or theirs came."""

    leg: str = FAR


class FarUpdated(msgspec.Struct, frozen=True):
    """The far party renegotiated; `held`: it does not listen to us."""

    held: bool
    leg: str = FAR


class FarDigit(msgspec.Struct, frozen=True):
    """A key was pressed; `signalled`: told by INFO, so that the engine knows nothing of it."""

    digit: str
    leg: str = FAR
    signalled: bool = False


class MachineHeard(msgspec.Struct, frozen=True):
    """The leg's far end speaks, or beeps, like an answering machine."""

    leg: str = FAR


class FarEnded(msgspec.Struct, frozen=True):
    """The leg is gone, or has failed beyond repair when `clear` (then its signalling has still to be ended)."""

    cause: EndCause
    clear: bool = False
    leg: str = FAR


class TransferWanted(msgspec.Struct, frozen=True):
    """The leg's far end asks us to connect the other side with somebody; fields as in TransferAsked."""

    called: PhoneNumber | None
    party: str | None = None
    attended_with: CallId | None = None
    leg: str = FAR
    allowed: bool = True
    consulted: Consulted | None = None


class AgentAttached(msgspec.Struct, frozen=True):
    """The agent has a leg that works, a browser's or `by_line`, for the first time or in place of a former one."""

    agent: UserId
    media: str
    by_line: bool = False


class AgentDetached(msgspec.Struct, frozen=True):
    """The agent's leg does not exist any more; another may come."""

    agent: UserId
    media: str


class PlayerOver(msgspec.Struct, frozen=True):
    """A player came to its end, or could not play on."""

    player: str


class RobotOver(msgspec.Struct, frozen=True):
    """A robot went away by itself; `failure`, `outcome` and `results` as in RobotEnded."""

    player: str
    failure: str = ""
    outcome: str = ""
    results: tuple[tuple[str, str], ...] = ()


LegEvent = (
    FarProgressed
    | FarAnswered
    | FarUpdated
    | FarDigit
    | MachineHeard
    | FarEnded
    | TransferWanted
    | AgentAttached
    | AgentDetached
    | PlayerOver
    | RobotOver
)

CallCommand = (
    AnswerCall
    | RejectCall
    | PlayToCaller
    | ConnectAgent
    | DisconnectAgent
    | HoldCall
    | RetrieveCall
    | PauseRecording
    | SendCallDigits
    | RecordMessage
    | StopMessage
    | ConnectParty
    | JoinParty
    | DropParty
    | AnswerTransfer
    | TakePlace
    | EndCall
    | RobotCommand
    | SupervisionCommand
)
