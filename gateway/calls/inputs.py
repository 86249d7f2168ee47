"""What can happen to a call beside routing's commands; no SIP word, so that every kind of far leg speaks the same."""

import msgspec

from kernel.contracts.calls import EndCause
from kernel.contracts.telephony import (
    AnswerCall,
    ConnectAgent,
    DisconnectAgent,
    EndCall,
    HoldCall,
    PlayToCaller,
    RejectCall,
    RetrieveCall,
    SendCallDigits,
)
from kernel.primitives.ids import UserId


class FarProgressed(msgspec.Struct, frozen=True):
    """The callee's side is being called: it rings, or its network sends sound before the answer."""

    early_media: bool


class FarAnswered(msgspec.Struct, frozen=True):
    """The far leg is established: our answer left, or theirs came."""


class FarUpdated(msgspec.Struct, frozen=True):
    """The far party renegotiated; `held`: it does not listen to us."""

    held: bool


class FarDigit(msgspec.Struct, frozen=True):
    digit: str


class FarEnded(msgspec.Struct, frozen=True):
    """The far leg is gone, or has failed beyond repair when `clear` (then its signalling has still to be ended)."""

    cause: EndCause
    clear: bool = False


class AgentAttached(msgspec.Struct, frozen=True):
    """The agent's browser has a leg that works, for the first time or in place of a former one."""

    agent: UserId
    media: str


class AgentDetached(msgspec.Struct, frozen=True):
    """The agent's leg does not exist any more; another may come."""

    agent: UserId
    media: str


class PlayerOver(msgspec.Struct, frozen=True):
    """A player came to its end, or could not play on."""

    player: str


LegEvent = FarProgressed | FarAnswered | FarUpdated | FarDigit | FarEnded | AgentAttached | AgentDetached | PlayerOver

CallCommand = (
    AnswerCall
    | RejectCall
    | PlayToCaller
    | ConnectAgent
    | DisconnectAgent
    | HoldCall
    | RetrieveCall
    | SendCallDigits
    | EndCall
)
