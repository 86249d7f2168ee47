"""What a supervisor may do to calls and agents of the tenant; every act is carried out or refused with a reason."""

from datetime import datetime
from enum import StrEnum

import msgspec

from kernel.contracts.base import Message
from kernel.contracts.calls import AgentState
from kernel.contracts.desk import PassingIntent
from kernel.contracts.parties import PartyAddress
from kernel.primitives.ids import CallId, QueueId, TenantId, UserId


class Manner(StrEnum):
    """How a supervisor takes part in a call."""

    LISTEN = "listen"  # hears both, and is heard by nobody
    WHISPER = "whisper"  # is heard by the agent
    BARGE = "barge"  # is heard by both


# --- acts: a supervisor's desk -> routing -----------------------------------------------------------------------------


class Act(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    pass


class Supervise(Act, frozen=True, tag="supervise"):
    """Take part, or change how. One call at a time."""

    call: CallId
    manner: Manner


class StopSupervising(Act, frozen=True, tag="stop_supervising"):
    pass


class TakeOver(Act, frozen=True, tag="take_over"):
    """The supervisor talks on in the agent's place; the agent goes to wrap-up."""

    call: CallId


class ForceState(Act, frozen=True, tag="force_state"):
    """`available`, `not_ready` or `logged_out`: at once, and after the call where the agent talks."""

    agent: UserId
    state: AgentState
    reason: str = ""


class MoveWaiting(Act, frozen=True, tag="move_waiting"):
    """Into another queue of the tenant, with the time waited so far."""

    call: CallId
    queue: QueueId


class PickWaiting(Act, frozen=True, tag="pick_waiting"):
    """Out of turn: talk with the caller at once, or have it offered to `agent`, who must be available."""

    call: CallId
    agent: UserId | None = None


class PassOn(Act, frozen=True, tag="pass_on"):
    """What the agent who talks on the call could do at the desk, done for them."""

    intent: PassingIntent


SupervisorAct = Supervise | StopSupervising | TakeOver | ForceState | MoveWaiting | PickWaiting | PassOn

# --- commands: routing -> gateway -------------------------------------------------------------------------------------


class SuperviseCall(Message, frozen=True, tag="supervise_call"):
    """The supervisor's nailed-up leg, or the telephone at `seat`, hears caller, agent and parties, and is heard as
    `manner` says.

    Said again, without the seat, it changes the manner. It is no part of the call: the call's end ends it, and its end
    ends nothing. The telephone is dialled for this call only: its answer is told by PartyEstablished of `party`, that
    it ends by PartyReleased. Who becomes the call's agent (ConnectAgent with the same party) keeps it.
    """

    call: CallId
    supervisor: UserId
    home: TenantId
    manner: Manner
    seat: PartyAddress | None = None
    party: str = "seat"


class LeaveSupervision(Message, frozen=True, tag="leave_supervision"):
    call: CallId
    supervisor: UserId


SupervisionCommand = SuperviseCall | LeaveSupervision

# --- the log ----------------------------------------------------------------------------------------------------------


class SupervisionChanged(Message, frozen=True, tag="supervision.changed"):
    """Who heard whom, and when: `manner` None is the end. `agent` is who talks with the caller.

    With `rings_until` their telephone is called to take part so, until then, and they hear nobody yet; with
    `takes_over` its answer takes the call over. `telephone`: over which they take part, dialled for this call.
    """

    call: CallId
    supervisor: UserId
    agent: UserId | None
    manner: Manner | None
    telephone: PartyAddress | None = None
    rings_until: datetime | None = None
    takes_over: bool = False
